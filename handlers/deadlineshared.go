package handlers

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers/worktime"
)

// open lets an ecosystem manager of Huawei see what is shared where others see
// their own list.
func (o reminder) open(h bot.Handler) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		if r.Actor.Huawei && r.Actor.Account == bot.Operator() && slices.Contains(r.Actor.Roles, bot.RoleManager) && o.d.Remind != nil && o.d.Alerts != nil {
			return o.shared(ctx, r)
		}
		return o.ours(h)(ctx, r)
	}
}

// shared lists the dates of class shared: kind, id and day, nothing that a
// person wrote.
func (o reminder) shared(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w, now := o.d.words(r), o.d.Now()
	rows, err := o.d.weeklyRows(ctx, now)
	if err != nil {
		return bot.Outcome{}, err
	}
	if len(rows) == 0 {
		return bot.Outcome{Reply: o.say(r, "deadline.shared.empty", "days", strconv.Itoa(weeklyAhead))}, nil
	}
	reply := bot.Reply{Private: true, Blocks: []bot.Block{bot.Heading{Text: w.T("deadline.shared", "count", strconv.Itoa(len(rows)))},
		o.d.weeklyTable(w, rows, worktime.DateIn(now, o.d.deskZone()))}}
	reply.Blocks = append(reply.Blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.shared.note"))}})
	return bot.Outcome{Reply: reply}, nil
}

// unread are the words of a list that say nothing to it; most often somebody
// wanted to add a deadline.
func unread(r bot.Request) string {
	if r.Kind == bot.KindClick {
		return ""
	}
	for word := range strings.FieldsSeq(strings.ToLower(r.Text)) {
		if !slices.Contains(slices.Concat(mineWords, allWords, listDays), word) {
			return oneLine(r.Text)
		}
	}
	return ""
}

func isDeadlineID(s string) bool {
	rest, is := strings.CutPrefix(strings.ToUpper(s), "DL-")
	return is && rest != "" && !strings.ContainsAny(rest, " \t")
}

// name is what a person is called, asked for once a page.
func (o reminder) name(ctx context.Context, names map[bot.PersonID]string, id bot.PersonID) (string, error) {
	if name, known := names[id]; known {
		return name, nil
	}
	who, err := o.d.owner(ctx, id)
	if err != nil {
		return "", err
	}
	names[id] = cmp.Or(who.Name, "@"+id.User)
	return names[id], nil
}
