package desk

import (
	"context"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones wherever the desk runs

	"partnerdesk/bot"
	"partnerdesk/bot/cron"
	"partnerdesk/handlers"
)

// clockTick is how often the clock looks what is due.
const clockTick = 2 * time.Second

// clock runs the jobs while this desk leads.
func (p *Program) clock(ctx context.Context) error {
	jobs := handlers.Jobs(handlers.JobOptions{Deps: p.deps, Store: p.store, Posted: p.sender.Poke, Log: p.log})
	if p.seals != nil && p.config.Audit.Mail != "" {
		jobs = append(jobs, p.sealMail())
	}
	for i, j := range jobs {
		run := j.Run
		jobs[i].Run = func(ctx context.Context, now time.Time) error {
			if held, err := p.quarantined(ctx); held || err != nil {
				return err // nothing is planned that may have been told before the restore
			}
			return run(ctx, now)
		}
	}
	c, err := cron.New(cron.Options{Jobs: jobs, Tick: clockTick, Log: p.log, Now: p.now, Lead: func(ctx context.Context) (cron.Term, error) {
		lead, err := p.db.Lead(ctx, "clock")
		if err != nil {
			return cron.Term{}, err
		}
		return cron.Term{Book: p.store.Clock(lead), Lost: lead.Lost(), Resign: lead.Resign}, nil
	}})
	if err != nil {
		return err
	}
	return c.Run(ctx)
}

// responsible names everybody who has more to do here than their own work.
func (p *Program) responsible(ctx context.Context) ([]bot.PersonID, error) {
	return p.named(ctx, func(r bot.Role) bool {
		return decides(r) || r == bot.RoleManager || r == bot.RoleTriager || r == bot.RoleEditor
	})
}

// accounts are the operator's own and those of the resellers who have people here.
func (p *Program) accounts(context.Context) ([]bot.Account, error) {
	p.reloading.Lock()
	defer p.reloading.Unlock()
	list := []bot.Account{bot.Operator()}
	for _, g := range p.config.People {
		if id, is := strings.CutPrefix(g.Employer, "reseller:"); is && !slices.Contains(list, bot.Reseller(id)) {
			list = append(list, bot.Reseller(id))
		}
	}
	return list, nil
}

// expiring is the part of the partner center that has dates, nil when there is
// none.
func expiring(center handlers.Center) handlers.ExpiringCenter {
	dates, _ := center.(handlers.ExpiringCenter)
	return dates
}
