// Package remind decides who hears about a deadline, and when: the rules of the
// ladder, without rows, messages or a clock. Facts go in, notices with named
// reasons come out.
//
// The rules, in short. A deadline has rungs: so many days before its last day. A
// rung that falls on a day nobody works moves to the last working day before it;
// only "overdue" moves to the next one after. A rung is told when the owner's
// working day opens. Of several unsent rungs only the tightest is told. A run
// that was missed is made up for within a grace period of two working days, in
// working hours. Rung 0 is the last call: nothing silences it, and it is made up
// for as long as the deadline has not passed.
package remind

import (
	"context"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/worktime"
)

// Kind is what a deadline is about. It decides its rungs and who is told when
// nobody reacts.
type Kind string

// The kinds. Names are fixed for life: rows hold them.
const (
	Plain        Kind = "plain"        // what a person entered
	YearEnd      Kind = "year-end"     // the window that closes on 31 December
	Quota        Kind = "quota"        // a coupon quota at the partner center
	Coupon       Kind = "coupon"       // a coupon a customer has not used up
	Subscription Kind = "subscription" // a customer's resource that runs out
	Benefit      Kind = "benefit"      // a date of the benefit register that is the company's own matter
	Window       Kind = "window"       // a benefit that was given and lapses unused
	Registration Kind = "registration" // a customer registration that runs out
	FollowUp     Kind = "follow-up"    // the day to look what became of something
	HuaweiCase   Kind = "case"         // a Huawei case that waits for our answer
	Approval     Kind = "approval"     // an operation that waits for a second person
	Ticket       Kind = "ticket"       // a ticket that waits for an answer of ours
	Progress     Kind = "progress"     // an opportunity nobody has written about for long
	Verification Kind = "verification" // an opportunity whose time limit at Huawei Cloud runs
	Received     Kind = "ho"           // an opportunity that Huawei Cloud shared with us, to be accepted
	Entry        Kind = "entry"        // an entry of the corpus to be verified again
)

// Kinds lists them.
func Kinds() []Kind {
	return []Kind{
		Plain, YearEnd, Quota, Coupon, Subscription, Benefit, Window, Registration, FollowUp, HuaweiCase, Approval, Ticket, Progress, Verification, Received, Entry,
	}
}

// Class says who hears of a deadline that its owner and deputy leave alone.
type Class string

// The alert classes.
const (
	Private Class = "private" // the lead, else the approvers
	Shared  Class = "shared"  // also the ecosystem manager, without names and amounts
	Ops     Class = "ops"     // the administrators
)

// Class of a kind; what is not declared is private.
func (k Kind) Class() Class {
	switch k {
	case YearEnd, Window, Verification, Received:
		return Shared
	case Entry:
		return Ops
	}
	return Private
}

// Rung is a step of the ladder, in days before the last day.
type Rung int

// The rungs with names of their own.
const (
	LastCall Rung = 0
	Overdue  Rung = -1
	Again    Rung = 1000 // the end of a snooze
)

// Rungs are the steps of a kind, the loosest first.
func (k Kind) Rungs() []Rung {
	switch k {
	case YearEnd:
		return []Rung{60, 45, 30, 14, 7, 3, 1, LastCall, Overdue}
	case Coupon:
		return []Rung{14, 7, 3, 1, LastCall}
	case Quota, Subscription:
		return []Rung{30, 14, 7, 3, 1, LastCall}
	case Registration:
		return []Rung{7, 3, 1, LastCall, Overdue}
	case Verification:
		return []Rung{7, 3, 1, LastCall}
	case Entry:
		return []Rung{14, LastCall, Overdue}
	case Received:
		return []Rung{1, LastCall}
	case Approval:
		return nil // the money desk reminds of it by working hours; here it only stands in the list
	case Progress:
		return []Rung{LastCall}
	case FollowUp, HuaweiCase, Ticket:
		return []Rung{LastCall, Overdue}
	}
	return []Rung{30, 14, 7, 3, 1, LastCall, Overdue}
}

// early says that the people behind hear of it a day before the last one: what
// lapses cannot be had back.
func (k Kind) early() bool { return k == YearEnd || k == Window }

// Rungs are the steps of a deadline. What comes round again soon has no rung
// that would be told as soon as the last time is done.
func (d Deadline) Rungs() []Rung {
	most := Again
	switch kind, _, _ := strings.Cut(d.Repeats, ":"); kind {
	case "week":
		most = 1
	case "month", "month-end", "month-last-workday":
		most = 7
	case "quarter-end", "quarter-last-workday":
		most = 14
	}
	rungs := d.Kind.Rungs()
	return slices.DeleteFunc(rungs, func(r Rung) bool { return r > most })
}

// State is how far a deadline is.
type State string

// The states.
const (
	Open    State = "open"
	Done    State = "done"
	Removed State = "removed" // it was a mistake, or its source has it no longer
)

// The sources of deadlines.
const (
	People   = "people"
	Center   = "partner-center"
	Benefits = "benefits" // the benefit register
	Desk     = "desk"     // what waits here: approvals, tickets, opportunities, entries
)

// Limits of what people enter, in runes.
const (
	MaxTitle = 120
	MaxNote  = 300
	MaxLink  = 500
)

// Deadline is a day by which something must be done.
type Deadline struct {
	Team    string
	Account bot.Account
	ID      string
	Seed    string // what the id was made of: a delivery, or the source's own id
	Source  string
	Kind    Kind
	Title   string
	Due     worktime.Date // the last day
	End     time.Time     // UTC; the instant at which it is too late
	Repeats string        // a rule of [worktime.Rule]; empty: once
	Owner   bot.PersonID
	Deputy  bot.PersonID // told when the owner does not react; may be empty
	Lang    lang.Tag     // the owner's when last seen here
	State   State
	Link    string        // where it came from, for who may open it; empty: nowhere
	Note    string        // of who finished it
	By      bot.PersonID  // who finished it
	Snoozed worktime.Date // nothing but the last call is told before this day
	Lapsed  worktime.Date // of what repeats: the latest day that passed undone; zero: none
	Sent    []Sent
	Listed  []Listing // where it was told
	Stale   bool      // its source could not be read of late
	Look    time.Time // UTC; when to decide again; zero: never
	Created time.Time // UTC
	Changed time.Time // UTC
}

// Audience is who a notice is for.
type Audience string

// The audiences, in the order in which they are told.
const (
	ToOwner  Audience = "owner"
	ToDeputy Audience = "deputy"
	ToClass  Audience = "class"
)

// Sent is a notice that was given.
type Sent struct {
	Rung   Rung
	To     Audience
	At     time.Time // UTC
	Reason Reason    // why; empty in rows older than the field
	Nobody bool      // there was nobody to tell
}

// Listing is a digest that lists a deadline.
type Listing struct {
	Person bot.PersonID
	Day    worktime.Date
}

// Seen looks a notice up.
func (d Deadline) Seen(r Rung, to Audience) (Sent, bool) {
	i := slices.IndexFunc(d.Sent, func(s Sent) bool { return s.Rung == r && s.To == to })
	if i < 0 {
		return Sent{}, false
	}
	return d.Sent[i], true
}

// List notes that a digest lists the deadline, once for each reader: only the
// newest digest is kept up to date.
func (d *Deadline) List(who bot.PersonID, day worktime.Date) {
	d.Listed = slices.DeleteFunc(slices.Clone(d.Listed), func(l Listing) bool { return l.Person == who })
	d.Listed = append(d.Listed, Listing{who, day})
}

// KindOf guesses the kind of what a person enters by its day. What repeats more
// often than once a year only passes by the end of the year.
func KindOf(due worktime.Date, repeats string) Kind {
	if due.Month == time.December && due.Day == 31 && (repeats == "" || strings.HasPrefix(repeats, "year:")) {
		return YearEnd
	}
	return Plain
}

// Finish closes a deadline; one that repeats is moved to its next day instead,
// and next is true.
func (d Deadline) Finish(by bot.PersonID, note string, now time.Time, c *worktime.Calendar, zone *time.Location) (after Deadline, next bool) {
	d.Changed = now
	d.By, d.Note = by, note
	rule, err := worktime.ParseRule(d.Repeats)
	if d.Repeats == "" || err != nil {
		d.State = Done
		return d, false
	}
	from := d.Due
	if today := worktime.DateIn(now, zone); today.After(from) {
		from = today
	}
	return d.Move(rule.After(from, c), now, zone), true
}

// Move gives a deadline another day; its ladder starts anew.
func (d Deadline) Move(to worktime.Date, now time.Time, zone *time.Location) Deadline {
	d.Due, d.End = to, to.End(zone)
	d.Sent, d.Snoozed = nil, worktime.Date{}
	d.Created, d.Changed = now, now // what lies behind now is known
	if d.Source == People {
		d.Kind = KindOf(to, d.Repeats)
	}
	return d
}

// Lapse moves what repeats past a day that nobody saw to, so that its next day
// is not forgotten with it. What was told of the old one stays as it was.
func (d Deadline) Lapse(now time.Time, c *worktime.Calendar, zone *time.Location) Deadline {
	rule, err := worktime.ParseRule(d.Repeats)
	if err != nil {
		return d
	}
	missed, from := d.Due, d.Due
	for {
		if d = d.Move(rule.After(from, c), now, zone); d.End.After(now) {
			break
		}
		from = d.Due
	}
	d.Lapsed, d.Listed = missed, nil
	return d
}

// Snooze keeps a deadline quiet until a day.
func (d Deadline) Snooze(until worktime.Date, now time.Time) Deadline {
	d.Snoozed, d.Changed = until, now
	d.Sent = slices.DeleteFunc(slices.Clone(d.Sent), func(s Sent) bool { return s.Rung == Again })
	return d
}

// Digest is what a person is told on one day: one message that is edited as
// things get done.
type Digest struct {
	Person bot.PersonID
	Day    worktime.Date // the person's
	Lang   lang.Tag
	Part   int       // how many messages it took; only the last one is kept up to date
	Tick   time.Time // UTC; the run that opened the last part
	Items  []Item
	More   int       // lines for which there was no room
	Acked  time.Time // UTC; when the person last said that it was read
}

// Item is a line of a digest.
type Item struct {
	ID      string
	Account bot.Account
	Kind    Kind
	Title   string
	Due     worktime.Date
	Rung    Rung
	To      Audience
	Owner   bot.PersonID
	State   State
	Snoozed worktime.Date
	At      time.Time // UTC; when it was told; zero in rows older than the field
}

// Heard says that the person has acknowledged the digest since a line was told.
func (g Digest) Heard(i Item) bool { return !g.Acked.IsZero() && !g.Acked.Before(i.At) }

// MostItems is how many lines a digest keeps; further ones are only counted.
const MostItems = 60

// Put adds a line, or takes the place of the one about the same deadline.
func (g *Digest) Put(i Item) {
	g.Items = slices.Clone(g.Items)
	at := slices.IndexFunc(g.Items, func(x Item) bool { return x.ID == i.ID && x.Account == i.Account })
	switch {
	case at >= 0:
		g.Items[at] = i
	case len(g.Items) >= MostItems:
		g.More++
	default:
		g.Items = append(g.Items, i)
	}
}

// Source is how a source of deadlines is doing.
type Source struct {
	Team string
	Name string
	Read time.Time // UTC; when it was last read whole
	Fail time.Time // UTC; since when it cannot be read; zero: it can
	Kept int       // how many dates it named when it was last read
	Told bool      // somebody was told that it fails
}

// Book keeps deadlines.
type Book interface {
	// PutDeadline writes a deadline and when to look at it.
	PutDeadline(tx bot.Tx, d Deadline) error
	DeadlineIn(tx bot.Tx, team string, of bot.Account, id string) (Deadline, bool, error)
	FindDeadline(ctx context.Context, team string, of bot.Account, id string) (Deadline, bool, error)
	// Deadlines lists those of an account.
	Deadlines(ctx context.Context, team string, of bot.Account) ([]Deadline, error)
	// DueDeadlines lists those to be looked at by now, at most limit.
	DueDeadlines(ctx context.Context, now time.Time, limit int) ([]Deadline, error)
	PutDigest(tx bot.Tx, g Digest) error
	DigestIn(tx bot.Tx, who bot.PersonID, day worktime.Date) (Digest, bool, error)
	FindDigest(ctx context.Context, who bot.PersonID, day worktime.Date) (Digest, bool, error)
	// PutHabits keeps how somebody wants to be reminded.
	PutHabits(tx bot.Tx, h Habits) error
	// FindHabits returns the office's habits for somebody who said nothing.
	FindHabits(ctx context.Context, who bot.PersonID) (Habits, error)
	// PutBatch keeps a batch; one that is tried or done is forgotten after a week.
	PutBatch(tx bot.Tx, b Batch) error
	BatchIn(tx bot.Tx, team, id string) (Batch, bool, error)
	// Batches lists those under way, of all teams.
	Batches(ctx context.Context) ([]Batch, error)
	PutSource(tx bot.Tx, s Source) error
	SourceIn(tx bot.Tx, team, name string) (Source, bool, error)
	FindSource(ctx context.Context, team, name string) (Source, bool, error)
}
