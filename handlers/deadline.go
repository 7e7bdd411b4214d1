package handlers

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
	"partnerdesk/handlers/worktime"
)

// Reminders is what deadlines need.
type Reminders struct {
	Book     remind.Book
	Calendar *worktime.Calendar
	// People tells where somebody lives and which language they read; nil:
	// everybody is in the desk's zone.
	People bot.Directory
	// Listed names everybody who might hold a role; who really does is asked
	// anew each time. nil: nobody.
	Listed func(ctx context.Context) ([]bot.PersonID, error)
	// Accounts are those that have people here; nil: the operator alone.
	Accounts func(ctx context.Context) ([]bot.Account, error)
	// Away says until when somebody wants no disturbance; zero: not now. nil:
	// nobody ever. A last call comes all the same.
	Away func(ctx context.Context, who bot.PersonID) (time.Time, error)
	// Center lists what expires at the partner center; nil: nothing is read.
	Center ExpiringCenter
}

// ExpiringCenter is the part of the partner center that has dates.
type ExpiringCenter interface {
	partner.Customers
	partner.Coupons
	partner.Quotas
	partner.Subscriptions
}

// deadlines is /deadline: what must be done by when, and who is told before.
func deadlines(d *Deps) bot.Command {
	o := reminder{d}
	request := func(h bot.Handler) bot.Action { return bot.Action{Needs: bot.RightRequest, Run: o.ours(h)} }
	read := func(h bot.Handler) bot.Action { return bot.Action{Needs: bot.RightRead, Run: o.ours(h)} }
	mine := func(h bot.Handler) bot.Action { return bot.Action{Run: o.ours(h)} } // everybody may see to what is theirs
	opens := func(a bot.Action) bot.Action { a.Opens = true; return a }
	return bot.Command{
		Name: "deadline", Needs: bot.RightAsk, Names: true, Run: o.open(o.list),
		Calls: []string{"quotas", "coupons", "customers", "subscriptions", "cases"}, // of its jobs
		Subs: map[string]bot.Action{
			"add": request(o.add), "list": {Run: o.open(o.list)}, "show": mine(o.show), "done": mine(o.done), "snooze": mine(o.snooze), "edit": mine(o.edit),
			"move": mine(o.move), "remove": mine(o.remove), "preview": mine(o.preview), "assign": mine(o.assign), "deputy": mine(o.deputize),
			"why": mine(o.why), "mute": mine(o.mute), "unmute": mine(o.unmute), "hours": mine(o.hours), "ics": mine(o.calendar), "sources": read(o.sources), "import": request(o.importGuide),
		},
		Actions: map[string]bot.Action{
			"done": mine(o.done), "remove": mine(o.remove), "show": mine(o.show), "list": {Run: o.open(o.list)}, "ack": mine(o.ack), "why": mine(o.why),
			"later": mine(o.later), "moved": mine(o.moved), "ics": mine(o.calendar), "mute": mine(o.mute), "unmute": mine(o.unmute),
			"upload": opens(request(o.importForm)), "import": request(o.importGo),
			"form": opens(request(o.addForm)), "edit": opens(mine(o.editForm)), "finish": opens(mine(o.doneForm)),
		},
		Forms: map[string]bot.Submission{
			"add":    {Needs: bot.RightRequest, Check: o.checkForm, Run: o.ours(o.submitAdd)},
			"edit":   {Check: o.checkForm, Run: o.ours(o.submitEdit)},
			"finish": {Run: o.ours(o.done)},
			"import": {Needs: bot.RightRequest, Check: o.checkImport, Run: o.ours(o.tryImport)},
		},
		Shortcuts: map[string]bot.Shortcut{"message": {Needs: bot.RightRequest, OnMessage: true, Opens: true, Run: o.ours(o.pointed)}},
	}
}

type reminder struct{ d *Deps }

// ours refuses Huawei's people, who see no deadlines of a partner, and a desk
// that keeps none.
func (o reminder) ours(h bot.Handler) bot.Handler {
	return func(ctx context.Context, r bot.Request) (bot.Outcome, error) {
		switch {
		case r.Actor.Huawei:
			return bot.Outcome{}, &bot.Refusal{Reason: "huawei", Key: "refusal.huawei"}
		case o.d.Remind == nil:
			return bot.Outcome{}, bot.User("deadline.unset", "admin", o.d.words(r).T("person.admin"))
		}
		return h(ctx, r)
	}
}

func (d *Deps) deskZone() *time.Location {
	if d.Zone == nil {
		return time.UTC
	}
	return d.Zone
}

// today is the day by which people count here.
func (o reminder) today() worktime.Date { return worktime.DateIn(o.d.Now(), o.d.deskZone()) }

// home is where somebody lives.
func (d *Deps) home(p bot.Person) *time.Location {
	if p.Zone != "" {
		if zone, err := time.LoadLocation(p.Zone); err == nil {
			return zone
		}
	}
	return d.deskZone()
}

// ladder are the facts about the owner of a deadline, at this moment.
func (o reminder) ladder(ctx context.Context, row remind.Deadline) (remind.Facts, error) {
	who, err := o.d.owner(ctx, row.Owner)
	if err != nil {
		return remind.Facts{}, err
	}
	f, habits, err := o.d.habitsOf(ctx, who, o.d.Now(), func(error) {})
	f.Muted = habits.Mutes(row.Kind)
	for _, l := range row.Listed {
		if err == nil && l.Person == row.Owner {
			var g remind.Digest
			g, _, err = o.d.Remind.Book.FindDigest(ctx, l.Person, l.Day)
			f.Acked = g.Acked
		}
	}
	return f, err
}

// fault words what is wrong with a date, with an example that would do.
func (o reminder) fault(r bot.Request, err error) error {
	w := o.d.words(r)
	f, is := errors.AsType[*input.DateError](err)
	if !is {
		return err
	}
	if !f.Near.IsZero() {
		return bot.User("deadline.fault."+string(f.Reason)+".near", "words", clip(f.Words, 40), "near", date(w, f.Near), "example", f.Near.String())
	}
	return bot.User("deadline.fault."+string(f.Reason), "words", clip(f.Words, 40), "example", w.T("deadline.example"))
}

func deadlineID(row remind.Deadline, try int) string {
	return ticket.ID("DL", row.Account.String()+row.Seed, try)
}

// place finds a new deadline its id; the same delivery finds its own again.
func (o reminder) place(tx bot.Tx, row remind.Deadline) (remind.Deadline, error) {
	for try := range 100 {
		row.ID = deadlineID(row, try)
		old, found, err := o.d.Remind.Book.DeadlineIn(tx, row.Team, row.Account, row.ID)
		if err != nil || found && old.Seed == row.Seed {
			return old, err
		}
		if !found {
			return row, nil
		}
	}
	return row, errNoID
}

func (o reminder) keep(tx bot.Tx, r bot.Request, row remind.Deadline, action string) error {
	if err := o.d.Remind.Book.PutDeadline(tx, row); err != nil {
		return err
	}
	if err := o.d.refresh(tx, row); err != nil {
		return err
	}
	return tx.Audit(bot.Entry{Stream: "deadline/" + row.ID, Person: r.Person, Account: row.Account, Action: action, Object: row.ID, Outcome: "ok", At: o.d.Now(),
		Facts: map[string]string{"due": row.Due.String(), "state": string(row.State)}})
}

// may says whether somebody has a right over all deadlines of their account;
// what is their own, as owner or deputy, they always may see to.
func (o reminder) may(ctx context.Context, r bot.Request, right bot.Right) bool {
	_, err := o.d.Access.Authorize(ctx, r.Actor.Person, right, bot.AreaDesk)
	return err == nil
}

// find loads a deadline of the person's own account; there is no way to another
// one's.
func (o reminder) find(ctx context.Context, r bot.Request, id string) (remind.Deadline, error) {
	return o.reach(ctx, r, id, bot.RightRead)
}

// reach loads a deadline that the person may change, or see with RightRead.
func (o reminder) reach(ctx context.Context, r bot.Request, id string, right bot.Right) (remind.Deadline, error) {
	id = strings.ToUpper(strings.TrimSpace(id))
	if id == "" {
		return remind.Deadline{}, bot.User("deadline.which")
	}
	row, found, err := o.d.Remind.Book.FindDeadline(ctx, team(r), r.Actor.Account, id)
	if err != nil {
		return row, err
	}
	own := row.Owner == r.Person || row.Deputy == r.Person
	if !found || row.State == remind.Removed || !own && !o.may(ctx, r, bot.RightRead) {
		return row, bot.User("deadline.none", "id", clip(id, 20))
	}
	if !own && !o.may(ctx, r, right) {
		return row, &bot.Refusal{Reason: "role", Key: "refusal.right." + string(right)}
	}
	return row, nil
}

// change reads a deadline again where it counts, changes it and shows it.
func (o reminder) change(r bot.Request, row remind.Deadline, action string, do func(remind.Deadline) (remind.Deadline, bot.Reply, error)) bot.Outcome {
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		kept, found, err := o.d.Remind.Book.DeadlineIn(tx, row.Team, row.Account, row.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		if !found || kept.State == remind.Removed {
			return o.say(r, "deadline.none", "id", row.ID), nil
		}
		if kept.State == remind.Done {
			return o.say(r, "deadline.already", "id", row.ID, "title", kept.Title), nil
		}
		after, reply, err := do(kept)
		if err != nil {
			return bot.Reply{}, err
		}
		after.Look, after.Changed = o.d.Now(), o.d.Now()
		if after.State != remind.Open {
			after.Look = time.Time{}
		}
		return reply, o.keep(tx, r, after, action)
	}}
}

// say is a short private answer. A click on a digest must not take its place.
func (o reminder) say(r bot.Request, key string, args ...string) bot.Reply {
	reply := bot.Say(bot.Text(o.d.words(r).T(key, args...)))
	reply.Private = true
	return reply
}

func (o reminder) done(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, note := which(r)
	if r.Kind == bot.KindSubmission {
		id, note = r.State, r.Values[fieldNote]
	}
	row, err := o.reach(ctx, r, id, bot.RightRequest)
	if err != nil {
		return bot.Outcome{}, err
	}
	note, _ = ticket.Secrets(clip(oneLine(note), remind.MaxNote))
	w := o.d.words(r)
	return o.change(r, row, "deadline.done", func(row remind.Deadline) (remind.Deadline, bot.Reply, error) {
		after, next := row.Finish(r.Person, note, o.d.Now(), o.d.Remind.Calendar, o.d.deskZone())
		if next {
			return after, o.say(r, "deadline.done.next", "id", row.ID, "title", row.Title, "next", date(w, after.Due)), nil
		}
		return after, o.ofRegister(r, row, o.say(r, "deadline.done", "id", row.ID, "title", row.Title)), nil
	}), nil
}

// ofRegister adds the way to the row of the register that a date comes from: the
// date is over, the matter may have other steps, and what became of it belongs
// there.
func (o reminder) ofRegister(r bot.Request, row remind.Deadline, reply bot.Reply) bot.Reply {
	seed, is := strings.CutPrefix(row.Seed, benefitSource+"/")
	id, _, whole := strings.Cut(seed, "/")
	if row.Source != remind.Benefits || !is || !whole {
		return reply
	}
	w := o.d.words(r)
	reply.Blocks = append(reply.Blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("deadline.done.register", "row", id))}},
		bot.Buttons{Items: []bot.Button{{Action: "benefit.show", Text: w.T("deadline.done.row"), Value: id}}})
	return reply
}

func (o reminder) remove(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, _ := which(r)
	row, err := o.reach(ctx, r, id, bot.RightRequest)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.change(r, row, "deadline.remove", func(row remind.Deadline) (remind.Deadline, bot.Reply, error) {
		row.State, row.By = remind.Removed, r.Person
		return row, o.say(r, "deadline.removed", "id", row.ID, "title", row.Title), nil
	}), nil
}

// snooze keeps a deadline quiet until a day, which must leave the last call.
func (o reminder) snooze(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	id, text := which(r)
	row, err := o.reach(ctx, r, id, bot.RightRequest)
	if err != nil {
		return bot.Outcome{}, err
	}
	when, _, err := input.FindDay(cmp.Or(text, "-"), o.today(), o.d.Remind.Calendar)
	if f, is := errors.AsType[*input.DateError](err); is && f.Reason == input.NoDate {
		return bot.Outcome{}, bot.User("deadline.snooze.how", "id", row.ID)
	}
	if err != nil {
		return bot.Outcome{}, o.fault(r, err)
	}
	return o.quiet(r, row, when.Day)
}

// later is the button: three days of quiet.
func (o reminder) later(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, err := o.reach(ctx, r, r.Value, bot.RightRequest)
	if err != nil {
		return bot.Outcome{}, err
	}
	return o.quiet(r, row, o.today().Add(3))
}

func (o reminder) quiet(r bot.Request, row remind.Deadline, until worktime.Date) (bot.Outcome, error) {
	w := o.d.words(r)
	until = o.d.Remind.Calendar.OnOrAfter(until)
	if !until.Before(row.Due) {
		return bot.Outcome{}, bot.User("deadline.snooze.late", "id", row.ID, "until", date(w, until), "due", date(w, row.Due))
	}
	if !until.After(o.today()) {
		return bot.Outcome{}, bot.User("deadline.snooze.today", "id", row.ID)
	}
	return o.change(r, row, "deadline.snooze", func(row remind.Deadline) (remind.Deadline, bot.Reply, error) {
		return row.Snooze(until, o.d.Now()), o.say(r, "deadline.snoozed", "id", row.ID, "title", row.Title, "until", date(w, until)), nil
	}), nil
}

// ack notes that a digest was read, so that nobody else is told.
func (o reminder) ack(_ context.Context, r bot.Request) (bot.Outcome, error) {
	day, err := worktime.ParseDate(r.Value)
	if err != nil {
		return bot.Outcome{}, bot.User("error.stale_button")
	}
	now := o.d.Now()
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		g, found, err := o.d.Remind.Book.DigestIn(tx, r.Person, day)
		if err != nil || !found {
			return o.say(r, "error.stale_button"), err
		}
		g.Acked = now
		if err := o.d.Remind.Book.PutDigest(tx, g); err != nil {
			return bot.Reply{}, err
		}
		return bot.Reply{}, tx.Post(o.d.digestPost(g, now))
	}}, nil
}

// mine lists the open deadlines of the person's account; all of them, or those
// the person has to do with.
func (o reminder) mine(ctx context.Context, r bot.Request, all bool) ([]remind.Deadline, error) {
	all = all && o.may(ctx, r, bot.RightRead)
	rows, err := o.d.Remind.Book.Deadlines(ctx, team(r), r.Actor.Account)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(d remind.Deadline) bool {
		return d.State != remind.Open || !all && d.Owner != r.Person && d.Deputy != r.Person
	})
	slices.SortFunc(rows, func(a, b remind.Deadline) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	return rows, nil
}
