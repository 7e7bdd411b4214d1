package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"partnerdesk/cmd/desk"
	"partnerdesk/data/witness"
)

// audit reads and proves the audit log.
func (p *program) audit() *cobra.Command {
	return p.group("audit", p.auditList(), p.auditShow(), p.auditVerify(), p.auditExport(), p.auditReport(), p.auditKey(), p.auditSeal(), p.auditRotate())
}

func (p *program) auditList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: p.words.T("cli.audit.list.short"), Args: p.noArgs}
	asJSON := p.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.admin(c.Context(), func(a *desk.Admin) error {
			return list(c.Context(), p, a, nil, *asJSON, "/audit/streams", "stream entries# hash", func(s desk.StreamInfo) []string {
				return []string{s.Stream, strconv.FormatUint(s.Entries, 10), s.Hash[:min(16, len(s.Hash))]}
			})
		})
	}
	return c
}

func (p *program) auditShow() *cobra.Command {
	c := &cobra.Command{Use: "show STREAM", Short: p.words.T("cli.audit.show.short"), Args: p.one("STREAM")}
	asJSON := p.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return p.admin(c.Context(), func(a *desk.Admin) error {
			var rows [][]string
			err := p.entries(c, a, args[0], func(line []byte, e desk.EntryInfo) error {
				if *asJSON {
					_, err := fmt.Fprintf(p.out, "%s\n", line)
					return err
				}
				rows = append(rows, []string{strconv.FormatUint(e.Number, 10), when(e.At), p.who(e), e.Action, e.Object, e.Outcome, facts(e.Facts)})
				return nil
			})
			if len(rows) > 0 {
				p.table("number# at who action object outcome facts", rows)
			}
			return err
		})
	}
	return c
}

// entries walks the entries of a stream, or of all when it is empty.
func (p *program) entries(c *cobra.Command, a *desk.Admin, stream string, each func(line []byte, e desk.EntryInfo) error) error {
	resp, err := a.Do(c.Context(), http.MethodGet, "/audit/entries", url.Values{"stream": {stream}}, "", nil)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e desk.EntryInfo
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("%s: %w", lines.Bytes(), err)
		}
		if e.Hash == "" { // the chain broke here, and the answer was under way already
			return desk.AdminError(lines.Bytes())
		}
		if err := each(lines.Bytes(), e); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (p *program) who(e desk.EntryInfo) string {
	if e.Erased {
		return p.words.T("admin.audit.erased")
	}
	return cmp.Or(e.Who, "–")
}

func facts(m map[string]string) string {
	var list []string
	for k, v := range m {
		if len(v) == 64 && strings.Trim(v, "0123456789abcdef") == "" {
			v = v[:12] + "…" // a hash, of which the beginning tells enough
		}
		list = append(list, k+"="+v)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func (p *program) auditVerify() *cobra.Command {
	c := &cobra.Command{Use: "verify", Short: p.words.T("cli.audit.verify.short"), Long: p.words.T("cli.audit.verify.long"), Args: p.noArgs}
	asJSON := p.jsonFlag(c)
	file := c.Flags().String("witness", "", p.words.T("cli.flag.witness"))
	keys := c.Flags().String("key", "", p.words.T("cli.flag.audit_key"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		query, pem := url.Values{"witness": {"own"}}, ""
		var body io.Reader
		if *file != "" {
			f, err := os.Open(*file)
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			lines, err := witness.Lines(f)
			if errors.Is(err, witness.ErrNoSeals) {
				return usageError{p.words.T("admin.audit.no_seals", "file", *file, "ending", witness.SealFile)}
			}
			if err != nil {
				return err
			}
			query, body = url.Values{"witness": {"given"}}, lines
		}
		if *keys != "" {
			text, err := os.ReadFile(*keys)
			if err != nil {
				return err
			}
			pem = string(text)
		}
		return p.admin(c.Context(), func(a *desk.Admin) error {
			resp, err := a.Do(c.Context(), http.MethodPost, "/audit/verify", query, pem, body)
			if err != nil {
				return err
			}
			var v desk.VerifyInfo
			if err := desk.ReadAnswer(resp, &v); err != nil {
				return err
			}
			if *asJSON {
				err = p.json(v)
			} else {
				p.verified(v)
			}
			if err == nil && !v.OK {
				err = silentError{}
			}
			return err
		})
	}
	return c
}

// silentError is a failure of which everything has been said.
type silentError struct{}

func (silentError) Error() string { return "" }

func (p *program) verified(v desk.VerifyInfo) {
	n := func(u uint64) string { return strconv.FormatUint(u, 10) }
	var rows [][]string
	for _, f := range v.Findings {
		rows = append(rows, []string{f.Where, n(f.Number), p.words.T("admin.audit.fault." + f.What)})
	}
	if len(rows) > 0 {
		p.table("where number# fault", rows)
	}
	p.say("admin.audit.counted", "streams", n(v.Streams), "entries", n(v.Entries), "seals", n(v.Seals), "nameless", n(v.Nameless))
	switch {
	case !v.OK:
		p.say("admin.audit.broken", "count", strconv.Itoa(v.Faults))
		return
	case !v.Witnessed:
		p.say("admin.audit.unwitnessed")
	case v.Proven == 0:
		p.say("admin.audit.unproven")
	default:
		p.say("admin.audit.proven", "seal", n(v.Proven), "at", when(v.ProvenAt))
	}
	if v.SetAside > 0 {
		p.say("admin.audit.set_aside", "count", n(v.SetAside))
	}
	if later := v.Later; v.Witnessed && later+v.Unsealed > 0 || !v.Witnessed && v.Unsealed > 0 {
		p.say("admin.audit.later", "seals", n(later), "entries", n(v.Unsealed))
	}
}

func (p *program) auditExport() *cobra.Command {
	c := &cobra.Command{Use: "export", Short: p.words.T("cli.audit.export.short"), Args: p.noArgs}
	file := c.Flags().String("out", "", p.words.T("cli.flag.out_file"))
	stream := c.Flags().String("stream", "", p.words.T("cli.flag.stream"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.admin(c.Context(), func(a *desk.Admin) error {
			out := p.out
			if *file != "" {
				f, err := os.OpenFile(*file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
				if err != nil {
					return err
				}
				defer func() { _ = f.Close() }()
				out = f
			}
			w, n := bufio.NewWriter(out), 0
			err := p.entries(c, a, *stream, func(line []byte, _ desk.EntryInfo) error {
				n++
				_, err := w.Write(append(line, '\n'))
				return err
			})
			if err == nil {
				err = w.Flush()
			}
			if err == nil && *file != "" {
				p.say("admin.audit.exported", "count", strconv.Itoa(n), "file", *file)
			}
			return err
		})
	}
	return c
}

func (p *program) auditKey() *cobra.Command {
	return p.keyCommand("key", http.MethodGet, func(k desk.KeyInfo) { fmt.Fprint(p.out, k.Public) })
}

func (p *program) auditSeal() *cobra.Command {
	return p.keyCommand("seal", http.MethodPost, func(k desk.KeyInfo) { p.say("admin.audit.sealed_now", "file", cmp.Or(k.Witness, "–")) })
}

func (p *program) auditRotate() *cobra.Command {
	return p.keyCommand("rotate", http.MethodPost, func(k desk.KeyInfo) { p.say("admin.audit.rotated", "old", k.Old, "key", k.ID) })
}

func (p *program) keyCommand(name, method string, say func(desk.KeyInfo)) *cobra.Command {
	c := &cobra.Command{Use: name, Short: p.words.T("cli.audit." + name + ".short"), Args: p.noArgs}
	asJSON := p.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.admin(c.Context(), func(a *desk.Admin) error {
			var k desk.KeyInfo
			if err := a.Ask(c.Context(), method, "/audit/"+name, nil, &k); err != nil {
				return err
			}
			if *asJSON {
				return p.json(k)
			}
			say(k)
			return nil
		})
	}
	return c
}
