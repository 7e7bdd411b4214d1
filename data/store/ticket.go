package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

// A ticket lies under its account, so that no list reaches into another one. Its
// id, which people type, leads there through an index.

var _ ticket.Book = (*Store)(nil)

type ticketRow struct {
	header
	ID         string         `json:"id"`
	Seed       string         `json:"seed,omitempty"`
	Account    string         `json:"account"`
	Requester  person         `json:"requester"`
	Lang       lang.Tag       `json:"lang,omitempty"`
	Place      place          `json:"place,omitzero"`
	What       string         `json:"what,omitempty"`
	Customer   string         `json:"customer,omitempty"`
	Details    string         `json:"details,omitempty"`
	Urgency    ticket.Urgency `json:"urgency,omitempty"`
	State      ticket.State   `json:"state"`
	Owner      person         `json:"owner,omitzero"`
	Opened     time.Time      `json:"opened"`
	Due        time.Time      `json:"due,omitzero"`
	Changed    time.Time      `json:"changed"`
	Nudged     bool           `json:"nudged,omitempty"`
	Works      int            `json:"works,omitempty"`
	Doubt      ticket.Kind    `json:"doubt,omitempty"`
	Fault      string         `json:"fault,omitempty"`
	Case       string         `json:"case,omitempty"`
	CaseStatus int            `json:"case_status,omitempty"`
	Polled     bool           `json:"polled,omitempty"`
	Seen       []string       `json:"seen,omitempty"`
	Urged      time.Time      `json:"urged,omitzero"`
}

// ticketIDRow leads from an id, or from a case that is being watched, to the
// account.
type ticketIDRow struct {
	header
	ID      string `json:"id"`
	Account string `json:"account"`
}

type caseWorkRow struct {
	header
	Ticket  string          `json:"ticket"`
	Number  int             `json:"number"`
	Account string          `json:"account"`
	Kind    ticket.Kind     `json:"kind"`
	By      person          `json:"by"`
	Lang    lang.Tag        `json:"lang,omitempty"`
	Request caseRequest     `json:"request,omitzero"`
	Text    string          `json:"text,omitempty"`
	State   ticket.Progress `json:"state"`
	Created time.Time       `json:"created"`
	Started time.Time       `json:"started,omitzero"`
	Looks   int             `json:"looks,omitempty"`
	Looked  time.Time       `json:"looked,omitzero"`
}

type caseRequest struct {
	Problem     string            `json:"problem,omitempty"`
	Category    string            `json:"category,omitempty"`
	Product     string            `json:"product,omitempty"`
	Region      string            `json:"region,omitempty"`
	Severity    string            `json:"severity,omitempty"`
	Description string            `json:"description,omitempty"`
	Extras      map[string]string `json:"extras,omitempty"`
}

func ticketKey(team, account, id string) string { return key(famTicket, team, account, id) }

func ticketDueKey(team string, due time.Time, id string) string {
	return key(famTicketDue, team, timePart(due), id)
}

func caseWorkKey(team, id string, number int) string {
	return key(famCaseWork, team, id, numberPart(uint64(max(number, 0))))
}

// TicketIn implements ticket.Book.
func (s *Store) TicketIn(tx bot.Tx, team, id string) (ticket.Ticket, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return ticket.Ticket{}, false, err
	}
	return findTicket(own.kv, team, id)
}

// FindTicket implements ticket.Book.
func (s *Store) FindTicket(ctx context.Context, team, id string) (ticket.Ticket, bool, error) {
	t, found, err := findTicket(s.reader(ctx), team, id)
	if err != nil {
		return t, false, fmt.Errorf("find ticket: %w", err)
	}
	return t, found, nil
}

func findTicket(rows getter, team, id string) (ticket.Ticket, bool, error) {
	var at ticketIDRow
	if found, err := load(rows, key(famTicketID, team, id), &at); err != nil || !found {
		return ticket.Ticket{}, false, err
	}
	var r ticketRow
	found, err := load(rows, ticketKey(team, at.Account, id), &r)
	if err != nil || !found {
		return ticket.Ticket{}, false, err
	}
	return r.words(team), true, nil
}

// PutTicket implements ticket.Book.
func (s *Store) PutTicket(tx bot.Tx, t ticket.Ticket) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var expires time.Time
	switch t.State {
	case ticket.Draft:
		expires = t.Changed.Add(keepDraft)
	case ticket.Closed:
		expires = t.Changed.Add(keepTicket)
	}
	account := t.Account.String()
	var r ticketRow
	k := ticketKey(t.Team, account, t.ID)
	found, err := load(own.kv, k, &r)
	if err != nil {
		return err
	}
	if found {
		if err := own.kv.Delete(ticketDueKey(t.Team, r.Due, t.ID)); err != nil {
			return err
		}
	}
	if t.State == ticket.Open && !t.Nudged {
		if err := own.kv.Put(ticketDueKey(t.Team, t.Due, t.ID), []byte(t.ID)); err != nil {
			return err
		}
	}
	r = ticketRow{header: r.header, ID: t.ID, Seed: t.Seed, Account: account, Requester: person(t.Requester), Lang: t.Lang, Place: place(t.Place),
		What: clipText(t.What), Customer: clipText(t.Customer), Details: clipText(t.Details), Urgency: t.Urgency, State: t.State, Owner: person(t.Owner),
		Opened: t.Opened.UTC(), Due: t.Due.UTC(), Changed: t.Changed.UTC(), Nudged: t.Nudged, Works: t.Works, Doubt: t.Doubt, Fault: t.Fault,
		Case: t.Case, CaseStatus: int(t.CaseStatus), Polled: t.Polled, Seen: t.Seen, Urged: t.Urged.UTC()}
	if err := save(own.kv, t.Team, k, &r, expires); err != nil {
		return err
	}
	at := ticketIDRow{ID: t.ID, Account: account}
	k = key(famTicketID, t.Team, t.ID)
	if _, err := load(own.kv, k, &at); err != nil {
		return err
	}
	if err := save(own.kv, t.Team, k, &at, expires); err != nil {
		return err
	}
	live := key(famCaseLive, t.Team, t.ID)
	if !t.Live() {
		return own.kv.Delete(live)
	}
	return save(own.kv, t.Team, live, &ticketIDRow{ID: t.ID, Account: account}, time.Time{})
}

// words are the ticket behind a row. Its account was written by PutTicket.
func (r *ticketRow) words(team string) ticket.Ticket {
	account, _ := bot.ParseAccount(r.Account)
	return ticket.Ticket{Team: team, ID: r.ID, Seed: r.Seed, Account: account, Requester: bot.PersonID(r.Requester), Lang: r.Lang, Place: bot.Place(r.Place),
		What: r.What, Customer: r.Customer, Details: r.Details, Urgency: r.Urgency, State: r.State, Owner: bot.PersonID(r.Owner),
		Opened: r.Opened, Due: r.Due, Changed: r.Changed, Nudged: r.Nudged, Works: r.Works, Doubt: r.Doubt, Fault: r.Fault,
		Case: r.Case, CaseStatus: partner.CaseStatus(r.CaseStatus), Polled: r.Polled, Seen: r.Seen, Urged: r.Urged}
}

// namelessTicket takes a person out of a ticket: the words with the requester,
// the name alone with the owner.
func namelessTicket(tx kv.Tx, team, key string, who person) (bool, error) {
	var r ticketRow
	found, err := load(tx, key, &r)
	if err != nil || !found || r.Requester != who && r.Owner != who {
		return false, err
	}
	if r.Requester == who {
		r.Requester, r.Place, r.What, r.Customer, r.Details = person{}, place{}, "", "", ""
	}
	if r.Owner == who {
		r.Owner = person{}
	}
	return true, save(tx, team, key, &r, r.Expires)
}

// Tickets implements ticket.Book.
func (s *Store) Tickets(ctx context.Context, team string, of bot.Account) ([]ticket.Ticket, error) {
	return s.tickets(ctx, team, prefix(famTicket, team, of.String()))
}

// EveryTicket implements ticket.Book.
func (s *Store) EveryTicket(ctx context.Context, team string) ([]ticket.Ticket, error) {
	return s.tickets(ctx, team, prefix(famTicket, team))
}

func (s *Store) tickets(ctx context.Context, team, prefix string) ([]ticket.Ticket, error) {
	var list []ticket.Ticket
	for r, err := range rowsOf[ticketRow](ctx, s, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list tickets: %w", err)
		}
		list = append(list, r.words(team))
	}
	return list, nil
}

// UnclaimedTickets implements ticket.Book.
func (s *Store) UnclaimedTickets(ctx context.Context, now time.Time) ([]ticket.Ticket, error) {
	teams, err := s.teams(ctx, famTicketDue)
	if err != nil {
		return nil, fmt.Errorf("list unclaimed tickets: %w", err)
	}
	var list []ticket.Ticket
	for _, team := range teams {
		prefix := famTicketDue + "/" + team + "/"
		for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: prefix, Until: prefix + timePart(now)}) {
			if err != nil {
				return nil, fmt.Errorf("list unclaimed tickets: %w", err)
			}
			t, found, err := findTicket(s.reader(ctx), team, string(row.Value))
			if err != nil {
				return nil, fmt.Errorf("list unclaimed tickets: %w", err)
			}
			if found && t.Nudge(now) {
				list = append(list, t)
			}
		}
	}
	return list, nil
}

// LiveCases implements ticket.Book.
func (s *Store) LiveCases(ctx context.Context) ([]ticket.Ticket, error) {
	var list []ticket.Ticket
	err := s.eachTeam(ctx, famCaseLive, func(team string, row kv.Row) error {
		var at ticketIDRow
		if err := decode(row.Key, row.Value, &at); err != nil {
			return err
		}
		var r ticketRow
		found, err := load(s.reader(ctx), ticketKey(team, at.Account, at.ID), &r)
		if err == nil && found {
			list = append(list, r.words(team))
		}
		return err
	})
	return list, wrap(err, "list live cases")
}

// CaseWorks implements ticket.Book.
func (s *Store) CaseWorks(ctx context.Context) ([]ticket.Work, error) {
	var list []ticket.Work
	err := s.eachTeam(ctx, famCaseWork, func(team string, row kv.Row) error {
		var r caseWorkRow
		if err := decode(row.Key, row.Value, &r); err != nil {
			return err
		}
		list = append(list, r.words(team))
		return nil
	})
	return list, wrap(err, "list case works")
}

// CaseWorkChanged gives a hint that there is work for the partner center. It may stay
// silent and may cry wolf.
func (s *Store) CaseWorkChanged(ctx context.Context) <-chan struct{} {
	return s.nudge(ctx, famCaseWork)
}

// PutCaseWork implements ticket.Book.
func (s *Store) PutCaseWork(tx bot.Tx, w ticket.Work) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r caseWorkRow
	k := caseWorkKey(w.Team, w.Ticket, w.Number)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	q := w.Request
	r = caseWorkRow{header: r.header, Ticket: w.Ticket, Number: w.Number, Account: w.Account.String(), Kind: w.Kind, By: person(w.By), Lang: w.Lang,
		Request: caseRequest{Problem: q.ProblemID, Category: q.CategoryID, Product: q.ProductID, Region: q.RegionID, Severity: q.SeverityID,
			Description: q.Description, Extras: q.Extras},
		Text: clipText(w.Text), State: w.State, Created: w.Created.UTC(), Started: w.Started.UTC(), Looks: w.Looks, Looked: w.Looked.UTC()}
	return save(own.kv, w.Team, k, &r, time.Time{})
}

func (r *caseWorkRow) words(team string) ticket.Work {
	account, _ := bot.ParseAccount(r.Account)
	return ticket.Work{Team: team, Ticket: r.Ticket, Number: r.Number, Account: account, Kind: r.Kind, By: bot.PersonID(r.By), Lang: r.Lang,
		Request: partner.CaseRequest{ProblemID: r.Request.Problem, CategoryID: r.Request.Category, ProductID: r.Request.Product, RegionID: r.Request.Region,
			SeverityID: r.Request.Severity, Description: r.Request.Description, Extras: r.Request.Extras},
		Text: r.Text, State: r.State, Created: r.Created, Started: r.Started, Looks: r.Looks, Looked: r.Looked}
}

// CaseWorkIn implements ticket.Book.
func (s *Store) CaseWorkIn(tx bot.Tx, team, id string, number int) (ticket.Work, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return ticket.Work{}, false, err
	}
	var r caseWorkRow
	found, err := load(own.kv, caseWorkKey(team, id, number), &r)
	if err != nil || !found {
		return ticket.Work{}, false, err
	}
	return r.words(team), true, nil
}

// DropCaseWork implements ticket.Book.
func (s *Store) DropCaseWork(tx bot.Tx, w ticket.Work) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	return own.kv.Delete(caseWorkKey(w.Team, w.Ticket, w.Number))
}

// eachTeam walks the rows of a family, team by team.
func (s *Store) eachTeam(ctx context.Context, family string, do func(team string, row kv.Row) error) error {
	teams, err := s.teams(ctx, family)
	if err != nil {
		return err
	}
	for _, team := range teams {
		for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: family + "/" + team + "/"}) {
			if err != nil {
				return err
			}
			if err := do(team, row); err != nil {
				return err
			}
		}
	}
	return nil
}
