package handlers_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/data/store"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/sandbox"
)

// front is the desk as people meet it: requests in, messages out of the outbox.
type front struct {
	*moneyWorld
	bot   *bot.Bot
	count int
	files []bot.File // that came out of the outbox
}

func newFront(t testing.TB, kind access.OperatorKind, policy money.Policy) *front {
	t.Helper()
	o := &front{moneyWorld: newMoneyWorld(t, kind, policy)}
	var err error
	o.bot, err = bot.New(bot.Options{Commands: handlers.Commands(o.deps), Default: "ask", People: o.town, Access: o.deps.Access, Store: o.Store, Catalog: o.deps.Catalog, Now: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *front) send(t testing.TB, r bot.Request) *bot.Form {
	t.Helper()
	o.count++
	r.ID, r.Door, r.At = "T1/"+r.Person.User+"-"+count(o.count), "test", o.clock()
	r.Place = bot.Place{Team: "T1", Channel: "D" + r.Person.User, Direct: true}
	form, err := o.bot.Handle(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

func count(n int) string { return string(rune('a'+n/26%26)) + string(rune('a'+n%26)) }

// says types a command; clicks presses a button; fills submits a form.
func (o *front) says(t testing.TB, who bot.PersonID, command, text string) *bot.Form {
	return o.send(t, bot.Request{Kind: bot.KindCommand, Person: who, Command: command, Text: text})
}

func (o *front) clicks(t testing.TB, who bot.PersonID, b bot.Button) *bot.Form {
	command, action, _ := strings.Cut(b.Action, ".")
	return o.send(t, bot.Request{Kind: bot.KindClick, Person: who, Command: command, Action: action, Value: b.Value})
}

func (o *front) fills(t testing.TB, who bot.PersonID, f *bot.Form, values map[string]string) {
	t.Helper()
	command, action, _ := strings.Cut(f.Name, ".")
	r := bot.Request{Kind: bot.KindSubmission, Person: who, Command: command, Action: action, State: f.State, Values: values}
	faults, err := o.bot.Check(t.Context(), r)
	if err != nil || len(faults) > 0 {
		t.Fatalf("the form is refused: %v, %v", faults, err)
	}
	o.send(t, r)
}

// reads drains the outbox: the messages to a person, the newest last.
func (o *front) reads(t testing.TB) map[bot.PersonID][]bot.Reply {
	t.Helper()
	got := map[bot.PersonID][]bot.Reply{}
	for {
		due, err := o.Due(t.Context(), o.clock(), 50)
		if err != nil {
			t.Fatal(err)
		}
		if len(due) == 0 {
			return got
		}
		for _, p := range due {
			if err := o.Started(t.Context(), p.ID, o.clock()); err != nil {
				t.Fatal(err)
			}
			p, err := o.Read(t.Context(), p.ID)
			if err != nil {
				t.Fatal(err)
			}
			if p.File != nil {
				p.File.Data, err = o.Contents(t.Context(), p.ID)
				if err != nil {
					t.Fatal(err)
				}
				o.files = append(o.files, *p.File)
			}
			got[p.To.Person] = append(got[p.To.Person], p.Reply)
			if err := o.Sent(t.Context(), p.ID, bot.Receipt{Channel: "D", Message: "1.1"}, o.clock()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// button finds the newest button of an action in what a person reads.
func button(t testing.TB, replies []bot.Reply, action string) bot.Button {
	t.Helper()
	for _, r := range slices.Backward(replies) {
		for _, b := range r.Blocks {
			if row, ok := b.(bot.Buttons); ok {
				for _, item := range row.Items {
					if item.Action == action {
						return item
					}
				}
			}
		}
	}
	t.Fatalf("no button %s in %q", action, words(replies))
	return bot.Button{}
}

func words(replies []bot.Reply) string {
	var s []string
	for _, r := range replies {
		s = append(s, r.Plain())
	}
	return strings.Join(s, "\n---\n")
}

// asks takes anna through the form up to the submitted operation, and returns
// what everybody reads after the next round.
func (o *front) asks(t testing.TB, who bot.PersonID, amount string) map[bot.PersonID][]bot.Reply {
	t.Helper()
	form := o.says(t, who, "funds", "grant acme")
	if form == nil {
		t.Fatalf("no form: %q", words(o.reads(t)[who]))
	}
	o.fills(t, who, form, map[string]string{"name": "acme", "amount": amount, "remark": ""})
	o.clicks(t, who, button(t, o.reads(t)[who], "funds.submit"))
	o.round(t)
	return o.reads(t)
}

func TestApprovals_TwoPeople(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	read := o.asks(t, anna, "五万")
	for _, who := range []bot.PersonID{boris, chen} {
		if !strings.Contains(words(read[who]), "50,000.00") {
			t.Errorf("%s reads %q", who, words(read[who]))
		}
	}
	if s := words(read[chen]); !strings.Contains(s, "grant to a customer") {
		t.Errorf("the card is not in the reader's language: %q", s)
	}
	card := button(t, read[boris], "funds.approve")

	// Whoever asked cannot approve, nor can staff or an admin.
	o.grants[0].Roles = []bot.Role{bot.RoleStaff, bot.RoleApprover}
	o.clicks(t, anna, card)
	if s := words(o.reads(t)[anna]); !strings.Contains(s, "是你自己申请的") {
		t.Errorf("anna reads %q", s)
	}
	o.clicks(t, dora, card)
	o.round(t)
	o.reads(t)
	list, _ := o.EveryOperation(t.Context(), "T1")
	if len(list) != 1 || list[0].State != money.Awaiting {
		t.Fatalf("got %+v", list)
	}

	// The right person's click counts once.
	o.clicks(t, boris, card)
	o.clicks(t, chen, button(t, read[chen], "funds.approve"))
	if s := words(o.reads(t)[chen]); !strings.Contains(s, "has been approved") {
		t.Errorf("the second click: %q", s)
	}
	o.round(t)
	read = o.reads(t)
	for _, who := range []bot.PersonID{anna, boris} {
		if !strings.Contains(words(read[who]), "已完成") {
			t.Errorf("%s has no receipt: %q", who, words(read[who]))
		}
	}
	after := o.operation(t, list[0].ID)
	if n, sum := o.effects(t, after); after.State != money.Done || n != 1 || sum != partner.Yuan(50000) || after.Approver != boris || len(after.ApproverRoles) == 0 || len(after.RequesterRoles) == 0 {
		t.Errorf("got %+v with %d effects", after, n)
	}
	if err := o.verify(t, after.ID); err != nil {
		t.Error(err)
	}
}

// verify looks for the steps of an operation in the audit log.
func (o *front) verify(t testing.TB, id string) error {
	t.Helper()
	var seen []string
	if err := o.AuditLines(t.Context(), "T1", "operation/"+id, func(l store.AuditLine) { seen = append(seen, l.Action+":"+l.Outcome) }); err != nil {
		return err
	}
	for _, want := range []string{"money.draft:ok", "money.submit:ok", "money.approve:refused", "money.approve:ok", "money.send:ok", "money.settle:ok"} {
		if !slices.Contains(seen, want) {
			t.Errorf("the audit log lacks %s: %v", want, seen)
		}
	}
	return nil
}

func TestApprovals_OldCard(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	old := button(t, o.asks(t, anna, "300")[boris], "funds.approve")
	id, _, _ := strings.Cut(old.Value, "|")
	o.clicks(t, boris, bot.Button{Action: old.Action, Value: id + "|1"})
	if s := words(o.reads(t)[boris]); !strings.Contains(s, "变过") {
		t.Errorf("got %q", s)
	}
	if got := o.operation(t, id).State; got != money.Awaiting {
		t.Errorf("got %s", got)
	}
}

func TestApprovals_DeclineAndWithdraw(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	form := o.clicks(t, boris, button(t, o.asks(t, anna, "300")[boris], "funds.decline"))
	if form == nil {
		t.Fatal("no form")
	}
	if faults, _ := o.bot.Check(t.Context(), bot.Request{Kind: bot.KindSubmission, Person: boris, Command: "funds", Action: "decline", State: form.State, Values: map[string]string{"reason": " "}}); faults["reason"] == "" {
		t.Error("declined without a reason")
	}
	o.fills(t, boris, form, map[string]string{"reason": "先查欠费"})
	if s := words(o.reads(t)[anna]); !strings.Contains(s, "先查欠费") {
		t.Errorf("anna reads %q", s)
	}
	read := o.asks(t, anna, "400")
	o.clicks(t, boris, bot.Button{Action: "funds.withdraw", Value: button(t, read[boris], "funds.approve").Value})
	if s := words(o.reads(t)[boris]); !strings.Contains(s, "不是你申请的") {
		t.Errorf("boris reads %q", s)
	}
	o.clicks(t, anna, button(t, read[anna], "funds.withdraw"))
	o.round(t)
	states := map[money.State]int{}
	list, _ := o.EveryOperation(t.Context(), "T1")
	for _, op := range list {
		states[op.State]++
	}
	if states[money.Refused] != 1 || states[money.Cancelled] != 1 {
		t.Errorf("got %v", states)
	}
}

// With fewer than two people who can approve, nothing above the threshold is
// submitted, and lead and admin hear of it.
func TestApprovals_TooFewApprovers(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	o.town.gone[boris] = true
	read := o.asks(t, anna, "300")
	list, _ := o.EveryOperation(t.Context(), "T1")
	if len(list) != 1 || list[0].State != money.Draft {
		t.Fatalf("got %+v", list)
	}
	for who, part := range map[bot.PersonID]string{anna: "至少要有两人", chen: "Only 1 can approve", dora: "可以审批资金操作"} {
		if s := words(read[who]); !strings.Contains(s, part) {
			t.Errorf("%s reads %q", who, s)
		}
	}
}

func TestApprovals_Freeze(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	card := button(t, o.asks(t, anna, "300")[boris], "funds.approve")
	steps := []struct {
		who        bot.PersonID
		text, says string
	}{
		{anna, "freeze", "管理员"}, {dora, "freeze", "已冻结"}, {dora, "thaw", "还要另一个人"}, {dora, "thaw", "已经同意"}, {anna, "thaw", "管理员"},
	}
	for _, s := range steps {
		o.says(t, s.who, "desk", s.text)
		if got := words(o.reads(t)[s.who]); !strings.Contains(got, s.says) {
			t.Errorf("%s says %s and reads %q", s.who, s.text, got)
		}
	}
	o.clicks(t, boris, card)
	if s := words(o.reads(t)[boris]); !strings.Contains(s, "已被冻结") {
		t.Errorf("boris reads %q", s)
	}
	o.says(t, chen, "desk", "thaw")
	if s := words(o.reads(t)[chen]); !strings.Contains(s, "Thawed") {
		t.Errorf("chen reads %q", s)
	}
	o.clicks(t, boris, card)
	o.round(t)
	list, _ := o.EveryOperation(t.Context(), "T1")
	if list[0].State != money.Done {
		t.Errorf("got %s", list[0].State)
	}
}

// An unknown outcome is shown, is not released early or by who asked for it, and
// goes with the evidence of a person.
func TestApprovals_Release(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	card := button(t, o.asks(t, anna, "300")[boris], "funds.approve")
	if err := o.world.Inject(sandbox.Fault{Op: "customer-grant", Kind: sandbox.DropBefore}); err != nil {
		t.Fatal(err)
	}
	o.clicks(t, boris, card)
	o.round(t)
	read := o.reads(t)
	if s := words(read[anna]); !strings.Contains(s, "待核对") {
		t.Fatalf("anna reads %q", s)
	}
	early := o.clicks(t, boris, button(t, read[boris], "funds.release"))
	o.fills(t, boris, early, map[string]string{"reason": "没看到"})
	if s := words(o.reads(t)[boris]); !strings.Contains(s, "还不能放行") {
		t.Errorf("boris reads %q", s)
	}
	for range 8 {
		o.advance(6 * time.Minute)
		o.round(t)
	}
	o.fills(t, boris, early, map[string]string{"reason": "伙伴中心的调账记录里没有"})
	o.round(t)
	list, _ := o.EveryOperation(t.Context(), "T1")
	if got := list[0]; got.State != money.Refused || got.Decider != boris || got.Reason == "" {
		t.Fatalf("got %+v", got)
	}
	if n, _ := o.effects(t, list[0]); n != 0 {
		t.Errorf("%d effects", n)
	}
}

// A reseller's people see and find nothing of the operator or of another
// reseller, whatever they type.
func TestApprovals_OtherAccounts(t *testing.T) {
	o := newFront(t, access.Distributor, money.Policy{})
	var resellers []partner.Reseller
	for r, err := range o.center.Resellers(t.Context(), partner.ResellerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		resellers = append(resellers, r)
	}
	o.grants = append(o.grants, access.Grant{Who: rita.User, Roles: []bot.Role{bot.RoleStaff, bot.RoleApprover}, Employer: "reseller:" + string(resellers[0].ID)})
	form := o.says(t, anna, "funds", "grant")
	o.fills(t, anna, form, map[string]string{"to": "reseller", "name": resellers[1].Name, "amount": "777", "remark": ""})
	o.clicks(t, anna, button(t, o.reads(t)[anna], "funds.submit"))
	o.round(t)
	read := o.reads(t)
	card := button(t, read[boris], "funds.approve")
	if len(read[rita]) > 0 {
		t.Errorf("the other reseller reads %q", words(read[rita]))
	}
	id, _, _ := strings.Cut(card.Value, "|")
	for _, text := range []string{"show " + id, "history", "approvals", "grant " + resellers[1].Name} {
		o.says(t, rita, "funds", text)
	}
	for _, action := range []string{"show", "approve", "withdraw", "again"} {
		o.clicks(t, rita, bot.Button{Action: "funds." + action, Value: card.Value})
	}
	got := words(o.reads(t)[rita])
	for _, secret := range []string{"777", resellers[1].Name, "UANNA"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is in what she reads: %q", secret, got)
		}
	}
	if op := o.operation(t, id); op.State != money.Awaiting {
		t.Errorf("she moved it to %s", op.State)
	}
	o.clicks(t, boris, card)
	o.round(t)
	if op := o.operation(t, id); op.State != money.Done {
		t.Errorf("%s: %s", op.State, op.Fault)
	}
}

// Every text that a card, a receipt or a refusal can need is there in both
// languages, without an open blank.
func TestMoney_Texts(t *testing.T) {
	catalog := messages(t)
	for _, tag := range lang.Tags() {
		w := catalog.In(tag)
		for _, k := range money.Kinds() {
			for _, key := range []string{"money.kind." + string(k), "money.will." + string(k)} {
				if !catalog.Has(key) || w.T(key) == "" {
					t.Errorf("%s: no %s", tag, key)
				}
			}
		}
		for _, s := range []money.State{money.Draft, money.Awaiting, money.Reserved, money.Sending, money.Done, money.Refused, money.Unknown, money.Cancelled, money.Expired} {
			for _, key := range []string{"money.state." + string(s), "money.no.state." + string(s)} {
				if !catalog.Has(key) {
					t.Errorf("%s: no %s", tag, key)
				}
			}
		}
		for _, key := range []string{"reserved", "done", "partial", "refused", "unknown", "expired"} {
			if !catalog.Has("money.receipt." + key) {
				t.Errorf("no money.receipt.%s", key)
			}
		}
		for _, key := range []string{"frozen", "like_unknown", "per_operation", "per_person", "per_party", "per_day", "too_many", "source_short", "approvers", "requester",
			"approver_gone", "threshold", "twice", "changed", "customer", "customer_frozen", "quota", "coupon", "state.expired"} {
			if !catalog.Has("money.short."+key) || !catalog.Has("money.no."+key) {
				t.Errorf("no money.short.%s or money.no.%s", key, key)
			}
		}
	}
}
