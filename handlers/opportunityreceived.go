package handlers

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// receivedLimit is the published time in which an opportunity from Huawei Cloud
// is to be accepted (data/policy/opportunity.yaml).
const receivedLimit = "ho_accept"

var receivedNumber = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{2,39}$`)

// received notes an opportunity that Huawei Cloud shared with us (HO). No API
// tells of one; from here on it is a deadline like any other.
func (o sharer) received(_ context.Context, r bot.Request) (bot.Outcome, error) {
	d, number := o.d, strings.ToUpper(oneLine(r.Text))
	i := slices.IndexFunc(d.Policy.Limits, func(l opportunity.Limit) bool { return l.ID == receivedLimit })
	switch {
	case d.Remind == nil || i < 0:
		return bot.Outcome{}, bot.User("deadline.unset", "admin", d.words(r).T("person.admin"))
	case r.Actor.Huawei:
		return bot.Outcome{}, &bot.Refusal{Reason: "huawei", Key: "refusal.huawei"}
	case !receivedNumber.MatchString(number):
		return bot.Outcome{}, bot.User("opportunity.received.which")
	}
	days := d.Policy.Limits[i].Days
	now, w := d.Now(), d.words(r)
	due := d.Remind.Calendar.Add(worktime.DateIn(now, d.deskZone()), days)
	row := remind.Deadline{
		Team: team(r), Account: r.Actor.Account, Seed: "ho/" + number, Source: remind.People, Kind: remind.Received, Title: w.T("opportunity.received.title", "number", number),
		Due: due, End: due.End(d.deskZone()), Owner: r.Person, Lang: r.Lang, State: remind.Open, Look: now, Created: now, Changed: now,
	}
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		kept, err := reminder{d}.place(tx, row)
		if err != nil {
			return bot.Reply{}, err
		}
		key, args := "opportunity.received", []string{"number", number, "id", kept.ID, "due", date(w, kept.Due), "days", strconv.Itoa(days)}
		if !kept.Created.Equal(now) {
			return private(bot.Text(w.T("opportunity.received.already", args[:6]...))), nil
		}
		reply := private(bot.Text(w.T(key, args...)))
		return reply, reminder{d}.keep(tx, r, kept, "opportunity.received")
	}}, nil
}
