package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/opportunity"
)

var _ opportunity.Book = (*Store)(nil)

type opportunityRow struct {
	header
	ID      string            `json:"id"`
	Seed    string            `json:"seed,omitempty"`
	Account string            `json:"account"`
	Owner   person            `json:"owner"`
	Values  map[string]string `json:"values,omitempty"` // the form's fields; contacts are personal data
	State   string            `json:"state"`
	Number  string            `json:"number,omitempty"`
	Notes   []noteRow         `json:"notes,omitempty"`
	Opened  time.Time         `json:"opened"`
	Since   time.Time         `json:"since,omitzero"`
	Changed time.Time         `json:"changed"`
}

type noteRow struct {
	By   person    `json:"by"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

func opportunityKey(team string, of bot.Account, id string) string {
	return key(famOpp, team, of.String(), id)
}

// PutOpportunity implements opportunity.Book.
func (s *Store) PutOpportunity(tx bot.Tx, o opportunity.Opportunity) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r opportunityRow
	k := opportunityKey(o.Team, o.Account, o.ID)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = opportunityRow{header: r.header, ID: o.ID, Seed: o.Seed, Account: o.Account.String(), Owner: person(o.Owner), State: o.State, Number: o.Number,
		Opened: o.Opened.UTC(), Since: o.Since.UTC(), Changed: o.Changed.UTC()}
	for field, v := range o.Values {
		if r.Values == nil {
			r.Values = map[string]string{}
		}
		r.Values[field] = clipText(v)
	}
	for _, n := range o.Notes {
		r.Notes = append(r.Notes, noteRow{By: person(n.By), At: n.At.UTC(), Text: clipText(n.Text)})
	}
	return save(own.kv, o.Team, k, &r, o.Changed.Add(keepOpp))
}

// OpportunityIn implements opportunity.Book.
func (s *Store) OpportunityIn(tx bot.Tx, team string, of bot.Account, id string) (opportunity.Opportunity, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return opportunity.Opportunity{}, false, err
	}
	return findOpportunity(own.kv, team, of, id)
}

// FindOpportunity implements opportunity.Book.
func (s *Store) FindOpportunity(ctx context.Context, team string, of bot.Account, id string) (opportunity.Opportunity, bool, error) {
	o, found, err := findOpportunity(s.reader(ctx), team, of, id)
	return o, found, wrap(err, "find opportunity")
}

func findOpportunity(rows getter, team string, of bot.Account, id string) (opportunity.Opportunity, bool, error) {
	var r opportunityRow
	found, err := load(rows, opportunityKey(team, of, id), &r)
	if err != nil || !found {
		return opportunity.Opportunity{}, false, err
	}
	return r.words(team), true, nil
}

func (r *opportunityRow) words(team string) opportunity.Opportunity {
	account, _ := bot.ParseAccount(r.Account)
	o := opportunity.Opportunity{Team: team, ID: r.ID, Seed: r.Seed, Account: account, Owner: bot.PersonID(r.Owner), Values: r.Values, State: r.State,
		Number: r.Number, Opened: r.Opened, Since: r.Since, Changed: r.Changed}
	for _, n := range r.Notes {
		o.Notes = append(o.Notes, opportunity.Note{By: bot.PersonID(n.By), At: n.At, Text: n.Text})
	}
	return o
}

// Opportunities implements opportunity.Book.
func (s *Store) Opportunities(ctx context.Context, team string, of bot.Account) ([]opportunity.Opportunity, error) {
	var list []opportunity.Opportunity
	for r, err := range rowsOf[opportunityRow](ctx, s, prefix(famOpp, team, of.String())) {
		if err != nil {
			return nil, fmt.Errorf("list opportunities: %w", err)
		}
		list = append(list, r.words(team))
	}
	return list, nil
}

// namelessOpportunity takes a person's name out of an opportunity. What it says
// of the customer is the company's.
func namelessOpportunity(tx kv.Tx, team, key string, who person) (bool, error) {
	var r opportunityRow
	found, err := load(tx, key, &r)
	if err != nil || !found {
		return false, err
	}
	changed := r.Owner == who
	if changed {
		r.Owner = person{}
	}
	for i := range r.Notes {
		if r.Notes[i].By == who {
			r.Notes[i].By, changed = person{}, true
		}
	}
	if !changed {
		return false, nil
	}
	return true, save(tx, team, key, &r, r.Expires)
}
