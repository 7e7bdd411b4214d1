package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"partnerdesk/bot/lang"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
)

// Exit codes. They are part of the interface: scripts and service managers
// decide by them.
const (
	exitOK     = 0
	exitFailed = 1 // it was tried and did not work
	exitUsage  = 2 // the command line makes no sense
	exitConfig = 3 // the configuration is at fault
	exitStore  = 4 // the data directory cannot be used
)

// program is what every subcommand shares.
type program struct {
	getenv  func(string) string
	in      io.Reader
	out     io.Writer
	err     io.Writer
	catalog *lang.Catalog
	words   lang.Words

	level slog.LevelVar // of the logger

	file string
	lang string
	data string
	sets []string
}

// usageError is a mistake on the command line.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// run is the whole program without a process around it.
func run(ctx context.Context, args []string, getenv func(string) string, in io.Reader, out, errOut io.Writer) int {
	catalog, err := data.Messages()
	if err != nil {
		fmt.Fprintln(errOut, err)
		return exitFailed
	}
	p := &program{getenv: getenv, in: in, out: out, err: errOut, catalog: catalog}
	p.words = catalog.In(p.language(args))
	root := p.root()
	root.SetArgs(args)
	err = root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(errOut, p.words.T("cli.stopped"))
		return exitOK
	}
	if config, ok := errors.AsType[*desk.ConfigError](err); ok {
		for _, fault := range config.Faults {
			fmt.Fprintln(errOut, "• "+fault)
		}
		return exitConfig
	}
	if _, ok := errors.AsType[silentError](err); ok {
		return exitFailed
	}
	fmt.Fprintln(errOut, p.words.T("cli.error", "reason", p.worded(err)))
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if errors.Is(err, desk.ErrStore) {
		return exitStore
	}
	return exitFailed
}

// language is decided before anything is parsed, because help is worded too:
// --lang, else the system's locale.
func (p *program) language(args []string) lang.Tag {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return lang.Match(v)
		}
		if a == "--lang" && i+1 < len(args) {
			return lang.Match(args[i+1])
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := p.getenv(name); v != "" {
			if v == "C" || v == "POSIX" || strings.HasPrefix(v, "C.") {
				return lang.English
			}
			return lang.Match(v)
		}
	}
	return lang.Chinese
}

func (p *program) root() *cobra.Command {
	t := p.words.T
	root := &cobra.Command{
		Use: "partnerdesk", Short: t("cli.root.short"), Long: t("cli.root.long"),
		SilenceErrors: true, SilenceUsage: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{t("cli.unknown_command", "name", args[0])}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	flags := root.PersistentFlags()
	flags.StringVar(&p.file, "config", p.getenv("PARTNERDESK_CONFIG"), t("cli.flag.config"))
	flags.StringArrayVar(&p.sets, "set", nil, t("cli.flag.set"))
	flags.StringVar(&p.data, "data", "", t("cli.flag.data"))
	flags.StringVar(&p.lang, "lang", "", t("cli.flag.lang"))
	root.AddCommand(p.demo(), p.ask(), p.console(), p.faq(), p.serve(), p.manifest(), p.config(), p.slacksim(), p.sandbox(), p.version(),
		p.audit(), p.backup(), p.restore(), p.db(), p.inbox(), p.outbox(), p.jobs(), p.access(), p.erase(), p.center(), p.check())
	root.SetHelpCommand(&cobra.Command{Use: "help", Short: t("cli.help.short"), Run: func(c *cobra.Command, args []string) {
		if found, _, err := root.Find(args); err == nil {
			_ = found.Help()
		}
	}})
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetUsageTemplate(p.template())
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err.Error()} })
	p.wordHelp(root)
	return root
}

// wordHelp gives every command its --help flag in the person's language.
func (p *program) wordHelp(c *cobra.Command) {
	c.InitDefaultHelpFlag()
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			f.Usage = p.words.T("cli.flag.help")
		}
	})
	for _, sub := range c.Commands() {
		p.wordHelp(sub)
	}
}

func (p *program) template() string {
	t := p.words.T
	return t("cli.usage") + `:
  {{.UseLine}}{{if .HasAvailableSubCommands}}{{if not .Runnable}}
  {{.CommandPath}} …{{end}}{{end}}{{if .HasExample}}

` + t("cli.examples") + `:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

` + t("cli.commands") + `:{{range .Commands}}{{if (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding }} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

` + t("cli.flags") + `:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

` + t("cli.global_flags") + `:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

` + t("cli.more", "command", "{{.CommandPath}}") + `{{end}}
`
}

// load reads the configuration from flags, environment and file.
func (p *program) load(also map[string]string) (desk.Config, error) {
	in, err := p.input(also)
	if err != nil {
		return desk.Config{}, err
	}
	return desk.Load(in)
}

// input is where this call's settings come from; also are those that flags of
// the subcommand stand for.
func (p *program) input(also map[string]string) (desk.Input, error) {
	set := map[string]string{}
	for _, s := range p.sets {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return desk.Input{}, usageError{"--set " + s}
		}
		set[key] = value
	}
	if p.data != "" {
		set["data"] = p.data
	}
	for k, v := range also {
		if v != "" {
			set[k] = v
		}
	}
	return desk.Input{Set: set, Getenv: p.getenv, File: p.file, Words: p.words}, nil
}

// logger writes to standard error, so that standard output stays the answer's.
func (p *program) logger(c desk.Config) *slog.Logger {
	p.level.Set(c.LogLevel)
	o := &slog.HandlerOptions{Level: &p.level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.err, o))
	}
	return slog.New(slog.NewTextHandler(p.err, o))
}
