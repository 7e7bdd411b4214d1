package ticket

import (
	"context"
	"time"

	"partnerdesk/bot"
)

// Book keeps tickets. The methods that take a transaction are part of it.
type Book interface {
	// TicketIn reads a ticket as the transaction sees it.
	TicketIn(tx bot.Tx, team, id string) (t Ticket, found bool, err error)
	// PutTicket keeps a ticket under its id.
	PutTicket(tx bot.Tx, t Ticket) error
	// PutCaseWork keeps a work; a worker will find it.
	PutCaseWork(tx bot.Tx, w Work) error
	// CaseWorkIn reads a work; found is false once it is decided.
	CaseWorkIn(tx bot.Tx, team, ticket string, number int) (w Work, found bool, err error)
	// DropCaseWork removes a work that is decided.
	DropCaseWork(tx bot.Tx, w Work) error

	// FindTicket returns a ticket by its id, of whichever account: the caller
	// decides whether the person may see it.
	FindTicket(ctx context.Context, team, id string) (t Ticket, found bool, err error)
	// Tickets lists the tickets of one account.
	Tickets(ctx context.Context, team string, of bot.Account) ([]Ticket, error)
	// EveryTicket lists those of all accounts, for support.
	EveryTicket(ctx context.Context, team string) ([]Ticket, error)
	// CaseWorks lists the works not decided yet, of all teams, in the order of
	// their tickets and numbers.
	CaseWorks(ctx context.Context) ([]Work, error)
	// UnclaimedTickets lists the tickets that nobody took until now and about which
	// support has not been nudged, of all teams.
	UnclaimedTickets(ctx context.Context, now time.Time) ([]Ticket, error)
	// LiveCases lists the tickets whose case may still change, of all teams.
	LiveCases(ctx context.Context) ([]Ticket, error)
}
