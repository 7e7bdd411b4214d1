package input

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// What [Day] refuses.
var (
	ErrDate = errors.New("not a date")
	ErrPast = errors.New("the day is over")
)

// Day reads a day as people write it: 2026-12-31, 2026/12/31, 2026年12月31日,
// 20261231, 12-31 and 12月31日 (the next one), 明天, 30天, 30 days, 月底, 年底. It
// returns the day's first moment in the zone of now. A day before today is
// ErrPast.
func Day(text string, now time.Time) (time.Time, error) {
	s := strings.ToLower(strings.ReplaceAll(narrow(text), " ", ""))
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch s {
	case "":
		return time.Time{}, ErrEmpty
	case "今天", "today":
		return today, nil
	case "明天", "tomorrow":
		return today.AddDate(0, 0, 1), nil
	case "后天":
		return today.AddDate(0, 0, 2), nil
	case "月底", "本月底", "endofmonth":
		return time.Date(now.Year(), now.Month()+1, 0, 0, 0, 0, 0, now.Location()), nil
	case "年底", "今年底", "endofyear":
		return time.Date(now.Year(), time.December, 31, 0, 0, 0, 0, now.Location()), nil
	}
	for _, unit := range []string{"天后", "天", "days", "day", "d"} {
		if n, err := strconv.Atoi(strings.TrimSuffix(s, unit)); err == nil && strings.HasSuffix(s, unit) {
			if n < 0 {
				return time.Time{}, ErrPast
			}
			if n > 3650 {
				return time.Time{}, ErrDate
			}
			return today.AddDate(0, 0, n), nil
		}
	}
	s = strings.NewReplacer("年", "-", "月", "-", "日", "", "号", "", "/", "-", ".", "-").Replace(s)
	if len(s) == 8 && strings.Trim(s, "0123456789") == "" {
		s = s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	parts := strings.Split(s, "-")
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || i > 2 {
			return time.Time{}, ErrDate
		}
		n[i] = v
	}
	switch {
	case len(parts) == 3 && n[0] > 99:
		return exact(n[0], n[1], n[2], today, false)
	case len(parts) == 2:
		return exact(now.Year(), n[0], n[1], today, true)
	}
	return time.Time{}, ErrDate
}

// exact refuses days that no calendar has; next takes the one of the next year
// when this year's is over.
func exact(year, month, day int, today time.Time, next bool) (time.Time, error) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, today.Location())
	if t.Month() != time.Month(month) || t.Day() != day || year > today.Year()+50 {
		return time.Time{}, ErrDate
	}
	if !t.Before(today) {
		return t, nil
	}
	if next {
		return exact(year+1, month, day, today, false)
	}
	return time.Time{}, ErrPast
}
