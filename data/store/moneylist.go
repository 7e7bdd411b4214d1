package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// A list of operations lies under its account like the operations that carry it
// out, and stays for ever like them. Its rows are kept in parts, since a value is
// bounded (package kv).

var _ money.Lists = (*Store)(nil)

const (
	famMoneyList     = "money-list"
	famMoneyListID   = "money-list-id"
	famMoneyListRows = "money-list-rows"
	famMoneyListLive = "money-list-live"
)

// rowsPart is how many rows of a list one value holds.
const rowsPart = 50

type moneyListRow struct {
	header
	ID             string          `json:"id"`
	Rev            int             `json:"rev"`
	Seed           string          `json:"seed,omitempty"`
	Kind           money.Kind      `json:"kind"`
	Account        string          `json:"account"`
	Quota          string          `json:"quota,omitempty"`
	From           time.Time       `json:"from,omitzero"`
	To             time.Time       `json:"to,omitzero"`
	File           string          `json:"file,omitempty"`
	Digest         string          `json:"digest,omitempty"`
	Same           string          `json:"same,omitempty"`
	Rows           int             `json:"rows"`
	Seen           operationSeen   `json:"seen,omitzero"`
	State          money.ListState `json:"state"`
	Requester      person          `json:"requester"`
	RequesterRoles []bot.Role      `json:"requester_roles,omitempty"`
	Lang           lang.Tag        `json:"lang,omitempty"`
	Approver       person          `json:"approver,omitzero"`
	ApproverRoles  []bot.Role      `json:"approver_roles,omitempty"`
	ApproverLang   lang.Tag        `json:"approver_lang,omitempty"`
	Approved       time.Time       `json:"approved,omitzero"`
	Reason         string          `json:"reason,omitempty"`
	CouldApprove   int             `json:"could_approve,omitempty"`
	Again          string          `json:"again,omitempty"`
	Shown          int             `json:"shown,omitempty"`
	Told           int             `json:"told,omitempty"`
	Created        time.Time       `json:"created"`
	Changed        time.Time       `json:"changed"`
	Until          time.Time       `json:"until,omitzero"`
}

type moneyListRows struct {
	header
	Rows []moneyListLine `json:"rows"`
}

type moneyListLine struct {
	Line      int      `json:"l"`
	Typed     string   `json:"t,omitempty"`
	Said      string   `json:"s,omitempty"`
	Party     string   `json:"p,omitempty"`
	Name      string   `json:"n,omitempty"`
	Amount    int64    `json:"a,omitempty"` // fen
	Remark    string   `json:"r,omitempty"`
	Field     string   `json:"d,omitempty"`
	Fault     string   `json:"f,omitempty"`
	Args      []string `json:"g,omitempty"`
	Operation string   `json:"o,omitempty"`
}

func moneyListsAt() owned { return owned{famMoneyList, famMoneyListID, famMoneyListLive} }

func moneyListPart(team, id string, part int) string {
	return key(famMoneyListRows, team, id, strconv.Itoa(part))
}

// ListIn implements money.Lists.
func (s *Store) ListIn(tx bot.Tx, team, id string) (money.List, bool, error) {
	own, err := s.within(tx)
	if err != nil {
		return money.List{}, false, err
	}
	return findMoneyList(own.kv, team, id)
}

// FindList implements money.Lists.
func (s *Store) FindList(ctx context.Context, team, id string) (money.List, bool, error) {
	l, found, err := findMoneyList(s.reader(ctx), team, id)
	return l, found, wrap(err, "find list")
}

func findMoneyList(rows getter, team, id string) (money.List, bool, error) {
	var r moneyListRow
	if found, err := moneyListsAt().load(rows, team, id, &r); err != nil || !found {
		return money.List{}, false, err
	}
	l := r.words(team)
	err := l.lines(rows, r.Rows)
	return l.List, true, err
}

// listWords is a list whose rows are being read.
type listWords struct{ money.List }

func (l *listWords) lines(rows getter, count int) error {
	for part := 0; part*rowsPart < count; part++ {
		var p moneyListRows
		if _, err := load(rows, moneyListPart(l.Team, l.ID, part), &p); err != nil {
			return err
		}
		for _, x := range p.Rows {
			l.Rows = append(l.Rows, money.Row{Line: x.Line, Typed: x.Typed, Said: x.Said, Party: money.Party{ID: x.Party, Name: x.Name}, Amount: partner.Fen(x.Amount),
				Remark: x.Remark, Field: x.Field, Fault: x.Fault, Args: x.Args, Operation: x.Operation})
		}
	}
	return nil
}

// PutList implements money.Lists. A list never changes its account or the number
// of its rows.
func (s *Store) PutList(tx bot.Tx, l money.List) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	at, account := moneyListsAt(), l.Account.String()
	if err := at.enter(own.kv, l.Team, account, l.ID, l.Live(), time.Time{}); err != nil {
		return fmt.Errorf("put list %s: %w", l.ID, err)
	}
	var r moneyListRow
	k := at.key(l.Team, account, l.ID)
	if _, err := load(own.kv, k, &r); err != nil {
		return err
	}
	if err := save(own.kv, l.Team, k, moneyListOf(l, r.header), time.Time{}); err != nil {
		return err
	}
	return putMoneyRows(own.kv, l)
}

func putMoneyRows(tx kv.Tx, l money.List) error {
	part := 0
	for rows := range slices.Chunk(l.Rows, rowsPart) {
		k := moneyListPart(l.Team, l.ID, part)
		var p moneyListRows
		if _, err := load(tx, k, &p); err != nil {
			return err
		}
		p = moneyListRows{header: p.header}
		for _, x := range rows {
			p.Rows = append(p.Rows, moneyListLine{Line: x.Line, Typed: x.Typed, Said: x.Said, Party: x.Party.ID, Name: x.Party.Name, Amount: int64(x.Amount),
				Remark: x.Remark, Field: x.Field, Fault: x.Fault, Args: x.Args, Operation: x.Operation})
		}
		if err := save(tx, l.Team, k, &p, time.Time{}); err != nil {
			return err
		}
		part++
	}
	return nil
}

func moneyListOf(l money.List, h header) *moneyListRow {
	return &moneyListRow{header: h, ID: l.ID, Rev: l.Rev, Seed: l.Seed, Kind: l.Kind, Account: l.Account.String(), Quota: l.Quota, From: l.From.UTC(), To: l.To.UTC(),
		File: l.File, Digest: l.Digest, Same: l.Same, Rows: len(l.Rows), Seen: operationSeen{int64(l.Seen.Available), l.Seen.Known, l.Seen.Ends.UTC(), l.Seen.At.UTC(), l.Seen.Source},
		State: l.State, Requester: person(l.Requester), RequesterRoles: l.RequesterRoles, Lang: l.Lang,
		Approver: person(l.Approver), ApproverRoles: l.ApproverRoles, ApproverLang: l.ApproverLang, Approved: l.Approved.UTC(), Reason: clipText(l.Reason),
		CouldApprove: l.CouldApprove, Again: l.Again, Shown: l.Shown, Told: l.Told, Created: l.Created.UTC(), Changed: l.Changed.UTC(), Until: l.Expires.UTC()}
}

// words are the list behind a row, without its rows. Its account was written by
// PutList.
func (r *moneyListRow) words(team string) listWords {
	account, _ := bot.ParseAccount(r.Account)
	return listWords{money.List{Team: team, ID: r.ID, Rev: r.Rev, Seed: r.Seed, Kind: r.Kind, Account: account, Quota: r.Quota, From: r.From, To: r.To,
		File: r.File, Digest: r.Digest, Same: r.Same,
		Seen:  money.Preview{Available: partner.Fen(r.Seen.Available), Known: r.Seen.Known, Ends: r.Seen.Ends, At: r.Seen.At, Source: r.Seen.Source},
		State: r.State, Requester: bot.PersonID(r.Requester), RequesterRoles: r.RequesterRoles, Lang: r.Lang,
		Approver: bot.PersonID(r.Approver), ApproverRoles: r.ApproverRoles, ApproverLang: r.ApproverLang, Approved: r.Approved, Reason: r.Reason,
		CouldApprove: r.CouldApprove, Again: r.Again, Shown: r.Shown, Told: r.Told, Created: r.Created, Changed: r.Changed, Expires: r.Until}}
}

// ListsOf implements money.Lists.
func (s *Store) ListsOf(ctx context.Context, team string, of bot.Account) ([]money.List, error) {
	return s.lists(ctx, team, prefix(famMoneyList, team, of.String()))
}

// EveryList implements money.Lists.
func (s *Store) EveryList(ctx context.Context, team string) ([]money.List, error) {
	return s.lists(ctx, team, prefix(famMoneyList, team))
}

func (s *Store) lists(ctx context.Context, team, prefix string) ([]money.List, error) {
	var list []money.List
	for r, err := range rowsOf[moneyListRow](ctx, s, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list lists: %w", err)
		}
		l := r.words(team)
		if err := l.lines(s.reader(ctx), r.Rows); err != nil {
			return nil, fmt.Errorf("list lists: %w", err)
		}
		list = append(list, l.List)
	}
	slices.SortFunc(list, money.OlderList)
	return list, nil
}

// LiveLists implements money.Lists.
func (s *Store) LiveLists(ctx context.Context) ([]money.List, error) {
	var list []money.List
	err := eachLive(ctx, s, moneyListsAt(), func(team string, r *moneyListRow) error {
		l := r.words(team)
		err := l.lines(s.reader(ctx), r.Rows)
		list = append(list, l.List)
		return err
	})
	slices.SortFunc(list, money.OlderList)
	return list, wrap(err, "list live lists")
}

// ListsChanged gives a hint that a worker has something to look at; see
// InboxChanged.
func (s *Store) ListsChanged(ctx context.Context) <-chan struct{} {
	return s.nudge(ctx, famMoneyListLive)
}
