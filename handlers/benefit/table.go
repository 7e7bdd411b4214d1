package benefit

import (
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/input"
)

// The columns of a table besides the fields.
const (
	ColumnID       = "id" // of a row that was exported
	ColumnKind     = "kind"
	ColumnState    = "state"
	ColumnGranted  = "granted"
	ColumnUsed     = "used"
	ColumnEvidence = "evidence"
	ColumnNote     = "note"
)

// Further faults of a line of a table.
const (
	FaultKind     Fault = "benefit.fault.kind"
	FaultState    Fault = "benefit.fault.state"
	FaultColumn   Fault = "benefit.fault.column"
	FaultUsed     Fault = "benefit.fault.used"
	FaultEvidence Fault = "benefit.fault.evidence"
)

// MaxImport is how many lines one table may have, ImportStep how many of them are
// written at once: one transaction, of which the store takes 64 keys.
const (
	MaxImport  = 120
	ImportStep = 40
)

// TableRow is a line of a table, read and not kept yet.
type TableRow struct {
	At     int // where it stands in the file, from 1
	Row    Benefit
	Read   []Understood
	Faults map[string]Fault // by column
	Same   string           // the id of a row of the register that it repeats
	Twice  int              // the line of the table that it repeats
}

// OK says that the line can be kept.
func (l TableRow) OK() bool { return len(l.Faults) == 0 && l.Same == "" && l.Twice == 0 }

// Table reads the lines of a table. columns are what [ColumnKind] and the others
// name, or ids of fields, or nothing for a column nobody knows; at are the line
// numbers; there is the register as it is.
func (rd Reader) Table(p Policy, columns []string, rows [][]string, at []int, there []Benefit) []TableRow {
	var list []TableRow
	for i, row := range rows {
		written := map[string]string{}
		for j, cell := range row {
			if j < len(columns) && columns[j] != "" && strings.TrimSpace(cell) != "" {
				written[columns[j]] = strings.TrimSpace(cell)
			}
		}
		l := rd.line(p, written)
		l.At = at[i]
		if rule, known := p.Rule(l.Row.Kind); known && l.Row.Name() != "" {
			if twin, is := rule.Twin(l.Row, there); is {
				l.Same = twin.ID
			}
			if slices.ContainsFunc(there, func(b Benefit) bool { return b.ID == written[ColumnID] }) {
				l.Same = written[ColumnID]
			}
			for _, before := range list {
				if _, is := rule.Twin(l.Row, []Benefit{before.Row}); is && l.Twice == 0 {
					l.Twice = before.At
				}
			}
		}
		list = append(list, l)
	}
	return list
}

func (rd Reader) line(p Policy, written map[string]string) TableRow {
	l := TableRow{Faults: map[string]Fault{}}
	rule, known := p.Named(written[ColumnKind])
	if !known {
		l.Faults[ColumnKind] = FaultKind
		return l
	}
	l.Row.Kind, l.Row.State = rule.Kind, rule.First()
	var faults map[string]Fault
	l.Row.Values, l.Read, faults = rd.Read(rule, written, nil)
	for field, fault := range faults {
		l.Faults[field] = fault
	}
	if word := written[ColumnState]; word != "" {
		i := slices.IndexFunc(rule.States, func(s State) bool { return slices.Contains([]string{s.ID, s.Label.ZH, s.Label.EN}, word) })
		if i < 0 {
			l.Faults[ColumnState] = FaultState
		} else {
			l.Row.State = rule.States[i].ID
		}
	}
	for column, value := range written {
		if _, is := rule.Field(column); !is && !slices.Contains([]string{ColumnID, ColumnKind, ColumnState, ColumnGranted, ColumnUsed, ColumnEvidence, ColumnNote}, column) && value != "" {
			l.Faults[column] = FaultColumn
		}
	}
	l.counts(rule, written)
	if link := written[ColumnEvidence]; link != "" {
		proved, err := l.Row.Prove(link, bot.PersonID{}, time.Time{})
		if err != nil {
			l.Faults[ColumnEvidence] = FaultEvidence
		}
		l.Row.Evidence = proved.Evidence
	}
	if note := []rune(written[ColumnNote]); len(note) > 0 {
		l.Row.History = []Change{{What: Noted, To: string(note[:min(len(note), MaxNote)])}}
	}
	return l
}

// counts reads what was granted and used in all; such sums become one grant and
// one use.
func (l *TableRow) counts(rule Rule, written map[string]string) {
	for _, column := range []string{ColumnGranted, ColumnUsed} {
		text := written[column]
		if strings.Trim(text, "0.,") == "" {
			continue
		}
		v, err := input.Amount(text)
		switch {
		case err != nil:
			l.Faults[column] = FaultAmount
		case !rule.Counted:
			l.Faults[column] = FaultColumn
		case column == ColumnUsed && v > l.Row.Left():
			l.Faults[column] = FaultUsed
		default:
			l.Row.Counts = append(l.Row.Counts, Count{Use: column == ColumnUsed, Amount: v})
		}
	}
}

// Twin finds a row of the same kind and name, where there may be none.
func (r Rule) Twin(b Benefit, list []Benefit) (Benefit, bool) {
	i := slices.IndexFunc(list, func(x Benefit) bool {
		same := x.Kind == b.Kind && strings.EqualFold(x.Name(), b.Name()) && (x.ID != b.ID || x.ID == "")
		return same && (r.Unique == UniqueAlways || r.Unique == UniqueOpen && !r.Ended(x) && !r.Ended(b))
	})
	if i < 0 {
		return Benefit{}, false
	}
	return list[i], true
}

// Take makes a row of the register of what a table says, as one step of its
// history.
func (r Rule) Take(b Benefit, by bot.PersonID, now time.Time) Benefit {
	notes := b.History
	b.History = nil
	for i := range b.Counts {
		b.Counts[i].By, b.Counts[i].At = by, now.UTC()
	}
	for i := range b.Evidence {
		b.Evidence[i].By, b.Evidence[i].At = by, now.UTC()
	}
	b = r.Open(b, by, Imported, now)
	if r.Ended(b) {
		b.Before = r.First()
	}
	for _, n := range notes {
		b = b.Note(n.To, by, now)
	}
	return b
}
