// Package handlers is what the desk can do: one file per command or job. A
// handler reads what it needs and says what should change; it makes no remote
// effect and renders for no particular door.
package handlers

import (
	"cmp"
	"context"
	"slices"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/faq"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/question"
	"partnerdesk/handlers/rota"
	"partnerdesk/handlers/ticket"
)

// Deps is everything the handlers need, wired once by cmd.
type Deps struct {
	Catalog       *lang.Catalog
	Knowledge     Knowledge
	Overlays      Overlays
	Profile       faq.Profile // of the operator; parts nobody configured are unknown
	Questions     question.Log
	Center        Center // nil: the partner center is not configured
	Access        bot.Authorizer
	Tickets       ticket.Book
	Opportunities opportunity.Book
	Policy        opportunity.Policy // what is published about opportunities
	Register      *Register          // nil: no register of benefits is kept
	Sheets        Sheets             // nil: tables come as words only
	Files         bot.Files          // nil: nobody's files are read
	Calendars     bot.Calendar       // nil: no calendar files
	Cases         CaseCenter         // nil: no Huawei cases from here
	Money         *Money             // nil: nothing moves value from here
	Remind        *Reminders         // nil: no deadlines are kept
	History       History            // nil: the audit log is not read from here
	Roles         *Roles             // nil: nobody looks who got or lost a role
	Alerts        *Alerts            // nil: nothing is watched
	Weekly        *Weekly            // nil: nothing is sent to the ecosystem manager
	Rota          rota.Book          // nil: nobody stands in for anybody
	Together      lang.Tag           // language of what several people read at once, such as a card in a channel; empty: Chinese
	Triage        string             // the channel where support sees tickets; empty: only in /ticket list
	Zone          *time.Location     // how times are shown; nil means UTC
	Now           func() time.Time

	roster *roster // who can be searched for; made by Commands
}

// Knowledge answers questions.
type Knowledge interface {
	Ask(ctx context.Context, q faq.Question) (faq.Answer, error)
	Why(ctx context.Context, q faq.Question) (faq.Why, error)
	// Entry returns an entry as it is served, with what editors changed; nil when there is none.
	Entry(id string) *faq.Entry
	// Shipped returns an entry without what editors changed.
	Shipped(id string) *faq.Entry
	// Entries lists what is served.
	Entries() []*faq.Entry
}

// Center is the part of the partner center the commands read from.
type Center interface {
	partner.Accounts
	partner.CustomerAccounts
	partner.Customers
	Portfolio
}

// CaseCenter is the part of the partner center that tickets need. Handlers only
// read from it; what changes something is left to [CaseWorker].
type CaseCenter interface {
	partner.Cases
	partner.CaseCatalogue
	partner.CaseRights
}

// Commands is the table of contents: everything the desk can do, in the order
// in which help lists it.
func Commands(d *Deps) []bot.Command {
	d.roster = &roster{d: d}
	var commands []bot.Command
	has := func(name string) bool {
		return slices.ContainsFunc(commands, func(c bot.Command) bool { return c.Name == name })
	}
	commands = []bot.Command{
		ask(d),
		balance(d),
		customers(d, has),
		resellers(d, has),
		vouchers(d),
		funds(d),
		tickets(d),
		opportunities(d),
		benefits(d),
		deadlines(d),
	}
	return append(commands, desk(d, commands))
}

// together are the words for what several people read at once.
func (d *Deps) together() lang.Words { return d.Catalog.In(cmp.Or(d.Together, lang.Chinese)) }

func (d *Deps) words(r bot.Request) lang.Words { return d.Catalog.In(r.Lang) }

// textLang is the corpus's word for a language of the desk.
func textLang(t lang.Tag) faq.Lang {
	if t == lang.English {
		return faq.EN
	}
	return faq.ZH
}
