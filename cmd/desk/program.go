package desk

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/bot/mail"
	"partnerdesk/bot/metrics"
	"partnerdesk/bot/outbox"
	"partnerdesk/bot/slackapp"
	"partnerdesk/bot/web"
	"partnerdesk/data"
	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
)

// Program is a desk on Slack: everything wired and ready to run.
type Program struct {
	config Config
	log    *slog.Logger
	db     *bolt.DB
	store  *store.Store
	live   *Live
	slack  *slackapp.App
	worker *outbox.Worker
	sender *outbox.Sender
	deps   *handlers.Deps
	meter  *metrics.Metrics
	web    *web.Server
	rules  *rules
	bot    *bot.Bot
	level  *slog.LevelVar
	seals  *sealer
	admin  net.Listener
	mail   *mail.Door // nil: no mail is sent
	now    func() time.Time
	pulse  pulse

	reloading sync.Mutex // guards config once the program runs
}

// Parts are what the program cannot make by itself.
type Parts struct {
	Catalog *lang.Catalog
	Log     *slog.Logger
	Level   *slog.LevelVar // of Log, so that it can change; nil: it cannot
	Now     func() time.Time

	// Rows and Wire go around the engine of the rows and around the way out to
	// Slack, for whoever wants to see or to disturb what passes; nil: nothing does.
	Rows func(kv.DB) kv.DB
	Wire func(http.RoundTripper) http.RoundTripper
}

// Open wires a desk. Nothing is sent or received before [Program.Run]. When the
// data directory is at fault the error is [ErrStore].
func Open(ctx context.Context, c Config, parts Parts) (p *Program, err error) {
	p = &Program{config: c, log: parts.Log, level: parts.Level, now: parts.Now, meter: metrics.New(), rules: &rules{}}
	p.rules.team = func(ctx context.Context) (string, error) { return p.slack.Team(ctx) }
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if err = p.openStore(ctx, parts); err != nil {
		return p, err
	}
	within, err := c.indexDir()
	if err != nil {
		return p, err
	}
	if p.live, err = OpenLive(ctx, c.FAQ, within, p.store.EveryOverlay, parts.Log); err != nil {
		return p, err
	}
	allowed, err := access.New(c.accessOptions())
	if err != nil {
		return p, err
	}
	p.rules.now.Store(allowed)
	if p.mail, err = c.Mail.door(); err != nil {
		return p, err
	}
	center, cases, err := c.center(parts.Now)
	if err != nil {
		return p, err
	}
	// The door hands submitted forms to the bot, and the bot asks the door who
	// people are: one of the two has to be known before it exists.
	p.slack, err = slackapp.New(slackapp.Options{
		BotToken: slackapp.Secret(c.Slack.BotToken), AppToken: slackapp.Secret(c.Slack.AppToken), SigningSecrets: c.signingSecrets(),
		APIURL: c.Slack.APIURL, Transport: slackapp.Transport(c.Slack.Transport), Groups: c.groups(),
		Connections: c.Slack.Sockets, Silence: time.Duration(c.Slack.SilenceSeconds) * time.Second, Canary: c.canary(parts.Catalog),
		Inbox: p.store, Wake: func() { p.worker.Poke() },
		Check:   func(ctx context.Context, r bot.Request) (map[string]string, error) { return p.bot.Check(ctx, r) },
		Suggest: func(ctx context.Context, r bot.Request) ([]bot.Option, error) { return p.bot.Suggest(ctx, r) },
		Log:     parts.Log, Meter: p.meter, Now: parts.Now, Wire: parts.Wire,
	})
	if err != nil {
		return p, err
	}
	if p.deps, err = p.wired(parts, center, cases); err != nil {
		return p, err
	}
	p.bot, err = bot.New(bot.Options{
		Commands: handlers.Commands(p.deps),
		Default:  "ask", People: p.people(), Access: p.rules, Store: p.store, Forms: p.slack, Links: p.slack, Catalog: parts.Catalog,
		Meter: p.meter, Log: parts.Log, Now: parts.Now, AdminHint: c.Admin,
	})
	if err != nil {
		return p, err
	}
	p.sender = outbox.NewSender(outbox.SenderOptions{Outbox: held{p.store, p.quarantined}, Sender: ways{chat: p.slack, mail: p.mailer()}, Log: parts.Log, Meter: p.meter, Now: parts.Now})
	p.worker = outbox.NewWorker(outbox.WorkerOptions{
		Inbox: p.store, Decode: p.slack.Decode, Handle: p.bot.Handle, Handled: p.sender.Poke, Store: p.store, Catalog: parts.Catalog,
		Log: parts.Log, Meter: p.meter, Now: parts.Now,
	})
	p.web, err = web.Listen(web.Options{Addr: c.Addr, Log: parts.Log, Ready: p.ready, Routes: map[string]http.Handler{
		"/slack/": p.slack.Handler(), "/metrics": p.meter.Handler(),
	}})
	if err != nil {
		return p, err
	}
	return p, p.openAdmin(ctx)
}

// wired are the dependencies of the handlers.
func (p *Program) wired(parts Parts, center handlers.Center, cases handlers.CaseCenter) (*handlers.Deps, error) {
	policy, err := data.OpportunityPolicy()
	if err != nil {
		return nil, err
	}
	calendar, err := data.Calendar()
	if err != nil {
		return nil, err
	}
	deps := &handlers.Deps{
		Catalog: parts.Catalog, Knowledge: p.live, Overlays: p.store, Profile: p.config.Profile, Questions: p.store, Center: center, Access: p.rules, Zone: p.config.Zone, Now: parts.Now,
		Tickets: p.store, Cases: cases, Opportunities: p.store, Policy: policy, Sheets: sheets{}, Files: p.slack, Calendars: mail.Calendars{}, Triage: p.config.Triage, Together: p.config.Together,
	}
	register, err := data.BenefitPolicy()
	if err != nil {
		return nil, err
	}
	deps.Register = &handlers.Register{Book: p.store, Policy: register, Calendar: calendar}
	deps.Remind = &handlers.Reminders{Book: p.store, Calendar: calendar, People: p.people(), Listed: p.responsible, Accounts: p.accounts, Away: p.slack.Away, Center: expiring(center)}
	deps.Rota = p.store
	deps.Money = p.money(center)
	deps.Alerts, deps.Weekly = p.alerts(), p.weekly()
	deps.History = p.store
	deps.Roles = &handlers.Roles{Book: p.store, People: p.people(), Listed: p.promoted, Team: p.ownTeam}
	return deps, nil
}

func (c Config) signingSecrets() []slackapp.Secret {
	var list []slackapp.Secret
	for _, s := range []Secret{c.Slack.SigningSecret, c.Slack.SigningSecretOld} {
		if s != "" {
			list = append(list, slackapp.Secret(s))
		}
	}
	return list
}

// groups are the user groups that grants name; their ids begin with S.
func (c Config) groups() []string {
	var list []string
	for _, g := range c.People {
		if strings.HasPrefix(g.Who, "S") {
			list = append(list, g.Who)
		}
	}
	return list
}

// Addr is where the HTTP listener really is.
func (p *Program) Addr() string { return p.web.Addr() }

// Run answers until ctx ends, then finishes what is under way. It returns early
// only when going on makes no sense, such as a token that Slack refuses.
func (p *Program) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var crew sync.WaitGroup
	crew.Go(func() { p.sender.Run(ctx) })
	crew.Go(func() { p.worker.Run(ctx) })
	crew.Go(func() { p.live.Follow(ctx, p.store.OverlaysChanged(ctx)) })
	crew.Go(func() { p.sweep(ctx) })
	crew.Go(func() {
		if err := p.clock(ctx); err != nil {
			stop(err)
		}
	})
	crew.Go(func() {
		if err := p.serveAdmin(ctx); err != nil {
			stop(err)
		}
	})
	if p.seals != nil {
		crew.Go(func() { p.seals.run(ctx) })
	}
	crew.Go(func() {
		handlers.NewCaseWorker(handlers.CaseWorkerOptions{
			Deps: p.deps, Store: p.store, Hints: p.store.CaseWorkChanged(ctx), Posted: p.sender.Poke, Held: p.quarantined, Log: p.log,
		}).Run(ctx)
	})
	if p.deps.Money != nil {
		crew.Go(func() {
			handlers.NewMoneyWorker(handlers.MoneyWorkerOptions{
				Deps: p.deps, Store: p.store, Hints: p.store.OperationsChanged(ctx), Posted: p.sender.Poke, Held: p.quarantined, Backup: p.backedUp, Log: p.log,
			}).Run(ctx)
		})
		crew.Go(func() {
			handlers.NewListWorker(handlers.ListWorkerOptions{
				Deps: p.deps, Store: p.store, Hints: []<-chan struct{}{p.store.ListsChanged(ctx), p.store.OperationsChanged(ctx)}, Posted: p.sender.Poke, Held: p.quarantined, Log: p.log,
			}).Run(ctx)
		})
	}
	crew.Go(func() {
		if err := p.web.Run(ctx); err != nil {
			stop(err)
		}
	})
	crew.Go(func() {
		if err := p.slack.Run(ctx); err != nil {
			stop(err)
		}
	})
	<-ctx.Done()
	crew.Wait()
	if p.seals != nil {
		p.seals.last(ctx)
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// sweep removes rows whose time has passed, a few at a time.
func (p *Program) sweep(ctx context.Context) {
	for {
		n, err := p.store.Sweep(ctx, time.Now(), 200)
		if err != nil && ctx.Err() == nil {
			p.log.Error("retention sweep", "err", err)
		}
		wait := 10 * time.Minute
		if n == 200 {
			wait = time.Second
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// Close releases the data directory. It may be called on a half-opened program.
func (p *Program) Close() error {
	var errs []error
	if p.web != nil {
		errs = append(errs, p.web.Close())
	}
	if p.admin != nil {
		_ = p.admin.Close() // closed already by Run
	}
	if p.live != nil {
		errs = append(errs, p.live.Close())
	}
	if p.db != nil {
		errs = append(errs, p.db.Close())
	}
	return errors.Join(errs...)
}
