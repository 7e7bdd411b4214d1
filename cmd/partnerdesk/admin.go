package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/bot"
	"partnerdesk/bot/console"
	"partnerdesk/cmd/desk"
	"partnerdesk/data/backup"
	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
	"partnerdesk/data/witness"
	"partnerdesk/handlers/partner"
)

// The commands by which a desk is administered. Each speaks to the running desk
// when there is one, and opens the files itself when there is none.

// worded puts an error into the person's language, as far as it is one that
// people can do something about.
func (p *program) worded(err error) string {
	if user, ok := errors.AsType[*bot.UserError](err); ok {
		return p.words.T(user.Key, user.Args...)
	}
	if e, ok := errors.AsType[*partner.Error](err); ok {
		return p.refusal(e)
	}
	for _, known := range []struct {
		err error
		key string
	}{
		{bolt.ErrLocked, "admin.error.locked"}, {bolt.ErrDamaged, "admin.error.damaged"}, {bolt.ErrNewer, "admin.error.newer"},
		{store.ErrNewer, "admin.error.newer"}, {bolt.ErrExposed, "admin.error.exposed"}, {bolt.ErrNetwork, "admin.error.network"},
		{kv.ErrFull, "admin.error.full"}, {syscall.ENOSPC, "admin.error.full"}, {syscall.EROFS, "admin.error.read_only"},
		{backup.ErrUnverified, "admin.error.unverified"}, {backup.ErrExists, "admin.error.exists"}, {backup.ErrNewer, "admin.error.backup_newer"},
		{backup.ErrEncrypted, "admin.error.encrypted"}, {backup.ErrRecipient, "admin.error.recipient"}, {backup.ErrNotBackup, "admin.error.not_backup"},
		{witness.ErrExposed, "admin.error.key_exposed"}, {witness.ErrNoKey, "admin.error.keys"},
	} {
		if errors.Is(err, known.err) {
			return p.words.T(known.key, "reason", err.Error())
		}
	}
	return err.Error()
}

// admin runs do with a way to administer the data directory.
func (p *program) admin(ctx context.Context, do func(a *desk.Admin) error) error {
	config, err := p.load(nil)
	if err != nil {
		return err
	}
	a, err := desk.OpenAdmin(ctx, config, p.parts())
	if err != nil {
		return err
	}
	return errors.Join(do(a), a.Close())
}

// parts are for administration, whose own log nobody asked for.
func (p *program) parts() desk.Parts {
	return desk.Parts{Catalog: p.catalog, Log: slog.New(slog.DiscardHandler), Now: time.Now}
}

// group is a command that only holds others.
func (p *program) group(name string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: name, Short: p.words.T("cli." + name + ".short"), RunE: func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{p.words.T("cli.unknown_command", "name", name+" "+args[0])}
		}
		return c.Help()
	}}
	c.AddCommand(subs...)
	return c
}

// one takes exactly one argument, whose name is a catalog message.
func (p *program) one(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError{p.words.T("admin.need", "what", name)}
		}
		return p.noArgs(nil, args[1:])
	}
}

func (p *program) json(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func (p *program) jsonFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("json", false, p.words.T("cli.flag.json"))
}

// table prints rows under the catalog's words for the columns; one that ends in
// # is of numbers.
func (p *program) table(columns string, rows [][]string) {
	t := bot.Table{Rows: rows}
	for name := range strings.FieldsSeq(columns) {
		name, numeric := strings.CutSuffix(name, "#")
		t.Columns = append(t.Columns, bot.Column{Title: p.words.T("admin.column." + name), Numeric: numeric})
	}
	text, _ := console.Render(bot.Reply{Blocks: []bot.Block{t}}, 1)
	fmt.Fprint(p.out, text)
}

// say prints a message of the catalog.
func (p *program) say(key string, args ...string) { fmt.Fprintln(p.out, p.words.T(key, args...)) }

func when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

func id(name string) url.Values { return url.Values{"id": {name}} }

func (p *program) erase() *cobra.Command {
	c := &cobra.Command{Use: "erase TEAM/USER", Short: p.words.T("cli.erase.short"), Long: p.words.T("cli.erase.long"), Args: p.one("TEAM/USER")}
	c.RunE = func(c *cobra.Command, args []string) error {
		config, err := p.load(nil)
		if err != nil {
			return err
		}
		who := args[0]
		if !strings.Contains(who, "/") && !strings.HasPrefix(who, "os:") {
			if config.Team == "" {
				return usageError{p.words.T("admin.error.user")}
			}
			who = config.Team + "/" + who
		} else if strings.HasPrefix(who, "os:") {
			who = "/" + who
		}
		return p.admin(c.Context(), func(a *desk.Admin) error {
			var done desk.ErasedInfo
			if err := a.Ask(c.Context(), http.MethodPost, "/erase", url.Values{"user": {who}}, &done); err != nil {
				return err
			}
			p.say("admin.erased", "count", strconv.Itoa(done.Rows))
			return nil
		})
	}
	return c
}

// reloads has the desk take over its configuration anew whenever the process
// gets SIGHUP, until the function it returns is called.
func (p *program) reloads(ctx context.Context, d *desk.Program) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangups:
				config, err := p.load(nil)
				if err == nil {
					err = config.ForSlack(p.words)
				}
				_ = d.Reload(ctx, config, err) // it has said so in the log
			}
		}
	}()
	return func() {
		signal.Stop(hangups)
		cancel()
		<-done
	}
}
