package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"partnerdesk/bot"
	"partnerdesk/bot/console"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/rest"
)

// The commands that read the partner center at a terminal. They change nothing.
// Phone numbers and mail addresses are left out of tables and JSON alike.

// callsNote is where a command keeps the calls it makes, for the table of
// permission items.
const callsNote = "calls"

func (p *program) center() *cobra.Command {
	return p.group("center", p.centerBalance(), p.centerCustomers(), p.centerResellers(), p.centerQuotas(), p.centerCoupons(), p.centerRecords(), p.centerCases())
}

// reading is one command of the partner center while it runs.
type reading struct {
	p      *program
	client *rest.Client
	zone   *time.Location
	json   bool
}

// reads makes a command of the center. calls are the operations it needs, "|"
// between such as exclude each other.
func (p *program) reads(name, calls string, run func(c *cobra.Command, r reading) error) *cobra.Command {
	c := &cobra.Command{
		Use: name, Short: p.words.T("cli.center." + name + ".short"), Args: p.noArgs,
		Annotations: map[string]string{callsNote: strings.ReplaceAll(calls, "|", " ")},
	}
	asJSON := p.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		config, err := p.load(nil)
		if err != nil {
			return err
		}
		client, err := config.PartnerCenter(p.words.Tag() == lang.English, time.Now)
		if err != nil {
			return err
		}
		if client == nil {
			return errors.New(p.words.T("cli.center.unset"))
		}
		defer client.Close()
		return run(c, reading{p: p, client: client, zone: config.Zone, json: *asJSON})
	}
	return c
}

// may refuses a call that the operator's kind does not have before it is made.
func (r reading) may(op string) error {
	switch r.client.Capabilities().Can(op) {
	case partner.NoRights, partner.NoResellers:
		return &partner.Error{Op: op, Class: partner.NotAllowed, Code: partner.CodeKind}
	}
	return nil
}

// refusal words an error of the partner center for an admin: what people read,
// then what Huawei Cloud's support asks for.
func (p *program) refusal(e *partner.Error) string {
	t := p.words.T
	facts := []string{t("cli.center.fault.op", "op", e.Op)}
	add := func(key, name, value string) {
		if value != "" {
			facts = append(facts, t("cli.center.fault."+key, name, value))
		}
	}
	add("code", "code", e.Code)
	if e.Status != 0 {
		add("status", "status", strconv.Itoa(e.Status))
	}
	add("request", "id", e.RequestID)
	add("item", "items", strings.Join(strings.Fields(e.Item), " / "))
	add("message", "text", short(e.Message, 300))
	if e.Err != nil {
		add("message", "text", short(e.Err.Error(), 300))
	}
	if e.Class == partner.NotAllowed || e.Class == partner.Broken {
		facts = append(facts, t("cli.center.fault.check"))
	}
	return t(e.Key()) + "\n  " + strings.Join(facts, "\n  ")
}

// column is one column of a list: its name in JSON and in the catalog, and its
// value. A value is a string, a [partner.Fen], a time, a bool, a number or a
// [coded] word.
type column[T any] struct {
	name  string
	value func(T) any
	rest  bool // in JSON only
}

// coded is a code of the center and the catalog key of its word.
type coded struct{ code, key string }

// printAll prints everything a sequence yields, once it has all been read: half a
// list would be taken for a whole one.
func printAll[T any](r reading, seq iter.Seq2[T, error], columns ...column[T]) error {
	var all []T
	bar := r.p.counter("cli.center.progress")
	for item, err := range seq {
		if err != nil {
			bar.done()
			return err
		}
		all = append(all, item)
		bar.one()
	}
	bar.done()
	return show(r, all, columns...)
}

func show[T any](r reading, all []T, columns ...column[T]) error {
	if r.json {
		rows := make([]object, 0, len(all))
		for _, item := range all {
			var o object
			for _, c := range columns {
				o = append(o, member{c.name, plain(c.value(item))})
			}
			rows = append(rows, o)
		}
		return r.p.json(rows)
	}
	if len(all) == 0 {
		r.p.say("cli.center.none")
		return nil
	}
	var t bot.Table
	for _, c := range columns {
		if !c.rest {
			t.Columns = append(t.Columns, bot.Column{Title: r.p.words.T("cli.center.column." + c.name), Numeric: numeric(c.value(all[0]))})
		}
	}
	for _, item := range all {
		var row []string
		for _, c := range columns {
			if !c.rest {
				row = append(row, r.cell(c.value(item)))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	text, _ := console.Render(bot.Reply{Blocks: []bot.Block{t}}, 1)
	_, err := fmt.Fprint(r.p.out, text)
	return err
}

func numeric(v any) bool {
	switch v.(type) {
	case partner.Fen, *partner.Fen, int:
		return true
	}
	return false
}

// cell words a value for a table.
func (r reading) cell(v any) string {
	switch v := v.(type) {
	case string:
		return short(v, 48)
	case partner.Fen:
		return v.String()
	case *partner.Fen:
		if v == nil {
			return "–"
		}
		return v.String()
	case time.Time:
		if v.IsZero() {
			return "–"
		}
		return v.In(r.zone).Format("2006-01-02 15:04")
	case bool:
		if v {
			return r.p.words.T("cli.center.yes")
		}
		return r.p.words.T("cli.center.no")
	case coded:
		if r.p.words.Has(v.key) {
			return r.p.words.T(v.key)
		}
		return v.code
	}
	return fmt.Sprint(v)
}

// plain is a value as JSON has it: amounts as decimal strings in yuan, times in
// UTC, codes as the center has them.
func plain(v any) any {
	switch v := v.(type) {
	case partner.Fen:
		return v.String()
	case *partner.Fen:
		if v == nil {
			return nil
		}
		return v.String()
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC().Format(time.RFC3339)
	case coded:
		return v.code
	}
	return v
}

// short puts a text on one line of at most n characters.
func short(s string, n int) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements [json.Marshaler].
func (o object) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i, m := range o {
		b.WriteByte("{,"[min(i, 1)])
		if err := enc.Encode(m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(m.value); err != nil {
			return nil, err
		}
	}
	if len(o) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// counting shows on a terminal how many items of a list have come.
type counting struct{ bar *progressbar.ProgressBar }

// counter counts on standard error when that is a terminal, else nowhere.
func (p *program) counter(what string) counting {
	f, ok := p.err.(*os.File)
	if !ok {
		return counting{}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return counting{}
	}
	return counting{progressbar.NewOptions(-1, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(p.words.T(what)),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(200*time.Millisecond))}
}

func (c counting) one() {
	if c.bar != nil {
		_ = c.bar.Add(1) // it only draws
	}
}

func (c counting) done() {
	if c.bar != nil {
		_ = c.bar.Finish()
	}
}

// day reads a day of the configured zone; the empty string is no time at all.
func (r reading) day(flag, value string) (time.Time, error) {
	if value == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, value, r.zone)
	if err != nil {
		return at, usageError{r.p.words.T("cli.center.bad_day", "flag", flag, "value", value)}
	}
	return at, nil
}

// span reads two days, the last one included.
func (r reading) span(fromFlag, from, toFlag, to string) (a, b time.Time, err error) {
	if a, err = r.day(fromFlag, from); err != nil {
		return a, b, err
	}
	if b, err = r.day(toFlag, to); err != nil || b.IsZero() {
		return a, b, err
	}
	return a, b.AddDate(0, 0, 1).Add(-time.Second), nil
}

// choice finds what a word on the command line means.
func choice[T any](p *program, flag, value string, words []string, means []T) (T, error) {
	var none T
	if value == "" {
		return none, nil
	}
	for i, w := range words {
		if w == value {
			return means[i], nil
		}
	}
	return none, usageError{p.words.T("cli.center.bad_choice", "flag", flag, "value", value, "words", strings.Join(words, ", "))}
}
