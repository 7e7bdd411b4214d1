package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// A request lies under the account that asks, so that no list of a reseller's
// reaches into another one. One that moved something stays as long as its
// operation does; the others go after a while.

const (
	famRequest     = "money-request"
	famRequestID   = "money-request-id"
	famRequestLive = "money-request-live"
	famWishes      = "money-wishes"
)

// keepRequest is how long a request is kept by which nothing moved.
const keepRequest = 400 * 24 * time.Hour

func requestFamilies() []Family {
	return []Family{
		{famRequest, "team/account/request", "what a reseller asks of the distributor, who asked and who decided with which roles, the operation that carries it out", "as long as the operation; 400 days when nothing moved"},
		{famRequestID, "team/request", "index: the account of a request", "like money-request"},
		{famRequestLive, "team/request", "index: requests a worker has to look at", "until it has not"},
		{famWishes, "team/account", "what an account has asked for and nobody has decided about", "for ever"},
	}
}

type requestRow struct {
	header
	ID             string      `json:"id"`
	Rev            int         `json:"rev"`
	Seed           string      `json:"seed,omitempty"`
	Kind           money.Kind  `json:"kind"`
	Account        string      `json:"account"`
	Name           string      `json:"name,omitempty"`
	Amount         int64       `json:"amount"` // fen
	Flexi          bool        `json:"flexi,omitempty"`
	Reason         string      `json:"reason,omitempty"`
	Requester      person      `json:"requester,omitzero"`
	RequesterRoles []bot.Role  `json:"requester_roles,omitempty"`
	RequesterFrom  []string    `json:"requester_from,omitempty"`
	Lang           lang.Tag    `json:"lang,omitempty"`
	Place          place       `json:"place,omitzero"`
	CouldApprove   int         `json:"could_approve,omitempty"`
	Decider        person      `json:"decider,omitzero"`
	DeciderRoles   []bot.Role  `json:"decider_roles,omitempty"`
	DeciderFrom    []string    `json:"decider_from,omitempty"`
	DeciderLang    lang.Tag    `json:"decider_lang,omitempty"`
	Decided        time.Time   `json:"decided,omitzero"`
	Why            string      `json:"why,omitempty"`
	Operation      string      `json:"operation,omitempty"`
	State          money.State `json:"state"`
	Fault          string      `json:"fault,omitempty"`
	Created        time.Time   `json:"created"`
	Changed        time.Time   `json:"changed"`
	Submitted      time.Time   `json:"submitted,omitzero"`
	Until          time.Time   `json:"until,omitzero"`
	Settled        time.Time   `json:"settled,omitzero"`
	Nudges         []nudgeRow  `json:"nudges,omitempty"`
	Shown          int         `json:"shown,omitempty"`
}

func requestsAt() owned { return owned{famRequest, famRequestID, famRequestLive} }

// RequestIn implements money.Book.
func (s *Store) RequestIn(tx bot.Tx, team, id string) (money.Request, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return money.Request{}, false, err
	}
	return findRequest(own.kv, team, id)
}

// FindRequest implements money.Book.
func (s *Store) FindRequest(ctx context.Context, team, id string) (money.Request, bool, error) {
	r, found, err := findRequest(s.reader(ctx), team, id)
	return r, found, wrap(err, "find request")
}

func findRequest(rows getter, team, id string) (money.Request, bool, error) {
	var r requestRow
	found, err := requestsAt().load(rows, team, id, &r)
	if err != nil || !found {
		return money.Request{}, false, err
	}
	return r.words(team), true, nil
}

// PutRequest implements money.Book. A request never changes its account.
func (s *Store) PutRequest(tx bot.Tx, r money.Request) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	account, keep := r.Account.String(), time.Time{}
	if r.State.Final() && r.State != money.Done && r.Operation == "" {
		keep = r.Changed.Add(keepRequest)
		if r.Submitted.IsZero() {
			keep = r.Changed.Add(keepDraft)
		}
	}
	at := requestsAt()
	if err := at.enter(own.kv, r.Team, account, r.ID, r.Live(), keep); err != nil {
		return fmt.Errorf("put request %s: %w", r.ID, err)
	}
	var old requestRow
	k := at.key(r.Team, account, r.ID)
	if _, err := load(own.kv, k, &old); err != nil {
		return err
	}
	return save(own.kv, r.Team, k, rowOfRequest(r, old.header), keep)
}

func rowOfRequest(r money.Request, h header) *requestRow {
	row := &requestRow{header: h, ID: r.ID, Rev: r.Rev, Seed: r.Seed, Kind: r.Kind, Account: r.Account.String(), Name: r.Name, Amount: int64(r.Amount), Flexi: r.Flexi,
		Reason: clipText(r.Reason), Requester: person(r.Requester), RequesterRoles: r.RequesterRoles, RequesterFrom: r.RequesterFrom, Lang: r.Lang, Place: place(r.Place), CouldApprove: r.CouldApprove,
		Decider: person(r.Decider), DeciderRoles: r.DeciderRoles, DeciderFrom: r.DeciderFrom, DeciderLang: r.DeciderLang, Decided: r.Decided.UTC(), Why: clipText(r.Why), Operation: r.Operation,
		State: r.State, Fault: r.Fault, Created: r.Created.UTC(), Changed: r.Changed.UTC(), Submitted: r.Submitted.UTC(), Until: r.Expires.UTC(), Settled: r.Settled.UTC(),
		Shown: r.Shown}
	for _, n := range r.Nudges {
		row.Nudges = append(row.Nudges, nudgeRow{n.Step, n.At.UTC()})
	}
	return row
}

// words are the request behind a row. Its account was written by PutRequest.
func (r *requestRow) words(team string) money.Request {
	account, _ := bot.ParseAccount(r.Account)
	made := money.Request{Team: team, ID: r.ID, Rev: r.Rev, Seed: r.Seed, Kind: r.Kind, Account: account, Name: r.Name, Amount: partner.Fen(r.Amount), Flexi: r.Flexi,
		Reason: r.Reason, Requester: bot.PersonID(r.Requester), RequesterRoles: r.RequesterRoles, RequesterFrom: r.RequesterFrom, Lang: r.Lang, Place: bot.Place(r.Place), CouldApprove: r.CouldApprove,
		Decider: bot.PersonID(r.Decider), DeciderRoles: r.DeciderRoles, DeciderFrom: r.DeciderFrom, DeciderLang: r.DeciderLang, Decided: r.Decided, Why: r.Why, Operation: r.Operation,
		State: r.State, Fault: r.Fault, Created: r.Created, Changed: r.Changed, Submitted: r.Submitted, Expires: r.Until, Settled: r.Settled,
		Shown: r.Shown}
	for _, n := range r.Nudges {
		made.Nudges = append(made.Nudges, money.Nudge(n))
	}
	return made
}

// Requests implements money.Book.
func (s *Store) Requests(ctx context.Context, team string, of bot.Account) ([]money.Request, error) {
	return s.requests(ctx, team, prefix(famRequest, team, of.String()))
}

// EveryRequest implements money.Book.
func (s *Store) EveryRequest(ctx context.Context, team string) ([]money.Request, error) {
	return s.requests(ctx, team, prefix(famRequest, team))
}

func (s *Store) requests(ctx context.Context, team, prefix string) ([]money.Request, error) {
	var list []money.Request
	for r, err := range rowsOf[requestRow](ctx, s, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list requests: %w", err)
		}
		list = append(list, r.words(team))
	}
	slices.SortFunc(list, money.OlderRequest)
	return list, nil
}

// LiveRequests implements money.Book.
func (s *Store) LiveRequests(ctx context.Context) ([]money.Request, error) {
	var list []money.Request
	err := eachLive(ctx, s, requestsAt(), func(team string, r *requestRow) error {
		list = append(list, r.words(team))
		return nil
	})
	slices.SortFunc(list, money.OlderRequest)
	return list, wrap(err, "list live requests")
}

type wishesRow struct {
	header
	Waiting map[string]wishRow `json:"waiting,omitempty"`
}

type wishRow struct {
	Kind   money.Kind `json:"k"`
	Amount int64      `json:"a"` // fen
	Flexi  bool       `json:"f,omitempty"`
}

// WishesIn implements money.Book.
func (s *Store) WishesIn(tx bot.Tx, team string, of bot.Account) (money.Wishes, error) {
	own, err := s.within(tx)
	if err != nil {
		return money.Wishes{}, err
	}
	var r wishesRow
	if _, err := load(own.kv, key(famWishes, team, of.String()), &r); err != nil {
		return money.Wishes{}, err
	}
	a := money.Wishes{Waiting: map[string]money.Wish{}}
	for id, w := range r.Waiting {
		a.Waiting[id] = money.Wish{Kind: w.Kind, Amount: partner.Fen(w.Amount), Flexi: w.Flexi}
	}
	return a, nil
}

// PutWishes implements money.Book.
func (s *Store) PutWishes(tx bot.Tx, team string, of bot.Account, a money.Wishes) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var r wishesRow
	k := key(famWishes, team, of.String())
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	r = wishesRow{header: r.header, Waiting: map[string]wishRow{}}
	for id, w := range a.Waiting {
		r.Waiting[id] = wishRow{w.Kind, int64(w.Amount), w.Flexi}
	}
	return save(own.kv, team, k, &r, time.Time{})
}

// namelessRequest takes a person out of a request that moved nothing; one that
// did stays as it is, like its operation.
func namelessRequest(tx kv.Tx, team, key string, who person) (bool, error) {
	var r requestRow
	found, err := load(tx, key, &r)
	if err != nil || !found || r.Operation != "" || r.Requester != who && r.Decider != who {
		return false, err
	}
	if r.Requester == who {
		r.Requester, r.Reason, r.Place = person{}, "", place{}
	}
	if r.Decider == who {
		r.Decider, r.Why = person{}, ""
	}
	return true, save(tx, team, key, &r, r.Expires)
}
