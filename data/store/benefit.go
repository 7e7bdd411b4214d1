package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/partner"
)

// A row of the benefit register lies under its account and stays while it is
// open. A table that waits to be imported is one row: the draft.

var _ benefit.Book = (*Store)(nil)

type benefitRow struct {
	header
	ID       string               `json:"id"`
	Seed     string               `json:"seed,omitempty"`
	Account  string               `json:"account"`
	Kind     benefit.Kind         `json:"kind"`
	Owner    person               `json:"owner,omitzero"`
	Values   map[string]string    `json:"values,omitempty"` // names of customers and holders, amounts
	State    string               `json:"state"`
	Before   string               `json:"before,omitempty"`
	Ticks    []benefitTickRow     `json:"ticks,omitempty"`
	Counts   []benefitCountRow    `json:"counts,omitempty"`
	Evidence []benefitEvidenceRow `json:"evidence,omitempty"`
	History  []benefitChangeRow   `json:"history,omitempty"`
	Cards    []benefitCardRow     `json:"cards,omitempty"`
	Rev      int                  `json:"rev"`
	Opened   time.Time            `json:"opened,omitzero"`
	Since    time.Time            `json:"since,omitzero"`
	Changed  time.Time            `json:"changed,omitzero"`
}

type benefitTickRow struct {
	Box string    `json:"box"`
	By  person    `json:"by,omitzero"`
	At  time.Time `json:"at,omitzero"`
}

type benefitCountRow struct {
	Use    bool        `json:"use,omitempty"`
	Amount partner.Fen `json:"amount"`
	Note   string      `json:"note,omitempty"`
	By     person      `json:"by,omitzero"`
	At     time.Time   `json:"at,omitzero"`
	Seed   string      `json:"seed,omitempty"`
	Void   bool        `json:"void,omitempty"`
}

type benefitEvidenceRow struct {
	URL string    `json:"url"`
	By  person    `json:"by,omitzero"`
	At  time.Time `json:"at,omitzero"`
}

type benefitChangeRow struct {
	Rev   int          `json:"rev,omitempty"`
	By    person       `json:"by,omitzero"`
	At    time.Time    `json:"at,omitzero"`
	What  benefit.What `json:"what"`
	Field string       `json:"field,omitempty"`
	From  string       `json:"from,omitempty"`
	To    string       `json:"to,omitempty"`
	Who   person       `json:"who,omitzero"`
}

type benefitCardRow struct {
	Person person   `json:"person"`
	Lang   lang.Tag `json:"lang,omitempty"`
}

type benefitDraftRow struct {
	header
	ID      string       `json:"id"`
	Account string       `json:"account"`
	Person  person       `json:"person,omitzero"`
	Rows    []benefitRow `json:"rows,omitempty"`
	At      time.Time    `json:"at"`
	Taken   int          `json:"taken,omitempty"`
}

func benefitKey(team string, of bot.Account, id string) string {
	return key(famBenefit, team, of.String(), id)
}

func benefitRowOf(b benefit.Benefit) benefitRow {
	r := benefitRow{ID: b.ID, Seed: b.Seed, Account: b.Account.String(), Kind: b.Kind, Owner: person(b.Owner), State: b.State, Before: b.Before, Rev: b.Rev,
		Opened: b.Opened.UTC(), Since: b.Since.UTC(), Changed: b.Changed.UTC()}
	for field, v := range b.Values {
		if r.Values == nil {
			r.Values = map[string]string{}
		}
		r.Values[field] = clipText(v)
	}
	for _, t := range b.Ticks {
		r.Ticks = append(r.Ticks, benefitTickRow{Box: t.Box, By: person(t.By), At: t.At.UTC()})
	}
	for _, c := range b.Counts {
		r.Counts = append(r.Counts, benefitCountRow{Use: c.Use, Amount: c.Amount, Note: clipText(c.Note), By: person(c.By), At: c.At.UTC(), Seed: c.Seed, Void: c.Void})
	}
	for _, e := range b.Evidence {
		r.Evidence = append(r.Evidence, benefitEvidenceRow{URL: e.URL, By: person(e.By), At: e.At.UTC()})
	}
	for _, c := range b.History {
		r.History = append(r.History, benefitChangeRow{Rev: c.Rev, By: person(c.By), At: c.At.UTC(), What: c.What, Field: c.Field, From: clipText(c.From), To: clipText(c.To), Who: person(c.Who)})
	}
	for _, c := range b.Cards {
		r.Cards = append(r.Cards, benefitCardRow{Person: person(c.Person), Lang: c.Lang})
	}
	return r
}

func (r *benefitRow) words(team string) benefit.Benefit {
	account, _ := bot.ParseAccount(r.Account)
	b := benefit.Benefit{Team: team, Account: account, ID: r.ID, Seed: r.Seed, Kind: r.Kind, Owner: bot.PersonID(r.Owner), Values: r.Values, State: r.State,
		Before: r.Before, Rev: r.Rev, Opened: r.Opened, Since: r.Since, Changed: r.Changed}
	for _, t := range r.Ticks {
		b.Ticks = append(b.Ticks, benefit.Tick{Box: t.Box, By: bot.PersonID(t.By), At: t.At})
	}
	for _, c := range r.Counts {
		b.Counts = append(b.Counts, benefit.Count{Use: c.Use, Amount: c.Amount, Note: c.Note, By: bot.PersonID(c.By), At: c.At, Seed: c.Seed, Void: c.Void})
	}
	for _, e := range r.Evidence {
		b.Evidence = append(b.Evidence, benefit.Evidence{URL: e.URL, By: bot.PersonID(e.By), At: e.At})
	}
	for _, c := range r.History {
		b.History = append(b.History, benefit.Change{Rev: c.Rev, By: bot.PersonID(c.By), At: c.At, What: c.What, Field: c.Field, From: c.From, To: c.To, Who: bot.PersonID(c.Who)})
	}
	for _, c := range r.Cards {
		b.Cards = append(b.Cards, benefit.Card{Person: bot.PersonID(c.Person), Lang: c.Lang})
	}
	return b
}

// PutBenefit implements benefit.Book. A row that is over goes some time after
// its last change; an open one stays.
func (s *Store) PutBenefit(tx bot.Tx, b benefit.Benefit) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r benefitRow
	k := benefitKey(b.Team, b.Account, b.ID)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	head := r.header
	r = benefitRowOf(b)
	r.header = head
	var expires time.Time
	if b.Before != "" {
		expires = b.Changed.Add(keepBenefit)
	}
	return save(own.kv, b.Team, k, &r, expires)
}

// BenefitIn implements benefit.Book.
func (s *Store) BenefitIn(tx bot.Tx, team string, of bot.Account, id string) (benefit.Benefit, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return benefit.Benefit{}, false, err
	}
	return findBenefit(own.kv, team, of, id)
}

// FindBenefit implements benefit.Book.
func (s *Store) FindBenefit(ctx context.Context, team string, of bot.Account, id string) (benefit.Benefit, bool, error) {
	b, found, err := findBenefit(s.reader(ctx), team, of, id)
	return b, found, wrap(err, "find benefit")
}

func findBenefit(rows getter, team string, of bot.Account, id string) (benefit.Benefit, bool, error) {
	var r benefitRow
	found, err := load(rows, benefitKey(team, of, id), &r)
	if err != nil || !found {
		return benefit.Benefit{}, false, err
	}
	return r.words(team), true, nil
}

// Benefits implements benefit.Book.
func (s *Store) Benefits(ctx context.Context, team string, of bot.Account) ([]benefit.Benefit, error) {
	var list []benefit.Benefit
	for r, err := range rowsOf[benefitRow](ctx, s, prefix(famBenefit, team, of.String())) {
		if err != nil {
			return nil, fmt.Errorf("list benefits: %w", err)
		}
		list = append(list, r.words(team))
	}
	return list, nil
}

// PutDraft implements benefit.Book.
func (s *Store) PutDraft(tx bot.Tx, d benefit.Draft) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r benefitDraftRow
	k := key(famBenefitDraft, d.Team, d.Account.String(), d.ID)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = benefitDraftRow{header: r.header, ID: d.ID, Account: d.Account.String(), Person: person(d.Person), At: d.At.UTC(), Taken: d.Taken}
	for _, b := range d.Rows {
		r.Rows = append(r.Rows, benefitRowOf(b))
	}
	return save(own.kv, d.Team, k, &r, d.At.Add(keepDraft))
}

// DraftIn implements benefit.Book.
func (s *Store) DraftIn(tx bot.Tx, team string, of bot.Account, id string) (benefit.Draft, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return benefit.Draft{}, false, err
	}
	var r benefitDraftRow
	found, err := load(own.kv, key(famBenefitDraft, team, of.String(), id), &r)
	if err != nil || !found {
		return benefit.Draft{}, false, err
	}
	d := benefit.Draft{Team: team, Account: of, ID: r.ID, Person: bot.PersonID(r.Person), At: r.At, Taken: r.Taken}
	for i := range r.Rows {
		b := r.Rows[i].words(team)
		b.Account = of
		d.Rows = append(d.Rows, b)
	}
	return d, true, nil
}

// namelessBenefit takes a person's name out of a row of the register. What it
// says of customers and amounts is the company's.
func namelessBenefit(tx kv.Tx, team, key string, who person) (bool, error) {
	var r benefitRow
	found, err := load(tx, key, &r)
	if err != nil || !found {
		return false, err
	}
	named := []*person{&r.Owner}
	for i := range r.Ticks {
		named = append(named, &r.Ticks[i].By)
	}
	for i := range r.Counts {
		named = append(named, &r.Counts[i].By)
	}
	for i := range r.Evidence {
		named = append(named, &r.Evidence[i].By)
	}
	for i := range r.History {
		named = append(named, &r.History[i].By, &r.History[i].Who)
	}
	changed := false
	for _, p := range named {
		if *p == who {
			*p, changed = person{}, true
		}
	}
	cards := slices.DeleteFunc(slices.Clone(r.Cards), func(c benefitCardRow) bool { return c.Person == who })
	if !changed && len(cards) == len(r.Cards) {
		return false, nil
	}
	r.Cards = cards
	return true, save(tx, team, key, &r, r.Expires)
}
