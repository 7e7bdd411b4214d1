package input

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"partnerdesk/handlers/worktime"
)

// The ways of writing a day, in Chinese and in English.

const (
	zhNumber = `(\d{1,3}|[一二两三四五六七八九十]{1,3})`
	enNumber = `(\d{1,3}|a|an|one|two|three|four|five|six|seven|eight|nine|ten|twelve)`
	enMonth  = `(jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september|october|november|december)`
	enDay    = `(monday|tuesday|wednesday|thursday|friday|saturday|sunday)`
	zhDay    = `(?:周|星期|礼拜)([一二三四五六日天])`
	lastWork = `最后(?:一个|1个|一|个)?工作日`
	workdays = `(?:working|business) days?`
)

// patterns is a fixed table.
var patterns = []pattern{
	// What repeats.
	{expr: re(`每(?:个)?月的?` + lastWork), read: every(worktime.MonthlyLastWorkday())},
	{expr: re(`每(?:个)?月的?(?:月底|月末|底|末|最后一天)`), read: every(worktime.MonthlyEnd())},
	{expr: re(`每(?:个)?季度?的?` + lastWork), read: every(worktime.QuarterlyLastWorkday())},
	{expr: re(`每(?:个)?季度?的?(?:末|底|最后一天)`), read: every(worktime.QuarterlyEnd())},
	{expr: re(`每年(?:年)?(?:底|末)`), read: every(worktime.Yearly(time.December, 31))},
	{expr: re(`每(?:个)?月的?\s?` + zhNumber + `\s?[日号]`), read: monthly},
	{expr: re(`每(?:个)?` + zhDay), read: weekly},
	{expr: re(`每年的?\s?` + zhNumber + `\s?月\s?` + zhNumber + `\s?[日号]`), read: yearlyZH},
	{expr: re(`\b(?:the )?last ` + workdays + ` of (?:every|each) quarter\b`), read: every(worktime.QuarterlyLastWorkday())},
	{expr: re(`\bweekly on ` + enDay + `s?\b`), read: weekly},
	{expr: re(`\b(?:the )?last ` + workdays + ` of (?:every|each) month\b`), read: every(worktime.MonthlyLastWorkday())},
	{expr: re(`\b(?:the )?(?:end|last day) of (?:every|each) month\b|\bevery month[- ]end\b`), read: every(worktime.MonthlyEnd())},
	{expr: re(`\b(?:the )?end of (?:every|each) quarter\b|\bevery quarter[- ]end\b`), read: every(worktime.QuarterlyEnd())},
	{expr: re(`\b(?:monthly|every month|each month)(?: on)?(?: the)? (\d{1,2})(?:st|nd|rd|th)?\b`), read: monthly},
	{expr: re(`\bthe (\d{1,2})(?:st|nd|rd|th)? of (?:every|each) month\b`), read: monthly},
	{expr: re(`\b(?:every|each) ` + enDay + `\b`), read: weekly},
	{expr: re(`\b(?:every|each)(?: year(?: on)?)? ` + enMonth + `\.? (\d{1,2})(?:st|nd|rd|th)?\b`), read: func(m []string, _ worktime.Date, _ *worktime.Calendar) reading {
		return yearly(month(m[1]), number(m[2]))
	}},

	// A day of the calendar.
	{expr: re(`(20\d\d)\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?[日号]?`), read: numbers(1, 2, 3)},
	{expr: re(`\b(20\d\d)([01]\d)([0-3]\d)\b`), read: numbers(1, 2, 3)},
	{expr: re(zhNumber + `\s?月\s?` + zhNumber + `\s?[日号]`), read: numbers(0, 1, 2)},
	{expr: re(`(明年|后年|今年)\s?` + zhNumber + `\s?月\s?` + zhNumber + `\s?[日号]`), read: func(m []string, today worktime.Date, _ *worktime.Calendar) reading {
		return reading{fromNumbers: true, year: today.Year + map[string]int{"今年": 0, "明年": 1, "后年": 2}[m[1]], m: number(m[2]), d: number(m[3])}
	}},
	{expr: re(`(下个?月|本月|这个月)\s?` + zhNumber + `\s?[日号]`), read: func(m []string, today worktime.Date, _ *worktime.Calendar) reading {
		first := worktime.On(today.Year, today.Month+time.Month(boolInt(strings.HasPrefix(m[1], "下"))), 1)
		return reading{fromNumbers: true, year: first.Year, m: int(first.Month), d: number(m[2])}
	}},
	{expr: re(`\b` + enMonth + `\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (20\d\d))?\b`), read: func(m []string, _ worktime.Date, _ *worktime.Calendar) reading {
		return reading{fromNumbers: true, year: number(m[3]), m: int(month(m[1])), d: number(m[2])}
	}},
	{expr: re(`\b(\d{1,2})(?:st|nd|rd|th)?(?: of)? ` + enMonth + `\.?(?:,? (20\d\d))?\b`), read: func(m []string, _ worktime.Date, _ *worktime.Calendar) reading {
		return reading{fromNumbers: true, year: number(m[3]), m: int(month(m[2])), d: number(m[1])}
	}},

	// Days counted from today.
	{expr: re(`大后天`), read: ahead(3)},
	{expr: re(`后天|\bthe day after tomorrow\b`), read: ahead(2)},
	{expr: re(`明天|明日|\btomorrow\b`), read: ahead(1)},
	{expr: re(`今天|今日|\btoday\b`), read: ahead(0)},
	{expr: re(zhNumber + `\s?个?(工作日|天|日|周|星期|礼拜|个?月)\s?(?:之后|以后|后|之内|以内|内)`), read: counted},
	{expr: re(`\b(?:in|within) ` + enNumber + ` (` + workdays + `|days?|weeks?|months?)\b`), read: counted},
	{expr: re(`\b` + enNumber + ` (` + workdays + `|days?|weeks?|months?) from (?:now|today)\b`), read: counted},
	{expr: re(`(下下|下|本|这)个?` + zhDay), read: func(m []string, today worktime.Date, _ *worktime.Calendar) reading {
		weeks := map[string]int{"下下": 2, "下": 1}[m[1]]
		return reading{day: monday(today).Add(7*weeks + (int(dayOfWeek(m[2]))+6)%7)}
	}},
	{expr: re(zhDay), read: coming},
	{expr: re(`\bnext ` + enDay + `\b`), read: func(m []string, today worktime.Date, _ *worktime.Calendar) reading {
		return reading{day: monday(today).Add(7 + (int(dayOfWeek(m[1]))+6)%7), guess: GuessWeek}
	}},
	{expr: re(`\b(?:this )?` + enDay + `\b`), read: coming},

	// Ends.
	{expr: re(`(下下个?月|下个?月|本月|这个月|当月)的?` + lastWork), read: func(m []string, today worktime.Date, c *worktime.Calendar) reading {
		first := worktime.On(today.Year, today.Month+time.Month(strings.Count(m[1], "下")), 1)
		return reading{day: c.LastOf(first.Year, first.Month)}
	}},
	{expr: re(`(今年|本年|年底|明年)的?` + lastWork), read: func(m []string, today worktime.Date, c *worktime.Calendar) reading {
		return reading{day: c.LastOf(today.Year+boolInt(m[1] == "明年"), time.December)}
	}},
	{expr: re(`\b(?:the )?last ` + workdays + ` of (this|the|next) (month|year)\b`), read: func(m []string, today worktime.Date, c *worktime.Calendar) reading {
		next := boolInt(m[1] == "next")
		if m[2] == "year" {
			return reading{day: c.LastOf(today.Year+next, time.December)}
		}
		first := worktime.On(today.Year, today.Month+time.Month(next), 1)
		return reading{day: c.LastOf(first.Year, first.Month)}
	}},
	{expr: re(`(下下个?|下个?|本|这个|当)?月(?:底|末)`), read: func(m []string, today worktime.Date, _ *worktime.Calendar) reading {
		return reading{day: worktime.On(today.Year, today.Month+1+time.Month(strings.Count(m[1], "下")), 0)}
	}},
	{expr: re(`(下下个?|下个?|本|这个|当)?季度?(?:末|底)`), read: func(m []string, today worktime.Date, _ *worktime.Calendar) reading {
		return quarterEnd(today, strings.Count(m[1], "下"))
	}},
	{expr: re(`(?:第?([一二三四1-4])季度|q([1-4]))\s?(?:末|底| end)`), read: namedQuarter},
	{expr: re(`\bend of q([1-4])\b`), read: namedQuarter},
	{expr: re(`(今|本|明)?年(?:年)?(?:底|末)`), read: func(m []string, today worktime.Date, _ *worktime.Calendar) reading {
		return reading{day: worktime.On(today.Year+boolInt(m[1] == "明"), time.December, 31)}
	}},
	{expr: re(`\b(?:the )?end of (?:(this|the|next) )?(month|quarter|year)\b`), read: func(m []string, today worktime.Date, _ *worktime.Calendar) reading {
		return endOf(m[2], boolInt(m[1] == "next"), today)
	}},
	{expr: re(`\b(?:(this|next) )?(month|quarter|year)[- ]end\b`), read: func(m []string, today worktime.Date, _ *worktime.Calendar) reading {
		return endOf(m[2], boolInt(m[1] == "next"), today)
	}},

	// What does not say which day.
	{weak: true, expr: re(`每(?:个)?(?:周|星期|礼拜)|\bweekly\b|\b(?:every|each) week\b`), read: vague(worktime.Weekly(time.Friday))},
	{weak: true, expr: re(`每(?:个)?月|\bmonthly\b|\b(?:every|each) month\b`), read: vague(worktime.MonthlyEnd())},
	{weak: true, expr: re(`每(?:个)?季度?|\bquarterly\b|\b(?:every|each) quarter\b`), read: vague(worktime.QuarterlyEnd())},
	{weak: true, expr: re(`每年|\b(?:yearly|annually)\b|\b(?:every|each) year\b`), read: vague(worktime.Yearly(time.December, 31))},

	// What could be something else.
	{weak: true, expr: re(`(?:^|[^\d./-])(\d{1,2})[-/.](\d{1,2})(?:$|[^\d./%-])`), read: func(m []string, _ worktime.Date, _ *worktime.Calendar) reading {
		a, b := number(m[1]), number(m[2])
		if a > 12 && b <= 12 {
			return reading{fromNumbers: true, m: b, d: a, guess: GuessOrder}
		}
		guess := GuessYear
		if b <= 12 && a != b {
			guess = GuessOrder
		}
		return reading{fromNumbers: true, m: a, d: b, guess: guess}
	}},
	{weak: true, expr: re(`(\d{1,2})[日号]`), read: func(m []string, today worktime.Date, _ *worktime.Calendar) reading {
		d := number(m[1])
		if d < 1 || d > 31 {
			return reading{impossible: true}
		}
		for i := 0; ; i++ {
			first := worktime.On(today.Year, today.Month+time.Month(i), 1)
			if worktime.Exists(first.Year, first.Month, d) && !worktime.On(first.Year, first.Month, d).Before(today) {
				return reading{day: worktime.On(first.Year, first.Month, d), guess: GuessMonth}
			}
		}
	}},
}

func re(expr string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + expr) }

type reader = func(m []string, today worktime.Date, c *worktime.Calendar) reading

func every(r worktime.Rule) reader {
	return func([]string, worktime.Date, *worktime.Calendar) reading { return reading{rule: r, repeats: true} }
}

func ahead(n int) reader {
	return func(_ []string, today worktime.Date, _ *worktime.Calendar) reading { return reading{day: today.Add(n)} }
}

// vague is a rule without its day: the last one of each, to be shown back.
func vague(r worktime.Rule) reader {
	return func([]string, worktime.Date, *worktime.Calendar) reading {
		return reading{rule: r, repeats: true, guess: GuessRule}
	}
}

// numbers reads the groups of year, month and day; group 0 is none.
func numbers(y, m, d int) reader {
	return func(g []string, _ worktime.Date, _ *worktime.Calendar) reading {
		r := reading{fromNumbers: true, m: number(g[m]), d: number(g[d])}
		if y > 0 {
			r.year = number(g[y])
		}
		return r
	}
}

func monthly(m []string, _ worktime.Date, _ *worktime.Calendar) reading {
	d := number(m[1])
	if d < 1 || d > 31 {
		return reading{impossible: true}
	}
	return reading{rule: worktime.MonthlyOn(d), repeats: true}
}

func weekly(m []string, _ worktime.Date, _ *worktime.Calendar) reading {
	return reading{rule: worktime.Weekly(dayOfWeek(m[1])), repeats: true}
}

func yearlyZH(m []string, _ worktime.Date, _ *worktime.Calendar) reading {
	return yearly(time.Month(number(m[1])), number(m[2]))
}

func yearly(month time.Month, day int) reading {
	if !worktime.Exists(2024, month, day) {
		return reading{impossible: true}
	}
	return reading{rule: worktime.Yearly(month, day), repeats: true}
}

func counted(m []string, today worktime.Date, c *worktime.Calendar) reading {
	n := number(m[1])
	switch unit := m[2]; {
	case strings.HasPrefix(unit, "工作"), strings.HasPrefix(unit, "work"), strings.HasPrefix(unit, "bus"):
		return reading{day: c.Add(today, n)}
	case strings.HasSuffix(unit, "月"), strings.HasPrefix(unit, "month"):
		first := worktime.On(today.Year, today.Month+time.Month(n), 1)
		return reading{day: worktime.On(first.Year, first.Month, min(today.Day, worktime.On(first.Year, first.Month+1, 0).Day))}
	case unit == "天", unit == "日", strings.HasPrefix(unit, "day"):
		return reading{day: today.Add(n)}
	}
	return reading{day: today.Add(7 * n)}
}

// coming is the next such day of the week, today included.
func coming(m []string, today worktime.Date, _ *worktime.Calendar) reading {
	d := today
	for d.Weekday() != dayOfWeek(m[1]) {
		d = d.Add(1)
	}
	return reading{day: d}
}

func monday(d worktime.Date) worktime.Date { return d.Add(-(int(d.Weekday()) + 6) % 7) }

func endOf(what string, next int, today worktime.Date) reading {
	switch what {
	case "month":
		return reading{day: worktime.On(today.Year, today.Month+1+time.Month(next), 0)}
	case "quarter":
		return quarterEnd(today, next)
	}
	return reading{day: worktime.On(today.Year+next, time.December, 31)}
}

func quarterEnd(today worktime.Date, next int) reading {
	quarter := (int(today.Month)-1)/3 + next
	return reading{day: worktime.On(today.Year, time.Month(quarter*3+4), 0)}
}

func namedQuarter(m []string, today worktime.Date, _ *worktime.Calendar) reading {
	n := number(strings.Join(m[1:], ""))
	day := worktime.On(today.Year, time.Month(n*3+1), 0)
	if day.Before(today) {
		day = worktime.On(today.Year+1, time.Month(n*3+1), 0)
	}
	return reading{day: day, guess: GuessYear}
}

func dayOfWeek(s string) time.Weekday {
	if i := strings.Index("日一二三四五六", s); i >= 0 && len(s) == len("日") {
		return time.Weekday(i / len("日"))
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), s) {
			return d
		}
	}
	return time.Sunday // 天
}

func month(s string) time.Month {
	for m := time.January; m <= time.December; m++ {
		if len(s) >= 3 && strings.HasPrefix(strings.ToLower(m.String()), s[:3]) {
			return m
		}
	}
	return 0
}

// number reads digits and small numerals; anything else is 0.
func number(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	for i, word := range strings.Fields("- one two three four five six seven eight nine ten - twelve") {
		if s == word {
			return i
		}
	}
	if s == "a" || s == "an" {
		return 1
	}
	tens, ones, is := strings.Cut(s, "十")
	if !is {
		return digitZH(s)
	}
	n := 10
	if tens != "" {
		n = 10 * digitZH(tens)
	}
	return n + digitZH(ones)
}

func digitZH(s string) int {
	s = strings.ReplaceAll(s, "两", "二")
	const row = "一二三四五六七八九"
	if i := strings.Index(row, s); i >= 0 && len(s) == len("一") {
		return i/len("一") + 1
	}
	return 0
}
