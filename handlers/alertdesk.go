package handlers

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/alert"
)

// alerter is /desk alerts: what is wrong now, its history, the thresholds; and
// the buttons of the cards. Who may see or do what is asked at every click: ops
// is the admins', the rest the leads' and approvers'; ecosystem managers see what
// is shared, without names and amounts.
type alerter struct{ d *Deps }

func (a alerter) subs() map[string]bot.Action {
	return map[string]bot.Action{"alerts": {Needs: bot.RightAsk, Run: a.typed}}
}

func (a alerter) actions() map[string]bot.Action {
	button := func(verb string) bot.Action {
		return bot.Action{Needs: bot.RightAsk, Run: func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
			return a.do(ctx, r, verb, alert.Kind(r.Value), 0)
		}}
	}
	return map[string]bot.Action{
		"alert-ack": button(alert.DidAck), "alert-take": button(alert.DidTake), "alert-mute": button(alert.DidMute), "alert-unmute": button(alert.DidUnmute),
		"alert-list":   {Needs: bot.RightAsk, Run: a.list},
		"alert-limits": {Needs: bot.RightAsk, Run: a.limits},
	}
}

// sight is what somebody may do with alerts of a class.
type sight int

const (
	sightNone  sight = iota
	sightBlind       // without names and amounts
	sightWhole
	sightHands // and acknowledge, take, mute
)

func (a alerter) sight(ctx context.Context, actor bot.Actor, c alert.Class) sight {
	can := func(right bot.Right) bool {
		_, err := a.d.Access.Authorize(ctx, actor.Person, right, bot.AreaDesk)
		return err == nil
	}
	switch {
	case a.d.Alerts == nil || actor.Account != bot.Operator():
		return sightNone
	case actor.Huawei || actor.Person.Guest || actor.Person.External:
		if c == alert.Shared && slices.Contains(actor.Roles, bot.RoleManager) {
			return sightBlind
		}
		return sightNone
	case c == alert.Ops && can(bot.RightConfigure), c != alert.Ops && can(bot.RightApprove):
		return sightHands
	case c == alert.Ops && can(bot.RightAudit), c != alert.Ops && can(bot.RightAudit) && can(bot.RightRead):
		return sightWhole
	case c == alert.Shared && slices.Contains(actor.Roles, bot.RoleManager):
		return sightBlind
	}
	return sightNone
}

// typed is /desk alerts [list | history KIND | limits | weekly | ack, take, mute, unmute KIND [TIME]].
func (a alerter) typed(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	words := strings.Fields(strings.ToLower(r.Text))
	verb := ""
	if len(words) > 0 {
		verb = words[0]
	}
	for _, known := range []string{"list", "history", "limits", "weekly", alert.DidAck, alert.DidTake, alert.DidMute, alert.DidUnmute} {
		if slices.Contains(strings.Fields(a.d.words(r).T("alert.words."+known)), verb) {
			verb = known
		}
	}
	switch verb {
	case "", "list":
		return a.list(ctx, r)
	case "limits":
		return a.limits(ctx, r)
	case "weekly":
		return a.weekly(ctx, r)
	}
	if len(words) < 2 {
		return bot.Outcome{}, bot.User("alert.which", "kinds", a.kinds(ctx, r))
	}
	kind, until := alert.Kind(words[1]), time.Duration(0)
	if _, ok := alert.SpecOf(kind); !ok {
		return bot.Outcome{}, bot.User("alert.unknown", "kind", clip(words[1], 30), "kinds", a.kinds(ctx, r))
	}
	if len(words) > 2 {
		var ok bool
		if until, ok = span(strings.Join(words[2:], "")); !ok {
			return bot.Outcome{}, bot.User("alert.span", "text", clip(strings.Join(words[2:], " "), 30))
		}
	}
	switch verb {
	case "history":
		return a.history(ctx, r, kind)
	case alert.DidAck, alert.DidTake, alert.DidMute, alert.DidUnmute:
		return a.do(ctx, r, verb, kind, until)
	}
	return bot.Outcome{}, bot.User("alert.which", "kinds", a.kinds(ctx, r))
}

// longest is how long something can be acknowledged or muted at once.
const longest = 30 * 24 * time.Hour

// span reads how long: 30m, 8h, 3d, 3 天, 8小时, 30分钟.
func span(text string) (time.Duration, bool) {
	i := strings.IndexFunc(text, func(c rune) bool { return c < '0' || c > '9' })
	if i <= 0 {
		return 0, false
	}
	n, err := strconv.Atoi(text[:i])
	units := map[string]time.Duration{"m": time.Minute, "min": time.Minute, "分钟": time.Minute, "分": time.Minute, "h": time.Hour, "小时": time.Hour,
		"hours": time.Hour, "d": 24 * time.Hour, "天": 24 * time.Hour, "days": 24 * time.Hour, "w": 7 * 24 * time.Hour, "周": 7 * 24 * time.Hour}
	unit, ok := units[text[i:]]
	if err != nil || !ok || n <= 0 || n > int(longest/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// kinds names what somebody may ask for.
func (a alerter) kinds(ctx context.Context, r bot.Request) string {
	var list []string
	for _, s := range alert.Specs() {
		if a.sight(ctx, r.Actor, classOf(s.Kind)) != sightNone {
			list = append(list, string(s.Kind))
		}
	}
	return strings.Join(list, ", ")
}

// visible lists what somebody may see, with how.
func (a alerter) visible(ctx context.Context, r bot.Request) ([]alert.Group, error) {
	if a.d.Alerts == nil {
		return nil, bot.User("alert.unset", "admin", a.d.words(r).T("person.admin"))
	}
	team, err := a.d.Alerts.Team(ctx)
	if err != nil {
		return nil, err
	}
	all, err := a.d.Alerts.Book.Alerts(ctx, team)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(g alert.Group) bool { return a.sight(ctx, r.Actor, classOf(g.Kind)) == sightNone })
	if len(all) == 0 && a.kinds(ctx, r) == "" {
		return nil, &bot.Refusal{Reason: "role", Key: "refusal.right.approve"}
	}
	return all, nil
}

// list shows what is wrong now.
func (a alerter) list(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	groups, err := a.visible(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := a.d.words(r)
	var blocks []bot.Block
	firing := 0
	for _, s := range alert.Specs() {
		i := slices.IndexFunc(groups, func(g alert.Group) bool { return g.Kind == s.Kind && g.Firing })
		if i < 0 {
			continue
		}
		firing++
		g := groups[i]
		see := a.sight(ctx, r.Actor, classOf(g.Kind))
		blocks = append(blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text("🔔 "), bot.Bold(w.T("alert.title", "title", alertTitle(w, g.Kind), "count", strconv.Itoa(g.Count()))), bot.Text("  "), bot.Code(string(g.Kind))}})
		items := a.d.alertItems(w, g, see == sightBlind)
		items.Items = items.Items[:min(len(items.Items), 3)]
		blocks = append(blocks, items)
		if g.Held == alert.Inhibited || g.Held == alert.Quiet {
			blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("alert.held." + string(g.Held)))}})
		}
		blocks = append(blocks, a.d.alertHands(w, g, see == sightBlind)...)
		if see == sightHands {
			blocks = append(blocks, bot.Buttons{Items: a.d.alertButtons(w, g)})
		}
	}
	title := w.T("alert.list", "count", strconv.Itoa(firing))
	if firing == 0 {
		title = w.T("alert.list.none")
	}
	blocks = append([]bot.Block{bot.Heading{Text: title}}, blocks...)
	blocks = append(blocks, bot.Buttons{Items: []bot.Button{{Action: "desk.alert-list", Text: w.T("alert.button.list")}, {Action: "desk.alert-limits", Text: w.T("alert.button.limits")}}})
	if a.sight(ctx, r.Actor, alert.Ops) == sightHands || a.sight(ctx, r.Actor, alert.Private) == sightHands {
		blocks = append(blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("alert.hint"))}})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}, nil
}

// history shows what became of one kind.
func (a alerter) history(ctx context.Context, r bot.Request, k alert.Kind) (bot.Outcome, error) {
	groups, err := a.visible(ctx, r)
	if err != nil {
		return bot.Outcome{}, err
	}
	w := a.d.words(r)
	i := slices.IndexFunc(groups, func(g alert.Group) bool { return g.Kind == k })
	if i < 0 || len(groups[i].Log) == 0 {
		return bot.Outcome{Reply: private(bot.Text(w.T("alert.history.none", "title", alertTitle(w, k))))}, nil
	}
	g := groups[i]
	blind := a.sight(ctx, r.Actor, classOf(k)) == sightBlind
	var list bot.List
	for _, e := range slices.Backward(g.Log) {
		line := []bot.Inline{bot.Text(a.d.clock(e.At) + "  " + w.T("alert.did."+e.What, "count", strconv.Itoa(e.Count)))}
		if e.By.User != "" && !blind {
			line = append(line, bot.Text("  "), bot.Mention{Person: e.By})
		}
		list.Items = append(list.Items, line)
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: []bot.Block{bot.Heading{Text: w.T("alert.history", "title", alertTitle(w, k))}, list}}}, nil
}

// do is what a button does, or the words for it.
func (a alerter) do(ctx context.Context, r bot.Request, verb string, k alert.Kind, lasts time.Duration) (bot.Outcome, error) {
	if _, ok := alert.SpecOf(k); !ok {
		return bot.Outcome{}, bot.User("error.stale_button")
	}
	if a.sight(ctx, r.Actor, classOf(k)) != sightHands {
		return bot.Outcome{}, &bot.Refusal{Reason: "role", Key: map[bool]string{true: "refusal.right.configure", false: "refusal.right.approve"}[classOf(k) == alert.Ops]}
	}
	team, err := a.d.Alerts.Team(ctx)
	if err != nil {
		return bot.Outcome{}, err
	}
	groups, err := a.d.Alerts.Book.Alerts(ctx, team)
	if err != nil {
		return bot.Outcome{}, err
	}
	var old []alertReader
	if i := slices.IndexFunc(groups, func(g alert.Group) bool { return g.Kind == k }); i >= 0 {
		if old, err = a.d.alertPeople(ctx, groups[i].Readers); err != nil {
			return bot.Outcome{}, err
		}
	}
	now := a.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		g, err := a.d.Alerts.Book.AlertIn(tx, team, k)
		if err != nil {
			return bot.Reply{}, err
		}
		after, said, err := actOn(g, r.Person, verb, lasts, now)
		if err != nil {
			return bot.Reply{}, err
		}
		if said != "" {
			return private(bot.Text(a.d.words(r).T(said, "title", alertTitle(a.d.words(r), k)))), nil
		}
		after.Team, after.Kind = team, k
		if after.Part > 0 && after.Firing {
			if err := a.d.postAlert(tx, after, old, now); err != nil {
				return bot.Reply{}, err
			}
		}
		if err := a.d.Alerts.Book.PutAlert(tx, after); err != nil {
			return bot.Reply{}, err
		}
		return a.done(a.d.words(r), after, verb), tx.Audit(bot.Entry{Stream: "alert/" + string(k), Person: r.Person, Account: bot.Operator(), Action: "desk.alert-" + verb, Object: string(k), Outcome: "ok", At: now})
	}}, nil
}

var errAlertVerb = errors.New("no such thing to do with an alert")

// actOn is what a person does to a group; said is a message instead.
func actOn(g alert.Group, by bot.PersonID, verb string, lasts time.Duration, now time.Time) (after alert.Group, said string, err error) {
	until := func(otherwise time.Duration) time.Time {
		if lasts > 0 {
			return now.Add(lasts)
		}
		return now.Add(otherwise)
	}
	switch verb {
	case alert.DidAck, alert.DidTake:
		switch {
		case !g.Firing:
			return g, "alert.over", nil
		case verb == alert.DidTake && g.Owner == by, verb == alert.DidAck && g.Acked.By == by && g.Acked.On(now) && lasts == 0:
			return g, "alert.already", nil
		case verb == alert.DidAck:
			return g.Ack(by, now, until(ackFor)), "", nil
		}
		return g.Take(by, now, until(ackFor)), "", nil
	case alert.DidMute:
		return g.Mute(by, now, until(muteFor)), "", nil
	case alert.DidUnmute:
		if !g.Muted.On(now) {
			return g, "alert.unmuted.already", nil
		}
		return g.Mute(by, now, now), "", nil
	}
	return g, "", errAlertVerb
}

func (a alerter) done(w lang.Words, g alert.Group, verb string) bot.Reply {
	until := g.Acked.Until
	if verb == alert.DidMute {
		until = g.Muted.Until
	}
	return private(bot.Text(w.T("alert.done."+verb, "title", alertTitle(w, g.Kind), "until", a.d.clock(until))))
}

// limits shows the thresholds, and the settings they come from.
func (a alerter) limits(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if _, err := a.visible(ctx, r); err != nil {
		return bot.Outcome{}, err
	}
	w, l := a.d.words(r), a.d.Alerts.Limits
	see := func(c alert.Class) bool { return a.sight(ctx, r.Actor, c) >= sightWhole }
	var fields bot.Fields
	add := func(c alert.Class, setting, value string) {
		if see(c) {
			fields.Items = append(fields.Items, bot.Field{Label: w.T("alert.limit." + setting), Value: []bot.Inline{bot.Text(value + "  "), bot.Code("alert." + setting)}})
		}
	}
	var floors []string
	for of, least := range l.Balance {
		floors = append(floors, strings.TrimPrefix(of.ResellerID()+" ¥"+yuan(least), " "))
	}
	if slices.Sort(floors); len(floors) > 0 {
		add(alert.Private, "balance", strings.Join(floors, ", "))
	}
	add(alert.Private, "quota_left", strconv.Itoa(l.QuotaLeft)+"%")
	add(alert.Private, "quota_days", strconv.Itoa(l.QuotaEnding))
	add(alert.Private, "unknown_minutes", strconv.Itoa(int(l.Unknown/time.Minute)))
	add(alert.Shared, "window_days", strconv.Itoa(l.Window))
	add(alert.Shared, "verify_days", strconv.Itoa(l.Verify))
	add(alert.Ops, "stale_hours", strconv.Itoa(int(l.Stale/time.Hour)))
	for _, h := range l.House {
		add(alert.Ops, h.Setting, h.Value)
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("alert.limits")}}
	if len(fields.Items) > 0 {
		blocks = append(blocks, fields)
	}
	table := bot.Table{Columns: []bot.Column{{Title: w.T("alert.col.kind")}, {Title: w.T("alert.col.class")}, {Title: w.T("alert.col.cool")}, {Title: w.T("alert.col.again")}}}
	for _, s := range alert.Specs() {
		if a.sight(ctx, r.Actor, classOf(s.Kind)) == sightNone {
			continue
		}
		again := s.Again
		if l.Again > 0 {
			again = l.Again
		}
		table.Rows = append(table.Rows, []string{alertTitle(w, s.Kind), w.T("alert.class." + string(classOf(s.Kind))), lasting(w, s.Cool), lasting(w, again)})
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: append(blocks, table)}}, nil
}

// lasting words a duration of whole minutes, hours or days.
func lasting(w lang.Words, d time.Duration) string {
	switch {
	case d >= 24*time.Hour && d%(24*time.Hour) == 0:
		return w.T("alert.days", "count", strconv.Itoa(int(d/(24*time.Hour))))
	case d >= time.Hour && d%time.Hour == 0:
		return w.T("alert.hours", "count", strconv.Itoa(int(d/time.Hour)))
	}
	return w.T("alert.minutes", "count", strconv.Itoa(int(d/time.Minute)))
}
