package ticket

import (
	"strings"
	"time"

	"partnerdesk/bot"
)

// The steps people take. Each returns the ticket as it is afterwards, or a
// [*bot.UserError] that says why not; the caller has checked who may.

// OpenUp puts a draft in front of support.
func (t Ticket) OpenUp(now time.Time) (Ticket, error) {
	if t.State != Draft {
		return t, bot.User("ticket.open_already", "id", t.ID)
	}
	t.State, t.Opened, t.Due = Open, now.UTC(), now.Add(t.Urgency.Within()).UTC()
	return t.touched(now), nil
}

// Claim gives the ticket to who. A ticket of somebody else is only taken over
// when over is set.
func (t Ticket) Claim(who bot.PersonID, over bool, now time.Time) (Ticket, error) {
	switch {
	case t.State == Closed || t.State == Draft:
		return t, bot.User("ticket.closed_already", "id", t.ID)
	case t.Owner == who:
		return t, bot.User("ticket.yours_already", "id", t.ID)
	case t.Owned() && !over:
		return t, bot.User("ticket.taken", "id", t.ID)
	}
	t.Owner = who
	if t.State == Open {
		t.State = Claimed
	}
	return t.touched(now), nil
}

// Sendable says whether a Huawei case may be made of the ticket: one at a time,
// and none while the outcome of the last try is unknown.
func (t Ticket) Sendable() error {
	switch {
	case t.Case != "":
		return bot.User("ticket.case_already", "id", t.ID, "case", t.Case)
	case t.State == Sending:
		return bot.User("ticket.sending_already", "id", t.ID)
	case t.State == Unknown:
		return bot.User("ticket.unknown_first", "id", t.ID)
	case t.State == Closed || t.State == Draft:
		return bot.User("ticket.closed_already", "id", t.ID)
	}
	return nil
}

// Send turns the ticket into a Huawei case: the work that a worker will do.
func (t Ticket) Send(w Work, now time.Time) (Ticket, Work, error) {
	if err := t.Sendable(); err != nil {
		return t, w, err
	}
	if !t.Owned() {
		t.Owner = w.By
	}
	w.Kind, w.Request.Description = Create, Describe(t.ID, w.Request.Description)
	t, w = t.work(w, now)
	t.State = Sending
	return t, w, nil
}

// Answer records that support answered the requester itself.
func (t Ticket) Answer(who bot.PersonID, now time.Time) (Ticket, error) {
	if t.State == Closed || t.State == Draft {
		return t, bot.User("ticket.closed_already", "id", t.ID)
	}
	if !t.Owned() {
		t.Owner = who
	}
	if t.State == Open || t.State == Claimed {
		t.State = Answered
	}
	return t.touched(now), nil
}

// Reply adds words to the ticket. With a living case they become work for the
// partner center; without one they go to the person on the other side, and ok
// says so.
func (t Ticket) Reply(w Work, now time.Time) (after Ticket, work Work, atCenter bool, err error) {
	switch {
	case t.State == Closed || t.State == Draft:
		return t, w, false, bot.User("ticket.closed_already", "id", t.ID)
	case t.State == Sending || t.State == Unknown:
		return t, w, false, bot.User("ticket.sending_already", "id", t.ID)
	case t.Live():
		w.Kind = Reply
		t, w = t.work(w, now)
		return t, w, true, nil
	}
	if t.State == Answered && w.By == t.Requester {
		t.State = Claimed
		if !t.Owned() {
			t.State, t.Due, t.Nudged = Open, now.Add(t.Urgency.Within()).UTC(), false
		}
	}
	return t.touched(now), w, false, nil
}

// urgeEvery is how often the owner of a ticket can be urged; how often Huawei
// Cloud can is not published, it says so itself (partner API sheet, section
// 6.11, 2026-11-20).
const urgeEvery = 30 * time.Minute

// Urge asks to hurry: Huawei Cloud when there is a living case, else support.
func (t Ticket) Urge(w Work, now time.Time) (after Ticket, work Work, atCenter bool, err error) {
	switch {
	case t.State == Closed || t.State == Draft:
		return t, w, false, bot.User("ticket.closed_already", "id", t.ID)
	case t.State == Sending || t.State == Unknown:
		return t, w, false, bot.User("ticket.sending_already", "id", t.ID)
	case t.Live():
		w.Kind = Urge
		t, w = t.work(w, now)
		return t, w, true, nil
	case now.Sub(t.Urged) < urgeEvery:
		return t, w, false, bot.User("ticket.urged_already", "id", t.ID)
	}
	t.Urged = now.UTC()
	return t.touched(now), w, false, nil
}

// Close ends the ticket; a living case is closed by a worker first.
func (t Ticket) Close(w Work, now time.Time) (after Ticket, work Work, atCenter bool, err error) {
	switch {
	case t.State == Closed:
		return t, w, false, bot.User("ticket.closed_already", "id", t.ID)
	case t.State == Sending || t.State == Unknown:
		return t, w, false, bot.User("ticket.sending_already", "id", t.ID)
	case t.Live():
		w.Kind = Shut
		t, w = t.work(w, now)
		return t, w, true, nil
	}
	t.State = Closed
	return t.touched(now), w, false, nil
}

// Release gives up on a work whose outcome stays unknown. A person decides that,
// with the evidence before them; see [Work.Releasable].
func (t Ticket) Release(w Work, now time.Time) (Ticket, error) {
	if !w.Releasable(now) {
		return t, bot.User("ticket.release.early", "id", t.ID)
	}
	t.Doubt = ""
	if w.Kind == Create {
		t.State = Claimed
	}
	return t.touched(now), nil
}

// work numbers a work and stamps it with whose it is.
func (t Ticket) work(w Work, now time.Time) (Ticket, Work) {
	t.Works++
	t.Fault = ""
	w.Team, w.Ticket, w.Account, w.Number, w.State, w.Created = t.Team, t.ID, t.Account, t.Works, Waiting, now.UTC()
	return t.touched(now), w
}

func (t Ticket) touched(now time.Time) Ticket {
	t.Changed = now.UTC()
	return t
}

// Describe writes the text of a case: the reference, by which it is found again
// when nobody knows whether it was created, then the words, shortened to what a
// case takes and without secrets.
func Describe(id, text string) string {
	text, _ = Secrets(strings.TrimSpace(text))
	r := []rune("[" + id + "] " + text)
	return string(r[:min(len(r), maxDescription)])
}

// HandOn gives the ticket of somebody who left to somebody else, or back to
// support when to is nobody: then it waits to be claimed anew, with a clock of
// its own.
func (t Ticket) HandOn(to bot.PersonID, now time.Time) Ticket {
	t.Owner = to
	if !t.Owned() && t.State == Claimed {
		t.State, t.Nudged, t.Due = Open, false, now.Add(t.Urgency.Within()).UTC()
	}
	return t.touched(now)
}
