package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"partnerdesk/bot/mail"
	"partnerdesk/bot/mailsim"
	"partnerdesk/bot/slacksim"
	"partnerdesk/data/witness"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/sandbox"
)

// DemoOptions say how to run the demo.
type DemoOptions struct {
	Addr      string              // of the page
	Transport string              // socket or http
	Kind      access.OperatorKind // what the operator is
	Seed      int64               // of the sandbox world
	Resellers int                 // that a distributor has at least
	Customers int                 // of its own that the operator has at least
	Ready     func(Running)       // called once everything answers
}

// Running is a demo that answers.
type Running struct {
	URL  string // of the page
	Mail string // of the page that shows the mails
	Town *slacksim.Workspace
	Desk *Program
}

// demoFlow is how many calls a second the demo's partner center takes of each
// kind, as the real one does (partner API sheet, section 9.6, 2026-11-20).
const demoFlow = 10

// sandboxKind is the world that fits an operator: those without rights at the
// partner center see the one in which it refuses them.
func sandboxKind(k access.OperatorKind) string {
	if k == access.Distributor || k == access.SolutionProvider {
		return string(k)
	}
	return sandbox.Reseller
}

// Demo is the whole desk without an account: the sandbox partner center, the
// Slack simulator and the bot in one process, joined over real HTTP and a real
// WebSocket on this machine. Data lives in a directory of its own that goes
// with the demo, unless the configuration names one.
func Demo(ctx context.Context, c Config, parts Parts, o DemoOptions) error {
	ctx, stop := context.WithCancelCause(ctx)
	var crew sync.WaitGroup
	defer func() {
		stop(nil)
		crew.Wait()
	}()
	serve := func(l net.Listener, h http.Handler) {
		s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		crew.Go(func() {
			if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
				stop(err)
			}
		})
		crew.Go(func() {
			<-ctx.Done()
			_ = s.Close()
		})
	}

	page, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", o.Addr, err)
	}
	center, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	world, err := sandbox.New(sandbox.Options{
		Seed: o.Seed, Kind: sandboxKind(o.Kind), Resellers: o.Resellers, Customers: o.Customers, AK: "DEMOAK", SK: aksk.Secret("DEMOSK"), Flow: demoFlow, Now: parts.Now,
		Keys: []aksk.Key{{AK: "DEMOMONEYAK", SK: aksk.Secret("DEMOMONEYSK")}},
	})
	if err != nil {
		return err
	}
	serve(center, world)

	c.OperatorKind, c.Team, c.People = o.Kind, townTeam, append(townPeople(), resellerPeople(world.Resellers())...)
	c.Addr, c.Triage, c.Shared = "127.0.0.1:0", townTriage, townShare
	c.Partner = PartnerConfig{Endpoint: "http://" + center.Addr().String(), TicketEndpoint: "http://" + center.Addr().String(), AK: "DEMOAK", SK: "DEMOSK", MoneyAK: "DEMOMONEYAK", MoneySK: "DEMOMONEYSK"}
	town, err := Town(c, parts.Catalog, o.Transport, slacksim.RequestURLs{}, parts.Log, parts.Now)
	if err != nil {
		return err
	}
	defer town.Close()
	url := "http://" + page.Addr().String()
	town.SetURL(url)
	post, err := mailsim.New(mailsim.Options{User: "desk", Password: "demo", Now: parts.Now})
	if err != nil {
		return err
	}
	defer post.Close()
	pages := http.NewServeMux()
	pages.Handle("/", town.Handler())
	pages.Handle("/mail/", http.StripPrefix("/mail", post.Handler()))
	serve(page, pages)
	c.Slack = SlackConfig{
		Transport: o.Transport, APIURL: url + "/api/", BotToken: TownBotToken, AppToken: TownAppToken, SigningSecret: townSigningSecret,
		Canary: canaryAuto,
	}
	if c.Data == "" {
		dir, err := os.MkdirTemp("", "partnerdesk-demo-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		c.Data = filepath.Join(dir, "data")
		c.Audit = AuditConfig{Key: filepath.Join(dir, "audit.key"), Witness: filepath.Join(dir, "audit.witness")}
		// This key goes with the demo: nobody is to be told to keep a copy of it.
		if _, err := witness.MakeKey(c.Audit.Key); err != nil {
			return err
		}
	}
	forget, err := demoMail(&c, post)
	if err != nil {
		return err
	}
	defer forget()
	p, err := Open(ctx, c, parts)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	if err := p.stockRegister(ctx); err != nil {
		return err
	}
	if o.Transport == "http" {
		base := "http://" + p.Addr() + "/slack/"
		town.SetRequestURLs(slacksim.RequestURLs{Commands: base + "commands", Interactivity: base + "interactivity", Events: base + "events"})
	}
	crew.Go(func() {
		if o.Transport == "socket" {
			if err := town.WaitConnected(ctx, 1); err != nil {
				return
			}
		}
		if o.Ready != nil {
			o.Ready(Running{URL: url, Mail: url + "/mail/", Town: town, Desk: p})
		}
	})
	err = p.Run(ctx)
	stop(err)
	return err
}

// demoMail lets the demo send its mails to the catcher, unless the configuration
// names a server. forget takes away the file with the catcher's certificate.
func demoMail(c *Config, post *mailsim.Server) (forget func(), err error) {
	if c.Mail.Server != "" {
		return func() {}, nil
	}
	f, err := os.CreateTemp("", "partnerdesk-mail-*.pem")
	if err != nil {
		return nil, err
	}
	_, err = f.Write(post.PEM())
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	c.Mail = MailConfig{Server: post.Addr(), TLS: mail.StartTLS, User: "desk", Password: "demo", From: "partnerdesk <desk@xinghe.example>", CA: f.Name(),
		Ops: []string{"ops@xinghe.example"}, Manager: []string{"chen@huawei.example"}, Lang: c.Mail.Lang}
	c.Audit.Mail, c.Name = "audit@xinghe.example", cmp.Or(c.Name, "星河云科技")
	return func() { _ = os.Remove(f.Name()) }, nil
}
