package money_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/worktime"
)

var noon = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC) // Friday, 12:00 in Shanghai

// ledger is one operation that was sent at a time, with a result for each party.
func ledger(id string, kind money.Kind, at time.Time, yuan int64, parties ...money.Party) money.Operation {
	o := money.Operation{Team: "T", ID: id, Kind: kind, Account: bot.Operator(), State: money.Done, Amount: partner.Yuan(yuan), Started: at, Signed: at, Parties: parties}
	for _, p := range parties {
		if p.Result == money.InDoubt {
			o.State = money.Unknown
		}
		if p.Result == money.Released {
			o.State, o.Watch = money.Refused, at.Add(money.WatchFor)
		}
	}
	return o
}

func move(kind money.Kind, claim, party string, yuan int64, at time.Time) money.Movement {
	return money.Movement{Kind: kind, Record: money.Record{Claim: claim, Party: party, Amount: partner.Yuan(yuan), At: at}}
}

func TestCompare(t *testing.T) {
	const grant = money.GrantCustomer
	done := func(record string) money.Party {
		return money.Party{ID: "c1", Name: "甲", Result: money.OK, Record: record}
	}
	midnight := time.Date(2026, 11, 20, 15, 59, 50, 0, time.UTC) // ten seconds before the Shanghai day ends
	cases := map[string]struct {
		ops   []money.Operation
		moves []money.Movement
		want  string // marks and what they name; then agreed, records, pending
	}{
		"nothing":        {want: "0.00 0 0"},
		"both say it":    {ops: []money.Operation{ledger("A", grant, noon, 5, done("trans/1"))}, moves: []money.Movement{move(grant, "trans/1", "c1", 5, noon)}, want: "5.00 1 0"},
		"no record":      {ops: []money.Operation{ledger("A", grant, noon, 5, done("trans/1"))}, want: "no_record A trans/1; 0.00 0 0"},
		"no ledger":      {moves: []money.Movement{move(grant, "trans/9", "c1", 5, noon)}, want: "no_ledger trans/9; 0.00 1 0"},
		"another amount": {ops: []money.Operation{ledger("A", grant, noon, 5, done("trans/1"))}, moves: []money.Movement{move(grant, "trans/1", "c1", 6, noon)}, want: "differs A trans/1; 0.00 1 0"},
		"another party":  {ops: []money.Operation{ledger("A", grant, noon, 5, done("trans/1"))}, moves: []money.Movement{move(grant, "trans/1", "c2", 5, noon)}, want: "differs A trans/1; 0.00 1 0"},
		"partly done": {ops: []money.Operation{ledger("A", grant, noon, 5, done("trans/1"), money.Party{ID: "c2", Result: money.Failed})},
			moves: []money.Movement{move(grant, "trans/1", "c1", 5, noon)}, want: "5.00 1 0"},
		"the record is of the next day": {ops: []money.Operation{ledger("A", grant, midnight, 5, done("trans/1"))}, moves: []money.Movement{move(grant, "trans/1", "c1", 5, midnight.Add(time.Minute))}, want: "0.00 0 0"},
		"it was sent the day before": {ops: []money.Operation{ledger("A", grant, midnight.Add(-24*time.Hour), 5, done("trans/1"))},
			moves: []money.Movement{move(grant, "trans/1", "c1", 5, midnight.Add(time.Minute-24*time.Hour))}, want: "5.00 1 0"},
		"another account's operation explains it": {ops: []money.Operation{func() money.Operation {
			o := ledger("A", grant, noon, 5, done("trans/1"))
			o.Account = bot.Reseller("r1")
			return o
		}()}, moves: []money.Movement{move(grant, "trans/1", "c1", 5, noon)}, want: "0.00 1 0"},
		"an unknown one may explain it": {ops: []money.Operation{ledger("A", grant, noon, 5, money.Party{ID: "c1", Result: money.InDoubt})},
			moves: []money.Movement{move(grant, "trans/1", "c1", 5, noon)}, want: "0.00 1 1"},
		"an unknown one of another amount does not": {ops: []money.Operation{ledger("A", grant, noon, 5, money.Party{ID: "c1", Result: money.InDoubt})},
			moves: []money.Movement{move(grant, "trans/1", "c1", 6, noon)}, want: "no_ledger trans/1; 0.00 1 0"},
		"a released one may explain it": {ops: []money.Operation{ledger("A", grant, noon, 5, money.Party{ID: "c1", Result: money.Released})},
			moves: []money.Movement{move(grant, "trans/1", "c1", 5, noon)}, want: "0.00 1 1"},
		"an unbinding":     {moves: []money.Movement{{Auto: "unbind", Record: money.Record{Claim: "auto/7", Party: "c1", Amount: 500, At: noon}}}, want: "automatic auto/7; 0.00 1 0"},
		"a coupon ran out": {moves: []money.Movement{{Auto: money.Expiry, Record: money.Record{Claim: "auto/7", Party: "c1", Amount: 500, At: noon}}}, want: "0.00 1 0"},
		"a remark names an operation that is not in the ledger": {moves: []money.Movement{{Kind: money.IssueCoupon, Record: money.Record{Claim: "coupon/7", Party: "c1", Amount: 500, At: noon, Remark: "[MO-7F3KQ] 双十一"}}},
			want: "no_ledger MO-7F3KQ coupon/7; 0.00 1 0"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			n := money.Compare("T", bot.Operator(), "2026-11-20", c.ops, c.moves, noon.Add(20*time.Hour))
			var s []string
			for _, f := range n.Findings {
				s = append(s, strings.Join(strings.Fields(fmt.Sprint(f.Mark, " ", f.Operation, " ", f.Claim)), " ")+";")
			}
			s = append(s, fmt.Sprint(n.Agreed, " ", n.Records, " ", n.Pending))
			if got := strings.Join(s, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A later look keeps what people said, and notices what was explained since.
func TestNight_After(t *testing.T) {
	first := money.Compare("T", bot.Operator(), "2026-11-20", nil, []money.Movement{move(money.GrantCustomer, "trans/1", "c1", 5, noon), move(money.GrantCustomer, "trans/2", "c1", 6, noon)}, noon)
	n, news := first.After(money.Night{}, noon)
	if !news || len(n.Untold()) != 2 {
		t.Fatalf("got %+v", n)
	}
	n = n.Tell(noon)
	lead := bot.PersonID{Team: "T", User: "L"}
	if _, err := n.Acknowledge(lead, n.Findings[0].Key(), "", noon); err == nil {
		t.Error("a word without words counts")
	}
	n, err := n.Acknowledge(lead, n.Findings[0].Key(), "by hand", noon)
	if err != nil || len(n.Open()) != 1 || len(n.Untold()) != 0 {
		t.Fatalf("got %+v, %v", n, err)
	}
	if _, err := n.Acknowledge(lead, n.Findings[0].Key(), "again", noon); err == nil {
		t.Error("a finding was acknowledged twice")
	}
	same, news := first.After(n, noon.Add(time.Hour))
	if news || len(same.Open()) != 1 || same.Findings[0].Note != "by hand" {
		t.Errorf("the same again is news: %v, %+v", news, same)
	}
	owned := money.Compare("T", bot.Operator(), "2026-11-20", []money.Operation{ledger("A", money.GrantCustomer, noon, 6, money.Party{ID: "c1", Result: money.OK, Record: "trans/2"})},
		[]money.Movement{move(money.GrantCustomer, "trans/1", "c1", 5, noon), move(money.GrantCustomer, "trans/2", "c1", 6, noon)}, noon)
	then, news := owned.After(same, noon.Add(2*time.Hour))
	if !news || len(then.Open()) != 0 || then.Agreed != partner.Yuan(6) {
		t.Errorf("what was explained since: %v, %+v", news, then)
	}
	back, _ := first.After(then, noon.Add(3*time.Hour))
	if len(back.Open()) != 1 {
		t.Errorf("what came back is not open: %+v", back)
	}
}

func TestCompare_ManyFindings(t *testing.T) {
	var moves []money.Movement
	for i := range money.MostFindings + 7 {
		moves = append(moves, move(money.GrantCustomer, fmt.Sprintf("trans/%03d", i), "c1", 1, noon))
	}
	n := money.Compare("T", bot.Operator(), "2026-11-20", nil, moves, noon)
	if len(n.Findings) != money.MostFindings || n.More != 7 {
		t.Errorf("%d findings and %d more", len(n.Findings), n.More)
	}
}

func TestNudgeDue(t *testing.T) {
	calendar, err := data.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	shanghai := time.FixedZone("Asia/Shanghai", 8*60*60)
	h := money.Hours{Zone: shanghai, Office: worktime.Office(), Calendar: calendar}
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", "2026-"+s, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	cases := map[string]struct {
		submitted, expires, now string
		given                   []money.Step
		want                    money.Step
	}{
		"too early":                            {"11-20 12:00", "11-22 12:00", "11-20 13:59", nil, ""},
		"after two hours":                      {"11-20 12:00", "11-24 12:00", "11-20 14:00", nil, money.NudgeApprovers},
		"once":                                 {"11-20 12:00", "11-24 12:00", "11-20 14:30", []money.Step{money.NudgeApprovers}, ""},
		"after four":                           {"11-20 12:00", "11-24 12:00", "11-20 16:00", []money.Step{money.NudgeApprovers}, money.NudgeDeputies},
		"not at night":                         {"11-20 12:00", "11-24 12:00", "11-20 20:00", nil, ""},
		"nor at the weekend":                   {"11-20 12:00", "11-24 12:00", "11-21 10:00", nil, ""},
		"after seven, on the next working day": {"11-20 12:00", "11-24 12:00", "11-23 10:00", []money.Step{money.NudgeApprovers, money.NudgeDeputies}, money.NudgeLeads},
		"the desk did not run: the furthest alone":  {"11-20 12:00", "11-24 12:00", "11-23 11:00", nil, money.NudgeLeads},
		"the last call, two hours before the end":   {"11-20 12:00", "11-24 12:00", "11-24 10:00", []money.Step{money.NudgeLeads}, money.NudgeLast},
		"it ends on a Sunday: on Friday before":     {"11-20 12:00", "11-22 12:00", "11-20 17:00", []money.Step{money.NudgeDeputies}, money.NudgeLast},
		"an earlier step is not given after a late": {"11-20 12:00", "11-24 12:00", "11-23 12:00", []money.Step{money.NudgeLeads}, ""},
		"it is over": {"11-20 12:00", "11-20 13:00", "11-20 14:00", nil, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			o := money.Operation{State: money.Awaiting, Changed: at(c.submitted), Expires: at(c.expires)}
			for _, s := range c.given {
				o = o.Nudged(s, at(c.submitted))
			}
			if got, due := o.NudgeDue(h, at(c.now)); got != c.want || due != (c.want != "") {
				t.Errorf("got %q, %v, want %q", got, due, c.want)
			}
			o.State = money.Reserved
			if _, due := o.NudgeDue(h, at(c.now)); due {
				t.Error("what waits for nobody is reminded of")
			}
		})
	}
}

// A record that was made after any request could have an effect is somebody
// else's, and nothing is concluded while one like it is under way.
func TestLateLook(t *testing.T) {
	p := money.Policy{}
	o := ledger("A", money.GrantCustomer, noon, 5, money.Party{ID: "c1", Result: money.Released})
	at := func(after time.Duration, claim string) money.Record {
		return money.Record{Claim: claim, Party: "c1", Amount: partner.Yuan(5), At: noon.Add(after)}
	}
	cases := map[string]struct {
		records []money.Record
		taken   map[string]string
		like    bool
		want    money.State
		left    int // candidates
	}{
		"nothing":                 {want: money.Refused},
		"its effect":              {records: []money.Record{at(10*time.Minute, "trans/1")}, want: money.Done},
		"too late to be its":      {records: []money.Record{at(17*time.Minute, "trans/1")}, want: money.Refused},
		"somebody else's already": {records: []money.Record{at(time.Minute, "trans/1")}, taken: map[string]string{"trans/1": "B"}, want: money.Refused},
		"two: a person judges":    {records: []money.Record{at(time.Minute, "trans/1"), at(2*time.Minute, "trans/2")}, want: money.Refused, left: 2},
		"one like it is sent":     {records: []money.Record{at(time.Minute, "trans/1")}, like: true, want: money.Refused},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := money.Books{}
			if c.like {
				other := ledger("B", money.GrantCustomer, noon, 5, money.Party{ID: "c1"})
				other.State = money.Reserved
				f := money.Facts{Requests: true, Approvers: []bot.PersonID{{User: "X"}, {User: "Y"}}}
				other.Approver, other.Expires = f.Approvers[0], noon.Add(time.Hour)
				var err error
				if _, b, err = other.Start(b, f, p, nil, noon); err != nil {
					t.Fatal(err)
				}
			}
			after, books, claims := o.LateLook(c.records, c.taken, b, p, noon.Add(time.Hour))
			if after.State != c.want || len(after.Candidates) != c.left {
				t.Errorf("got %s with %v", after.State, after.Candidates)
			}
			if (after.State == money.Done) != slices.Equal(claims, []string{"trans/1"}) {
				t.Errorf("claims %v", claims)
			}
			if after.State == money.Done && (books.Days["2026-11-20"].Entries["A"].Total != partner.Yuan(5) || after.Late.IsZero()) {
				t.Errorf("it does not count: %+v", books)
			}
			if c.left > 0 {
				f := money.Facts{Approvers: []bot.PersonID{{User: "X"}}}
				chosen, _, claimed, err := after.Assign(f.Approvers[0], after.Rev, "c1", "trans/2", nil, books, f, noon)
				if err != nil || chosen.State != money.Done || !slices.Equal(claimed, []string{"trans/2"}) {
					t.Errorf("a person's choice: %s, %v, %v", chosen.State, claimed, err)
				}
			}
		})
	}
}
