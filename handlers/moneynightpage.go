package handlers

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/worktime"
)

// nights is /desk reconcile: what the comparisons of ledger and records found,
// and a lead's word about it.
type nights struct{ d *Deps }

func (n nights) subs() map[string]bot.Action {
	return map[string]bot.Action{"reconcile": {Run: n.show}}
}

func (n nights) actions() map[string]bot.Action {
	return map[string]bot.Action{"night": {Run: n.ask, Opens: true}, "nights": {Run: n.show}}
}

func (n nights) forms() map[string]bot.Submission {
	return map[string]bot.Submission{"night": {Check: n.check, Run: n.acknowledge}}
}

// may lets through who audits, approves or leads; of whose account is decided by
// what is shown.
func (n nights) may(ctx context.Context, r bot.Request) error {
	if n.d.Money == nil || n.d.Money.Nights == nil {
		return bot.User("money.unset", "admin", n.d.words(r).T("person.admin"))
	}
	_, err := n.d.Access.Authorize(ctx, r.Actor.Person, bot.RightApprove, bot.AreaMoney)
	if err == nil {
		return nil
	}
	if _, audits := n.d.Access.Authorize(ctx, r.Actor.Person, bot.RightAudit, bot.AreaMoney); audits == nil {
		return nil
	}
	return err
}

// rows are those the person may see: their own account's, or all for the
// operator.
func (n nights) rows(ctx context.Context, r bot.Request) ([]money.Night, error) {
	if r.Actor.Account == bot.Operator() {
		return n.d.Money.Nights.EveryNight(ctx, team(r))
	}
	return n.d.Money.Nights.Nights(ctx, team(r), r.Actor.Account)
}

// shownNights is how many days one list shows, the latest first.
const shownNights = 14

func (n nights) show(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if err := n.may(ctx, r); err != nil {
		return bot.Outcome{}, err
	}
	w := n.d.words(r)
	rows, err := n.rows(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	text := cmp.Or(strings.TrimSpace(r.Text), r.Value)
	if text != "" {
		return n.day(ctx, r, rows, text)
	}
	slices.SortStableFunc(rows, func(a, b money.Night) int {
		return cmp.Or(strings.Compare(b.Day, a.Day), strings.Compare(a.Account.String(), b.Account.String()))
	})
	rows = slices.DeleteFunc(rows, func(x money.Night) bool { return x.Looks == 0 })
	if len(rows) == 0 {
		return bot.Outcome{Reply: private(bot.Text(w.T("night.none")))}, nil
	}
	month := monthOf(rows, rows[0].Account, rows[0].Day[:7])
	table := bot.Table{Columns: []bot.Column{{Title: w.T("night.col.day")}, {Title: w.T("night.col.account")}, {Title: w.T("night.col.operations"), Numeric: true},
		{Title: w.T("night.col.agreed"), Numeric: true}, {Title: w.T("night.col.records"), Numeric: true}, {Title: w.T("night.col.state")}}}
	var buttons bot.Buttons
	for _, x := range rows[:min(len(rows), shownNights)] {
		table.Rows = append(table.Rows, []string{x.Day, accountName(w, x.Account), count(x.Operations), yuan(x.Agreed), count(x.Records), nightState(w, x)})
		if len(x.Findings) > 0 && len(buttons.Items) < 5 {
			buttons.Items = append(buttons.Items, bot.Button{Action: "desk.nights", Text: x.Day, Value: x.Account.String() + " " + x.Day})
		}
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("night.list")},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("night.month", "month", month.Day, "days", count(month.Looks), "operations", count(month.Operations), "agreed", yuan(month.Agreed), "open", count(len(month.Open())+month.More)))}},
		table}
	if len(buttons.Items) > 0 {
		blocks = append(blocks, buttons)
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("night.note"))}})}}, nil
}

// day shows one day; one that no night has compared is compared now, to look at.
func (n nights) day(ctx context.Context, r bot.Request, rows []money.Night, text string) (bot.Outcome, error) {
	w := n.d.words(r)
	account, day, ok := strings.Cut(text, " ")
	of := r.Actor.Account
	if ok {
		if a, is := bot.ParseAccount(account); is && (r.Actor.Account == bot.Operator() || a == r.Actor.Account) {
			of = a
		}
	} else {
		day = account
	}
	if day == "today" || day == "今天" {
		day = money.DayOf(n.d.Now())
	}
	if _, err := worktime.ParseDate(day); err != nil || day > money.DayOf(n.d.Now()) {
		return bot.Outcome{}, bot.User("night.no.day", "text", clip(day, 20))
	}
	for _, x := range rows {
		if x.Account == of && x.Day == day && x.Looks > 0 {
			return bot.Outcome{Reply: private2(n.d.nightBlocks(w, x, true))}, nil
		}
	}
	every, err := n.d.Money.Book.EveryOperation(ctx, team(r))
	if err != nil {
		return bot.Outcome{}, err
	}
	moves, err := n.d.movements(ctx, of, day)
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	found := money.Compare(team(r), of, day, every, moves, n.d.Now())
	blocks := n.d.nightBlocks(w, found, false)
	return bot.Outcome{Reply: private2(append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("night.live"))}}))}, nil
}

func private2(blocks []bot.Block) bot.Reply { return bot.Reply{Private: true, Blocks: blocks} }

func accountName(w lang.Words, a bot.Account) string {
	if id := a.ResellerID(); id != "" {
		return w.T("night.reseller", "id", id)
	}
	return w.T("night.operator")
}

func nightState(w lang.Words, n money.Night) string {
	open := len(n.Open()) + n.More
	switch {
	case open > 0:
		return w.T("night.state.open", "count", count(open))
	case len(n.Findings) > 0:
		return w.T("night.state.acked")
	case n.Pending > 0:
		return w.T("night.state.pending", "count", count(n.Pending))
	}
	return w.T("night.state.agreed")
}

// shownFindings is how many findings a card lists, ackButtons how many of them
// have a button of their own.
const (
	shownFindings = 12
	ackButtons    = 4
)

// findingID stands for a finding in a button.
func findingID(f money.Finding) string {
	sum := sha256.Sum256([]byte(f.Key()))
	return hex.EncodeToString(sum[:6])
}

func (d *Deps) nightBlocks(w lang.Words, n money.Night, buttons bool) []bot.Block {
	blocks := []bot.Block{
		bot.Heading{Text: w.T("night.title", "day", n.Day, "account", accountName(w, n.Account))},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("night.sum", "operations", count(n.Operations), "agreed", yuan(n.Agreed), "records", count(n.Records), "state", nightState(w, n)))}},
	}
	var list bot.List
	var row bot.Buttons
	value := n.Account.String() + "|" + n.Day + "|"
	for i, f := range n.Findings {
		if i < shownFindings {
			list.Items = append(list.Items, d.findingLine(w, i+1, f))
		}
		if f.Acked.IsZero() && f.Gone.IsZero() && len(row.Items) < ackButtons && i < shownFindings {
			row.Items = append(row.Items, bot.Button{Action: "desk.night", Text: w.T("night.button", "number", strconv.Itoa(i+1)), Value: value + findingID(f)})
		}
	}
	if len(list.Items) > 0 {
		blocks = append(blocks, list)
	}
	if more := len(n.Findings) - shownFindings + n.More; len(n.Findings) > shownFindings || n.More > 0 {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("night.more", "count", count(max(more, n.More))))}})
	}
	if open := len(n.Open()); buttons && open > 0 {
		if open > 1 {
			row.Items = append(row.Items, bot.Button{Action: "desk.night", Text: w.T("night.button.all", "count", count(open)), Value: value + "*"})
		}
		blocks = append(blocks, row)
	}
	return blocks
}

// findingLine says in words what one side has and the other has not.
func (d *Deps) findingLine(w lang.Words, number int, f money.Finding) []bot.Inline {
	what := w.T("night.auto." + cmp.Or(f.Auto, "other"))
	if f.Kind != "" {
		what = w.T("money.kind." + string(f.Kind))
	}
	amount := f.Found
	if f.Mark == money.NoRecord {
		amount = f.Said
	}
	line := w.T("night.mark."+string(f.Mark), "what", what, "party", clip(cmp.Or(f.Name, f.Party), 40), "amount", yuan(amount), "said", yuan(f.Said), "time", d.clock(f.At),
		"operation", f.Operation, "record", recordID(f.Claim))
	if f.Mark == money.NoLedger && f.Operation != "" {
		line += w.T("night.named", "operation", f.Operation)
	}
	if f.By != "" {
		line += w.T("night.by", "login", clip(f.By, 40))
	}
	switch {
	case !f.Acked.IsZero():
		return []bot.Inline{bot.Text("✅ " + strconv.Itoa(number) + ". " + line + w.T("night.acked")), bot.Mention{Person: f.Acker}, bot.Text(" " + clip(f.Note, 200))}
	case !f.Gone.IsZero():
		return []bot.Inline{bot.Text("☑️ " + strconv.Itoa(number) + ". " + line + w.T("night.gone"))}
	}
	return []bot.Inline{bot.Text("❗ "), bot.Bold(strconv.Itoa(number) + ". "), bot.Text(line)}
}

// postNight brings the leads' card of a day up to date.
func (d *Deps) postNight(tx bot.Tx, leads []bot.Actor, n money.Night, now time.Time) error {
	for _, who := range leads {
		w := d.Catalog.In(readerOf(who))
		err := tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: who.Person.ID}, Lane: bot.LaneMoney, Created: now,
			Object: "night/" + n.Account.String() + "/" + n.Day, Reply: bot.Reply{Blocks: append(d.nightBlocks(w, n, true), bot.Note{Inlines: []bot.Inline{bot.Text(w.T("night.card"))}})}})
		if err != nil {
			return err
		}
	}
	return nil
}

// waiting is the line above the help for who may do something about it: what
// waits for approval, what is unknown, what no night explained. None for who may
// not see money or has nothing waiting; nor does a fault show here.
func (d *Deps) waiting(ctx context.Context, r bot.Request) []bot.Block {
	if d.Money == nil || d.Money.Nights == nil || (nights{d}).may(ctx, r) != nil {
		return nil
	}
	live, err := d.Money.Book.LiveOperations(ctx)
	if err != nil {
		return nil
	}
	rows, err := nights{d}.rows(ctx, r)
	if err != nil {
		return nil
	}
	awaiting, unknown, open := 0, 0, 0
	for _, o := range live {
		if o.Team != team(r) || o.Account != r.Actor.Account && r.Actor.Account != bot.Operator() {
			continue
		}
		switch o.State {
		case money.Awaiting:
			awaiting++
		case money.Unknown:
			unknown++
		}
	}
	if asked, err := (requester{moneyer: moneyer{d: d}}).waitingRequests(ctx, r); err == nil {
		awaiting += len(asked)
	}
	for _, n := range rows {
		open += len(n.Open()) + n.More
	}
	if awaiting+unknown+open == 0 {
		return nil
	}
	w := d.words(r)
	blocks := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text("⏳ " + w.T("night.waiting", "awaiting", count(awaiting), "unknown", count(unknown), "open", count(open)))}}}
	items := []bot.Button{{Action: "voucher.list", Text: w.T("night.waiting.list")}}
	if open > 0 {
		items = append(items, bot.Button{Action: "desk.nights", Text: w.T("night.waiting.nights")})
	}
	return append(blocks, bot.Buttons{Items: items})
}
