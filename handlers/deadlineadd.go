package handlers

import (
	"context"
	"regexp"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
	"partnerdesk/handlers/worktime"
)

// mention finds the deputy, deputyWord somebody who was meant to be one. Doors
// hand people over as <@ID> or @ID.
var (
	mention    = regexp.MustCompile(`(?i)\s*[，,;；(（]?\s*(?:代理人?|\bdeputy)\s*[:：]?\s*<?@([UW][A-Z0-9]{2,})\b(?:\|[^>]*)?>?[)）]?`)
	deputyWord = regexp.MustCompile(`(?i)(?:代理人?|\bdeputy)\s*[:：]?\s*<?@`)
)

// add keeps what a person typed, and shows how the date was understood. Without
// words it offers the form.
func (o reminder) add(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	text, deputy := r.Text, bot.PersonID{}
	if strings.TrimSpace(text) == "" {
		return bot.Outcome{Reply: o.offerForm(r)}, nil
	}
	if len([]rune(text)) > 3*remind.MaxTitle {
		return bot.Outcome{}, bot.User("deadline.fault.long")
	}
	if m := mention.FindStringSubmatch(text); m != nil {
		who, err := o.named(ctx, r, m[0])
		if err != nil {
			return bot.Outcome{}, err
		}
		deputy = who.ID
		text = strings.Replace(text, m[0], " ", 1)
	} else if deputyWord.MatchString(text) {
		return bot.Outcome{}, bot.User("deadline.who")
	}
	when, title, err := input.FindDay(oneLine(text), o.today(), o.d.Remind.Calendar)
	if err != nil {
		return bot.Outcome{}, o.fault(r, err)
	}
	if deputy == r.Person {
		deputy = bot.PersonID{}
	}
	return o.enter(ctx, r, when, title, deputy, "")
}

func (o reminder) offerForm(r bot.Request) bot.Reply {
	w := o.d.words(r)
	reply := o.say(r, "deadline.add.how", "example", w.T("deadline.example"))
	reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: "deadline.form", Text: w.T("deadline.form.open"), Style: bot.StylePrimary}}})
	return reply
}

// newRow is a deadline as a person entered it.
func (o reminder) newRow(r bot.Request, when input.When, title string) remind.Deadline {
	now := o.d.Now()
	return remind.Deadline{
		Team: team(r), Account: r.Actor.Account, Seed: questionID(r), Source: remind.People, Kind: remind.KindOf(when.Day, when.Repeats), Title: title,
		Due: when.Day, End: when.Day.End(o.d.deskZone()), Repeats: when.Repeats, Owner: r.Person, Lang: r.Lang, State: remind.Open,
		Look: now, Created: now, Changed: now,
	}
}

// enter keeps a new deadline.
func (o reminder) enter(ctx context.Context, r bot.Request, when input.When, title string, deputy bot.PersonID, link string) (bot.Outcome, error) {
	w := o.d.words(r)
	title, hidden := ticket.Secrets(title)
	if title == "" {
		return bot.Outcome{}, bot.User("deadline.fault.title", "date", date(w, when.Day), "example", w.T("deadline.example"))
	}
	if len([]rune(title)) > remind.MaxTitle {
		return bot.Outcome{}, bot.User("deadline.fault.long")
	}
	if len(link) > remind.MaxLink || !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") {
		link = ""
	}
	row := o.newRow(r, when, title)
	row.Deputy, row.Link = deputy, link
	f, err := o.ladder(ctx, row)
	if err != nil {
		return bot.Outcome{}, err
	}
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		kept, err := o.place(tx, row)
		if err != nil {
			return bot.Reply{}, err
		}
		if err := o.keep(tx, r, kept, "deadline.add"); err != nil {
			return bot.Reply{}, err
		}
		reply := o.added(r, kept, when, f)
		if hidden > 0 {
			reply.Blocks = append(reply.Blocks, warning(w.T("ticket.secret")))
		}
		return reply, nil
	}}, nil
}

// fields of the forms.
const (
	fieldDue  = "due"
	fieldWhat = "what"
	fieldNote = "note"
)

// form asks for a day and for what is to be done.
func (o reminder) form(r bot.Request, name, state, due, what string) bot.Reply {
	w := o.d.words(r)
	return bot.Reply{Form: &bot.Form{
		Name: "deadline." + name, Title: w.T("deadline.form." + name), Submit: w.T("button.send"), Close: w.T("form.close"), State: state,
		Fields: []bot.FormField{
			{Name: fieldWhat, Kind: bot.FieldLine, Label: w.T("deadline.form.what"), Initial: what, Max: remind.MaxTitle},
			{Name: fieldDue, Kind: bot.FieldLine, Label: w.T("deadline.form.due"), Hint: w.T("deadline.form.due.hint"), Initial: due, Max: 60},
		},
	}}
}

func (o reminder) addForm(_ context.Context, r bot.Request) (bot.Outcome, error) {
	return bot.Outcome{Reply: o.form(r, "add", "", "", "")}, nil
}

// pointed opens the form about a message that somebody pointed at.
func (o reminder) pointed(_ context.Context, r bot.Request) (bot.Outcome, error) {
	return bot.Outcome{Reply: o.fromMessage(r, r.About.Text, r.About.Link)}, nil
}

// fromMessage is the form about a message: what it says, and the day it names.
// link leads back to it. Doors that let a person pick a message open it.
func (o reminder) fromMessage(r bot.Request, text, link string) bot.Reply {
	text, _ = ticket.Secrets(oneLine(text))
	due, what := "", text
	if when, rest, err := input.FindDay(clip(text, 600), o.today(), o.d.Remind.Calendar); err == nil {
		due, what = when.Words, rest
	}
	if runes := []rune(what); len(runes) > remind.MaxTitle {
		what = string(runes[:remind.MaxTitle-1]) + "…"
	}
	return o.form(r, "add", link, due, what)
}

// checkForm looks at a form while it is open. A day that was left as it stood is
// not read again.
func (o reminder) checkForm(ctx context.Context, r bot.Request) (map[string]string, error) {
	faults := map[string]string{}
	if o.d.Remind == nil {
		return nil, nil
	}
	if strings.TrimSpace(r.Values[fieldWhat]) == "" {
		faults[fieldWhat] = "deadline.form.fault.what"
	}
	if r.Action == "edit" {
		if row, err := o.reach(ctx, r, r.State, bot.RightRequest); err == nil && o.dueText(r, row) == strings.TrimSpace(r.Values[fieldDue]) {
			return faults, nil
		}
	}
	if _, err := o.formDay(r); err != nil {
		key := "deadline.form.fault.none"
		if f, is := asDateError(err); is {
			key = "deadline.form.fault." + string(f.Reason)
		}
		faults[fieldDue] = key
	}
	return faults, nil
}

func (o reminder) formDay(r bot.Request) (input.When, error) {
	when, _, err := input.FindDay(oneLine(r.Values[fieldDue]), o.today(), o.d.Remind.Calendar)
	return when, err
}

func (o reminder) submitAdd(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	when, err := o.formDay(r)
	if err != nil {
		return bot.Outcome{}, o.fault(r, err)
	}
	return o.enter(ctx, r, when, oneLine(r.Values[fieldWhat]), bot.PersonID{}, r.State)
}

// dueText is a day or a rule as it stands in a form.
func (o reminder) dueText(r bot.Request, row remind.Deadline) string {
	if row.Repeats != "" {
		return repeats(o.d.words(r), row.Repeats)
	}
	return row.Due.String()
}

// daysOf are the days a warning about unknown years is about.
func daysOf(row remind.Deadline, planned []remind.Planned, f remind.Facts) []worktime.Date {
	days := []worktime.Date{row.Due}
	for _, p := range planned {
		days = append(days, worktime.DateIn(p.At, f.Zone))
	}
	return days
}
