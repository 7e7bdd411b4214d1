package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"partnerdesk/faq/importer"
)

func (p *program) faqImport() *cobra.Command {
	c := &cobra.Command{
		Use: "import PATH...", Short: p.words.T("cli.faq.import.short"), Example: indent(p.words.T("cli.faq.import.example")),
	}
	out := c.Flags().String("out", "", p.words.T("cli.flag.out"))
	asJSON := c.Flags().Bool("json", false, p.words.T("cli.flag.json"))
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 || *out == "" {
			return usageError{p.words.T("cli.faq.import.need")}
		}
		now := time.Now()
		result, err := importer.Import(c.Context(), args, importer.Options{Progress: p.progress()})
		if err != nil {
			return err
		}
		written, err := importer.Write(*out, result, now)
		if err != nil {
			return err
		}
		if *asJSON {
			enc := json.NewEncoder(p.out)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			err = enc.Encode(struct {
				importer.Report
				Out     string           `json:"out"`
				Written importer.Written `json:"written"`
			}{result.Report, *out, written})
		} else {
			_, err = fmt.Fprint(p.out, p.importReport(result.Report, written, *out))
		}
		if err != nil {
			return err
		}
		if len(result.Drafts) == 0 {
			return fmt.Errorf("%s", p.words.T("cli.faq.import.nothing"))
		}
		return nil
	}
	return c
}

// progress draws a bar on standard error when that is a terminal.
func (p *program) progress() func(done, of int) {
	f, ok := p.err.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(done, of int) {
		if bar == nil {
			bar = progressbar.NewOptions(of, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(p.words.T("cli.faq.import.progress")),
				progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
		}
		_ = bar.Set(done)
	}
}

// importReport says what became of everything that was read.
func (p *program) importReport(r importer.Report, w importer.Written, dir string) string {
	t, n := p.words.T, strconv.Itoa
	var s strings.Builder
	for _, f := range r.Files {
		fmt.Fprintln(&s, t("cli.faq.import.file", "file", f.Path, "format", f.Format, "encoding", f.Encoding, "units", n(f.Units), "blank", n(f.Blank)))
	}
	sections := []struct {
		key     string
		outcome importer.Outcome
	}{
		{"cli.faq.import.merged", importer.Merged},
		{"cli.faq.import.trimmed", importer.Trimmed},
		{"cli.faq.import.dropped", importer.Dropped},
		{"cli.faq.import.failed", importer.Failed},
	}
	for _, section := range sections {
		head := false
		for _, l := range r.Lines {
			if l.Outcome != section.outcome {
				continue
			}
			if !head {
				fmt.Fprintf(&s, "\n%s\n", t(section.key))
				head = true
			}
			at := l.File
			if l.Line > 0 {
				at = fmt.Sprintf("%s:%d", l.File, l.Line)
			}
			why := t("cli.faq.import.why."+string(l.Reason), "with", l.With)
			fmt.Fprintf(&s, "  %s  %s", at, why)
			for _, more := range [...]string{l.Text, l.Detail} {
				if more != "" {
					fmt.Fprintf(&s, "  | %s", more)
				}
			}
			s.WriteByte('\n')
		}
	}
	s.WriteByte('\n')
	for _, path := range w.Edited {
		fmt.Fprintln(&s, t("cli.faq.import.edited", "file", path))
	}
	if w.Known > 0 {
		fmt.Fprintln(&s, t("cli.faq.import.known", "count", n(w.Known)))
	}
	fmt.Fprintln(&s, t("cli.faq.import.sum", "read", n(r.Read), "kept", n(r.Kept), "merged", n(r.Merged), "dropped", n(r.Dropped), "failed", n(r.Failed), "trimmed", n(r.Trimmed)))
	fmt.Fprintln(&s, t("cli.faq.import.done", "drafts", n(r.Drafts), "files", n(len(w.Files)), "dir", dir))
	return s.String()
}
