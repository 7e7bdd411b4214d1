package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot/lang"
)

// Handle answers one request: it looks the command up, finds out who asks and
// whether they may, runs the handler under a deadline, and keeps everything that
// follows from it in one transaction: what the handler wants changed, the audit
// entry, the outgoing messages and that the request is done. It is the place
// where a handler's panic ends and the only one that words errors; a handler
// that starts goroutines recovers in them itself.
//
// The form it returns is to be shown by the door; it is nil when there is none
// or when [Options.Forms] has shown it already. An error means that nothing was
// kept and the request should be tried again.
func (b *Bot) Handle(ctx context.Context, r Request) (*Form, error) {
	started := b.o.Now()
	ctx, cancel := context.WithTimeout(ctx, b.o.Deadline)
	defer cancel()

	who, err := b.person(ctx, r.Person)
	if err != nil {
		return nil, err
	}
	if r.Lang == "" {
		r.Lang = b.langOf(r, who)
	}
	words := b.o.Catalog.In(r.Lang)
	r, call := b.route(r)

	actor, err := b.o.Access.Authorize(ctx, who, call.needs, call.area)
	if err == nil {
		err = b.o.Access.Admit(actor, call.area, r.Place)
	}
	if err == nil {
		r.Actor = actor
	}
	var view string
	if err == nil && call.opens && b.o.Forms != nil && r.Trigger != "" {
		view, err = b.o.Forms.Open(ctx, r, FormWords{Title: words.T("form.wait.title"), Wait: words.T("form.wait"), Close: words.T("form.close")})
		if errors.Is(err, ErrTriggerExpired) {
			err = User("error.trigger").Because(err)
		}
	}
	var out Outcome
	if err == nil {
		out, err = run(ctx, call.run, b.link(ctx, r))
	}

	outcome := "ok"
	var form *Form
	if err != nil {
		outcome = kindOf(err)
		out = Outcome{Reply: b.word(words, err), Audit: b.auditOf(r, call, err, started)}
	} else if out.Reply.Form != nil && out.Apply == nil {
		form = out.Reply.Form
	}
	// What changes nothing is shown before the request is done. Should the desk
	// end in between, the request comes again, finds its trigger spent, and the
	// person is asked to press once more instead of waiting before a form for ever.
	early := view != "" && out.Apply == nil
	shown := early && b.fill(ctx, r, view, form, out.Reply)
	if early && !shown && form != nil {
		out.Reply = b.word(words, User("error.trigger"))
	}
	reply, kerr := b.keep(ctx, r, out, view == "" || early && !shown)
	if told, ok := errors.AsType[*UserError](kerr); ok { // nothing was kept, and the person can do something about it
		outcome, err = kindOf(told), told
		reply, kerr = b.keep(ctx, r, Outcome{Reply: b.word(words, told)}, view == "")
	}
	if errors.Is(kerr, ErrDecided) {
		b.o.Log.Info("request was answered already", "id", r.ID, "door", r.Door, "command", call.name)
		return nil, nil
	}
	if kerr != nil {
		b.o.Log.Error("request not kept", "id", r.ID, "door", r.Door, "command", call.name, "user", r.Person.String(), "err", kerr)
		b.o.Meter.Count("requests", call.name, "not_kept")
		return nil, kerr
	}
	if view != "" {
		form = nil
	}
	if view != "" && !early {
		b.show(ctx, r, view, reply)
	}

	took := b.o.Now().Sub(started)
	b.o.Meter.Count("requests", call.name, outcome)
	b.o.Meter.Observe("handle_seconds", took.Seconds(), call.name)
	attrs := []any{"id", r.ID, "door", r.Door, "command", call.name, "user", r.Person.String(), "took", took, "outcome", outcome}
	if cause := logged(err); cause != nil {
		attrs = append(attrs, "err", cause)
	}
	b.o.Log.Info("request", attrs...)
	return form, nil
}

// Check looks at a filled-in form while the person still has it before them. It
// returns a worded message for every field at fault and keeps no trace. A
// refusal or a fault of our own comes back as a message on the first field.
func (b *Bot) Check(ctx context.Context, r Request) (map[string]string, error) {
	c := b.commands[r.Command]
	if c == nil || c.Forms[r.Action].Check == nil {
		return nil, nil
	}
	who, err := b.person(ctx, r.Person)
	if err != nil {
		return nil, err
	}
	if r.Lang == "" {
		r.Lang = b.langOf(r, who)
	}
	words := b.o.Catalog.In(r.Lang)
	r, call := b.route(r)
	actor, err := b.o.Access.Authorize(ctx, who, call.needs, call.area)
	if err == nil {
		err = b.o.Access.Admit(actor, call.area, r.Place)
	}
	if err != nil {
		return nil, err
	}
	r.Actor = actor
	faults, err := check(ctx, c.Forms[r.Action].Check, r)
	if err != nil {
		return nil, err
	}
	worded := map[string]string{}
	for field, key := range faults {
		worded[field] = words.T(key)
	}
	return worded, nil
}

// langOf is the language of a person's locale; of somebody whose locale is not
// known, as of people of other teams, that of what they wrote. The name of a
// command is no language.
func (b *Bot) langOf(r Request, who Person) lang.Tag {
	if who.Locale == "" && who.External && (r.Kind == KindMention || r.Kind == KindMessage) {
		name, _ := firstWord(r.Text)
		if _, command := b.aliases[strings.ToLower(strings.TrimPrefix(name, "/"))]; !command {
			return lang.Of(r.Text)
		}
	}
	return lang.Match(who.Locale)
}

func (b *Bot) person(ctx context.Context, id PersonID) (Person, error) {
	who, err := b.o.People.Find(ctx, id)
	if errors.Is(err, ErrNoPerson) {
		return Person{ID: id, Deactivated: true}, nil
	}
	if err != nil {
		return Person{}, fmt.Errorf("find person: %w", err)
	}
	return who, nil
}

// panicked is a handler's panic, as an error.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

func run(ctx context.Context, h Handler, r Request) (out Outcome, err error) {
	defer func() {
		if v := recover(); v != nil {
			out, err = Outcome{}, &panicked{value: v, stack: debug.Stack()}
		}
	}()
	return h(ctx, r)
}

func check(ctx context.Context, fn func(context.Context, Request) (map[string]string, error), r Request) (faults map[string]string, err error) {
	defer func() {
		if v := recover(); v != nil {
			faults, err = nil, &panicked{value: v, stack: debug.Stack()}
		}
	}()
	return fn(ctx, r)
}

// keep is the one transaction of a request. It returns the reply that counts.
// It ignores the request's own deadline: what has been worked out is kept even
// if working it out took all the time there was. Without post the reply is shown
// in a waiting form instead of being queued; its files are queued all the same.
func (b *Bot) keep(ctx context.Context, r Request, out Outcome, post bool) (Reply, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.o.Deadline)
	defer cancel()
	now := b.o.Now()
	var reply Reply
	err := b.o.Store.Update(ctx, func(tx Tx) error {
		reply = out.Reply
		if out.Apply != nil {
			var err error
			if reply, err = out.Apply(tx); err != nil {
				return err
			}
		}
		if out.Audit != nil {
			if err := tx.Audit(*out.Audit); err != nil {
				return err
			}
		}
		if err := reply.CheckFiles(); err != nil {
			return err
		}
		queued := reply
		if !post {
			queued.Blocks = nil
		}
		if len(queued.Blocks)+len(queued.Files) > 0 {
			if err := tx.Post(answerTo(r, queued, now)); err != nil {
				return err
			}
		}
		return tx.Done(r.ID, now)
	})
	return reply, err
}

// answerTo is the message that answers a request.
func answerTo(r Request, reply Reply, now time.Time) Post {
	p := Post{To: ReplyTarget(r, reply.Private, reply.Replace), Reply: reply, Lane: LaneAnswer, Created: now}
	if p.To.Kind == TargetReturn {
		// The address was born with the delivery, which may have waited.
		p.To.Expires = now.Add(returnLife)
		if !r.At.IsZero() {
			p.To.Expires = r.At.Add(returnLife)
		}
	}
	return p
}

// returnLife is how long a return address is used before the person is written
// to directly; Slack's own limit is 30 minutes (Slack platform sheet, section B,
// 2026-11-20), less a margin.
const returnLife = 28 * time.Minute

// fill puts the form, or what is said instead, into the waiting form, and says
// whether the door could.
func (b *Bot) fill(ctx context.Context, r Request, view string, form *Form, reply Reply) bool {
	var err error
	if form != nil {
		err = b.o.Forms.Show(ctx, view, *form)
	} else {
		err = b.o.Forms.Say(ctx, view, reply)
	}
	if err != nil {
		b.o.Log.Warn("form not shown", "id", r.ID, "err", err)
	}
	return err == nil
}

// show says in the waiting form what came of the request. When the door cannot,
// the person is told in a message.
func (b *Bot) show(ctx context.Context, r Request, view string, reply Reply) {
	if b.fill(ctx, r, view, nil, reply) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.o.Deadline)
	defer cancel()
	if err := b.o.Store.Update(ctx, func(tx Tx) error { return tx.Post(answerTo(r, reply, b.o.Now())) }); err != nil {
		b.o.Log.Error("person not told", "id", r.ID, "err", err)
	}
}

// word turns an error into what the person reads: the state, then the next
// step. What has no words of its own is our fault and says so, with the number
// an admin finds it by.
func (b *Bot) word(w lang.Words, err error) Reply {
	var key string
	var args []string
	if user, ok := errors.AsType[*UserError](err); ok {
		key, args = user.Key, user.Args
	} else if no, ok := errors.AsType[*Refusal](err); ok {
		key, args = no.Key, append(slices.Clone(no.Args), "admin", b.admin(w))
	} else if errors.Is(err, context.DeadlineExceeded) {
		key = "error.deadline"
	} else {
		key = "error.internal"
	}
	reply := Say(Text(w.T(key, args...)))
	reply.Private = true
	return reply
}

func (b *Bot) admin(w lang.Words) string {
	if b.o.AdminHint != "" {
		return b.o.AdminHint
	}
	return w.T("person.admin")
}

// auditOf is the entry for a refusal; other errors leave none.
func (b *Bot) auditOf(r Request, c call, err error, now time.Time) *Entry {
	no, ok := errors.AsType[*Refusal](err)
	if !ok {
		return nil
	}
	return &Entry{
		Stream: "refusal/" + r.Person.String() + "/" + now.UTC().Format(time.DateOnly),
		Person: r.Person, Action: c.name, Outcome: "refused", At: now, Facts: map[string]string{"reason": no.Reason},
	}
}

func kindOf(err error) string {
	if _, ok := errors.AsType[*Refusal](err); ok {
		return "refused"
	}
	if _, ok := errors.AsType[*UserError](err); ok {
		return "told"
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "late"
	}
	return "failed"
}

// logged is the part of an error that belongs in the log: the cause, never a
// person's words.
func logged(err error) error {
	if user, ok := errors.AsType[*UserError](err); ok {
		return user.Err
	}
	return err
}

// clip shortens a text to n runes.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
