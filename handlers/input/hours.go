package input

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"partnerdesk/handlers/worktime"
)

var span = regexp.MustCompile(`^(\d{1,2})(?:[:点时h](\d{2})?分?)?\s*(?:-|–|—|~|到|至|to|until)\s*(\d{1,2})(?:[:点时h](\d{2})?分?)?$`)

// leastHours is how long working hours must be: a window that is hardly open
// would lose reminders.
const leastHours = 2 * time.Hour

// Hours reads working hours such as 9-18, 8:30-17:30 or 9点到18点. ok is false for
// anything else, for less than two hours, and for hours over midnight.
func Hours(text string) (h worktime.Hours, ok bool) {
	m := span.FindStringSubmatch(strings.ToLower(strings.TrimSpace(ordinary(text))))
	if m == nil {
		return h, false
	}
	clock := func(hour, minute string) time.Duration {
		n, _ := strconv.Atoi(hour)
		k, _ := strconv.Atoi(minute)
		if k > 59 {
			return 48 * time.Hour
		}
		return time.Duration(n)*time.Hour + time.Duration(k)*time.Minute
	}
	h = worktime.Hours{From: clock(m[1], m[2]), To: clock(m[3], m[4])}
	return h, h.To <= 24*time.Hour && h.To-h.From >= leastHours
}
