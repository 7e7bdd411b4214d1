package handlers_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/question"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
	"partnerdesk/handlers/worktime"
)

var hugo = bot.PersonID{Team: "T2", User: "UHUGO"} // of Huawei, ecosystem manager

// mark stands in every text that belongs to somebody.
const mark = "秘"

// owned rows of an account: every text in them holds the mark, every amount is
// 98,765.43, every id is in handles.
func (p *portfolio) own(t *testing.T, of bot.Account, who bot.PersonID, n string) (handles []string) {
	t.Helper()
	text := func(what string) string { return mark + what + n }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	books := p.deps
	must(books.Tickets.PutTicket(nil, ticket.Ticket{Team: "T1", ID: "PD-TTT" + n, Account: of, Requester: who, What: text("工单"), Customer: text("客户"), Details: text("详情"), State: ticket.Open, Opened: noon, Changed: noon, Due: noon}))
	values := map[string]string{}
	for _, f := range books.Policy.Fields {
		values[f.ID] = text(f.ID)
	}
	must(books.Opportunities.PutOpportunity(nil, opportunity.Opportunity{Team: "T1", ID: "OP-OOO" + n, Account: of, Owner: who, Values: values, State: books.Policy.States[0].ID, Number: text("单号"), Opened: noon, Since: noon, Changed: noon}))
	must(books.Remind.Book.PutDeadline(nil, remind.Deadline{Team: "T1", ID: "DL-DDD" + n, Account: of, Kind: remind.Plain, Title: text("到期"), Due: worktime.On(2026, 12, 20), End: noon.AddDate(0, 1, 0), Owner: who, Created: noon, Changed: noon}))
	for i, rule := range books.Register.Policy.Rules {
		values := map[string]string{}
		for _, f := range rule.Fields {
			values[f.ID] = map[benefit.FieldKind]string{benefit.Line: text(f.ID), benefit.Amount: "98765.43", benefit.Day: "2026-12-20", benefit.Past: "2026-11-18", benefit.Quarter: "2026-Q4"}[f.Kind]
		}
		row := rule.Open(benefit.Benefit{Team: "T1", ID: fmt.Sprintf("BF-B%d%s", i, n), Account: of, Kind: rule.Kind, Owner: who, Values: values}, who, benefit.Opened, noon).Note(text("备注"), who, noon)
		if rule.Counted {
			row.Counts = []benefit.Count{{Amount: 9876543, Note: text("发放"), By: who, At: noon}}
		}
		must(books.Register.Book.PutBenefit(nil, row))
		handles = append(handles, row.ID, fmt.Sprintf("%s|%d", row.ID, row.Rev), fmt.Sprintf("%s|%d|%s", row.ID, row.Rev, append(rule.States[0].Next, "x")[0]))
	}
	for i, state := range []money.State{money.Awaiting, money.Unknown, money.Done} {
		must(books.Money.Book.PutOperation(nil, money.Operation{Team: "T1", ID: fmt.Sprintf("MO-MM%d%s", i, n), Rev: 1, Kind: money.Kinds()[0], Account: of, Parties: []money.Party{{ID: text("编号"), Name: text("对方")}},
			Amount: 9876543, Remark: text("备注"), Requester: who, State: state, Created: noon, Changed: noon, Expires: noon.AddDate(0, 0, 1)}))
		handles = append(handles, fmt.Sprintf("MO-MM%d%s", i, n), fmt.Sprintf("MO-MM%d%s|1", i, n))
	}
	must(books.Questions.PutAsked(nil, question.Asked{ID: "q" + n, Person: who, Account: of, Text: text("问题"), Understood: text("问题"), At: noon}))
	return append(handles, "PD-TTT"+n, "OP-OOO"+n, "DL-DDD"+n, "q"+n, "q"+n+"|1", of.String())
}

// rows is everything an account has, by id, to see whether somebody moved it.
func (p *portfolio) rows(t *testing.T, of bot.Account) map[string]any {
	t.Helper()
	all := map[string]any{}
	note := func(id string, row any) { all[id] = row }
	tickets, err := p.deps.Tickets.Tickets(t.Context(), "T1", of)
	opps, err2 := p.deps.Opportunities.Opportunities(t.Context(), "T1", of)
	deadlines, err3 := p.deps.Remind.Book.Deadlines(t.Context(), "T1", of)
	ops, err4 := p.deps.Money.Book.Operations(t.Context(), "T1", of)
	rows, err5 := p.deps.Register.Book.Benefits(t.Context(), "T1", of)
	if err := errors.Join(err, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	for _, row := range tickets {
		note(row.ID, row)
	}
	for _, row := range opps {
		note(row.ID, row)
	}
	for _, row := range deadlines {
		note(row.ID, row)
	}
	for _, row := range rows {
		note(row.ID, row)
	}
	for _, row := range ops {
		note(row.ID, row)
	}
	return all
}

// attempts are all requests there are for one handle: every command, first word,
// button and form, with the handle in every place that takes one.
func attempts(commands []bot.Command, h string) (all []bot.Request) {
	values := map[string]string{}
	for _, field := range strings.Fields("name customer customers quota amount to from until remark reason what details reply note number date text id company need person kind") {
		values[field] = h
	}
	for _, c := range commands {
		all = append(all, bot.Request{Kind: bot.KindCommand, Command: c.Name, Text: h})
		for _, name := range slices.Sorted(maps.Keys(c.Subs)) {
			all = append(all, bot.Request{Kind: bot.KindCommand, Command: c.Name, Text: name + " " + h})
		}
		for _, name := range slices.Sorted(maps.Keys(c.Actions)) {
			all = append(all, bot.Request{Kind: bot.KindClick, Command: c.Name, Action: name, Value: h})
		}
		for _, name := range slices.Sorted(maps.Keys(c.Forms)) {
			all = append(all, bot.Request{Kind: bot.KindSubmission, Command: c.Name, Action: name, State: h, Values: values})
		}
	}
	for _, c := range commands {
		for _, name := range slices.Sorted(maps.Keys(c.Shortcuts)) {
			all = append(all, bot.Request{Kind: bot.KindShortcut, Command: c.Name, Action: name, Text: h, About: bot.Message{Text: h}})
		}
		for _, name := range slices.Sorted(maps.Keys(c.Suggests)) {
			all = append(all, bot.Request{Kind: bot.KindSuggestion, Command: c.Name, Action: name, Text: h})
		}
	}
	return all
}

// TestRivals_NotAByte has the people of one reseller, with every role there is,
// and an ecosystem manager of Huawei try everything the desk can do on everything
// that belongs to the distributor and to another reseller. They see no byte of
// it, and nothing of it moves.
func TestRivals_NotAByte(t *testing.T) {
	p := newPortfolio(t, access.Distributor)
	p.deps.Cases, p.deps.Overlays = p.center, &overlays{}
	var resellers []partner.Reseller
	for r, err := range p.center.Resellers(t.Context(), partner.ResellerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		resellers = append(resellers, r)
	}
	every := slices.DeleteFunc(bot.Roles(), func(r bot.Role) bool { return r == bot.RoleAdmin || r == bot.RoleEditor })
	p.grants = append(p.grants,
		access.Grant{Who: rita.User, Roles: every, Employer: "reseller:" + string(resellers[0].ID)},
		access.Grant{Who: hugo.User, Team: hugo.Team, Roles: every, Employer: access.EmployerHuawei})
	b, operator := bot.Reseller(string(resellers[1].ID)), bot.Operator()
	handles := slices.Concat(p.own(t, operator, anna, "A"), p.own(t, b, boris, "B"))
	handles = append(handles, "", resellers[1].Name, string(resellers[1].ID))
	before := []map[string]any{p.rows(t, operator), p.rows(t, b)}
	table := handlers.Commands(p.deps)
	desk := p.bot(t)
	for _, who := range []bot.PersonID{rita, hugo} {
		for _, h := range handles {
			for _, r := range attempts(table, h) {
				if r.Command == "ask" && (r.Kind == bot.KindCommand || r.Kind == bot.KindShortcut) {
					continue // one's own words, and the public corpus
				}
				r.Person = who
				var got string
				if r.Kind == bot.KindSuggestion {
					options, _ := desk.Suggest(t.Context(), r) // a refusal is an empty list
					got = fmt.Sprint(options)
				} else {
					got = everything(p.do(t, desk, r))
				}
				for _, typed := range []string{h, strings.ToUpper(h)} {
					if typed != "" {
						got = strings.ReplaceAll(got, typed, "")
					}
				}
				for _, secret := range []string{mark, "98,765.43", "98765.43", resellers[1].Name, resellers[1].Account} {
					if strings.Contains(got, secret) {
						t.Fatalf("%s by %s %s.%s %q%q shows %q of another account:\n%s", r.Kind, who, r.Command, r.Action, r.Text, r.Value, secret, got)
					}
				}
			}
		}
	}
	for i, of := range []bot.Account{operator, b} {
		after := p.rows(t, of)
		for id, row := range before[i] {
			if !reflect.DeepEqual(row, after[id]) {
				t.Errorf("%s moved", id)
			}
		}
	}
	// The owner does see it: the search above looks for what is there.
	for _, line := range []string{"ticket show PD-TTTA", "opportunity show OP-OOOA", "deadline show DL-DDDA", "funds show MO-MM0A"} {
		if reply, _ := p.do(t, desk, typed(anna, line)); !strings.Contains(everything(reply, nil), mark) {
			t.Errorf("%s shows the owner nothing:\n%s", line, everything(reply, nil))
		}
	}
}
