package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/bot/slacksim"
	"partnerdesk/cmd/desk"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/sandbox"
)

func (p *program) serve() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: p.words.T("cli.serve.short"), Long: p.words.T("cli.serve.long"), Args: p.noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := p.load(nil)
			if err != nil {
				return err
			}
			if err := config.ForSlack(p.words); err != nil {
				return err
			}
			d, err := desk.Open(c.Context(), config, desk.Parts{Catalog: p.catalog, Log: p.logger(config), Level: &p.level, Now: time.Now})
			if err != nil {
				return err
			}
			defer p.reloads(c.Context(), d)()
			return errors.Join(d.Run(c.Context()), d.Close())
		},
	}
}

func (p *program) demo() *cobra.Command {
	c := &cobra.Command{Use: "demo", Short: p.words.T("cli.demo.short"), Args: p.noArgs}
	addr := c.Flags().String("addr", "127.0.0.1:8066", p.words.T("cli.flag.addr"))
	transport := c.Flags().String("transport", "socket", p.words.T("cli.flag.transport"))
	kind := c.Flags().String("kind", string(access.SolutionProvider), p.words.T("cli.flag.kind"))
	seed := c.Flags().Int64("seed", 1, p.words.T("cli.flag.seed"))
	resellers := c.Flags().Int("resellers", 0, p.words.T("cli.flag.resellers"))
	customers := c.Flags().Int("customers", 0, p.words.T("cli.flag.customers"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		config, err := p.load(map[string]string{"operator.kind": *kind, "slack.transport": *transport, "log.level": p.demoLog()})
		if err != nil {
			return err
		}
		if p.data == "" {
			config.Data = "" // one of its own, which goes with the demo
		}
		return desk.Demo(c.Context(), config, desk.Parts{Catalog: p.catalog, Log: p.logger(config), Now: time.Now}, desk.DemoOptions{
			Addr: *addr, Transport: *transport, Kind: config.OperatorKind, Seed: *seed, Resellers: *resellers, Customers: *customers,
			Ready: func(d desk.Running) { fmt.Fprintln(p.out, p.words.T("cli.demo.ready", "url", d.URL, "mail", d.Mail)) },
		})
	}
	return c
}

// demoLog keeps the demo's terminal for what the demo says, unless somebody
// asked for more.
func (p *program) demoLog() string {
	if p.getenv("PARTNERDESK_LOG") != "" {
		return ""
	}
	return "warn"
}

func (p *program) slacksim() *cobra.Command {
	c := &cobra.Command{Use: "slacksim", Short: p.words.T("cli.slacksim.short"), Args: p.noArgs}
	addr := c.Flags().String("addr", "127.0.0.1:8066", p.words.T("cli.flag.addr"))
	transport := c.Flags().String("transport", "socket", p.words.T("cli.flag.transport"))
	url := c.Flags().String("url", "http://127.0.0.1:8080", p.words.T("cli.slacksim.flag.url"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		config, err := p.load(map[string]string{"slack.transport": *transport})
		if err != nil {
			return err
		}
		base := *url + "/slack/"
		town, err := desk.Town(config, p.catalog, *transport, slacksim.RequestURLs{
			Commands: base + "commands", Interactivity: base + "interactivity", Events: base + "events",
		}, p.logger(config), time.Now)
		if err != nil {
			return err
		}
		defer town.Close()
		return p.listen(c.Context(), *addr, "slacksim", func(url string) http.Handler {
			town.SetURL(url)
			fmt.Fprintln(p.out, p.words.T("cli.slacksim.connect", "url", url, "bot", desk.TownBotToken, "app", desk.TownAppToken))
			return town.Handler()
		})
	}
	return c
}

func (p *program) sandbox() *cobra.Command {
	c := &cobra.Command{Use: "sandbox", Short: p.words.T("cli.sandbox.short"), Args: p.noArgs}
	addr := c.Flags().String("addr", "127.0.0.1:8077", p.words.T("cli.flag.addr"))
	ak := c.Flags().String("ak", "DEMOAK", p.words.T("cli.flag.ak"))
	sk := c.Flags().String("sk", "DEMOSK", p.words.T("cli.flag.sk"))
	state := c.Flags().String("state", "", p.words.T("cli.flag.state"))
	kind := c.Flags().String("kind", sandbox.Distributor, p.words.T("cli.flag.kind"))
	seed := c.Flags().Int64("seed", 1, p.words.T("cli.flag.seed"))
	resellers := c.Flags().Int("resellers", 0, p.words.T("cli.flag.resellers"))
	customers := c.Flags().Int("customers", 0, p.words.T("cli.flag.customers"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		world, err := sandbox.New(sandbox.Options{Seed: *seed, Kind: *kind, Resellers: *resellers, Customers: *customers, AK: *ak, SK: aksk.Secret(*sk), State: *state, Now: time.Now})
		if err != nil {
			return err
		}
		return p.listen(c.Context(), *addr, "sandbox", func(url string) http.Handler {
			fmt.Fprintln(p.out, p.words.T("cli.sandbox.connect", "url", url, "ak", *ak, "sk", *sk, "kind", *kind))
			return world
		})
	}
	return c
}

// listen serves a handler until the program is stopped.
func (p *program) listen(ctx context.Context, addr, what string, handler func(url string) http.Handler) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	url := "http://" + l.Addr().String()
	s := &http.Server{Handler: handler(url), ReadHeaderTimeout: 10 * time.Second}
	stopped := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stopped()
	fmt.Fprintln(p.out, p.words.T("cli.listening", "what", what, "url", url))
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
