package handlers

import (
	"errors"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/input"
)

// from reads the first day, which counts from its beginning in the desk's zone;
// today means at once.
func (m moneyer) from(text string) (time.Time, string) {
	if oneLine(text) == "" {
		return time.Time{}, ""
	}
	zone := m.d.Zone
	if zone == nil {
		zone = time.UTC
	}
	today := m.d.Now().In(zone)
	day, err := input.Day(text, today)
	switch {
	case errors.Is(err, input.ErrPast):
		return day, "money.fault.past"
	case err != nil:
		return day, "money.fault.date"
	case day.Format(time.DateOnly) == today.Format(time.DateOnly):
		return time.Time{}, ""
	}
	return day.UTC(), ""
}

// checkTimes looks at the validity of coupons, as far as it can be judged without
// the quota.
func (m moneyer) checkTimes(r bot.Request, faults map[string]string) {
	from, fault := m.from(r.Values["from"])
	put(faults, "from", fault)
	until, fault := m.until(r.Values["until"])
	put(faults, "until", fault)
	if faults["from"] == "" && faults["until"] == "" && !from.IsZero() && !until.IsZero() && !from.Before(until) {
		faults["until"] = "voucher.fault.order"
	}
}

// until reads the last day, which counts until its end in the desk's zone.
func (m moneyer) until(text string) (time.Time, string) {
	if oneLine(text) == "" {
		return time.Time{}, ""
	}
	zone := m.d.Zone
	if zone == nil {
		zone = time.UTC
	}
	day, err := input.Day(text, m.d.Now().In(zone))
	switch {
	case errors.Is(err, input.ErrPast):
		return day, "money.fault.past"
	case err != nil:
		return day, "money.fault.date"
	}
	return day.AddDate(0, 0, 1).Add(-time.Second).UTC(), ""
}

// codes splits what coupons are restricted to: service type codes begin with hws.
// (partner API sheet, section 7.1, 2026-11-20), anything else is a product's id.
func codes(text string) (services, products []string) {
	for _, c := range names(strings.ReplaceAll(text, " ", ",")) {
		if strings.HasPrefix(strings.ToLower(c), "hws.") {
			services = append(services, c)
			continue
		}
		products = append(products, c)
	}
	return services, products
}

// isCode says that a word may be a service type code or a product id: both are
// letters, digits and what joins them, at most 64 characters.
func isCode(s string) bool {
	return len(s) <= 64 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789._-:") == ""
}
