package input

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"partnerdesk/handlers/worktime"
)

// When is a day read out of a sentence.
type When struct {
	Day     worktime.Date
	Repeats string // a rule that [worktime.ParseRule] reads; empty: once
	Words   string // what it was read from
	Guessed Guess  // what was not said; empty: nothing
}

// Guess names what was filled in, so that it can be shown back.
type Guess string

// What can be filled in.
const (
	GuessNone  Guess = ""
	GuessYear  Guess = "year"  // 12月31日
	GuessMonth Guess = "month" // 25号
	GuessOrder Guess = "order" // 3/4: the month first
	GuessWeek  Guess = "week"  // next Friday
	GuessRule  Guess = "rule"  // 每季度: its last day
)

// DateError says why no day could be taken from a sentence.
type DateError struct {
	Reason DateReason
	Words  string        // the part at fault; empty when there is none
	Near   worktime.Date // a day that was perhaps meant; zero: none
}

// DateReason is a fixed word.
type DateReason string

// The reasons.
const (
	NoDate         DateReason = "none"       // nothing looks like a date
	ImpossibleDate DateReason = "impossible" // 2月30日
	PastDate       DateReason = "past"
	DistantDate    DateReason = "distant" // more than ten years ahead
)

func (e *DateError) Error() string { return fmt.Sprintf("date %q: %s", e.Words, e.Reason) }

// reading is what a pattern makes of its groups.
type reading struct {
	day         worktime.Date
	rule        worktime.Rule
	repeats     bool
	guess       Guess
	impossible  bool
	year, m, d  int
	fromNumbers bool
}

// pattern is one way to write a day. Weak ones could be something else, and
// count only where no strong one is found.
type pattern struct {
	expr *regexp.Regexp
	weak bool
	read func(m []string, today worktime.Date, c *worktime.Calendar) reading
}

// maxSentence bounds what is searched, in bytes: every pattern reads it all.
const maxSentence = 2000

// FindDay finds the day in a sentence and returns it with the rest of the
// sentence. today is the person's. What cannot be taken is a [*DateError]; so is
// a sentence of more than 2,000 bytes.
func FindDay(text string, today worktime.Date, c *worktime.Calendar) (w When, rest string, err error) {
	if len(text) > maxSentence {
		return When{}, text, &DateError{Reason: NoDate}
	}
	text = ordinary(text)
	var best []int
	var found pattern
	for _, weak := range []bool{false, true} {
		for _, p := range patterns {
			if p.weak != weak {
				continue
			}
			at := p.expr.FindStringSubmatchIndex(text)
			if at == nil || best != nil && (at[0] > best[0] || at[0] == best[0] && at[1] <= best[1]) {
				continue
			}
			best, found = at, p
		}
		if best != nil {
			break
		}
	}
	if best == nil {
		return When{}, strings.TrimSpace(text), &DateError{Reason: NoDate}
	}
	var groups []string
	for i := 0; i < len(best); i += 2 {
		group := ""
		if best[i] >= 0 {
			group = strings.ToLower(text[best[i]:best[i+1]])
		}
		groups = append(groups, group)
	}
	words := strings.TrimSpace(text[best[0]:best[1]])
	rest = join(text[:best[0]], text[best[1]:])
	r := found.read(groups, today, c)
	if r.fromNumbers {
		r = settle(r, today)
	}
	if r.repeats && !r.impossible {
		r.day = r.rule.After(today.Add(-1), c)
	}
	switch {
	case r.impossible:
		return When{}, rest, &DateError{Reason: ImpossibleDate, Words: words, Near: r.day}
	case r.day.Before(today):
		return When{}, rest, &DateError{Reason: PastDate, Words: words, Near: future(r.day, today)}
	case r.day.Year > today.Year+10:
		return When{}, rest, &DateError{Reason: DistantDate, Words: words}
	}
	w = When{Day: r.day, Words: words, Guessed: r.guess}
	if r.repeats {
		w.Repeats = r.rule.String()
	}
	return w, rest, nil
}

// future is the same day of the first year in which it is not past.
func future(d, today worktime.Date) worktime.Date {
	for d.Before(today) {
		d = worktime.On(d.Year+1, d.Month, min(d.Day, 28+boolInt(d.Month != time.February)*(worktime.On(d.Year+1, d.Month+1, 0).Day-28)))
	}
	return d
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// settle turns numbers into a day: without a year the next time there is one.
func settle(r reading, today worktime.Date) reading {
	year, month, day := r.year, r.m, r.d
	if year == 0 {
		if r.guess == GuessNone {
			r.guess = GuessYear
		}
		year = today.Year
		for y := year; y < year+9; y++ {
			if worktime.Exists(y, time.Month(month), day) && !worktime.On(y, time.Month(month), day).Before(today) {
				year = y
				break
			}
		}
	}
	if month < 1 || month > 12 || day < 1 {
		r.impossible, r.day = true, worktime.Date{}
		return r
	}
	if !worktime.Exists(year, time.Month(month), day) {
		r.impossible = true
		r.day = worktime.On(year, time.Month(month)+1, 0)
		if r.day.Before(today) {
			r.day = worktime.On(year+1, time.Month(month)+1, 0)
		}
		return r
	}
	r.day = worktime.On(year, time.Month(month), day)
	return r
}

// ordinary makes full-width digits and marks ordinary.
func ordinary(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '！' && r <= '～':
			return r - '！' + '!'
		case r == '　', r == '\n', r == '\t':
			return ' '
		}
		return r
	}, s)
}

var (
	behindDate = regexp.MustCompile(`^\s*(之前|以前|前|截止|截至|到期|为止)[，,：:]?`)
	beforeDate = regexp.MustCompile(`(?i)(\b(by|before|on|due|until)|截止到?|到期日?|于|在|到)[：:]?\s*$`)
	spaces     = regexp.MustCompile(`\s+`)
)

// join puts the two sides of a date together, without the little words that
// belonged to it.
func join(before, behind string) string {
	before = beforeDate.ReplaceAllString(before, "")
	behind = behindDate.ReplaceAllString(behind, "")
	text := spaces.ReplaceAllString(before+" "+behind, " ")
	return strings.Trim(text, " ，,：:。;；-–—")
}
