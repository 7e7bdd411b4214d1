package handlers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// stated shows a statement in words and, where tables can be made, as a file.
func (d *Deps) stated(w lang.Words, who subject, s money.Statement) bot.Reply {
	table := bot.Table{Columns: []bot.Column{{Title: w.T("statement.col.what")}, {Title: w.T("statement.col.amount"), Numeric: true}}}
	sheet := Sheet{Name: w.T("statement.sheet"), Header: []string{w.T("statement.col.what"), w.T("statement.col.amount")}}
	line := func(what, shown, filed string) {
		table.Rows = append(table.Rows, []string{what, shown})
		sheet.Rows = append(sheet.Rows, []string{what, filed})
	}
	sum := func(what string, x money.Sum) {
		if !x.Known {
			line(what, w.T("statement.unknown"), w.T("statement.unknown"))
			return
		}
		line(what, yuan(x.Fen), x.Fen.String())
	}
	sheet.Rows = append(sheet.Rows, []string{w.T("statement.of"), who.name}, []string{w.T("balance.login"), who.login}, []string{w.T("statement.month.is"), s.Month.String()})
	sum(w.T("statement.opening"), s.Opening)
	for _, f := range s.Flows {
		if f.Cash {
			line(flowWords(w, f), signed(f.Fen, yuan), signed(f.Fen, partner.Fen.String))
		}
	}
	sum(w.T("statement.closing"), s.Closing)
	sum(w.T("statement.unexplained"), s.Unexplained())
	for _, f := range s.Flows {
		if !f.Cash {
			line(w.T("statement.beside")+flowWords(w, f), signed(f.Fen, yuan), signed(f.Fen, partner.Fen.String))
		}
	}
	until := w.T("statement.whole")
	if !s.Until.IsZero() {
		until = w.T("statement.until", "at", d.clock(s.Until))
	}
	notes := []string{until, w.T("statement.not_settlement")}
	if !s.Opening.Known || !s.Closing.Known {
		notes = append(notes, w.T("statement.why_unknown"))
	}
	reply := bot.Reply{Private: true, Blocks: []bot.Block{bot.Heading{Text: w.T("statement.title", "name", who.name, "month", s.Month.String())}, table}}
	for _, n := range notes {
		reply.Blocks = append(reply.Blocks, bot.Note{Inlines: plain(n)})
		sheet.Rows = append(sheet.Rows, []string{n, ""})
	}
	if d.Sheets == nil {
		return reply
	}
	data, err := d.Sheets.XLSX(sheet)
	if err != nil {
		reply.Blocks = append(reply.Blocks, bot.Note{Inlines: plain(w.T("statement.file.failed"))})
		return reply
	}
	reply.Files = []bot.File{{Name: fmt.Sprintf("statement-%s-%s.xlsx", who.login, s.Month), Title: w.T("statement.title", "name", who.name, "month", s.Month.String()), Kind: xlsxKind, Data: data}}
	return reply
}

func flowWords(w lang.Words, f money.Flow) string {
	if f.Raw == "" {
		return w.T("statement.flow." + f.Key)
	}
	if key := "statement.detail." + f.Raw; w.Has(key) {
		return w.T(key)
	}
	return f.Raw // a kind nobody published: as the center spells it
}

// signed writes an amount with its direction.
func signed(f partner.Fen, write func(partner.Fen) string) string {
	if f > 0 {
		return "+" + write(f)
	}
	return write(f)
}

// monthBalances looks, at the beginning of every month, what the customers have,
// because nobody can ask for it later.
type monthBalances struct{ o JobOptions }

// balancesEvery is how often it is looked whether a month has begun.
const balancesEvery = time.Hour

func (j *monthBalances) run(ctx context.Context, now time.Time) error {
	d := j.o.Deps
	m := money.MonthOf(now)
	if now.Sub(money.Begin(m)) > money.SnapshotLate {
		return nil // too late to be an opening balance
	}
	team, err := d.Roles.Team(ctx)
	if err != nil {
		return fmt.Errorf("balances of the month: %w", err)
	}
	accounts := []bot.Account{bot.Operator()}
	if d.Access.Offers(bot.AreaReseller) {
		for one, err := range d.Center.Resellers(ctx, partner.ResellerQuery{Most: mostScanned}) {
			if err != nil {
				return fmt.Errorf("balances of the month: %w", err)
			}
			accounts = append(accounts, bot.Reseller(string(one.ID)))
		}
	}
	var faults []error
	for _, of := range accounts {
		if err := j.account(ctx, team, of, m); err != nil {
			faults = append(faults, fmt.Errorf("balances of the month of %s: %w", of, err))
		}
	}
	return errors.Join(faults...)
}

func (j *monthBalances) account(ctx context.Context, team string, of bot.Account, m partner.Month) error {
	d := j.o.Deps
	if _, found, err := d.Money.Snapshots.FindSnapshot(ctx, team, of, m); err != nil || found {
		return err
	}
	var ids []string
	for c, err := range d.Center.Customers(ctx, books(of), partner.CustomerQuery{Most: mostStated}) {
		if err != nil {
			return err
		}
		if c.Association == partner.Resale {
			ids = append(ids, c.ID)
		}
	}
	all, err := d.Center.CustomerBalances(ctx, books(of), ids)
	if err != nil {
		return err
	}
	snap := money.Snapshot{Team: team, Account: of, Month: m, At: d.Now(), Balances: map[string]partner.Fen{}}
	for _, b := range all.Found {
		if b.HasSpendable {
			snap.Balances[b.CustomerID] = b.Spendable
		}
	}
	return d.Money.Snapshots.PutSnapshot(ctx, snap)
}
