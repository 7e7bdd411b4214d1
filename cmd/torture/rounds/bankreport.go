package rounds

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/bot/slacksim"
	"partnerdesk/data"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// MoneyReport is what came of desks that moved value.
type MoneyReport struct {
	Rounds, Desks        int
	Took                 time.Duration
	Starts, Kills, Stops int
	Freezes              int
	Writes               int            // calls that move value, as they reached the partner center
	Struck               map[string]int // faults by kind
	States               map[string]int // operations by state
	Kinds                map[string]int // of those that were done
	Doubts               int            // operations that were unknown for a while
	Released, Assigned   int            // of them by a person: nothing happened, or which record it is
	Waited               int            // rounds after which something without a record still waited for a person
	Effects              int            // records of the partner center that are not the second actor's
	Foreign              int            // those that are
	Moved                partner.Fen    // by the records, without the second actor's
	Done                 partner.Fen    // by the ledger
	Audited              partner.Fen    // by the last entries of the audit log
	Mistaken             int            // operations without an effect that took the second actor's, the same in everything, for theirs
	MistakenFen          partner.Fen
	Receipts             int
	Entries              uint64
	Seals                uint64

	mu     sync.Mutex // guards Faults and Freezes while the rounds run
	Faults []string
	out    io.Writer // hears of each at once; nil: nobody does
}

// OK says that nothing was found wrong.
func (r *MoneyReport) OK() bool {
	return len(r.Faults) == 0 && r.Rounds > 0 && r.Done == r.Audited && r.Done == r.Moved+r.MistakenFen
}

func (r *MoneyReport) fault(what, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if line := what + ": " + text; !slices.Contains(r.Faults, line) {
		r.Faults = append(r.Faults, line)
		if r.out != nil {
			fmt.Fprintln(r.out, "found:", line)
		}
	}
}

func (r *MoneyReport) count(n *int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*n++
}

func (r *MoneyReport) add(o *MoneyReport) {
	if o == nil {
		return
	}
	for _, n := range []struct{ sum, more *int }{
		{&r.Rounds, &o.Rounds}, {&r.Starts, &o.Starts}, {&r.Kills, &o.Kills}, {&r.Stops, &o.Stops}, {&r.Freezes, &o.Freezes}, {&r.Writes, &o.Writes},
		{&r.Effects, &o.Effects}, {&r.Foreign, &o.Foreign}, {&r.Mistaken, &o.Mistaken}, {&r.Receipts, &o.Receipts},
		{&r.Doubts, &o.Doubts}, {&r.Released, &o.Released}, {&r.Assigned, &o.Assigned}, {&r.Waited, &o.Waited},
	} {
		*n.sum += *n.more
	}
	r.Moved, r.Done, r.Audited, r.MistakenFen = r.Moved+o.Moved, r.Done+o.Done, r.Audited+o.Audited, r.MistakenFen+o.MistakenFen
	r.Entries, r.Seals = r.Entries+o.Entries, r.Seals+o.Seals
	r.Struck, r.States, r.Kinds = plus(r.Struck, o.Struck), plus(r.States, o.States), plus(r.Kinds, o.Kinds)
	r.Faults = append(r.Faults, o.Faults...)
}

// String is the report as it is printed; its last lines are the verdict.
func (r *MoneyReport) String() string {
	count := map[string]int{}
	for _, f := range r.Faults {
		what, _, _ := strings.Cut(f, ":")
		count[what]++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "money: %d rounds in %v, desks side by side: %d (%d starts, %d SIGKILL, %d SIGSTOP, %d freezes)\n", r.Rounds, r.Took.Round(time.Second), r.Desks, r.Starts, r.Kills, r.Stops, r.Freezes)
	fmt.Fprintf(&b, "operations: %s; calls that move value: %d; faults: %s\n", tally(r.States), r.Writes, tally(r.Struck))
	fmt.Fprintf(&b, "done: %s; unknown for a while: %d, of them released by a person: %d, assigned by a person: %d; rounds that ended before a person had got to it: %d\n", tally(r.Kinds), r.Doubts, r.Released, r.Assigned, r.Waited)
	fmt.Fprintf(&b, "effects: %d, and %d of the second actor; taken for ours with the same customer, amount and time: %d (%s)\n", r.Effects, r.Foreign, r.Mistaken, r.MistakenFen)
	fmt.Fprintf(&b, "receipts: %d; audit: %d entries, %d seals verified\n", r.Receipts, r.Entries, r.Seals)
	for _, f := range r.Faults {
		fmt.Fprintln(&b, "found:", f)
	}
	fmt.Fprintf(&b, "moved by the records: %s, by the ledger: %s, by the audit log: %s\n", r.Moved+r.MistakenFen, r.Done, r.Audited)
	fmt.Fprintf(&b, "money twice: %d\nmoney lost: %d\nmoney unknown: %d\nwrong receipts: %d\n", count["twice"], count["lost"]+count["invented"], count["unknown"], count["receipt"])
	return b.String()
}

// receipts follows the transcript and keeps what people were told about operations.
type receipts struct {
	mu      sync.Mutex // guards what follows
	person  map[string]string
	told    map[string]map[string]bool // posts by person, operation and state
	begins  map[string][]string        // what a receipt begins with, by state
	replies map[string][]string        // the same of the answers to a reseller's person
	coupons []string                   // that can be taken back
}

func newReceipts(b *bank) (*receipts, error) {
	catalog, err := data.Messages()
	if err != nil {
		return nil, err
	}
	l := &receipts{person: map[string]string{}, told: map[string]map[string]bool{}, begins: map[string][]string{}, replies: map[string][]string{}}
	for _, id := range append([]string{approverA, approverB, chief, visitor}, requesterIDs()...) {
		l.person[b.Person(id).Where()] = id
	}
	for _, tag := range lang.Tags() {
		for _, state := range []money.State{money.Reserved, money.Done, "partial", money.Refused, money.Unknown, money.Expired} {
			text, _, _ := strings.Cut(catalog.Text(tag, "money.receipt."+string(state)), "{")
			if state == "partial" {
				state = money.Done
			}
			l.begins[string(state)] = append(l.begins[string(state)], text)
		}
		for _, state := range []string{"done", "declined", "refused", "expired"} {
			text, _, _ := strings.Cut(catalog.Text(tag, "request.receipt."+state), "{")
			l.replies[state] = append(l.replies[state], text)
		}
	}
	return l, nil
}

func requesterIDs() (list []string) {
	for i := range requesters {
		list = append(list, requesterID(i))
	}
	return list
}

// hear takes a line of the transcript.
func (l *receipts) hear(line slacksim.Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if line.What != "message" || !line.App || line.Post == "" || line.To != "" {
		return
	}
	text := strings.ReplaceAll(line.Text, "*", "")
	if who := l.person[line.Channel]; who != "" && strings.HasPrefix(text, "MO-") {
		l.note(who, text, l.begins, line.Post)
	}
	if _, rest, is := strings.Cut(text, "RQ-"); is { // in a channel somebody is named before it
		l.note(visitor, "RQ-"+rest, l.replies, line.Post)
	}
}

func (l *receipts) note(who, text string, begins map[string][]string, post string) {
	id, rest, _ := strings.Cut(text, " ")
	for state, list := range begins {
		if slices.ContainsFunc(list, func(begin string) bool { return strings.HasPrefix(strings.TrimSpace(rest), begin) }) {
			key := who + " " + id + " " + state
			if l.told[key] == nil {
				l.told[key] = map[string]bool{}
			}
			l.told[key][post] = true
		}
	}
}

// learn notes the coupons that could be taken back.
func (l *receipts) learn(s *snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.coupons = nil
	for claim := range s.claimed {
		if id, is := strings.CutPrefix(claim, "coupon/"); is && s.claimed["coupon-reclaim/"+id] == "" {
			l.coupons = append(l.coupons, id)
		}
	}
	slices.Sort(l.coupons)
}

// coupon is one that can be taken back, each only once; empty when there is none.
func (l *receipts) coupon() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.coupons) == 0 {
		return ""
	}
	id := l.coupons[0]
	l.coupons = l.coupons[1:]
	return id
}

// check holds what people were told against what the audit log says happened: one receipt for each, and no other.
func (l *receipts) check(s *snapshot, r *MoneyReport) {
	l.mu.Lock()
	defer l.mu.Unlock()
	want := map[string]int{}
	for _, o := range s.operations {
		if o.List == "" {
			expect(want, o, s.audit[o.ID])
		}
	}
	for _, q := range s.requests {
		state := string(q.State)
		if q.Why != "" {
			state = "declined"
		}
		if !q.Submitted.IsZero() && l.replies[state] != nil {
			want[visitor+" "+q.ID+" "+state]++
		}
	}
	lists := map[string]bool{}
	for _, o := range s.operations {
		lists[o.ID] = o.List != ""
	}
	for key, n := range want {
		r.Receipts += n
		if got := len(l.told[key]); got != n {
			r.fault("receipt", fmt.Sprintf("%s: %d, want %d", key, got, n))
		}
	}
	for key, posts := range l.told {
		if id := strings.Fields(key)[1]; want[key] == 0 && !lists[id] {
			r.fault("receipt", fmt.Sprintf("%s: %d, want none", key, len(posts)))
		}
	}
}

// expect counts the receipts that the steps of an operation call for.
func expect(want map[string]int, o money.Operation, entries []bot.Entry) {
	before, approved := string(money.Draft), false
	for _, e := range entries {
		if e.Outcome != "ok" { // somebody was told no, and nothing changed
			continue
		}
		state := e.Facts["state"]
		if e.Action == "money.approve" {
			approved = true
		}
		if state == before || before == string(money.Draft) || !slices.Contains([]string{"reserved", "done", "refused", "unknown", "expired"}, state) {
			before = state
			continue
		}
		before = state
		if o.Request == "" {
			want[o.Requester.User+" "+o.ID+" "+state]++
		}
		if approved && state != string(money.Reserved) {
			want[o.Approver.User+" "+o.ID+" "+state]++
		}
	}
}
