package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/cmd/desk"
)

// check says whether the desk can work as it is configured, and what to mend.
func (p *program) check() *cobra.Command {
	t := p.words.T
	c := &cobra.Command{
		Use: "check [" + strings.Join(desk.CheckParts(), "|") + "]...", Short: t("cli.check.short"), Long: t("cli.check.long"),
		Args: func(_ *cobra.Command, args []string) error {
			for _, a := range args {
				if !slices.Contains(desk.CheckParts(), a) {
					return usageError{t("cli.check.part", "name", a, "parts", strings.Join(desk.CheckParts(), ", "))}
				}
			}
			return nil
		},
	}
	asJSON := p.jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		config, err := p.load(nil)
		if err != nil {
			return err
		}
		o := desk.CheckOptions{Catalog: p.catalog, Words: p.words, Now: time.Now}
		if len(args) > 0 {
			o.Parts = map[string]bool{}
			for _, a := range args {
				o.Parts[a] = true
			}
		}
		bar := p.counter("cli.check.progress")
		o.Step = func(string) { bar.one() }
		found := desk.Check(c.Context(), config, o)
		bar.done()
		if err := c.Context().Err(); err != nil {
			return err
		}
		broken, warnings := count(found, desk.StateBroken), count(found, desk.StateWarning)
		if *asJSON {
			err = p.json(struct {
				OK       bool           `json:"ok"`
				Broken   int            `json:"broken"`
				Warnings int            `json:"warnings"`
				Findings []desk.Finding `json:"findings"`
			}{broken == 0, broken, warnings, found})
		} else {
			_, err = fmt.Fprint(p.out, p.findings(found, broken, warnings))
		}
		if err == nil && broken > 0 {
			return silentError{}
		}
		return err
	}
	return c
}

func count(found []desk.Finding, state desk.State) int {
	n := 0
	for _, f := range found {
		if f.State == state {
			n++
		}
	}
	return n
}

// findings words what a check found, part by part, each fault with its fix.
func (p *program) findings(found []desk.Finding, broken, warnings int) string {
	t := p.words.T
	var s strings.Builder
	part := ""
	for _, f := range found {
		if f.Part != part {
			part = f.Part
			fmt.Fprintln(&s, t("check.part."+part))
		}
		mark := map[desk.State]string{desk.StateFine: "✓", desk.StateNote: "·", desk.StateWarning: "!", desk.StateBroken: "✗"}[f.State]
		fmt.Fprintf(&s, "  %s %s\n", mark, clean(f.Text))
		if f.Fix != "" {
			fmt.Fprintf(&s, "    → %s\n", clean(f.Fix))
		}
		for _, fact := range []struct{ key, value string }{{"code", f.Code}, {"message", f.Message}, {"request", f.RequestID}} {
			if fact.value != "" && !strings.Contains(f.Text, fact.value) {
				fmt.Fprintf(&s, "      %s\n", t("check.fact."+fact.key, "value", short(fact.value, 300)))
			}
		}
	}
	n := []string{"broken", strconv.Itoa(broken), "warnings", strconv.Itoa(warnings)}
	switch {
	case broken > 0:
		fmt.Fprintln(&s, t("check.sum.broken", n...))
	case warnings > 0:
		fmt.Fprintln(&s, t("check.sum.warnings", n...))
	default:
		fmt.Fprintln(&s, t("check.sum.fine"))
	}
	return s.String()
}

// clean keeps what could steer a terminal out of a text that came from outside.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}
