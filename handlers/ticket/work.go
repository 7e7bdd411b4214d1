package ticket

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

const maxDescription = partner.MaxDescription

// Kind is what a work does at the partner center.
type Kind string

// The kinds of work.
const (
	Create Kind = "create"
	Reply  Kind = "reply"
	Urge   Kind = "urge"
	Shut   Kind = "close"
)

// Progress is how far a work is.
type Progress string

// The stages of a work. What is decided is no row any more: the ticket and the
// audit log say what came of it.
const (
	Waiting  Progress = "waiting"
	UnderWay Progress = "under_way"
	InDoubt  Progress = "in_doubt" // nobody knows the outcome; never repeated, only looked for
)

// Work is one change at the partner center that a person asked for. A worker
// takes it, sends it at most once, and records what came of it.
type Work struct {
	Team    string
	Ticket  string
	Number  int // from 1, within the ticket
	Account bot.Account
	Kind    Kind
	By      bot.PersonID
	Lang    lang.Tag            // of By
	Request partner.CaseRequest // for Create
	Text    string              // for Reply and Shut
	State   Progress
	Created time.Time // UTC
	Started time.Time // UTC; before the call was made
	Looks   int       // how often an unknown outcome was looked for
	Looked  time.Time // UTC; when last
}

// ID names the work, e.g. PD-7F3K.2.
func (w Work) ID() string { return w.Ticket + "." + strconv.Itoa(w.Number) }

// Start marks a work as under way, just before its call is made.
func (w Work) Start(now time.Time) Work {
	w.State, w.Started = UnderWay, now.UTC()
	return w
}

// Step is what comes of a work or of a look: how ticket and work are afterwards,
// and what is said about it.
type Step struct {
	Ticket Ticket
	Work   Work
	Done   bool   // the work is decided and its row goes
	Tell   string // catalog key for who asked for it; empty: nothing to say
	Reason string // catalog key of the partner center's reason, with Tell
	Facts  string // the fixed word of the audit entry: done, refused, unknown, found
}

// Settle decides what the outcome of a call means. caseID counts for Create.
func Settle(t Ticket, w Work, caseID string, err error, now time.Time) Step {
	switch {
	case err == nil:
		return t.done(w, caseID, "done", now)
	case partner.EffectOf(err) == partner.EffectUnknown && w.Kind != Urge:
		return t.doubt(w, now)
	}
	s := Step{Ticket: t.touched(now), Work: w, Done: true, Tell: "ticket.work.refused." + string(w.Kind), Facts: "refused", Reason: reason(err)}
	if partner.EffectOf(err) == partner.EffectUnknown { // urging twice does no harm, so nothing waits for certainty
		s.Tell, s.Facts = "ticket.work.unknown.urge", "unknown"
	}
	if w.Kind == Create {
		s.Ticket.State, s.Ticket.Fault = Claimed, s.Reason
	}
	return s
}

// Interrupted is what a work becomes that was under way when the program ended.
func Interrupted(t Ticket, w Work, now time.Time) Step {
	if w.Kind == Urge {
		return Step{Ticket: t.touched(now), Work: w, Done: true, Tell: "ticket.work.unknown.urge", Facts: "unknown"}
	}
	return t.doubt(w, now)
}

func reason(err error) string {
	if e, ok := errors.AsType[*partner.Error](err); ok {
		return e.Key()
	}
	return "partner.err." + string(partner.Broken)
}

func (t Ticket) done(w Work, caseID, facts string, now time.Time) Step {
	t = t.touched(now)
	t.Fault, t.Doubt = "", ""
	s := Step{Work: w, Done: true, Tell: "ticket.work.done." + string(w.Kind), Facts: facts}
	switch w.Kind {
	case Create:
		t.Case, t.State, t.Polled = caseID, AtHuawei, false
	case Reply:
		if t.State == Answered {
			t.State = AtHuawei
		}
	case Urge:
		t.Urged = now.UTC()
	case Shut:
		t.State = Closed
	}
	s.Ticket = t
	return s
}

func (t Ticket) doubt(w Work, now time.Time) Step {
	t = t.touched(now)
	w.State, t.Doubt = InDoubt, w.Kind
	if w.Kind == Create {
		t.State = Unknown
	}
	return Step{Ticket: t, Work: w, Tell: "ticket.work.unknown." + string(w.Kind), Facts: "unknown"}
}

// Evidence is what a look at the partner center showed.
type Evidence struct {
	Cases    []partner.CaseSummary // for Create: those found by the reference
	Messages []partner.CaseMessage // for Reply
	Status   partner.CaseStatus    // for Shut
}

// Reconcile decides what a look means for a work in doubt. Not finding it proves
// nothing; only the count of looks goes up.
func Reconcile(t Ticket, w Work, e Evidence, now time.Time) Step {
	switch w.Kind {
	case Create:
		for _, c := range e.Cases {
			if reference(c.Description) == t.ID && !c.Created.Before(w.Started.Add(-clockSlack)) {
				return t.found(w, c.ID, now)
			}
		}
	case Reply:
		if slices.ContainsFunc(e.Messages, func(m partner.CaseMessage) bool {
			return !m.FromHuawei && !m.First && strings.TrimSpace(m.Content) == strings.TrimSpace(w.Text) && !m.At.Before(w.Started.Add(-clockSlack))
		}) {
			return t.found(w, "", now)
		}
	case Shut:
		if e.Status.Final() {
			return t.found(w, "", now)
		}
	}
	w.Looks++
	w.Looked = now.UTC()
	return Step{Ticket: t, Work: w}
}

// reference is the one a case was created with: the first in its text. Others
// may be quoted further on.
func reference(description string) string {
	_, rest, _ := strings.Cut(description, "[")
	id, _, _ := strings.Cut(rest, "]")
	return id
}

func (t Ticket) found(w Work, caseID string, now time.Time) Step {
	s := t.done(w, caseID, "found", now)
	s.Tell = "ticket.work.found." + string(w.Kind)
	return s
}

// clockSlack is how far the partner center's clock may be behind ours: as far as
// a signature is accepted (partner API sheet, section 9.1, 2026-11-20).
const clockSlack = 15 * time.Minute

// listLag is how long a new case may stay out of the list; not published, a
// careful guess.
const listLag = 15 * time.Minute

// lookEvery is how often is looked at a work that stays in doubt.
const lookEvery = 15 * time.Minute

// LookDue says that a work in doubt is to be looked at now. A look that is
// further away than any may be was put there by a clock that was ahead.
func (w Work) LookDue(now time.Time) bool {
	wait := w.LookAt().Sub(now)
	return wait <= 0 || wait > lookEvery
}

// LookAt is when the next look at a work in doubt is due: soon at first, then
// every quarter of an hour.
func (w Work) LookAt() time.Time {
	waits := []time.Duration{20 * time.Second, time.Minute, 3 * time.Minute, 10 * time.Minute}
	if w.Looks < len(waits) {
		return w.Started.Add(waits[w.Looks])
	}
	return w.Looked.Add(lookEvery)
}

// Releasable says that a person may give the work up: a request signed then
// cannot take effect any more, and a look after that has not found it.
func (w Work) Releasable(now time.Time) bool {
	late := w.Started.Add(clockSlack + listLag)
	return w.State == InDoubt && !now.Before(late) && !w.Looked.Before(late)
}

// CloseBy is the action that ends a case in a state; ok is false when none is
// needed.
func CloseBy(s partner.CaseStatus) (do partner.CaseAction, ok bool) {
	if s.Final() {
		return "", false
	}
	if partner.CancelCase.Allowed(s) {
		return partner.CancelCase, true
	}
	return partner.CloseCase, true
}

// mostNews is how many messages are passed on at a time, so that a transaction
// stays small; the rest follows with the next look.
const mostNews = 4

// maxSeen bounds the memory of a ticket.
const maxSeen = 1500

// Follow takes in what a case has become. It returns the engineer messages to
// pass on now, the oldest first, each of them once in the life of the ticket,
// and whether anything changed at all.
func Follow(t Ticket, status partner.CaseStatus, messages []partner.CaseMessage, now time.Time) (after Ticket, news []partner.CaseMessage, changed bool) {
	for _, m := range messages {
		if !m.FromHuawei || len(news) >= mostNews || len(t.Seen) >= maxSeen {
			continue
		}
		if key := MessageKey(m); !slices.Contains(t.Seen, key) {
			t.Seen = append(slices.Clone(t.Seen), key)
			news = append(news, m)
		}
	}
	changed = len(news) > 0 || !t.Polled || t.CaseStatus != status
	if !changed {
		return t, nil, false
	}
	if t.CaseStatus != status || !t.Polled {
		t.Polled, t.CaseStatus = true, status
	}
	if t.State == AtHuawei && (status.Final() || status == partner.CaseConfirm) {
		t.State = Answered
	}
	return t.touched(now), news, true
}

// PollEvery is how often a living case is looked at: often while something
// moves, seldom when nothing has for days.
func PollEvery(t Ticket, now time.Time) time.Duration {
	switch quiet := now.Sub(t.Changed); {
	case quiet < time.Hour:
		return time.Minute
	case quiet < 24*time.Hour:
		return 5 * time.Minute
	}
	return 30 * time.Minute
}
