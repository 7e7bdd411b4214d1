package money

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
)

// Books are the rows that a transition of one operation reads and writes, as one
// transaction sees them. A transition returns changed copies.
type Books struct {
	Pool   Pool           // of the operation's source
	Days   map[string]Day // the operation's day and today, by date
	Lane   Lane           // of the operation's account and kind
	Frozen bool           // the account or the whole desk is frozen
}

// Pool is what operations hold of one source.
type Pool struct{ Draws []Draw }

// Draw is what one operation holds or has taken.
type Draw struct {
	Operation string
	Amount    partner.Fen
	Settled   time.Time // UTC; zero while it is on its way
}

// settledFor is how long a settled draw is remembered: a balance read before it
// was settled cannot be older than this when it is used.
const settledFor = time.Hour

// Held is what others hold of a source whose balance was read at a time: what is
// on its way, and what was settled since, as that balance does not show it yet.
func (p Pool) Held(but string, read time.Time) (sum partner.Fen) {
	for _, d := range p.Draws {
		if d.Operation != but && (d.Settled.IsZero() || !d.Settled.Before(read)) {
			sum += d.Amount
		}
	}
	return sum
}

func (p Pool) put(d Draw, now time.Time) Pool {
	p = p.drop(d.Operation)
	p.Draws = slices.DeleteFunc(p.Draws, func(d Draw) bool { return !d.Settled.IsZero() && now.Sub(d.Settled) > settledFor })
	p.Draws = append(p.Draws, d)
	return p
}

func (p Pool) drop(operation string) Pool {
	return Pool{slices.DeleteFunc(slices.Clone(p.Draws), func(d Draw) bool { return d.Operation == operation })}
}

// Day is what was asked for in one account's name on one Shanghai day and has
// not come to nothing.
type Day struct{ Entries map[string]Entry } // by operation

// Entry is one operation's share of a day.
type Entry struct {
	Person  string      // team/user of the requester
	Each    partner.Fen // for each party
	Total   partner.Fen
	Parties []string // fingerprints, see [fingerprint]
	Alone   bool
}

// What one account can have on a day, since its operations share a row, and what
// one source can have on its way.
const (
	MostADay    = 400  // operations
	MostSides   = 2000 // parties of them, together
	MostHolders = 800  // operations that hold of a source, or took a moment ago
)

func (d Day) put(id string, e Entry) Day {
	entries := maps.Clone(d.Entries)
	if entries == nil {
		entries = map[string]Entry{}
	}
	entries[id] = e
	return Day{entries}
}

func (d Day) drop(id string) Day {
	entries := maps.Clone(d.Entries)
	delete(entries, id)
	return Day{entries}
}

// Alone is what a person has moved or is moving without a second person, other
// than by one operation.
func (d Day) Alone(person bot.PersonID, but string) (sum partner.Fen) {
	for id, e := range d.Entries {
		if id != but && e.Alone && e.Person == person.String() {
			sum += e.Total
		}
	}
	return sum
}

// check holds the limits of the day against an operation that is not counted
// yet.
func (d Day) check(o Operation, p Policy) error {
	mine := o.entry()
	var day, person partner.Fen
	sides := len(mine.Parties)
	parties := map[string]partner.Fen{}
	for id, e := range d.Entries {
		if id == o.ID {
			continue
		}
		day += e.Total
		if e.Person == mine.Person {
			person += e.Total
		}
		for _, f := range e.Parties {
			parties[f] += e.Each
			sides++
		}
	}
	over := func(key string, limit, used partner.Fen) error {
		return bot.User(key, "limit", limit.String(), "left", max(limit-used, 0).String())
	}
	switch {
	case o.Total() > p.PerOperation:
		return over("money.no.per_operation", p.PerOperation, 0)
	case person+o.Total() > p.PerPerson:
		return over("money.no.per_person", p.PerPerson, person)
	case day+o.Total() > p.PerDay:
		return over("money.no.per_day", p.PerDay, day)
	case len(d.Entries) >= MostADay, sides > MostSides:
		return bot.User("money.no.too_many")
	}
	for _, f := range mine.Parties {
		if parties[f]+o.Amount > p.PerParty {
			return over("money.no.per_party", p.PerParty, parties[f])
		}
	}
	return nil
}

func (o Operation) entry() Entry {
	e := Entry{Person: o.Requester.String(), Each: o.Amount, Total: o.Total(), Alone: o.Alone}
	for _, p := range o.Parties {
		e.Parties = append(e.Parties, fingerprint(p.ID))
	}
	return e
}

// fingerprint stands for a party in rows that many operations share.
func fingerprint(party string) string {
	sum := sha256.Sum256([]byte(party))
	return hex.EncodeToString(sum[:8])
}

// Lane is what is being sent, or unknown, of one account and kind. Two
// operations with a party in common never are in it at the same time, so that a
// new record can be told to belong to the one that is.
type Lane struct{ Busy map[string]Passage } // by operation

// Passage is one operation in a lane.
type Passage struct {
	Parties []string // fingerprints
	Unknown bool
}

// Like finds an operation in the lane that shares a party with o.
func (l Lane) Like(o Operation) (id string, unknown, found bool) {
	mine := o.entry().Parties
	for _, id := range slices.Sorted(maps.Keys(l.Busy)) {
		p := l.Busy[id]
		if id != o.ID && slices.ContainsFunc(p.Parties, func(f string) bool { return slices.Contains(mine, f) }) {
			return id, p.Unknown, true
		}
	}
	return "", false, false
}

func (l Lane) put(o Operation, unknown bool) Lane {
	busy := maps.Clone(l.Busy)
	if busy == nil {
		busy = map[string]Passage{}
	}
	busy[o.ID] = Passage{Parties: o.entry().Parties, Unknown: unknown}
	return Lane{busy}
}

func (l Lane) drop(id string) Lane {
	busy := maps.Clone(l.Busy)
	delete(busy, id)
	return Lane{busy}
}

// reserve enters an operation into the day and the pool; release takes it out.
func (b Books) reserve(o Operation, now time.Time) (Operation, Books) {
	b.Days = maps.Clone(b.Days)
	if o.Day != "" && o.Day != DayOf(now) {
		b.Days[o.Day] = b.Days[o.Day].drop(o.ID)
	}
	o.Day = DayOf(now)
	if b.Days == nil {
		b.Days = map[string]Day{}
	}
	b.Days[o.Day] = b.Days[o.Day].put(o.ID, o.entry())
	b.Pool = b.Pool.put(Draw{Operation: o.ID, Amount: o.Total()}, now)
	return o, b
}

func (b Books) release(o Operation) (Operation, Books) {
	if o.Day != "" {
		b.Days = maps.Clone(b.Days)
		b.Days[o.Day] = b.Days[o.Day].drop(o.ID)
		b.Pool = b.Pool.drop(o.ID)
	}
	o.Day = ""
	b.Lane = b.Lane.drop(o.ID)
	return o, b
}
