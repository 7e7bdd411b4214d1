package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"partnerdesk/bot"
	"partnerdesk/bot/console"
	"partnerdesk/faq"
)

func (p *program) faq() *cobra.Command {
	c := &cobra.Command{Use: "faq", Short: p.words.T("cli.faq.short"), RunE: func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{p.words.T("cli.unknown_command", "name", "faq "+args[0])}
		}
		return c.Help()
	}}
	c.AddCommand(p.faqWhy(), p.faqLint(), p.faqEval(), p.faqImport(), p.faqTrain())
	return c
}

func (p *program) faqWhy() *cobra.Command {
	c := &cobra.Command{Use: "why " + p.words.T("cli.question"), Short: p.words.T("cli.faq.why.short")}
	corpus := c.Flags().String("corpus", "", p.words.T("cli.flag.corpus"))
	c.RunE = func(c *cobra.Command, args []string) error {
		q := strings.TrimSpace(strings.Join(args, " "))
		if q == "" {
			return usageError{p.words.T("cli.ask.need")}
		}
		know, err := p.knowledge(c.Context(), *corpus)
		if err != nil {
			return err
		}
		defer func() { _ = know.Close() }()
		why, err := know.Why(c.Context(), faq.Question{Text: q})
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(p.out, p.why(why))
		return err
	}
	return c
}

func (p *program) why(why faq.Why) string {
	var s strings.Builder
	t := p.words.T
	row := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&s, "%s: %s\n", label, value)
		}
	}
	row(t("why.verdict"), fmt.Sprintf("%s  (%s)", why.Answer.Verdict, why.Answer.Rule))
	row(t("why.confidence"), fmt.Sprintf("%.3f", why.Answer.Confidence))
	row(t("why.read"), strings.Join(why.Read, " "))
	row(t("why.corrected"), why.Corrected)
	row(t("why.layers"), strings.Join(why.Layers, ", "))
	row(t("why.veto"), why.Veto)
	for i, c := range why.Candidates[:min(5, len(why.Candidates))] {
		fmt.Fprintf(&s, "\n%d. %s  %.3f\n   %s\n", i+1, c.Entry.ID, c.Score, c.Phrasing)
		var features []string
		for _, f := range c.Features {
			if f.Value != 0 {
				features = append(features, fmt.Sprintf("%s %.2f×%.2f", f.Name, f.Value, f.Weight))
			}
		}
		fmt.Fprintf(&s, "   %s\n", strings.Join(features, "  "))
	}
	return s.String()
}

func (p *program) faqEval() *cobra.Command {
	c := &cobra.Command{Use: "eval FILE...", Short: p.words.T("cli.faq.eval.short")}
	corpus := c.Flags().String("corpus", "", p.words.T("cli.flag.corpus"))
	oos := c.Flags().StringArray("oos", nil, p.words.T("cli.flag.oos"))
	quiet := c.Flags().Bool("summary", false, p.words.T("cli.flag.summary"))
	diagram := c.Flags().String("reliability", "", p.words.T("cli.flag.reliability"))
	maxWrong := c.Flags().Float64("max-wrong", 100, p.words.T("cli.flag.max_wrong"))
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args)+len(*oos) == 0 {
			return usageError{p.words.T("cli.faq.eval.short")}
		}
		know, err := p.knowledge(c.Context(), *corpus)
		if err != nil {
			return err
		}
		defer func() { _ = know.Close() }()
		cases, err := readCases(append(args, *oos...))
		if err != nil {
			return err
		}
		report, err := faq.Eval(c.Context(), know.Desk, cases)
		if err != nil {
			return err
		}
		p.report(report, *quiet)
		if *diagram != "" {
			if err := writeDiagram(*diagram, report); err != nil {
				return err
			}
		}
		for _, t := range report.Tallies {
			if t.Group == "all" && 100*t.Share(faq.Wrong) > *maxWrong {
				return fmt.Errorf("wrong %.1f%% > %.1f%%", 100*t.Share(faq.Wrong), *maxWrong)
			}
		}
		return nil
	}
	return c
}

func writeDiagram(file string, r *faq.Report) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(faq.WriteDiagram(f, r), f.Close())
}

// report prints the tallies as tables, the misses first so that the figures
// stand at the end.
func (p *program) report(r *faq.Report, quiet bool) {
	if !quiet {
		for _, o := range r.Misses() {
			entry := ""
			if o.Answer.Entry != nil {
				entry = o.Answer.Entry.ID
			}
			for _, ch := range o.Answer.Choices {
				entry = cmp.Or(entry, "?") + " " + ch.Entry.ID
			}
			fmt.Fprintf(p.out, "%-8s %s  %.2f  %s  %s  [%s]\n", o.Result, o.Case.ID, o.Confidence, o.Case.Q, entry, o.Answer.Rule)
		}
		fmt.Fprintln(p.out)
	}
	percent := func(t faq.Tally, results ...faq.Result) string { return fmt.Sprintf("%.1f", 100*t.Share(results...)) }
	for _, scope := range []bool{true, false} {
		table := bot.Table{Columns: []bot.Column{{Title: ""}, {Title: "n", Numeric: true}}}
		names := []faq.Result{faq.Right, faq.Helped, faq.Wrong, faq.Silent}
		if !scope {
			names = []faq.Result{faq.Quiet, faq.Offered, faq.Wrong}
		}
		for _, n := range names {
			table.Columns = append(table.Columns, bot.Column{Title: string(n) + " %", Numeric: true})
		}
		for _, t := range r.Tallies {
			if t.Scope != scope {
				continue
			}
			row := []string{t.Group, fmt.Sprint(t.Cases)}
			for _, n := range names {
				row = append(row, percent(t, n))
			}
			table.Rows = append(table.Rows, row)
		}
		if len(table.Rows) > 0 {
			text, _ := console.Render(bot.Reply{Blocks: []bot.Block{table}}, 1)
			fmt.Fprintln(p.out, text)
		}
	}
}
