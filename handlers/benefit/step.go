package benefit

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
)

// with adds a line to the history, and with it a revision.
func (b Benefit) with(c Change) Benefit {
	b.Rev++
	b.Changed = c.At.UTC()
	c.Rev, c.At = b.Rev, b.Changed
	history := append(slices.Clone(b.History), c)
	b.History = history[max(0, len(history)-MaxHistory):]
	return b
}

// Open is a new row with its values.
func (r Rule) Open(b Benefit, by bot.PersonID, what What, now time.Time) Benefit {
	if b.State == "" {
		b.State = r.First()
	}
	b.Opened, b.Since = now.UTC(), now.UTC()
	b.Values = maps.Clone(b.Values)
	return b.with(Change{By: by, At: now, What: what})
}

// Edit changes the values. Each field that changes is a line of the history;
// none of them means that nothing changed.
func (r Rule) Edit(b Benefit, values map[string]string, by bot.PersonID, now time.Time) Benefit {
	before := b.Values
	b.Values = maps.Clone(values)
	for _, f := range r.Fields {
		if from, to := before[f.ID], values[f.ID]; from != to {
			b = b.with(Change{By: by, At: now, What: Edited, Field: f.ID, From: from, To: to})
		}
	}
	return b
}

// Tick ticks a box, or takes the tick away.
func (r Rule) Tick(b Benefit, box string, on bool, by bot.PersonID, now time.Time) (Benefit, error) {
	if _, known := r.Box(box); !known {
		return b, bot.User("benefit.box.none", "id", b.ID)
	}
	if _, is := b.Ticked(box); is == on {
		return b, nil
	}
	what := Ticked
	b.Ticks = slices.DeleteFunc(slices.Clone(b.Ticks), func(t Tick) bool { return t.Box == box })
	if on {
		b.Ticks = append(b.Ticks, Tick{Box: box, By: by, At: now.UTC()})
	} else {
		what = Unticked
	}
	return b.with(Change{By: by, At: now, What: what, Field: box}), nil
}

// Move takes a row into a state that a person found it in. Only a step that the
// rule knows is one.
func (r Rule) Move(b Benefit, to string, by bot.PersonID, now time.Time) (Benefit, error) {
	from, _ := r.State(b.State)
	if !slices.Contains(from.Next, to) {
		return b, bot.User("benefit.no_step", "id", b.ID)
	}
	return r.into(b, to, Moved, by, now), nil
}

// Finish closes a row well.
func (r Rule) Finish(b Benefit, note string, by bot.PersonID, now time.Time) (Benefit, error) {
	if r.Ended(b) {
		return b, bot.User("benefit.already", "id", b.ID)
	}
	i := slices.IndexFunc(r.States, func(s State) bool { return s.End == Won })
	b = r.into(b, r.States[i].ID, Finished, by, now)
	if note != "" {
		b = b.with(Change{By: by, At: now, What: Noted, To: note})
	}
	return b, nil
}

// Reopen undoes the end of a row.
func (r Rule) Reopen(b Benefit, by bot.PersonID, now time.Time) (Benefit, error) {
	if !r.Ended(b) {
		return b, bot.User("benefit.open_already", "id", b.ID)
	}
	to := b.Before
	if _, known := r.State(to); !known {
		to = r.First()
	}
	return r.into(b, to, Reopened, by, now), nil
}

func (r Rule) into(b Benefit, to string, what What, by bot.PersonID, now time.Time) Benefit {
	from := b.State
	b.State, b.Since, b.Before = to, now.UTC(), ""
	if s, _ := r.State(to); s.End != "" {
		b.Before = from
	}
	return b.with(Change{By: by, At: now, What: what, From: from, To: to})
}

// Assign gives a row to somebody else.
func (b Benefit) Assign(to, by bot.PersonID, now time.Time) (Benefit, error) {
	if b.Owner == to {
		return b, bot.User("benefit.assign.same", "id", b.ID)
	}
	b.Owner = to
	return b.with(Change{By: by, At: now, What: Assigned, Who: to}), nil
}

// Note adds a remark.
func (b Benefit) Note(text string, by bot.PersonID, now time.Time) Benefit {
	return b.with(Change{By: by, At: now, What: Noted, To: text})
}

// Prove adds a link. Only a link of the web is one: it is shown to colleagues to
// be clicked.
func (b Benefit) Prove(link string, by bot.PersonID, now time.Time) (Benefit, error) {
	link = strings.Trim(strings.TrimSpace(link), "<>")
	link, _, _ = strings.Cut(link, "|") // a chat's way to write a link
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(link) > MaxURL || strings.ContainsAny(link, " \t\n\"") {
		return b, bot.User("benefit.evidence.bad", "id", b.ID)
	}
	if slices.ContainsFunc(b.Evidence, func(e Evidence) bool { return e.URL == link }) {
		return b, bot.User("benefit.evidence.twice", "id", b.ID)
	}
	if len(b.Evidence) >= MaxEvidence {
		return b, bot.User("benefit.evidence.many", "id", b.ID, "most", strconv.Itoa(MaxEvidence))
	}
	b.Evidence = append(slices.Clone(b.Evidence), Evidence{URL: link, By: by, At: now.UTC()})
	return b.with(Change{By: by, At: now, What: Evidenced, To: link}), nil
}

// WithCard notes who has a card.
func (b Benefit) WithCard(c Card) Benefit {
	b.Cards = slices.DeleteFunc(slices.Clone(b.Cards), func(x Card) bool { return x.Person == c.Person })
	b.Cards = append(b.Cards, c)
	b.Cards = b.Cards[max(0, len(b.Cards)-MaxCards):]
	return b
}
