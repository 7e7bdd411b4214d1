package handlers

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// mostMatches is how many customers a name may match before the person is
// asked for more of it.
const mostMatches = 8

// balance is /balance: the company's own accounts, or a customer's.
func balance(d *Deps) bot.Command {
	b := balancer{d: d, shelf: &shelf{now: d.Now}}
	under := bot.Action{Run: b.underTyped}
	return bot.Command{
		Name: "balance", Needs: bot.RightRead, Area: bot.AreaMoney, Run: b.run,
		Calls: []string{"balance", "customer-balances", "customers", "resellers"},
		Subs:  map[string]bot.Action{"under": under, "名下": under},
		Actions: map[string]bot.Action{
			"own":      {Run: b.clickOwn},
			"customer": {Run: b.clickCustomer},
			"reseller": {Run: b.clickReseller},
			"under":    {Run: b.underClicked},
			"more":     {Run: b.underMore},
			"anew":     {Run: b.underAnew},
			"file":     {Needs: bot.RightExport, Run: b.underFile},
		},
	}
}

type balancer struct {
	d     *Deps
	shelf *shelf
}

func (b balancer) run(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if b.d.Center == nil {
		return bot.Outcome{}, bot.User("partner.unset", "admin", b.d.words(r).T("person.admin"))
	}
	name := oneLine(r.Text)
	if name == "" {
		return b.own(ctx, r)
	}
	return b.named(ctx, r, name)
}

func (b balancer) clickOwn(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	r.Text = ""
	out, err := b.run(ctx, r)
	out.Reply.Replace = true
	return out, err
}

func (b balancer) clickCustomer(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	one, err := b.d.one(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	out, err := b.customer(ctx, r, one)
	out.Reply.Replace = true
	return out, err
}

// account says whose books the person looks into.
func account(r bot.Request) partner.Account { return partner.Account(r.Actor.Account.ResellerID()) }

// center turns an error of the partner center into words; the code stays in the
// log, where an admin finds it.
func center(err error) error {
	if e, ok := errors.AsType[*partner.Error](err); ok {
		return bot.User(e.Key()).Because(err)
	}
	return err
}

// nameFilter is a name as the partner center's filters take it: no spaces, at
// most 64 characters (partner API sheet, section 5.2, 2026-11-20).
func nameFilter(s string) string {
	s = strings.ReplaceAll(s, " ", "")
	if r := []rune(s); len(r) > 64 {
		s = string(r[:64])
	}
	return s
}

// looksLikeID: customer ids are long runs of hexadecimal digits.
func looksLikeID(s string) bool {
	if len(s) < 16 || len(s) > 64 {
		return false
	}
	for _, c := range s {
		if !strings.ContainsRune("0123456789abcdefABCDEF-", c) {
			return false
		}
	}
	return true
}

// own shows the accounts of the person's company.
func (b balancer) own(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := b.d.words(r)
	return b.books(ctx, r, account(r), w.T("balance.own"), []bot.Button{
		{Action: "balance.own", Text: w.T("balance.refresh")},
		{Action: "balance.under", Text: w.T("balance.under.button"), Value: underPage{}.value()},
	})
}

// books shows the accounts of a partner.
func (b balancer) books(ctx context.Context, r bot.Request, of partner.Account, title string, buttons []bot.Button) (bot.Outcome, error) {
	w := b.d.words(r)
	bal, err := b.d.Center.Balance(ctx, of)
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	if len(bal.Rows) == 0 {
		return bot.Outcome{}, bot.User("balance.no_account_row")
	}
	table := bot.Table{Columns: []bot.Column{
		{Title: w.T("balance.col.account")}, {Title: w.T("balance.col.amount"), Numeric: true}, {Title: w.T("balance.col.detail")},
	}}
	for _, row := range bal.Rows {
		name, detail := b.accountRow(w, row)
		table.Rows = append(table.Rows, []string{name, yuan(row.Amount), detail})
	}
	blocks := []bot.Block{bot.Heading{Text: title}}
	if grantable, ok := bal.Grantable(); ok {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{
			bot.Text(w.T("balance.grantable") + gap(w)), bot.Bold("¥" + yuan(grantable)), bot.Text(w.T("balance.grantable.note")),
		}})
	}
	blocks = append(blocks, table, b.fresh(w, bal.At), bot.Buttons{Items: buttons})
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

func (b balancer) accountRow(w lang.Words, row partner.BalanceRow) (name, detail string) {
	switch row.Type {
	case partner.Cash:
		name = w.T("balance.cash")
		if row.Designated != 0 {
			detail = w.T("balance.designated", "amount", yuan(row.Designated))
		}
	case partner.Credit:
		name, detail = w.T("balance.credit"), w.T("balance.credit.limit", "amount", yuan(row.Limit))
	case partner.Bonus:
		name = w.T("balance.bonus")
	case partner.Deposit:
		name = w.T("balance.deposit")
	case partner.Grantable:
		name, detail = w.T("balance.reported"), w.T("balance.reported.note")
	default:
		name = w.T("balance.unknown", "code", strconv.Itoa(int(row.Type)))
	}
	return name, detail
}

// customer shows one customer's balance. A referral customer has none that a
// partner could see, and the partner center need not be asked to know that.
func (b balancer) customer(ctx context.Context, r bot.Request, c partner.Customer) (bot.Outcome, error) {
	w := b.d.words(r)
	name := c.Name
	if name == "" {
		name = c.Account
	}
	if c.Association == partner.Referral {
		return bot.Outcome{}, bot.User("balance.referral", "name", name)
	}
	balances, err := b.d.Center.CustomerBalances(ctx, account(r), []string{c.ID})
	if err != nil {
		return bot.Outcome{}, center(err)
	}
	if len(balances.Found) == 0 {
		return bot.Outcome{}, bot.User("balance.missing", "name", name)
	}
	got := balances.Found[0]
	fields := bot.Fields{Items: []bot.Field{
		{Label: w.T("balance.available"), Value: amount(w, got.Spendable, got.HasSpendable)},
		{Label: w.T("balance.debt"), Value: amount(w, got.Debt, got.HasDebt)},
		{Label: w.T("balance.login"), Value: []bot.Inline{bot.Text(c.Account)}},
		{Label: w.T("balance.association"), Value: []bot.Inline{bot.Text(association(w, c.Association))}},
	}}
	blocks := []bot.Block{bot.Heading{Text: w.T("balance.of", "name", name)}, fields}
	if c.Frozen != 0 {
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text("⚠️ " + w.T("balance.frozen"))}})
	}
	blocks = append(blocks, b.fresh(w, balances.At), bot.Buttons{Items: []bot.Button{{Action: "balance.customer", Text: w.T("balance.refresh"), Value: c.ID}}})
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

func association(w lang.Words, a partner.Association) string {
	switch a {
	case partner.Referral, partner.Resale:
		return w.T("association." + string(a))
	}
	return w.T("association.unknown", "code", string(a))
}

// amount shows money, or that the partner center did not say. Unknown is not zero.
func amount(w lang.Words, f partner.Fen, known bool) []bot.Inline {
	if !known {
		return []bot.Inline{bot.Text(w.T("balance.unsaid"))}
	}
	return []bot.Inline{bot.Bold("¥" + yuan(f))}
}

func (b balancer) fresh(w lang.Words, at time.Time) bot.Block {
	zone := b.d.Zone
	if zone == nil {
		zone = time.UTC
	}
	return bot.Note{Inlines: []bot.Inline{bot.Text(w.T("balance.fresh", "time", at.In(zone).Format("2006-01-02 15:04"), "zone", zone.String()))}}
}
