package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
)

// A table of deadlines: tried out first, row by row, with nothing kept of it;
// then taken in by a job, a few rows in a transaction. A row somebody brings a
// second time is found again, not kept twice.

const (
	maxImport   = 2 << 20 // bytes of a file
	importChunk = 5       // rows in one transaction
	fieldFile   = "file"
)

func importTypes() []string { return []string{"xlsx", "xlsm", "csv", "txt"} }

// importGuide says what a table looks like, gives one, and opens the way.
func (o reminder) importGuide(_ context.Context, r bot.Request) (bot.Outcome, error) {
	w := o.d.words(r)
	if o.d.Files == nil || o.d.Sheets == nil {
		return bot.Outcome{}, bot.User("deadline.import.unset")
	}
	reply := o.say(r, "deadline.import.guide", "most", strconv.Itoa(remind.MostRows))
	value := ""
	if len(r.Files) > 0 {
		value = r.Files[0].ID
	}
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: "deadline.upload", Text: w.T("deadline.import.upload"), Value: value, Style: bot.StylePrimary}}})
	head := []string{headers(w, "due")[0], headers(w, "what")[0]}
	data, err := o.d.Sheets.XLSX(Sheet{Name: w.T("deadline.ics.name"), Header: head, Rows: [][]string{{w.T("deadline.import.example.due"), w.T("deadline.import.example.what")}}})
	if err != nil {
		return bot.Outcome{}, err
	}
	reply.Files = []bot.File{{Name: "deadlines.xlsx", Title: w.T("deadline.import.template"), Kind: xlsxKind, Data: data}}
	return bot.Outcome{Reply: reply}, nil
}

func (o reminder) importForm(_ context.Context, r bot.Request) (bot.Outcome, error) {
	w := o.d.words(r)
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: "deadline.import", Title: w.T("deadline.import.title"), Submit: w.T("deadline.import.try"), Close: w.T("form.close"), State: r.Value,
		Intro:  []bot.Block{bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.import.safe"))}}},
		Fields: []bot.FormField{{Name: fieldFile, Kind: bot.FieldFile, Label: w.T("deadline.import.file"), Types: importTypes(), Optional: r.Value != ""}},
	}}}, nil
}

func (o reminder) checkImport(_ context.Context, r bot.Request) (map[string]string, error) {
	switch f, given := importFile(r); {
	case !given:
		return map[string]string{fieldFile: "deadline.import.fault.file"}, nil
	case f.Name != "" && !slices.Contains(importTypes(), strings.TrimPrefix(strings.ToLower(path.Ext(f.Name)), ".")):
		return map[string]string{fieldFile: "deadline.import.fault.type"}, nil
	case f.Size > maxImport:
		return map[string]string{fieldFile: "sheet.fault.size"}, nil
	}
	return nil, nil
}

func importFile(r bot.Request) (bot.Attached, bool) {
	if i := slices.IndexFunc(r.Files, func(f bot.Attached) bool { return f.Field == fieldFile }); i >= 0 {
		return r.Files[i], true
	}
	return bot.Attached{ID: r.State}, r.State != ""
}

// tryImport reads a table and shows row by row what would become of it.
func (o reminder) tryImport(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	f, given := importFile(r)
	if o.d.Files == nil || o.d.Sheets == nil || !given {
		return bot.Outcome{}, bot.User("deadline.import.unset")
	}
	name, data, err := o.d.Files.Fetch(ctx, f.ID, maxImport)
	if err != nil {
		return bot.Outcome{}, fetched(err, f.Name)
	}
	grids, err := o.d.Sheets.Read(name, data, 10*remind.MostRows)
	if err != nil || len(grids) == 0 {
		return bot.Outcome{}, bot.User("deadline.import.fault.table", "name", clip(oneLine(name), 60)).Because(err)
	}
	tried, ok := o.readRows(r, grids[0])
	if !ok {
		return bot.Outcome{}, bot.User("deadline.import.fault.columns", "due", headers(o.d.words(r), "due")[0], "what", headers(o.d.words(r), "what")[0])
	}
	b := remind.Batch{Team: team(r), ID: questionID(r), Account: r.Actor.Account, Person: r.Person, Lang: r.Lang, File: clip(oneLine(name), 80), State: remind.BatchTried, Created: o.d.Now()}
	for _, one := range tried {
		if one.fault == "" && len(b.Rows) < remind.MostRows {
			b.Rows = append(b.Rows, one.BatchRow)
		}
	}
	reply := o.tried(r, b, tried, grids[0].Bad)
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		if len(b.Rows) == 0 {
			return reply, nil
		}
		return reply, o.d.Remind.Book.PutBatch(tx, b)
	}}, nil
}

// triedRow is a row with what is wrong with it, in words.
type triedRow struct {
	remind.BatchRow
	read, fault string
}

// headers are the words over a column, in every language; the person's own come
// first.
func headers(w lang.Words, column string) []string {
	return strings.Split(w.T("deadline.import.header."+column), "|")
}

func (o reminder) columns(r bot.Request, header []string) (due, what int) {
	find := func(column string) int {
		return slices.IndexFunc(header, func(title string) bool {
			for _, tag := range lang.Tags() {
				for _, h := range headers(o.d.Catalog.In(tag), column) {
					if strings.EqualFold(strings.TrimSpace(title), h) {
						return true
					}
				}
			}
			return false
		})
	}
	return find("due"), find("what")
}

// readRows reads a table; ok is false when its columns cannot be told apart. A
// table whose first row is a date and a text has no header.
func (o reminder) readRows(r bot.Request, g Grid) (tried []triedRow, ok bool) {
	due, what := o.columns(r, g.Header)
	rows, lines := g.Rows, g.Lines
	if due < 0 && what < 0 && len(g.Header) >= 2 {
		if _, _, err := input.FindDay(oneLine(g.Header[0]), o.today(), o.d.Remind.Calendar); err == nil {
			due, what = 0, 1
			rows, lines = append([][]string{g.Header}, rows...), append([]int{1}, lines...)
		}
	}
	if due < 0 || what < 0 {
		return nil, false
	}
	for i, cells := range rows {
		cell := func(n int) string {
			if n < len(cells) {
				return oneLine(cells[n])
			}
			return ""
		}
		one := triedRow{read: cell(due)}
		if i < len(lines) {
			one.Line = lines[i]
		}
		one.Title, _ = ticket.Secrets(cell(what))
		when, _, err := input.FindDay(cell(due), o.today(), o.d.Remind.Calendar)
		one.Due, one.Repeats = when.Day, when.Repeats
		w := o.d.words(r)
		switch f, is := asDateError(err); {
		case err != nil && !is:
			one.fault = w.T("deadline.import.fault.none")
		case err != nil:
			one.fault = w.T("deadline.import.fault." + string(f.Reason))
		case one.Title == "":
			one.fault = w.T("deadline.form.fault.what")
		case len([]rune(one.Title)) > remind.MaxTitle:
			one.fault = w.T("deadline.fault.long")
		case slices.ContainsFunc(tried, func(t triedRow) bool {
			return t.fault == "" && t.Due == one.Due && t.Repeats == one.Repeats && t.Title == one.Title
		}):
			one.fault = w.T("deadline.import.fault.twice")
		}
		tried = append(tried, one)
	}
	return tried, true
}

// tried is the dry run as a person reads it: what is wrong comes first.
func (o reminder) tried(r bot.Request, b remind.Batch, tried []triedRow, bad []int) bot.Reply {
	w := o.d.words(r)
	faulty := 0
	for _, one := range tried {
		if one.fault != "" {
			faulty++
		}
	}
	table := bot.Table{Columns: []bot.Column{{Title: w.T("deadline.import.col.line"), Numeric: true}, {Title: w.T("deadline.import.col.read")}, {Title: w.T("deadline.import.col.due")},
		{Title: w.T("deadline.col.title")}, {Title: w.T("deadline.import.col.result")}}}
	for _, wrong := range []bool{true, false} {
		for _, one := range tried {
			if (one.fault != "") != wrong || len(table.Rows) == listedDeadlines {
				continue
			}
			due, result := date(w, one.Due), one.fault
			if one.Repeats != "" {
				due += " " + repeats(w, one.Repeats)
			}
			if wrong {
				due = "—"
			} else {
				result = w.T("deadline.import.fine")
			}
			table.Rows = append(table.Rows, []string{strconv.Itoa(one.Line), clip(one.read, 30), due, clip(one.Title, 60), result})
		}
	}
	blocks := []bot.Block{
		bot.Heading{Text: w.T("deadline.import.tried", "name", clip(b.File, 40))},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("deadline.import.counts", "good", strconv.Itoa(len(b.Rows)), "bad", strconv.Itoa(faulty+len(bad))))}}, table,
	}
	if more := len(tried) - len(table.Rows); more > 0 {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.preview.more", "count", strconv.Itoa(more)))}})
	}
	if over := len(tried) - faulty - len(b.Rows); over > 0 {
		blocks = append(blocks, warning(w.T("deadline.import.over", "most", strconv.Itoa(remind.MostRows), "count", strconv.Itoa(over))))
	}
	if len(b.Rows) > 0 {
		blocks = append(blocks, bot.Buttons{Items: []bot.Button{{Action: "deadline.import", Text: w.T("deadline.import.go", "count", strconv.Itoa(len(b.Rows))), Value: b.ID, Style: bot.StylePrimary}}})
	}
	return bot.Reply{Private: true, Blocks: blocks}
}

// importGo lets a table that was tried out be taken in.
func (o reminder) importGo(_ context.Context, r bot.Request) (bot.Outcome, error) {
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		b, found, err := o.d.Remind.Book.BatchIn(tx, team(r), r.Value)
		if err != nil {
			return bot.Reply{}, err
		}
		if !found || b.Person != r.Person || b.Account != r.Actor.Account {
			return o.say(r, "error.stale_button"), nil
		}
		reply := o.say(r, "deadline.import.going", "count", strconv.Itoa(len(b.Rows)))
		reply.Replace = true
		if b.State != remind.BatchTried {
			return reply, nil
		}
		b.State = remind.BatchGoing
		return reply, o.d.Remind.Book.PutBatch(tx, b)
	}}, nil
}

// importer takes in what people handed over.
type importer struct{ o JobOptions }

func (m *importer) run(ctx context.Context, now time.Time) error {
	list, err := m.o.Deps.Remind.Book.Batches(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, b := range list {
		for going := true; going && ctx.Err() == nil; {
			if going, err = m.chunk(ctx, b, now); err != nil {
				faults = append(faults, fmt.Errorf("take in batch %s: %w", b.ID, err))
				break
			}
		}
	}
	if len(list) > 0 {
		m.o.Posted()
	}
	return errors.Join(faults...)
}

// chunk takes in the next rows; what it did and where to go on are one
// transaction.
func (m *importer) chunk(ctx context.Context, b remind.Batch, now time.Time) (going bool, err error) {
	d := m.o.Deps
	o := reminder{d}
	err = m.o.Store.Update(ctx, func(tx bot.Tx) error {
		b, found, err := d.Remind.Book.BatchIn(tx, b.Team, b.ID)
		going = found && b.State == remind.BatchGoing
		if err != nil || !going {
			return err
		}
		for n := 0; n < importChunk && b.Next < len(b.Rows); n++ {
			added, err := m.row(tx, b, b.Rows[b.Next], now)
			if err != nil {
				return err
			}
			b.Next++
			if added {
				b.Added++
			} else {
				b.There++
			}
		}
		if b.Next == len(b.Rows) {
			b.State, going = remind.BatchDone, false
			w := d.Catalog.In(b.Lang)
			reply := bot.Say(bot.Text(w.T("deadline.import.done", "name", b.File, "added", strconv.Itoa(b.Added), "there", strconv.Itoa(b.There))))
			reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: "deadline.list", Text: w.T("deadline.list.button")}}})
			if err := tx.Post(bot.Post{To: bot.Target{Kind: bot.TargetPerson, Person: b.Person}, Lane: bot.LaneReminder, Created: now, Reply: reply}); err != nil {
				return err
			}
		}
		return o.d.Remind.Book.PutBatch(tx, b)
	})
	return going, err
}

// importSeed is the same for the same row of the same person, and names nobody.
func importSeed(b remind.Batch, row remind.BatchRow) string {
	sum := sha256.Sum256([]byte(b.Person.String() + "\n" + row.Due.String() + "\n" + row.Repeats + "\n" + row.Title))
	return "import/" + hex.EncodeToString(sum[:8])
}

func (m *importer) row(tx bot.Tx, b remind.Batch, row remind.BatchRow, now time.Time) (added bool, err error) {
	o := reminder{m.o.Deps}
	one := remind.Deadline{
		Team: b.Team, Account: b.Account, Seed: importSeed(b, row), Source: remind.People,
		Kind: remind.KindOf(row.Due, row.Repeats), Title: row.Title, Due: row.Due, End: row.Due.End(o.d.deskZone()), Repeats: row.Repeats, Owner: b.Person, Lang: b.Lang,
		State: remind.Open, Look: now, Created: now, Changed: now,
	}
	kept, err := o.place(tx, one)
	if err != nil || !kept.Created.Equal(now) || kept.State != remind.Open {
		return false, err
	}
	if err := o.d.Remind.Book.PutDeadline(tx, kept); err != nil {
		return false, err
	}
	return true, tx.Audit(bot.Entry{Stream: "deadline/" + kept.ID, Person: b.Person, Account: b.Account, Action: "deadline.import", Object: kept.ID, Outcome: "ok", At: now,
		Facts: map[string]string{"due": kept.Due.String(), "state": string(kept.State)}})
}
