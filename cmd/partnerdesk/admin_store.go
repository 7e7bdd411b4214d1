package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/bot"
	"partnerdesk/cmd/desk"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/handlers/partner"
)

func (p *program) backup() *cobra.Command {
	c := &cobra.Command{Use: "backup DIR|FILE", Short: p.words.T("cli.backup.short"), Long: p.words.T("cli.backup.long"), Args: p.one("DIR|FILE")}
	asJSON := p.jsonFlag(c)
	to := c.Flags().StringArray("to", nil, p.words.T("cli.flag.recipient"))
	files := c.Flags().StringArray("recipients", nil, p.words.T("cli.flag.recipients"))
	c.RunE = func(c *cobra.Command, args []string) error {
		recipients := *to
		for _, name := range *files {
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			recipients = append(recipients, string(text))
		}
		return p.admin(c.Context(), func(a *desk.Admin) error {
			file, m, err := a.Backup(c.Context(), args[0], recipients, time.Now())
			if err != nil {
				return err
			}
			if *asJSON {
				return p.json(map[string]any{"file": file, "manifest": m})
			}
			rows := uint64(0)
			for _, n := range m.Rows {
				rows += n
			}
			p.say("admin.backup.made", "file", file, "rows", strconv.FormatUint(rows, 10), "entries", strconv.FormatUint(m.Entries, 10),
				"streams", strconv.FormatUint(m.Streams, 10), "seal", strconv.FormatUint(m.Seal, 10))
			return nil
		})
	}
	return c
}

func (p *program) restore() *cobra.Command {
	c := &cobra.Command{Use: "restore FILE", Short: p.words.T("cli.restore.short"), Long: p.words.T("cli.restore.long")}
	asJSON := p.jsonFlag(c)
	replace := c.Flags().Bool("replace", false, p.words.T("cli.flag.replace"))
	release := c.Flags().Bool("release", false, p.words.T("cli.flag.release"))
	checked := c.Flags().Bool("money-checked", false, p.words.T("cli.flag.money_checked"))
	identity := c.Flags().String("identity", "", p.words.T("cli.flag.identity"))
	c.Args = func(c *cobra.Command, args []string) error {
		if *release {
			return p.noArgs(c, args)
		}
		return p.one("FILE")(c, args)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if *release {
			return p.release(c.Context(), *checked)
		}
		config, err := p.load(nil)
		if err != nil {
			return err
		}
		identities := ""
		if *identity != "" {
			text, err := os.ReadFile(*identity)
			if err != nil {
				return err
			}
			identities = string(text)
		}
		parts := p.parts()
		parts.Log = p.logger(config)
		r, err := desk.Restore(c.Context(), config, parts, args[0], identities, *replace)
		if err != nil {
			return err
		}
		if *asJSON {
			return p.json(r)
		}
		p.say("admin.restore.done", "made", when(r.Manifest.Made), "entries", strconv.FormatUint(r.Manifest.Entries, 10),
			"waiting", strconv.Itoa(r.Waiting), "data", config.Data)
		if len(r.Manifest.Ledger) > 0 {
			p.say("admin.restore.money")
			p.ledger(r.Manifest.Ledger)
		}
		if r.Unknown > 0 {
			p.say("admin.restore.unknown", "count", strconv.Itoa(r.Unknown), "amount", r.InDoubt.String())
		}
		if r.Before != "" {
			p.say("admin.restore.before", "file", r.Before)
		}
		if !r.Signed {
			p.say("admin.restore.unsigned")
		}
		if r.Sealed != "" {
			p.say("admin.restore.unsealed", "reason", r.Sealed)
		}
		return nil
	}
	return c
}

func (p *program) release(ctx context.Context, checked bool) error {
	query := url.Values{}
	if checked {
		query.Set("money", "checked")
	}
	return p.admin(ctx, func(a *desk.Admin) error {
		if err := a.Ask(ctx, http.MethodPost, "/restore/release", query, nil); err != nil {
			return err
		}
		p.say("admin.restore.released")
		return nil
	})
}

func (p *program) db() *cobra.Command {
	return p.group("db", p.dbStats(), p.dbCheck(), p.dbCompact())
}

func (p *program) dbStats() *cobra.Command {
	c := &cobra.Command{Use: "stats", Short: p.words.T("cli.db.stats.short"), Args: p.noArgs}
	asJSON := p.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.admin(c.Context(), func(a *desk.Admin) error {
			var i desk.DBInfo
			if err := a.Ask(c.Context(), http.MethodGet, "/db/stats", nil, &i); err != nil {
				return err
			}
			if *asJSON {
				return p.json(i)
			}
			p.dbInfo(i)
			return nil
		})
	}
	return c
}

func (p *program) dbInfo(i desk.DBInfo) {
	running := p.words.T("admin.db.stopped")
	if i.Running {
		running = p.words.T("admin.db.running")
	}
	p.pairs("file", i.Path, "desk", running, "size", fileSize(i.Size), "free", fileSize(i.Free), "commits", fmt.Sprintf("%d / %d", i.Commits, i.Updates))
	if q := i.Quarantine; q != nil {
		p.say("admin.db.quarantine", "since", when(q.Since), "made", when(q.Backup), "file", q.File)
	}
	var rows [][]string
	for _, family := range slices.Sorted(maps.Keys(i.Rows)) {
		rows = append(rows, []string{family, strconv.FormatUint(i.Rows[family], 10)})
	}
	p.table("family rows#", rows)
	p.ledger(i.Ledger)
}

// ledger prints sums in fen, by state.
func (p *program) ledger(sums map[string]int64) {
	var rows [][]string
	for _, state := range slices.Sorted(maps.Keys(sums)) {
		rows = append(rows, []string{state, partner.Fen(sums[state]).String()})
	}
	if len(rows) > 0 {
		p.table("money amount#", rows)
	}
}

func fileSize(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d B", n)
}

// dbCheck reads every page, and the audit chains.
func (p *program) dbCheck() *cobra.Command {
	c := &cobra.Command{Use: "check", Short: p.words.T("cli.db.check.short"), Args: p.noArgs}
	asJSON := p.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.admin(c.Context(), func(a *desk.Admin) error {
			var i desk.DBInfo
			if err := a.Ask(c.Context(), http.MethodPost, "/db/check", nil, &i); err != nil {
				return err
			}
			if *asJSON {
				return p.json(i)
			}
			p.dbInfo(i)
			p.say("admin.db.whole")
			return nil
		})
	}
	return c
}

func (p *program) dbCompact() *cobra.Command {
	c := &cobra.Command{Use: "compact", Short: p.words.T("cli.db.compact.short"), Args: p.noArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		config, err := p.load(nil)
		if err != nil {
			return err
		}
		path := filepath.Join(config.Data, "desk.db")
		before, after, err := bolt.CompactFile(path, bolt.Options{Log: p.logger(config)})
		switch {
		case errors.Is(err, bolt.ErrLocked):
			return bot.User("admin.error.live_compact").Because(err)
		case errors.Is(err, os.ErrNotExist):
			return bot.User("admin.error.no_store", "path", config.Data)
		case err != nil:
			return fmt.Errorf("%w: %w", desk.ErrStore, err)
		}
		p.say("admin.db.compacted", "before", fileSize(before), "after", fileSize(after))
		return nil
	}
	return c
}
