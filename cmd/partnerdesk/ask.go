package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/bot/console"
	"partnerdesk/bot/lang"
	"partnerdesk/cmd/desk"
	"partnerdesk/faq"
	"partnerdesk/handlers"
)

func (p *program) ask() *cobra.Command {
	var asJSON bool
	var batch, corpus string
	c := &cobra.Command{
		Use: "ask [" + p.words.T("cli.question") + "]", Short: p.words.T("cli.ask.short"), Example: indent(p.words.T("cli.ask.example")),
		RunE: func(c *cobra.Command, args []string) error {
			question := strings.TrimSpace(strings.Join(args, " "))
			if question == "" && batch == "" {
				return usageError{p.words.T("cli.ask.need")}
			}
			know, err := p.knowledge(c.Context(), corpus)
			if err != nil {
				return err
			}
			defer func() { _ = know.Close() }()
			if batch != "" {
				return p.askBatch(c.Context(), know, batch)
			}
			return p.askOne(c.Context(), know, question, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, p.words.T("cli.flag.json"))
	c.Flags().StringVar(&batch, "batch", "", p.words.T("cli.flag.batch"))
	c.Flags().StringVar(&corpus, "corpus", "", p.words.T("cli.flag.corpus"))
	return c
}

func (p *program) knowledge(ctx context.Context, corpus string) (*desk.Knowledge, error) {
	config, err := p.load(map[string]string{"faq.corpus": corpus})
	if err != nil {
		return nil, err
	}
	return desk.OpenKnowledge(ctx, config.FAQ)
}

func (p *program) askOne(ctx context.Context, know *desk.Knowledge, q string, asJSON bool) error {
	tag := lang.Of(q)
	if p.lang != "" {
		tag = lang.Match(p.lang)
	}
	w := p.catalog.In(tag)
	answer, err := know.Ask(ctx, faq.Question{Text: q, Lang: corpusLang(tag)})
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(p.out).Encode(result(w, "", q, answer))
	}
	text, _ := console.Render(handlers.AnswerReply(w, time.Now(), answer), 1)
	_, err = fmt.Fprint(p.out, text)
	return err
}

func corpusLang(t lang.Tag) faq.Lang {
	if t == lang.English {
		return faq.EN
	}
	return faq.ZH
}

// askResult is one line of ask --json; the names are an interface.
type askResult struct {
	ID         string      `json:"id"`
	Q          string      `json:"q"`
	Verdict    string      `json:"verdict"` // sure, maybe or none
	Confidence float64     `json:"confidence"`
	Answer     string      `json:"answer"` // empty unless sure; at most 900 runes
	Entry      string      `json:"entry"`
	Source     string      `json:"source"`
	Choices    []askChoice `json:"choices"` // what a person would be offered when the verdict is maybe
}

type askChoice struct {
	Entry      string  `json:"entry"`
	Question   string  `json:"question"`
	Answer     string  `json:"answer"`
	Confidence float64 `json:"confidence"`
}

func result(w lang.Words, id, q string, a faq.Answer) askResult {
	l := corpusLang(w.Tag())
	r := askResult{ID: id, Q: q, Verdict: string(a.Verdict), Confidence: a.Confidence, Choices: []askChoice{}}
	switch a.Verdict {
	case faq.Sure:
		r.Answer, r.Entry, r.Source = a.Entry.Plain(l), a.Entry.ID, handlers.SourceLine(w, a.Entry)
	case faq.Maybe:
		for _, c := range a.Choices {
			r.Choices = append(r.Choices, askChoice{Entry: c.Entry.ID, Question: c.Entry.Question.In(l), Answer: c.Entry.Plain(l), Confidence: c.Confidence})
		}
	}
	return r
}

// askBatch answers a file of questions, a line each; a line that makes no sense
// is named and does not stop the rest.
func (p *program) askBatch(ctx context.Context, know *desk.Knowledge, file string) error {
	var in io.Reader = p.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	out := bufio.NewWriter(p.out)
	defer func() { _ = out.Flush() }()
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 4<<20)
	bad := 0
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var q struct {
			ID label  `json:"id"`
			Q  string `json:"q"`
		}
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			bad++
			fmt.Fprintf(p.err, "%s:%d: %v\n", file, n, err)
			continue
		}
		tag := lang.Of(q.Q)
		if p.lang != "" {
			tag = lang.Match(p.lang)
		}
		answer, err := know.Ask(ctx, faq.Question{Text: q.Q, Lang: corpusLang(tag)})
		if err != nil {
			return fmt.Errorf("%s:%d: %w", file, n, err)
		}
		if err := enc.Encode(result(p.catalog.In(tag), string(q.ID), q.Q, answer)); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	if bad > 0 {
		return errors.New(p.words.T("cli.ask.bad_lines", "file", file, "count", strconv.Itoa(bad)))
	}
	return nil
}

// label is an id as the file has it; a number is taken as its digits.
type label string

// UnmarshalJSON implements json.Unmarshaler.
func (l *label) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err == nil {
		*l = label(s)
		return nil
	}
	*l = label(b)
	return nil
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }
