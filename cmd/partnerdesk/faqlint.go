package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/cmd/desk"
	"partnerdesk/faq"
)

func (p *program) faqLint() *cobra.Command {
	c := &cobra.Command{Use: "lint", Short: p.words.T("cli.faq.lint.short"), Args: p.noArgs}
	corpus := c.Flags().String("corpus", "", p.words.T("cli.flag.corpus"))
	asOf := c.Flags().String("as-of", "", p.words.T("cli.flag.as_of"))
	c.RunE = func(*cobra.Command, []string) error {
		day := time.Now()
		if *asOf != "" {
			var err error
			if day, err = time.Parse(time.DateOnly, *asOf); err != nil {
				return usageError{p.words.T("cli.faq.lint.day", "value", *asOf)}
			}
		}
		loaded, err := desk.LoadCorpus(*corpus)
		if err != nil {
			return err
		}
		faults, warnings := 0, 0
		for _, f := range faq.Lint(loaded, day) {
			mark := "✗"
			if f.Warn {
				mark = "⚠"
				warnings++
			} else {
				faults++
			}
			fmt.Fprintf(p.out, "%s %s:%d %s [%s] %s\n", mark, f.File, f.Line, f.Entry, f.Rule, f.Text)
		}
		counts := []string{"count", strconv.Itoa(len(loaded.Entries)), "faults", strconv.Itoa(faults), "warnings", strconv.Itoa(warnings)}
		if faults > 0 {
			return errors.New(p.words.T("cli.faq.lint.faults", counts...))
		}
		fmt.Fprintln(p.out, p.words.T("cli.faq.lint.clean", counts...))
		return nil
	}
	return c
}
