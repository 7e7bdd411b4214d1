package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"partnerdesk/bot"
	"partnerdesk/bot/console"
	"partnerdesk/cmd/desk"
)

func (p *program) config() *cobra.Command {
	return &cobra.Command{
		Use: "config", Short: p.words.T("cli.config.short"), Args: p.noArgs,
		RunE: func(*cobra.Command, []string) error {
			in, err := p.input(nil)
			if err != nil {
				return err
			}
			_, values, err := desk.Read(in)
			table := bot.Table{Columns: []bot.Column{
				{Title: p.words.T("cli.config.key")}, {Title: p.words.T("cli.config.value")}, {Title: p.words.T("cli.config.from")},
				{Title: p.words.T("cli.config.env")}, {Title: p.words.T("cli.config.default")}, {Title: p.words.T("cli.config.meaning")},
			}}
			for i, r := range desk.Describe(p.words) {
				value, from := "–", "–"
				if v := values[i]; v.From != "" {
					value, from = v.Text, p.words.T("cli.config.from."+string(v.From))
				}
				table.Rows = append(table.Rows, []string{r.Key, value, from, r.Env, r.Default, r.Meaning})
			}
			text, _ := console.Render(bot.Reply{Blocks: []bot.Block{table}}, 1)
			fmt.Fprint(p.out, text)
			return err
		},
	}
}

func (p *program) manifest() *cobra.Command {
	c := &cobra.Command{
		Use: "manifest", Short: p.words.T("cli.manifest.short"), Args: p.noArgs,
	}
	url := c.Flags().String("url", "", p.words.T("cli.flag.url"))
	c.RunE = func(*cobra.Command, []string) error {
		config, err := p.load(nil)
		if err != nil {
			return err
		}
		text, err := desk.Manifest(config, p.catalog, *url)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.out, text)
		return err
	}
	return c
}

// version is what the module system knows of this build.
func (p *program) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: p.words.T("cli.version.short"), Args: p.noArgs,
		RunE: func(*cobra.Command, []string) error {
			name := "devel"
			if info, ok := debug.ReadBuildInfo(); ok {
				name = info.Main.Version
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						name += " " + s.Value
					}
				}
				name += " " + info.GoVersion
			}
			_, err := fmt.Fprintln(p.out, "partnerdesk", name)
			return err
		},
	}
}
