package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// A deadline lies under its account. When it is to be looked at stands in an
// index by time, so that a tick reads what is due and nothing else.

var _ remind.Book = (*Store)(nil)

type deadlineRow struct {
	header
	ID      string       `json:"id"`
	Seed    string       `json:"seed,omitempty"`
	Account string       `json:"account"`
	Source  string       `json:"source"`
	Kind    remind.Kind  `json:"kind"`
	Title   string       `json:"title,omitempty"`
	Due     string       `json:"due"` // YYYY-MM-DD
	End     time.Time    `json:"end"`
	Repeats string       `json:"repeats,omitempty"`
	Owner   person       `json:"owner,omitzero"`
	Deputy  person       `json:"deputy,omitzero"`
	Lang    lang.Tag     `json:"lang,omitempty"`
	State   remind.State `json:"state"`
	Link    string       `json:"link,omitempty"`
	Note    string       `json:"note,omitempty"`
	By      person       `json:"by,omitzero"`
	Snoozed string       `json:"snoozed,omitempty"`
	Lapsed  string       `json:"lapsed,omitempty"`
	Sent    []sentRow    `json:"sent,omitempty"`
	Listed  []listedRow  `json:"listed,omitempty"`
	Stale   bool         `json:"stale,omitempty"`
	Look    time.Time    `json:"look,omitzero"`
	Created time.Time    `json:"created"`
	Changed time.Time    `json:"changed"`
}

type sentRow struct {
	Rung int             `json:"rung"`
	To   remind.Audience `json:"to"`
	At   time.Time       `json:"at"`

	Reason remind.Reason `json:"reason,omitempty"`
	Nobody bool          `json:"nobody,omitempty"`
}

type listedRow struct {
	Person person `json:"person"`
	Day    string `json:"day"`
}

// dueRow is the value of the index.
type dueRow struct {
	header
	Account string `json:"account"`
	ID      string `json:"id"`
}

type digestRow struct {
	header
	Person person      `json:"person"`
	Day    string      `json:"day"`
	Lang   lang.Tag    `json:"lang,omitempty"`
	Part   int         `json:"part,omitempty"`
	Tick   time.Time   `json:"tick,omitzero"`
	Items  []digestOne `json:"items,omitempty"`
	More   int         `json:"more,omitempty"`
	Acked  time.Time   `json:"acked,omitzero"`
}

type digestOne struct {
	ID      string          `json:"id"`
	Account string          `json:"account"`
	Kind    remind.Kind     `json:"kind"`
	Title   string          `json:"title,omitempty"`
	Due     string          `json:"due"`
	Rung    int             `json:"rung"`
	To      remind.Audience `json:"to"`
	Owner   person          `json:"owner,omitzero"`
	State   remind.State    `json:"state"`
	Snoozed string          `json:"snoozed,omitempty"`
	At      time.Time       `json:"at,omitzero"`
}

type deadlineSourceRow struct {
	header
	Name string    `json:"name"`
	Read time.Time `json:"read,omitzero"`
	Fail time.Time `json:"fail,omitzero"`
	Told bool      `json:"told,omitempty"`
	Kept int       `json:"kept,omitempty"`
}

func deadlineKey(team string, of bot.Account, id string) string {
	return key(famDeadline, team, of.String(), id)
}

func deadlineDueKey(team, account, id string, at time.Time) string {
	return key(famDeadlineDue, team, timePart(at), account, id)
}

func digestKey(who bot.PersonID, day worktime.Date) string {
	return key(famDigest, who.Team, who.User, day.String())
}

// day reads what Date.String wrote; the zero date is written as nothing.
func day(s string) worktime.Date {
	d, _ := worktime.ParseDate(s)
	return d
}

// PutDeadline implements remind.Book.
func (s *Store) PutDeadline(tx bot.Tx, d remind.Deadline) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r deadlineRow
	k := deadlineKey(d.Team, d.Account, d.ID)
	account := d.Account.String()
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	if !r.Look.IsZero() && !r.Look.Equal(d.Look) {
		if err := own.kv.Delete(deadlineDueKey(d.Team, account, d.ID, r.Look)); err != nil {
			return err
		}
	}
	r = deadlineRow{header: r.header, ID: d.ID, Seed: d.Seed, Account: account, Source: d.Source, Kind: d.Kind, Title: clipText(d.Title), Due: d.Due.String(),
		End: d.End.UTC(), Repeats: d.Repeats, Owner: person(d.Owner), Deputy: person(d.Deputy), Lang: d.Lang, State: d.State, Link: d.Link, Note: clipText(d.Note),
		By: person(d.By), Snoozed: d.Snoozed.String(), Lapsed: d.Lapsed.String(), Stale: d.Stale, Look: d.Look.UTC(), Created: d.Created.UTC(), Changed: d.Changed.UTC()}
	for _, n := range d.Sent {
		r.Sent = append(r.Sent, sentRow{Rung: int(n.Rung), To: n.To, At: n.At.UTC(), Reason: n.Reason, Nobody: n.Nobody})
	}
	for _, l := range d.Listed {
		r.Listed = append(r.Listed, listedRow{Person: person(l.Person), Day: l.Day.String()})
	}
	var expires time.Time
	if d.State != remind.Open {
		expires = d.Changed.Add(keepDeadline)
	}
	if err := save(own.kv, d.Team, k, &r, expires); err != nil {
		return err
	}
	if d.Look.IsZero() {
		return nil
	}
	return save(own.kv, d.Team, deadlineDueKey(d.Team, account, d.ID, d.Look), &dueRow{Account: account, ID: d.ID}, time.Time{})
}

func (r *deadlineRow) words(team string) remind.Deadline {
	account, _ := bot.ParseAccount(r.Account)
	d := remind.Deadline{Team: team, Account: account, ID: r.ID, Seed: r.Seed, Source: r.Source, Kind: r.Kind, Title: r.Title, Due: day(r.Due), End: r.End,
		Repeats: r.Repeats, Owner: bot.PersonID(r.Owner), Deputy: bot.PersonID(r.Deputy), Lang: r.Lang, State: r.State, Link: r.Link, Note: r.Note, By: bot.PersonID(r.By),
		Snoozed: day(r.Snoozed), Lapsed: day(r.Lapsed), Stale: r.Stale, Look: r.Look, Created: r.Created, Changed: r.Changed}
	for _, n := range r.Sent {
		d.Sent = append(d.Sent, remind.Sent{Rung: remind.Rung(n.Rung), To: n.To, At: n.At, Reason: n.Reason, Nobody: n.Nobody})
	}
	for _, l := range r.Listed {
		d.Listed = append(d.Listed, remind.Listing{Person: bot.PersonID(l.Person), Day: day(l.Day)})
	}
	return d
}

// DeadlineIn implements remind.Book.
func (s *Store) DeadlineIn(tx bot.Tx, team string, of bot.Account, id string) (remind.Deadline, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return remind.Deadline{}, false, err
	}
	return findDeadline(own.kv, team, of, id)
}

// FindDeadline implements remind.Book.
func (s *Store) FindDeadline(ctx context.Context, team string, of bot.Account, id string) (remind.Deadline, bool, error) {
	d, found, err := findDeadline(s.reader(ctx), team, of, id)
	return d, found, wrap(err, "find deadline")
}

func findDeadline(rows getter, team string, of bot.Account, id string) (remind.Deadline, bool, error) {
	var r deadlineRow
	found, err := load(rows, deadlineKey(team, of, id), &r)
	if err != nil || !found {
		return remind.Deadline{}, false, err
	}
	return r.words(team), true, nil
}

// Deadlines implements remind.Book.
func (s *Store) Deadlines(ctx context.Context, team string, of bot.Account) ([]remind.Deadline, error) {
	var list []remind.Deadline
	for r, err := range rowsOf[deadlineRow](ctx, s, prefix(famDeadline, team, of.String())) {
		if err != nil {
			return nil, fmt.Errorf("list deadlines: %w", err)
		}
		list = append(list, r.words(team))
	}
	return list, nil
}

// DueDeadlines implements remind.Book.
func (s *Store) DueDeadlines(ctx context.Context, now time.Time, limit int) ([]remind.Deadline, error) {
	teams, err := s.teams(ctx, famDeadlineDue)
	if err != nil {
		return nil, fmt.Errorf("due deadlines: %w", err)
	}
	var list []remind.Deadline
	for _, team := range teams {
		r := kv.Range{Prefix: famDeadlineDue + "/" + team + "/", Limit: min(limit, kv.MaxPage)}
		r.Until = r.Prefix + timePart(now.Add(time.Nanosecond))
		for row, err := range kv.All(ctx, s.db, r) {
			if err != nil {
				return nil, fmt.Errorf("due deadlines: %w", err)
			}
			if len(list) >= limit {
				return list, nil
			}
			var at dueRow
			if err := decode(row.Key, row.Value, &at); err != nil {
				return nil, fmt.Errorf("due deadlines: %w", err)
			}
			account, _ := bot.ParseAccount(at.Account)
			d, found, err := findDeadline(s.reader(ctx), team, account, at.ID)
			if err != nil {
				return nil, fmt.Errorf("due deadlines: %w", err)
			}
			if found {
				list = append(list, d)
			}
		}
	}
	return list, nil
}

// PutDigest implements remind.Book.
func (s *Store) PutDigest(tx bot.Tx, g remind.Digest) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r digestRow
	k := digestKey(g.Person, g.Day)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = digestRow{header: r.header, Person: person(g.Person), Day: g.Day.String(), Lang: g.Lang, Part: g.Part, Tick: g.Tick.UTC(), More: g.More, Acked: g.Acked.UTC()}
	for _, i := range g.Items {
		r.Items = append(r.Items, digestOne{ID: i.ID, Account: i.Account.String(), Kind: i.Kind, Title: clipText(i.Title), Due: i.Due.String(), Rung: int(i.Rung),
			To: i.To, Owner: person(i.Owner), State: i.State, Snoozed: i.Snoozed.String(), At: i.At.UTC()})
	}
	return save(own.kv, g.Person.Team, k, &r, g.Day.At(0, time.UTC).Add(keepDigest))
}

// DigestIn implements remind.Book.
func (s *Store) DigestIn(tx bot.Tx, who bot.PersonID, day worktime.Date) (remind.Digest, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return remind.Digest{}, false, err
	}
	return findDigest(own.kv, who, day)
}

// FindDigest implements remind.Book.
func (s *Store) FindDigest(ctx context.Context, who bot.PersonID, day worktime.Date) (remind.Digest, bool, error) {
	g, found, err := findDigest(s.reader(ctx), who, day)
	return g, found, wrap(err, "find digest")
}

func findDigest(rows getter, who bot.PersonID, on worktime.Date) (remind.Digest, bool, error) {
	var r digestRow
	found, err := load(rows, digestKey(who, on), &r)
	if err != nil || !found {
		return remind.Digest{}, false, err
	}
	g := remind.Digest{Person: who, Day: on, Lang: r.Lang, Part: r.Part, Tick: r.Tick, More: r.More, Acked: r.Acked}
	for _, i := range r.Items {
		account, _ := bot.ParseAccount(i.Account)
		g.Items = append(g.Items, remind.Item{ID: i.ID, Account: account, Kind: i.Kind, Title: i.Title, Due: day(i.Due), Rung: remind.Rung(i.Rung), To: i.To,
			Owner: bot.PersonID(i.Owner), State: i.State, Snoozed: day(i.Snoozed), At: i.At})
	}
	return g, true, nil
}

// PutSource implements remind.Book.
func (s *Store) PutSource(tx bot.Tx, src remind.Source) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r deadlineSourceRow
	k := key(famDeadlineSource, src.Team, src.Name)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = deadlineSourceRow{header: r.header, Name: src.Name, Read: src.Read.UTC(), Fail: src.Fail.UTC(), Told: src.Told, Kept: src.Kept}
	return save(own.kv, src.Team, k, &r, time.Time{})
}

// SourceIn implements remind.Book.
func (s *Store) SourceIn(tx bot.Tx, team, name string) (remind.Source, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return remind.Source{}, false, err
	}
	return findSource(own.kv, team, name)
}

// FindSource implements remind.Book.
func (s *Store) FindSource(ctx context.Context, team, name string) (remind.Source, bool, error) {
	src, found, err := findSource(s.reader(ctx), team, name)
	return src, found, wrap(err, "find source")
}

func findSource(rows getter, team, name string) (remind.Source, bool, error) {
	var r deadlineSourceRow
	found, err := load(rows, key(famDeadlineSource, team, name), &r)
	return remind.Source{Team: team, Name: name, Read: r.Read, Fail: r.Fail, Told: r.Told, Kept: r.Kept}, found, err
}
