package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// An operation lies under its account, so that no list reaches into another one,
// and stays for ever: it is the proof of who moved what. The rows that
// operations share are in operation_shared.go.

var _ money.Book = (*Store)(nil)

type operationRow struct {
	header
	ID             string          `json:"id"`
	Rev            int             `json:"rev"`
	Seed           string          `json:"seed,omitempty"`
	Kind           money.Kind      `json:"kind"`
	Account        string          `json:"account"`
	Parties        []operationSide `json:"parties"`
	Amount         int64           `json:"amount"` // fen
	Quota          string          `json:"quota,omitempty"`
	Coupon         string          `json:"coupon,omitempty"`
	From           time.Time       `json:"from,omitzero"`
	To             time.Time       `json:"to,omitzero"`
	Services       []string        `json:"services,omitempty"`
	Products       []string        `json:"products,omitempty"`
	Remark         string          `json:"remark,omitempty"`
	List           string          `json:"list,omitempty"`
	Seen           operationSeen   `json:"seen,omitzero"`
	Requester      person          `json:"requester"`
	RequesterRoles []bot.Role      `json:"requester_roles,omitempty"`
	Lang           lang.Tag        `json:"lang,omitempty"`
	Place          place           `json:"place,omitzero"`
	Approver       person          `json:"approver,omitzero"`
	ApproverRoles  []bot.Role      `json:"approver_roles,omitempty"`
	ApproverLang   lang.Tag        `json:"approver_lang,omitempty"`
	Approved       time.Time       `json:"approved,omitzero"`
	Alone          bool            `json:"alone,omitempty"`
	CouldApprove   int             `json:"could_approve,omitempty"`
	Decider        person          `json:"decider,omitzero"`
	Reason         string          `json:"reason,omitempty"`
	Policy         string          `json:"policy,omitempty"`
	State          money.State     `json:"state"`
	Fault          string          `json:"fault,omitempty"`
	Day            string          `json:"day,omitempty"`
	Created        time.Time       `json:"created"`
	Changed        time.Time       `json:"changed"`
	Until          time.Time       `json:"until,omitzero"`
	Started        time.Time       `json:"started,omitzero"`
	Signed         time.Time       `json:"signed,omitzero"`
	Snapshot       []string        `json:"snapshot,omitempty"`
	Candidates     []string        `json:"candidates,omitempty"`
	Looks          int             `json:"looks,omitempty"`
	Looked         time.Time       `json:"looked,omitzero"`
	Again          string          `json:"again,omitempty"`
	Request        string          `json:"request,omitempty"`
	Shown          int             `json:"shown,omitempty"`
	Works          int             `json:"works,omitempty"`
	Settled        time.Time       `json:"settled,omitzero"`
	Watch          time.Time       `json:"watch,omitzero"`
	Late           time.Time       `json:"late,omitzero"`
	Restored       time.Time       `json:"restored,omitzero"`
	Center         string          `json:"center,omitempty"`
	RequesterFrom  []string        `json:"requester_from,omitempty"`
	ApproverFrom   []string        `json:"approver_from,omitempty"`
	Nudges         []nudgeRow      `json:"nudges,omitempty"`
}

type nudgeRow struct {
	Step money.Step `json:"step"`
	At   time.Time  `json:"at"`
}

type operationSide struct {
	ID     string       `json:"id"`
	Name   string       `json:"name,omitempty"`
	Result money.Result `json:"result,omitempty"`
	Record string       `json:"record,omitempty"`
	Fault  string       `json:"fault,omitempty"`
}

type operationSeen struct {
	Available int64     `json:"available,omitempty"` // fen
	Known     bool      `json:"known,omitempty"`
	Ends      time.Time `json:"ends,omitzero"`
	At        time.Time `json:"at,omitzero"`
	Source    string    `json:"source,omitempty"`
}

func operationsAt() owned { return owned{famOperation, famOperationID, famOperationLive} }

// OperationIn implements money.Book.
func (s *Store) OperationIn(tx bot.Tx, team, id string) (money.Operation, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return money.Operation{}, false, err
	}
	return findOperation(own.kv, team, id)
}

// FindOperation implements money.Book.
func (s *Store) FindOperation(ctx context.Context, team, id string) (money.Operation, bool, error) {
	o, found, err := findOperation(s.reader(ctx), team, id)
	return o, found, wrap(err, "find operation")
}

func findOperation(rows getter, team, id string) (money.Operation, bool, error) {
	var r operationRow
	found, err := operationsAt().load(rows, team, id, &r)
	if err != nil || !found {
		return money.Operation{}, false, err
	}
	return r.words(team), true, nil
}

// PutOperation implements money.Book. An operation never changes its account.
func (s *Store) PutOperation(tx bot.Tx, o money.Operation) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	at, account := operationsAt(), o.Account.String()
	if err := at.enter(own.kv, o.Team, account, o.ID, o.Live(), time.Time{}); err != nil {
		return fmt.Errorf("put operation %s: %w", o.ID, err)
	}
	var r operationRow
	k := at.key(o.Team, account, o.ID)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	return save(own.kv, o.Team, k, rowOf(o, r.header), time.Time{})
}

func rowOf(o money.Operation, h header) *operationRow {
	r := &operationRow{header: h, ID: o.ID, Rev: o.Rev, Seed: o.Seed, Kind: o.Kind, Account: o.Account.String(), Amount: int64(o.Amount),
		Quota: o.Quota, Coupon: o.Coupon, From: o.From.UTC(), To: o.To.UTC(), Services: o.Services, Products: o.Products, Remark: clipText(o.Remark), List: o.List,
		Seen:      operationSeen{int64(o.Seen.Available), o.Seen.Known, o.Seen.Ends.UTC(), o.Seen.At.UTC(), o.Seen.Source},
		Requester: person(o.Requester), RequesterRoles: o.RequesterRoles, Lang: o.Lang, Place: place(o.Place),
		Approver: person(o.Approver), ApproverRoles: o.ApproverRoles, ApproverLang: o.ApproverLang, Approved: o.Approved.UTC(), Alone: o.Alone, CouldApprove: o.CouldApprove,
		Decider: person(o.Decider), Reason: clipText(o.Reason), Policy: o.Policy, State: o.State, Fault: o.Fault, Day: o.Day,
		Created: o.Created.UTC(), Changed: o.Changed.UTC(), Until: o.Expires.UTC(), Started: o.Started.UTC(), Signed: o.Signed.UTC(),
		Snapshot: o.Snapshot, Candidates: o.Candidates, Looks: o.Looks, Looked: o.Looked.UTC(), Again: o.Again, Request: o.Request, Shown: o.Shown, Works: o.Works,
		Settled: o.Settled.UTC(), Watch: o.Watch.UTC(), Late: o.Late.UTC(), Restored: o.Restored.UTC(), Center: o.Center,
		RequesterFrom: o.RequesterFrom, ApproverFrom: o.ApproverFrom}
	for _, n := range o.Nudges {
		r.Nudges = append(r.Nudges, nudgeRow{n.Step, n.At.UTC()})
	}
	for _, p := range o.Parties {
		r.Parties = append(r.Parties, operationSide(p))
	}
	return r
}

// words are the operation behind a row. Its account was written by PutOperation.
func (r *operationRow) words(team string) money.Operation {
	account, _ := bot.ParseAccount(r.Account)
	o := money.Operation{Team: team, ID: r.ID, Rev: r.Rev, Seed: r.Seed, Kind: r.Kind, Account: account, Amount: partner.Fen(r.Amount),
		Quota: r.Quota, Coupon: r.Coupon, From: r.From, To: r.To, Services: r.Services, Products: r.Products, Remark: r.Remark, List: r.List,
		Seen:      money.Preview{Available: partner.Fen(r.Seen.Available), Known: r.Seen.Known, Ends: r.Seen.Ends, At: r.Seen.At, Source: r.Seen.Source},
		Requester: bot.PersonID(r.Requester), RequesterRoles: r.RequesterRoles, Lang: r.Lang, Place: bot.Place(r.Place),
		Approver: bot.PersonID(r.Approver), ApproverRoles: r.ApproverRoles, ApproverLang: r.ApproverLang, Approved: r.Approved, Alone: r.Alone, CouldApprove: r.CouldApprove,
		Decider: bot.PersonID(r.Decider), Reason: r.Reason, Policy: r.Policy, State: r.State, Fault: r.Fault, Day: r.Day,
		Created: r.Created, Changed: r.Changed, Expires: r.Until, Started: r.Started, Signed: r.Signed,
		Snapshot: r.Snapshot, Candidates: r.Candidates, Looks: r.Looks, Looked: r.Looked, Again: r.Again, Request: r.Request, Shown: r.Shown, Works: r.Works,
		Settled: r.Settled, Watch: r.Watch, Late: r.Late, Restored: r.Restored, Center: r.Center, RequesterFrom: r.RequesterFrom, ApproverFrom: r.ApproverFrom}
	for _, n := range r.Nudges {
		o.Nudges = append(o.Nudges, money.Nudge(n))
	}
	for _, p := range r.Parties {
		o.Parties = append(o.Parties, money.Party(p))
	}
	return o
}

// Operations implements money.Book.
func (s *Store) Operations(ctx context.Context, team string, of bot.Account) ([]money.Operation, error) {
	return s.operations(ctx, team, prefix(famOperation, team, of.String()))
}

// EveryOperation implements money.Book.
func (s *Store) EveryOperation(ctx context.Context, team string) ([]money.Operation, error) {
	return s.operations(ctx, team, prefix(famOperation, team))
}

func (s *Store) operations(ctx context.Context, team, prefix string) ([]money.Operation, error) {
	var list []money.Operation
	for r, err := range rowsOf[operationRow](ctx, s, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list operations: %w", err)
		}
		list = append(list, r.words(team))
	}
	sortOperations(list)
	return list, nil
}

// LiveOperations implements money.Book.
func (s *Store) LiveOperations(ctx context.Context) ([]money.Operation, error) {
	var list []money.Operation
	err := eachLive(ctx, s, operationsAt(), func(team string, r *operationRow) error {
		list = append(list, r.words(team))
		return nil
	})
	sortOperations(list)
	return list, wrap(err, "list live operations")
}

// OperationsChanged gives a hint that a worker has something to look at. It may stay
// silent and may cry wolf.
func (s *Store) OperationsChanged(ctx context.Context) <-chan struct{} {
	return s.nudge(ctx, famOperationLive, famRequestLive)
}
