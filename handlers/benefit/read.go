package benefit

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"partnerdesk/handlers/input"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/worktime"
)

// Fault is what is wrong with a field: a catalog key without blanks, so that it
// can stand beside the field.
type Fault string

// The faults.
const (
	FaultEmpty      Fault = "benefit.fault.empty"
	FaultLong       Fault = "benefit.fault.long"
	FaultChoice     Fault = "benefit.fault.choice"
	FaultAmount     Fault = "benefit.fault.amount"
	FaultDate       Fault = "benefit.fault.date"
	FaultImpossible Fault = "benefit.fault.impossible"
	FaultOver       Fault = "benefit.fault.past"
	FaultDistant    Fault = "benefit.fault.distant"
	FaultFuture     Fault = "benefit.fault.future"
	FaultRepeats    Fault = "benefit.fault.repeats"
	FaultQuarter    Fault = "benefit.fault.quarter"
)

// Understood is how a value was read, where that is worth showing back.
type Understood struct {
	Field   Field
	Words   string // as it was written
	Day     worktime.Date
	Guessed input.Guess
}

// Reader reads values as people write them.
type Reader struct {
	Today    worktime.Date
	Calendar *worktime.Calendar
}

// Read makes values of what was written in a form or a line of a table, with the
// faults by field. kept are the values before an edit: what was not changed is
// taken as it is, a day that has passed since included.
func (rd Reader) Read(r Rule, written, kept map[string]string) (values map[string]string, read []Understood, faults map[string]Fault) {
	values, faults = map[string]string{}, map[string]Fault{}
	for _, f := range r.Fields {
		text := strings.TrimSpace(written[f.ID])
		if text == "" {
			if f.Required {
				faults[f.ID] = FaultEmpty
			}
			continue
		}
		if text == kept[f.ID] {
			values[f.ID] = text
			continue
		}
		v, u, fault := rd.value(f, text)
		if fault != "" {
			faults[f.ID] = fault
			continue
		}
		values[f.ID] = v
		if !u.Day.IsZero() && text != v {
			read = append(read, u)
		}
	}
	return values, read, faults
}

func (rd Reader) value(f Field, text string) (string, Understood, Fault) {
	u := Understood{Field: f, Words: text}
	switch f.Kind {
	case Amount:
		v, err := input.Amount(text)
		if err != nil {
			return "", u, FaultAmount
		}
		return v.String(), u, ""
	case Choice:
		for _, o := range f.Options {
			if slices.Contains([]string{o.ID, o.Label.ZH, o.Label.EN}, text) {
				return o.ID, u, ""
			}
		}
		return "", u, FaultChoice
	case Quarter:
		q, ok := quarter(text)
		if !ok {
			return "", u, FaultQuarter
		}
		return q, u, ""
	case Day, Past:
		when, fault := rd.day(f.Kind, text)
		u.Day, u.Guessed = when.Day, when.Guessed
		return when.Day.String(), u, fault
	}
	text = strings.Join(strings.Fields(text), " ")
	if f.Max > 0 && len([]rune(text)) > f.Max {
		return "", u, FaultLong
	}
	return text, u, ""
}

// yearWord is a year that somebody wrote out.
var yearWord = regexp.MustCompile(`(?:^|\D)(20\d\d)(?:\D|$)`)

// day reads a day. One that lies behind must be written with its year, or be
// today: "3月5日" is the next fifth of March to everything else here.
func (rd Reader) day(kind FieldKind, text string) (input.When, Fault) {
	today := rd.Today
	if kind == Past {
		if n, err := worktime.ParseDate(strings.NewReplacer("/", "-", ".", "-").Replace(text)); err == nil {
			today = n
		} else if m := yearWord.FindStringSubmatch(text); m != nil {
			today = worktime.Date{Year: atoi(m[1]), Month: time.January, Day: 1}
		}
		if today.After(rd.Today) {
			today = rd.Today
		}
		if worded, known := rd.behind(text); known {
			return input.When{Day: worded, Words: text}, ""
		}
	}
	when, rest, err := input.FindDay(text, today, rd.Calendar)
	if fault, is := errors.AsType[*input.DateError](err); is {
		switch fault.Reason {
		case input.ImpossibleDate:
			return when, FaultImpossible
		case input.PastDate:
			return when, FaultOver
		case input.DistantDate:
			return when, FaultDistant
		}
		return when, FaultDate
	}
	switch {
	case err != nil || strings.Trim(rest, " ，。,.") != "": // words that would be lost
		return when, FaultDate
	case when.Repeats != "":
		return when, FaultRepeats
	case kind == Past && when.Day.After(rd.Today):
		return when, FaultFuture
	}
	return when, ""
}

// behind are the words for the days just past.
func (rd Reader) behind(text string) (worktime.Date, bool) {
	n, known := map[string]int{"昨天": 1, "yesterday": 1, "前天": 2}[strings.ToLower(text)]
	return rd.Today.Add(-n), known
}

func atoi(s string) (n int) {
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

var quarterWords = regexp.MustCompile(`(?i)^(20\d\d)\s*(?:年)?\s*[-/]?\s*(?:第)?\s*(?:q|quarter\s*)?\s*([1-4一二三四])\s*(?:季度|季)?$|^q([1-4])\s*[-/]?\s*(20\d\d)$`)

// quarter writes a quarter as 2026-Q4.
func quarter(text string) (string, bool) {
	m := quarterWords.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return "", false
	}
	year, n := m[1]+m[4], m[2]+m[3]
	if i := strings.Index("一二三四", n); i >= 0 {
		n = fmt.Sprint(i/len("一") + 1)
	}
	return year + "-Q" + n, true
}

// Fen reads back an amount that Read wrote.
func Fen(value string) partner.Fen {
	v, _ := partner.ParseFen(value)
	return v
}
