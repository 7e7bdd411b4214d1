package handlers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// mostWhys is how many deadlines one answer explains.
const mostWhys = 5

// why answers "why do I get this?": of one deadline, or of what a digest of a
// day lists.
func (o reminder) why(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _ := which(r)
	if day, err := worktime.ParseDate(id); err == nil {
		return o.whyDigest(ctx, r, day)
	}
	row, err := o.find(ctx, r, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	blocks, err := o.explain(ctx, r, row)
	if err != nil {
		return bot.Outcome{}, err
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: append(blocks, o.whyButtons(ctx, r, row))}}, nil
}

func (o reminder) whyDigest(ctx context.Context, r bot.Request, day worktime.Date) (bot.Outcome, error) {
	g, found, err := o.d.Remind.Book.FindDigest(ctx, r.Person, day)
	if err != nil {
		return bot.Outcome{}, err
	}
	if !found {
		return bot.Outcome{}, bot.User("error.stale_button")
	}
	w := o.d.words(r)
	blocks := []bot.Block{bot.Heading{Text: w.T("deadline.why.title", "date", date(w, day))}}
	shown := 0
	for _, i := range g.Items {
		if i.Account != r.Actor.Account || i.State != remind.Open || shown == mostWhys {
			continue
		}
		if i.Title == "" { // who sees no names learns the rule and nothing else
			blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Bold(i.ID + " "), bot.Text(w.T("deadline.why.blind", "kind", w.T("deadline.kind."+string(i.Kind)), "rung", rungLabel(w, i.Rung)))}})
			shown++
			continue
		}
		row, found, err := o.d.Remind.Book.FindDeadline(ctx, r.Person.Team, i.Account, i.ID)
		if err != nil {
			return bot.Outcome{}, err
		}
		if !found {
			continue
		}
		part, err := o.explain(ctx, r, row)
		if err != nil {
			return bot.Outcome{}, err
		}
		blocks = append(blocks, part...)
		shown++
	}
	if more := len(g.Items) + g.More - shown; more > 0 {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.why.more", "count", strconv.Itoa(more)))}})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

// explain names the rule, the rung and the reason, as the ladder gives them.
func (o reminder) explain(ctx context.Context, r bot.Request, row remind.Deadline) ([]bot.Block, error) {
	w := o.d.words(r)
	f, err := o.ladder(ctx, row)
	if err != nil {
		return nil, err
	}
	as, part := remind.ToClass, "class"
	switch {
	case row.Owner == r.Person:
		as, part = remind.ToOwner, "owner"
	case row.Deputy == r.Person:
		as, part = remind.ToDeputy, "deputy"
	case !slices.ContainsFunc(row.Listed, func(l remind.Listing) bool { return l.Person == r.Person }):
		part = "none"
	}
	fields := []bot.Field{
		{Label: w.T("deadline.why.rule"), Value: []bot.Inline{bot.Text(w.T("deadline.kind."+string(row.Kind)) + w.T("deadline.why.colon") + rungs(w, row))}},
		{Label: w.T("deadline.why.you"), Value: []bot.Inline{bot.Text(w.T("deadline.why.as." + part))}},
	}
	for _, s := range slices.Backward(row.Sent) {
		if s.To == as && part != "none" {
			fields = append(fields, bot.Field{Label: w.T("deadline.why.last"), Value: []bot.Inline{bot.Text(o.d.clock(s.At) + " " + rungLabel(w, s.Rung) + w.T("deadline.why.colon") + o.reason(w, s.Reason))}})
			break
		}
	}
	v := remind.Decide(row, f)
	now := o.reason(w, v.Reason)
	if row.State == remind.Open && v.Next.After(f.Now) {
		now += w.T("deadline.why.next", "time", v.Next.In(f.Zone).Format("2006-01-02 15:04"))
	}
	fields = append(fields, bot.Field{Label: w.T("deadline.why.now"), Value: []bot.Inline{bot.Text(now)}},
		bot.Field{Label: w.T("deadline.why.hours"), Value: []bot.Inline{bot.Text(hoursText(w, f))}},
		bot.Field{Label: w.T("deadline.why.behind"), Value: []bot.Inline{bot.Text(w.T("deadline.why." + string(row.Kind.Class())))}},
		bot.Field{Label: w.T("deadline.why.source"), Value: []bot.Inline{bot.Text(w.T("deadline.source." + row.Source))}})
	blocks := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(row.ID + " "), bot.Text(row.Title)}}, bot.Fields{Items: fields}}
	if row.Stale {
		blocks = append(blocks, warning(w.T("deadline.stale")))
	}
	return append(blocks, o.unknownYears(w, row.Due)...), nil
}

func (o reminder) reason(w lang.Words, reason remind.Reason) string {
	if reason == "" {
		reason = remind.Due
	}
	return w.T("deadline.reason." + string(reason))
}

// rungs words the steps of a deadline.
func rungs(w lang.Words, row remind.Deadline) string {
	var parts []string
	for _, r := range row.Rungs() {
		parts = append(parts, rungLabel(w, r))
	}
	return strings.Join(parts, w.T("deadline.why.and"))
}

func hoursText(w lang.Words, f remind.Facts) string {
	clock := func(d time.Duration) string { return fmt.Sprintf("%d:%02d", d/time.Hour, d%time.Hour/time.Minute) }
	text := w.T("deadline.hours.text", "from", clock(f.Hours.From), "to", clock(f.Hours.To), "zone", f.Zone.String())
	if f.Away.After(f.Now) {
		text += w.T("deadline.hours.away", "time", f.Away.In(f.Zone).Format("2006-01-02 15:04"))
	}
	if f.Muted {
		text += w.T("deadline.hours.muted")
	}
	return text
}

func (o reminder) whyButtons(ctx context.Context, r bot.Request, row remind.Deadline) bot.Block {
	w := o.d.words(r)
	buttons := []bot.Button{{Action: "deadline.show", Text: w.T("deadline.show.button"), Value: row.ID}}
	h, err := o.d.Remind.Book.FindHabits(ctx, r.Person)
	if err == nil && row.Owner == r.Person {
		button := bot.Button{Action: "deadline.mute", Text: w.T("deadline.mute.button"), Value: string(row.Kind)}
		if h.Mutes(row.Kind) {
			button = bot.Button{Action: "deadline.unmute", Text: w.T("deadline.unmute.button"), Value: string(row.Kind)}
		}
		buttons = append(buttons, button)
	}
	return bot.Buttons{Items: buttons}
}

// mute keeps a kind quiet until its last call; unmute ends that. Without a kind
// it shows what can be muted.
func (o reminder) mute(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return o.hush(ctx, r, true)
}

func (o reminder) unmute(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	return o.hush(ctx, r, false)
}

func (o reminder) hush(ctx context.Context, r bot.Request, quiet bool) (bot.Outcome, error) {
	h, err := o.d.Remind.Book.FindHabits(ctx, r.Person)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := o.d.words(r)
	text := strings.TrimSpace(r.Text)
	if r.Kind == bot.KindClick {
		text = r.Value
	}
	kind, known := kindOf(w, text)
	switch {
	case !known:
		reply, err := o.kinds(ctx, r, h)
		if err != nil || text == "" {
			return bot.Outcome{Reply: reply}, err
		}
		reply.Blocks = append([]bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("deadline.mute.unknown", "kind", clip(text, 40)))}}}, reply.Blocks...)
		return bot.Outcome{Reply: reply}, nil
	}
	key := "deadline.unmuted"
	if quiet {
		key = "deadline.muted"
	}
	return o.settle(r, h.Mute(kind, quiet), "deadline.mute", o.say(r, key, "kind", w.T("deadline.kind."+string(kind)))), nil
}

// kindOf finds a kind by its name or by words of it.
func kindOf(w lang.Words, text string) (remind.Kind, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, k := range remind.Kinds() {
		if text == string(k) || text != "" && strings.EqualFold(text, w.T("deadline.kind."+string(k))) {
			return k, true
		}
	}
	var found []remind.Kind
	for _, k := range remind.Kinds() {
		if len([]rune(text)) >= 2 && strings.Contains(strings.ToLower(w.T("deadline.kind."+string(k))), text) {
			found = append(found, k)
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// kinds lists what can be muted; what the person has deadlines of, with buttons.
func (o reminder) kinds(ctx context.Context, r bot.Request, h remind.Habits) (bot.Reply, error) {
	w := o.d.words(r)
	rows, err := o.mine(ctx, r, false)
	if err != nil {
		return bot.Reply{}, err
	}
	var list bot.List
	var buttons []bot.Button
	for _, k := range remind.Kinds() {
		label := w.T("deadline.kind." + string(k))
		state, action, key := "", "deadline.mute", "deadline.mute.kind"
		if h.Mutes(k) {
			state, action, key = w.T("deadline.mute.is"), "deadline.unmute", "deadline.unmute.kind"
		}
		list.Items = append(list.Items, []bot.Inline{bot.Text(label + state + " "), bot.Code(string(k))})
		if h.Mutes(k) || slices.ContainsFunc(rows, func(d remind.Deadline) bool { return d.Kind == k && d.Owner == r.Person }) {
			buttons = append(buttons, bot.Button{Action: action, Text: w.T(key, "kind", label), Value: string(k)})
		}
	}
	blocks := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("deadline.mute.how"))}}, list}
	if len(buttons) > 0 {
		blocks = append(blocks, bot.Buttons{Items: buttons})
	}
	return bot.Reply{Private: true, Blocks: blocks}, nil
}

// hours shows or sets the hours in which somebody wants to be reminded.
func (o reminder) hours(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	h, err := o.d.Remind.Book.FindHabits(ctx, r.Person)
	if err != nil {
		return bot.Outcome{}, err
	}
	f, _, err := o.d.habitsOf(ctx, r.Actor.Person, o.d.Now(), func(error) {})
	if err != nil {
		return bot.Outcome{}, err
	}
	w := o.d.words(r)
	text := strings.ToLower(strings.TrimSpace(r.Text))
	switch text {
	case "":
		return bot.Outcome{Reply: o.say(r, "deadline.hours.now", "hours", hoursText(w, f))}, nil
	case "default", "默认", "恢复默认":
		h.Hours = worktime.Hours{}
	default:
		set, ok := input.Hours(text)
		if !ok {
			return bot.Outcome{}, bot.User("deadline.hours.fault", "text", clip(text, 40))
		}
		h.Hours = set
	}
	f.Hours, f.Muted = h.Working(), false
	return o.settle(r, h, "deadline.hours", o.say(r, "deadline.hours.set", "hours", hoursText(w, f))), nil
}

// settle keeps a person's habits. They count from the next reminder on.
func (o reminder) settle(r bot.Request, h remind.Habits, action string, reply bot.Reply) bot.Outcome {
	now := o.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		if err := o.d.Remind.Book.PutHabits(tx, h); err != nil {
			return bot.Reply{}, err
		}
		return reply, tx.Audit(bot.Entry{Stream: "habits/" + r.Person.String(), Person: r.Person, Account: r.Actor.Account, Action: action, Outcome: "ok", At: now,
			Facts: map[string]string{"muted": strconv.Itoa(len(h.Muted))}})
	}}
}

// sources shows how each source of deadlines is doing.
func (o reminder) sources(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := o.d.words(r)
	table := bot.Table{Columns: []bot.Column{{Title: w.T("deadline.col.source")}, {Title: w.T("deadline.col.read")}, {Title: w.T("deadline.col.dates"), Numeric: true}, {Title: w.T("deadline.col.health")}}}
	for _, s := range (&dates{JobOptions{Deps: o.d}}).sources() {
		src, found, err := o.d.Remind.Book.FindSource(ctx, team(r), s.name)
		if err != nil {
			return bot.Outcome{}, err
		}
		read, health := "—", w.T("deadline.source.ok")
		switch {
		case !src.Fail.IsZero():
			health = w.T("deadline.source.fails", "time", o.d.clock(src.Fail))
		case !found:
			health = w.T("deadline.source.waits")
		}
		if !src.Read.IsZero() {
			read = o.d.clock(src.Read)
		}
		table.Rows = append(table.Rows, []string{w.T("remind.source." + s.name), read, strconv.Itoa(src.Kept), health})
	}
	if len(table.Rows) == 0 {
		return bot.Outcome{Reply: o.say(r, "deadline.source.none")}, nil
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: []bot.Block{bot.Heading{Text: w.T("deadline.source.title")}, table, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.source.note"))}}}}}, nil
}
