// Package alert decides when people are told that something is wrong: the rules
// alone, without rows, messages or a clock. What is true now goes in, what is to
// be told comes out.
//
// The rules, in short. All that is wrong of one kind is one group with one card.
// A notice is a new message, which a person notices; an edit of the card is not.
// Between two notices of a group lies its cool-down, whatever happens. What is
// true is told once it has been true for long enough; what joins a group later is
// told when the cool-down allows. A kind is mute while what explains it is true,
// while somebody muted it, and, unless it is urgent, while nobody works; when that
// ends, what is still true is told. Who
// acknowledges is not told the same again until the time they named. A source
// that cannot be read changes nothing: what was true stays.
package alert

import (
	"context"
	"slices"
	"time"

	"partnerdesk/bot"
)

// Limits of a group's row.
const (
	MostItems = 200 // things told one by one; the others are counted
	MostLog   = 30  // events remembered
)

// Condition is something that is true now.
type Condition struct {
	Object string   // what it is about, e.g. a customer id; fixed for life
	Args   []string // what its words need: name and value in turn
}

// Item is a condition with its history.
type Item struct {
	Object string
	Args   []string
	Since  time.Time // UTC; true since, as far as it was looked
	Told   bool      // a notice named it
	Shown  bool      // the card lists it
}

// Hand is somebody's decision about a group, until a time.
type Hand struct {
	By    bot.PersonID
	Until time.Time // UTC
}

// On says whether it still counts.
func (h Hand) On(now time.Time) bool { return now.Before(h.Until) }

// Reason says why something was told, or was not.
type Reason string

// The reasons. The first four are notices, the next two edits of the card; the
// others say why nothing was told.
const (
	First  Reason = "first"  // it became true
	More   Reason = "more"   // more of the kind became true
	Again  Reason = "again"  // it still is
	Lifted Reason = "lifted" // it still is, after what was acknowledged ran out

	Changed  Reason = "changed"  // other things of the kind are true now
	Resolved Reason = "resolved" // nothing of the kind is true any more

	Pending      Reason = "pending"      // not true for long enough
	Inhibited    Reason = "inhibited"    // something else explains it
	Muted        Reason = "muted"        // somebody muted the kind
	Quiet        Reason = "quiet"        // nobody works at this hour, and it can wait
	Cooling      Reason = "cooling"      // the last notice is too fresh
	Acknowledged Reason = "acknowledged" // somebody knows
	Told         Reason = "told"         // and not long ago
	Nothing      Reason = "nothing"      // all is well
)

// Loud reports whether people are to notice.
func (r Reason) Loud() bool { return r == First || r == More || r == Again || r == Lifted }

// Event is a line in the history of a group.
type Event struct {
	At    time.Time // UTC
	What  string    // a Reason, or ack, take, mute, unmute
	By    bot.PersonID
	Count int // how many things were true
}

// What people do, in the history.
const (
	DidAck    = "ack"
	DidTake   = "take"
	DidMute   = "mute"
	DidUnmute = "unmute"
)

// Group is all that is wrong of one kind.
type Group struct {
	Team    string
	Kind    Kind
	Items   []Item // true now, the oldest first
	Beyond  int    // how many more there are
	Since   time.Time
	Firing  bool // at least one item is true for long enough
	Part    int  // the number of its card; zero: none yet
	Readers []bot.PersonID
	Noticed time.Time // UTC; the last notice
	Acked   Hand
	Muted   Hand
	Owner   bot.PersonID // who took it
	Held    Reason       // why nothing was told when it was last looked at
	Log     []Event      // the newest last
}

// Facts is what a decision is made from.
type Facts struct {
	Now       time.Time
	Known     bool        // the source was read; otherwise True says nothing
	True      []Condition // in the order in which they are shown
	Inhibited bool        // one of the kinds that mute this one is true
	Closed    bool        // it is outside working hours
	Again     time.Duration
}

// Decide says what becomes of a group and what is to be told.
func Decide(g Group, s Spec, f Facts) (Group, Reason) {
	before := shown(g.Items)
	g.Items = slices.Clone(g.Items)
	if f.Known {
		g = g.merge(f)
	}
	for i := range g.Items {
		g.Items[i].Shown = s.ripe(g.Items[i], f.Now)
	}
	now := shown(g.Items)
	if len(now) == 0 {
		return g.calm(f.Now)
	}
	if !g.Firing {
		g.Firing, g.Since = true, f.Now
	}
	why := g.why(s, f)
	g.Held = why
	switch {
	case why.Loud():
		return g.notice(why, f.Now), why
	case g.Part > 0 && !slices.Equal(now, before):
		return g, Changed
	}
	return g, why
}

// ripe says whether something has been true for long enough.
func (s Spec) ripe(i Item, now time.Time) bool { return !now.Before(i.Since.Add(s.For)) }

// shown are the objects that the card lists.
func shown(items []Item) []string {
	var list []string
	for _, i := range items {
		if i.Shown {
			list = append(list, i.Object)
		}
	}
	return list
}

// untold says whether something that is shown was never named by a notice.
func (g Group) untold() bool {
	return slices.ContainsFunc(g.Items, func(i Item) bool { return i.Shown && !i.Told })
}

// merge takes over what is true now. What was true keeps its history.
func (g Group) merge(f Facts) Group {
	var items []Item
	for _, c := range f.True {
		item := Item{Object: c.Object, Since: f.Now}
		if i := slices.IndexFunc(g.Items, func(i Item) bool { return i.Object == c.Object }); i >= 0 {
			item = g.Items[i]
		}
		item.Args = c.Args
		items = append(items, item)
	}
	slices.SortStableFunc(items, func(a, b Item) int { return a.Since.Compare(b.Since) })
	g.Beyond = max(0, len(items)-MostItems)
	g.Items = items[:min(len(items), MostItems)]
	return g
}

// calm ends a group of which nothing is true, or not for long enough.
func (g Group) calm(now time.Time) (Group, Reason) {
	g.Held = Nothing
	if len(g.Items) > 0 {
		g.Held = Pending
	}
	if !g.Firing {
		return g, g.Held
	}
	g.Firing, g.Acked, g.Owner = false, Hand{}, bot.PersonID{}
	g = g.Note(Event{At: now, What: string(Resolved)})
	if g.Part == 0 {
		return g, g.Held
	}
	return g, Resolved
}

// why says what is to be told, or why not.
func (g Group) why(s Spec, f Facts) Reason {
	again := s.Again
	if f.Again > 0 {
		again = f.Again
	}
	known := slices.ContainsFunc(g.Items, func(i Item) bool { return i.Told })
	switch {
	case f.Inhibited:
		return Inhibited
	case g.Muted.On(f.Now):
		return Muted
	case f.Closed && !s.Urgent:
		return Quiet
	case !g.Noticed.IsZero() && f.Now.Before(g.Noticed.Add(s.Cool)):
		return Cooling
	case g.untold() && known:
		return More
	case g.untold():
		return First
	case g.Acked.On(f.Now):
		return Acknowledged
	case !g.Acked.Until.IsZero():
		return Lifted
	case again > 0 && !f.Now.Before(g.Noticed.Add(again)):
		return Again
	}
	return Told
}

// notice opens a new card.
func (g Group) notice(why Reason, now time.Time) Group {
	for i := range g.Items {
		g.Items[i].Told = g.Items[i].Told || g.Items[i].Shown
	}
	g.Noticed = now
	g.Part++
	if !g.Acked.On(now) {
		g.Acked = Hand{}
	}
	return g.Note(Event{At: now, What: string(why), Count: g.Count()})
}

// Count is how many things are true.
func (g Group) Count() int { return len(g.Items) + g.Beyond }

// Note adds a line to the history.
func (g Group) Note(e Event) Group {
	g.Log = append(slices.Clone(g.Log), e)
	g.Log = g.Log[max(0, len(g.Log)-MostLog):]
	return g
}

// Ack records that somebody knows, until a time.
func (g Group) Ack(by bot.PersonID, now, until time.Time) Group {
	g.Acked = Hand{By: by, Until: until}
	return g.Note(Event{At: now, What: DidAck, By: by, Count: g.Count()})
}

// Take records who deals with it. That is an acknowledgement too.
func (g Group) Take(by bot.PersonID, now, until time.Time) Group {
	g.Owner, g.Acked = by, Hand{By: by, Until: until}
	return g.Note(Event{At: now, What: DidTake, By: by, Count: g.Count()})
}

// Mute silences the kind until a time; a time that has passed ends it.
func (g Group) Mute(by bot.PersonID, now, until time.Time) Group {
	what := DidMute
	if !now.Before(until) {
		until, what = time.Time{}, DidUnmute
	}
	g.Muted = Hand{By: by, Until: until}
	return g.Note(Event{At: now, What: what, By: by, Count: g.Count()})
}

// Source is how a source of conditions is doing.
type Source struct {
	Team string
	Name string
	Read time.Time // UTC; when it was last read
	Fail time.Time // UTC; since when it cannot be; zero: it can
	Next time.Time // UTC; when it is to be read
}

// Book keeps groups and sources.
type Book interface {
	// AlertIn reads a group as the transaction sees it; one that is not there is
	// empty.
	AlertIn(tx bot.Tx, team string, k Kind) (Group, error)
	PutAlert(tx bot.Tx, g Group) error
	// Alerts lists the groups of a team.
	Alerts(ctx context.Context, team string) ([]Group, error)
	AlertSourceIn(tx bot.Tx, team, name string) (Source, error)
	PutAlertSource(tx bot.Tx, s Source) error
	// AlertSources lists the sources of a team.
	AlertSources(ctx context.Context, team string) ([]Source, error)
}
