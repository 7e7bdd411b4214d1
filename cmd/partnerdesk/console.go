package main

import (
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/bot/console"
	"partnerdesk/cmd/desk"
)

func (p *program) console() *cobra.Command {
	var corpus string
	c := &cobra.Command{
		Use: "console", Short: p.words.T("cli.console.short"), Args: p.noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := p.load(map[string]string{"faq.corpus": corpus})
			if err != nil {
				return err
			}
			know, err := desk.OpenKnowledge(c.Context(), config.FAQ)
			if err != nil {
				return err
			}
			defer func() { _ = know.Close() }()
			door := console.New(p.out, p.words)
			b, err := desk.ConsoleBot(config, p.catalog, know, door, time.Now)
			if err != nil {
				return err
			}
			return door.Run(c.Context(), b, p.in)
		},
	}
	c.Flags().StringVar(&corpus, "corpus", "", p.words.T("cli.flag.corpus"))
	return c
}

// noArgs refuses arguments in words.
func (p *program) noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{p.words.T("cli.unexpected", "arg", args[0])}
	}
	return nil
}
