package store

import (
	"context"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/alert"
)

// An alert group is one row: what is true of a kind, what was told of it, and
// what people did about it change together.

var _ alert.Book = (*Store)(nil)

type alertRow struct {
	header
	Kind    alert.Kind   `json:"kind"`
	Items   []alertItem  `json:"items,omitempty"`
	Beyond  int          `json:"beyond,omitempty"`
	Since   time.Time    `json:"since,omitzero"`
	Firing  bool         `json:"firing,omitempty"`
	Part    int          `json:"part,omitempty"`
	Readers []person     `json:"readers,omitempty"`
	Noticed time.Time    `json:"noticed,omitzero"`
	Acked   alertHand    `json:"acked,omitzero"`
	Muted   alertHand    `json:"muted,omitzero"`
	Owner   person       `json:"owner,omitzero"`
	Held    alert.Reason `json:"held,omitempty"`
	Log     []alertEvent `json:"log,omitempty"`
}

type alertItem struct {
	Object string    `json:"object"`
	Args   []string  `json:"args,omitempty"`
	Since  time.Time `json:"since"`
	Told   bool      `json:"told,omitempty"`
	Shown  bool      `json:"shown,omitempty"`
}

type alertHand struct {
	By    person    `json:"by,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

type alertEvent struct {
	At    time.Time `json:"at"`
	What  string    `json:"what"`
	By    person    `json:"by,omitzero"`
	Count int       `json:"count,omitempty"`
}

type alertSourceRow struct {
	header
	Name string    `json:"name"`
	Read time.Time `json:"read,omitzero"`
	Fail time.Time `json:"fail,omitzero"`
	Next time.Time `json:"next,omitzero"`
}

func alertKey(team string, k alert.Kind) string { return key(famAlert, team, string(k)) }

// PutAlert implements alert.Book.
func (s *Store) PutAlert(tx bot.Tx, g alert.Group) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r alertRow
	k := alertKey(g.Team, g.Kind)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = alertRow{header: r.header, Kind: g.Kind, Beyond: g.Beyond, Since: g.Since.UTC(), Firing: g.Firing, Part: g.Part, Noticed: g.Noticed.UTC(),
		Acked: toHand(g.Acked), Muted: toHand(g.Muted), Owner: person(g.Owner), Held: g.Held}
	for _, i := range g.Items {
		item := alertItem{Object: clipText(i.Object), Since: i.Since.UTC(), Told: i.Told, Shown: i.Shown}
		for _, a := range i.Args {
			item.Args = append(item.Args, clipRunes(a, maxAlertArg))
		}
		r.Items = append(r.Items, item)
	}
	for _, p := range g.Readers {
		r.Readers = append(r.Readers, person(p))
	}
	for _, e := range g.Log {
		r.Log = append(r.Log, alertEvent{At: e.At.UTC(), What: e.What, By: person(e.By), Count: e.Count})
	}
	return save(own.kv, g.Team, k, &r, time.Time{})
}

// maxAlertArg keeps the row of a full group within what a row may weigh, in runes.
const maxAlertArg = 40

func clipRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

func toHand(h alert.Hand) alertHand { return alertHand{By: person(h.By), Until: h.Until.UTC()} }

func (h alertHand) words() alert.Hand { return alert.Hand{By: bot.PersonID(h.By), Until: h.Until} }

func (r *alertRow) words(team string) alert.Group {
	g := alert.Group{Team: team, Kind: r.Kind, Beyond: r.Beyond, Since: r.Since, Firing: r.Firing, Part: r.Part, Noticed: r.Noticed,
		Acked: r.Acked.words(), Muted: r.Muted.words(), Owner: bot.PersonID(r.Owner), Held: r.Held}
	for _, i := range r.Items {
		g.Items = append(g.Items, alert.Item{Object: i.Object, Args: i.Args, Since: i.Since, Told: i.Told, Shown: i.Shown})
	}
	for _, p := range r.Readers {
		g.Readers = append(g.Readers, bot.PersonID(p))
	}
	for _, e := range r.Log {
		g.Log = append(g.Log, alert.Event{At: e.At, What: e.What, By: bot.PersonID(e.By), Count: e.Count})
	}
	return g
}

// AlertIn implements alert.Book.
func (s *Store) AlertIn(tx bot.Tx, team string, k alert.Kind) (alert.Group, error) {
	own, err := s.within(tx)
	if err != nil {
		return alert.Group{}, err
	}
	r := alertRow{Kind: k}
	_, err = load(own.kv, alertKey(team, k), &r)
	return r.words(team), err
}

// Alerts implements alert.Book.
func (s *Store) Alerts(ctx context.Context, team string) ([]alert.Group, error) {
	var list []alert.Group
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: prefix(famAlert, team), Limit: kv.MaxPage}) {
		var r alertRow
		if err == nil {
			err = decode(row.Key, row.Value, &r)
		}
		if err != nil {
			return nil, wrap(err, "list alerts")
		}
		list = append(list, r.words(team))
	}
	return list, nil
}

// PutAlertSource implements alert.Book.
func (s *Store) PutAlertSource(tx bot.Tx, src alert.Source) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r alertSourceRow
	k := key(famAlertSource, src.Team, src.Name)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = alertSourceRow{header: r.header, Name: src.Name, Read: src.Read.UTC(), Fail: src.Fail.UTC(), Next: src.Next.UTC()}
	return save(own.kv, src.Team, k, &r, time.Time{})
}

// AlertSourceIn implements alert.Book.
func (s *Store) AlertSourceIn(tx bot.Tx, team, name string) (alert.Source, error) {
	own, err := s.within(tx)
	if err != nil {
		return alert.Source{}, err
	}
	r := alertSourceRow{Name: name}
	_, err = load(own.kv, key(famAlertSource, team, name), &r)
	return r.words(team), err
}

func (r *alertSourceRow) words(team string) alert.Source {
	return alert.Source{Team: team, Name: r.Name, Read: r.Read, Fail: r.Fail, Next: r.Next}
}

// AlertSources implements alert.Book.
func (s *Store) AlertSources(ctx context.Context, team string) ([]alert.Source, error) {
	var list []alert.Source
	for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: prefix(famAlertSource, team), Limit: kv.MaxPage}) {
		var r alertSourceRow
		if err == nil {
			err = decode(row.Key, row.Value, &r)
		}
		if err != nil {
			return nil, wrap(err, "list sources of alerts")
		}
		list = append(list, r.words(team))
	}
	return list, nil
}

func namelessAlert(tx kv.Tx, team, key string, who person) (bool, error) {
	var r alertRow
	found, err := load(tx, key, &r)
	if err != nil || !found {
		return false, err
	}
	changed := false
	names := []*person{&r.Owner, &r.Acked.By, &r.Muted.By}
	for i := range r.Log {
		names = append(names, &r.Log[i].By)
	}
	for _, of := range names {
		if *of == who {
			*of, changed = person{}, true
		}
	}
	readers := slices.DeleteFunc(slices.Clone(r.Readers), func(p person) bool { return p == who })
	if !changed && len(readers) == len(r.Readers) {
		return false, nil
	}
	r.Readers = readers
	return true, save(tx, team, key, &r, r.Expires)
}
