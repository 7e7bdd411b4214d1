package handlers

import (
	"context"
	"strconv"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/worktime"
)

// take writes the next lines of a table that somebody has looked at. The lines
// are those that were looked at, not what the file says by now; a line that got
// into the register another way since is left out.
func (o registrar) take(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, from, _ := strings.Cut(r.Value, "|")
	there, err := o.d.Register.Book.Benefits(ctx, team(r), r.Actor.Account)
	if err != nil {
		return bot.Outcome{}, err
	}
	now := o.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		draft, found, err := o.d.Register.Book.DraftIn(tx, team(r), r.Actor.Account, id)
		if err != nil {
			return bot.Reply{}, err
		}
		if !found || draft.Person != r.Person || from != strconv.Itoa(draft.Taken) || draft.Taken >= len(draft.Rows) {
			return o.said(r, "error.stale_button"), nil
		}
		first, last := draft.Taken, min(draft.Taken+benefit.ImportStep, len(draft.Rows))
		var kept []string
		for i, row := range draft.Rows[first:last] {
			row.Team, row.Account, row.Owner, row.Seed = draft.Team, draft.Account, r.Person, id+"/"+strconv.Itoa(first+i)
			rule, known := o.d.Register.Policy.Rule(row.Kind)
			if _, twin := rule.Twin(row, there); !known || twin {
				continue
			}
			if row, err = o.place(tx, row); err != nil {
				return bot.Reply{}, err
			}
			if row.Rev == 0 {
				if err := o.d.Register.Book.PutBenefit(tx, rule.Take(row, r.Person, now)); err != nil {
					return bot.Reply{}, err
				}
			}
			kept = append(kept, row.ID)
		}
		draft.Taken = last
		if err := o.d.Register.Book.PutDraft(tx, draft); err != nil {
			return bot.Reply{}, err
		}
		err = tx.Audit(bot.Entry{Stream: "benefit-import/" + id, Person: r.Person, Account: draft.Account, Action: "benefit.import", Object: id, Outcome: "ok", At: now,
			Facts: map[string]string{"rows": strconv.Itoa(len(kept)), "from": strconv.Itoa(first), "of": strconv.Itoa(len(draft.Rows))}})
		return o.taken(r, draft, kept, last-first), err
	}}, nil
}

// taken says what was written, and offers the rest.
func (o registrar) taken(r bot.Request, draft benefit.Draft, kept []string, of int) bot.Reply {
	w := o.d.words(r)
	reply := private(bot.Text(w.T("benefit.import.taken", "count", strconv.Itoa(len(kept)))))
	reply.Replace = r.Place.Private
	if left := of - len(kept); left > 0 {
		reply.Blocks = append(reply.Blocks, warning(w.T("benefit.import.left_out", "count", strconv.Itoa(left))))
	}
	var items []bot.Button
	if draft.Taken < len(draft.Rows) {
		items = append(items, o.takeButton(r, draft))
	}
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: append(items, bot.Button{Action: "benefit.list", Text: w.T("benefit.list.button"), Value: "all"})})
	return reply
}

// export gives the register as a table: XLSX, or CSV when asked for. It can be
// read in again.
func (o registrar) export(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if o.d.Sheets == nil {
		return bot.Outcome{}, bot.User("benefit.import.unset")
	}
	rows, err := o.d.Register.Book.Benefits(ctx, team(r), r.Actor.Account)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := o.d.words(r)
	s := Sheet{Name: w.T("benefit.export.sheet")}
	for _, column := range o.registerColumns() {
		s.Header = append(s.Header, columnTitle(w, column))
	}
	for _, b := range rows {
		s.Rows = append(s.Rows, o.exported(r, b))
	}
	name := "benefits-" + o.today().String()
	file := bot.File{Name: name + ".xlsx", Kind: xlsxKind}
	if strings.EqualFold(oneLine(r.Text), "csv") {
		file.Name, file.Kind = name+".csv", "text/csv"
		file.Data, err = o.d.Sheets.CSV(s)
	} else {
		file.Data, err = o.d.Sheets.XLSX(s)
	}
	if err != nil {
		return bot.Outcome{}, bot.User("benefit.export.failed").Because(err)
	}
	file.Title = s.Name
	reply := private(bot.Text(w.T("benefit.export", "count", strconv.Itoa(len(rows)))))
	reply.Files = []bot.File{file}
	return bot.Outcome{Reply: reply, Audit: &bot.Entry{Stream: "benefit-export/" + r.Actor.Account.String(), Person: r.Person, Account: r.Actor.Account, Action: "benefit.export",
		Outcome: "ok", At: o.d.Now(), Facts: map[string]string{"rows": strconv.Itoa(len(rows))}}}, nil
}

// exported is one row of the table.
func (o registrar) exported(r bot.Request, b benefit.Benefit) []string {
	p := o.page(r, b)
	var row []string
	for _, column := range o.registerColumns() {
		row = append(row, p.column(column))
	}
	return row
}

func (p benefitPage) column(column string) string {
	switch column {
	case benefit.ColumnID:
		return p.b.ID
	case benefit.ColumnKind:
		return string(p.rule.Kind)
	case benefit.ColumnState:
		s, _ := p.rule.State(p.b.State)
		return p.say(s.Label)
	case "owner":
		return p.b.Owner.User
	case "nearest":
		day := worktime.Date{}
		if d, has := p.rule.Next(p.b, p.d.Register.Calendar, p.d.deskZone()); has {
			day = d.Day
		}
		return day.String()
	case benefit.ColumnEvidence:
		if n := len(p.b.Evidence); n > 0 {
			return p.b.Evidence[n-1].URL
		}
		return ""
	case benefit.ColumnNote:
		for i := len(p.b.History) - 1; i >= 0; i-- {
			if p.b.History[i].What == benefit.Noted {
				return p.b.History[i].To
			}
		}
		return ""
	}
	if p.rule.Counted {
		switch column {
		case benefit.ColumnGranted:
			return p.b.Granted().String()
		case benefit.ColumnUsed:
			return p.b.Used().String()
		case "left":
			return p.b.Left().String()
		}
	}
	return p.b.Values[column]
}
