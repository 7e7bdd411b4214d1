package desk

import (
	"context"
	"sync"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/console"
	"partnerdesk/bot/lang"
	"partnerdesk/data"
	"partnerdesk/faq"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/question"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
)

// ConsoleBot is the desk behind the terminal door: the same commands, one
// person who may do everything a member of staff may, and no memory beyond the
// session.
func ConsoleBot(c Config, catalog *lang.Catalog, know *Knowledge, door *console.Console, now func() time.Time) (*bot.Bot, error) {
	rules, err := access.New(access.Options{Kind: c.OperatorKind, Team: console.Person().Team, Grants: []access.Grant{
		{Who: console.Person().User, Roles: []bot.Role{bot.RoleStaff, bot.RoleEditor}},
	}})
	if err != nil {
		return nil, err
	}
	center, _, err := c.center(now)
	if err != nil {
		return nil, err
	}
	policy, err := data.OpportunityPolicy()
	if err != nil {
		return nil, err
	}
	calendar, err := data.Calendar()
	if err != nil {
		return nil, err
	}
	register, err := data.BenefitPolicy()
	if err != nil {
		return nil, err
	}
	memory := &session{}
	return bot.New(bot.Options{
		Commands: handlers.Commands(&handlers.Deps{
			Catalog: catalog, Knowledge: know, Overlays: memory, Profile: c.Profile, Questions: memory, Center: center, Tickets: &ticket.Memory{}, Opportunities: &opportunity.Memory{}, Policy: policy, Access: rules, Zone: c.Zone, Now: now,
			Remind:   &handlers.Reminders{Book: &remind.Memory{}, Calendar: calendar},
			Register: &handlers.Register{Book: &benefit.Memory{}, Policy: register, Calendar: calendar},
		}),
		Default: "ask", People: door, Access: rules, Store: door, Catalog: catalog, Now: now, AdminHint: c.Admin,
	})
}

// session is a [question.Log] that lasts as long as the process.
type session struct {
	mu    sync.Mutex
	asked []question.Asked
}

var _ question.Log = (*session)(nil)

func (s *session) PutAsked(_ bot.Tx, a question.Asked) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, a)
	return nil
}

func (*session) PutRating(bot.Tx, question.Rating) error     { return nil }
func (*session) PutHandover(bot.Tx, question.Handover) error { return nil }

func (s *session) LastAsked(_ context.Context, person bot.PersonID, conversation string, since time.Time) (question.Asked, bool, error) {
	return s.find(func(a question.Asked) bool {
		return a.Person == person && a.Conversation == conversation && !a.At.Before(since)
	})
}

func (s *session) FindAsked(_ context.Context, _, id string) (question.Asked, bool, error) {
	return s.find(func(a question.Asked) bool { return a.ID == id })
}

func (s *session) find(is func(question.Asked) bool) (question.Asked, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.asked) - 1; i >= 0; i-- {
		if is(s.asked[i]) {
			return s.asked[i], true, nil
		}
	}
	return question.Asked{}, false, nil
}

// PutOverlay does nothing: the terminal shares the corpus with nobody.
func (*session) PutOverlay(bot.Tx, string, faq.Overlay) error { return nil }

// Overlays lists none.
func (*session) Overlays(context.Context, string) ([]faq.Overlay, error) { return nil, nil }
