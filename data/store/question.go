package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"

	"partnerdesk/bot"
	"partnerdesk/handlers/question"
)

// A question is kept in two rows with retentions of their own: what was
// answered (for quality: no words of the person in it), and what was asked.

var _ question.Log = (*Store)(nil)

type answerRow struct {
	header
	Person     person    `json:"person"`
	Account    string    `json:"account,omitempty"`
	Lang       string    `json:"lang,omitempty"`
	Hash       string    `json:"hash,omitempty"` // of the question as understood
	Verdict    string    `json:"verdict"`
	Entry      string    `json:"entry,omitempty"`
	Rev        string    `json:"rev,omitempty"`
	Confidence float64   `json:"confidence"`
	At         time.Time `json:"at"`
}

type askRow struct {
	header
	Person       person    `json:"person"`
	Conversation string    `json:"conversation,omitempty"`
	Text         string    `json:"text,omitempty"`
	Understood   string    `json:"understood,omitempty"`
	At           time.Time `json:"at"`
}

type askLastRow struct {
	header
	Question string    `json:"question"`
	At       time.Time `json:"at"`
}

type ratingRow struct {
	header
	Question string        `json:"question"`
	Person   person        `json:"person"`
	Entry    string        `json:"entry,omitempty"`
	Rev      string        `json:"rev,omitempty"`
	Mark     question.Mark `json:"mark"`
	Reason   string        `json:"reason,omitempty"`
	At       time.Time     `json:"at"`
}

type handoverRow struct {
	header
	Question string    `json:"question"`
	Person   person    `json:"person"`
	Account  string    `json:"account"`
	Place    place     `json:"place,omitzero"`
	Text     string    `json:"text,omitempty"`
	At       time.Time `json:"at"`
}

// maxText is how many bytes of a person's words are kept. Twice that, and every
// byte of it escaped, still fits a row.
const maxText = 20 << 10

// clipText shortens words and drops control characters, which take six bytes
// each in a row.
func clipText(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "")
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.Join(strings.Fields(text), " "))))
	return hex.EncodeToString(sum[:8])
}

// PutAsked implements question.Log.
func (s *Store) PutAsked(tx bot.Tx, a question.Asked) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	team := a.Person.Team
	var answer answerRow
	k := key(famAnswer, team, a.ID)
	if _, err := load(own.kv, k, &answer); err != nil {
		return err
	}
	answer = answerRow{header: answer.header, Person: person(a.Person), Account: a.Account.String(), Lang: a.Lang,
		Hash: hashOf(a.Understood), Verdict: a.Verdict, Entry: a.Entry, Rev: a.Rev, Confidence: a.Confidence, At: a.At.UTC()}
	if err := save(own.kv, team, k, &answer, a.At.Add(s.o.KeepAnswers)); err != nil {
		return err
	}
	var ask askRow
	k = key(famAsk, team, a.ID)
	if _, err := load(own.kv, k, &ask); err != nil {
		return err
	}
	ask = askRow{header: ask.header, Person: person(a.Person), Conversation: a.Conversation,
		Text: clipText(a.Text), Understood: clipText(a.Understood), At: a.At.UTC()}
	if err := save(own.kv, team, k, &ask, a.At.Add(s.o.KeepAsks)); err != nil {
		return err
	}
	var last askLastRow
	k = key(famAskLast, team, a.Person.User, a.Conversation)
	if _, err := load(own.kv, k, &last); err != nil || a.At.Before(last.At) {
		return err
	}
	last.Question, last.At = a.ID, a.At.UTC()
	return save(own.kv, team, k, &last, a.At.Add(s.o.KeepAsks))
}

// PutRating implements question.Log.
func (s *Store) PutRating(tx bot.Tx, r question.Rating) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	team := r.Person.Team
	var wire ratingRow
	k := key(famRating, team, r.Question, r.Person.User)
	if _, err := load(own.kv, k, &wire); err != nil {
		return err
	}
	wire = ratingRow{header: wire.header, Question: r.Question, Person: person(r.Person), Entry: r.Entry, Rev: r.Rev,
		Mark: r.Mark, Reason: clipText(r.Reason), At: r.At.UTC()}
	return save(own.kv, team, k, &wire, r.At.Add(keepRating))
}

// PutHandover implements question.Log.
func (s *Store) PutHandover(tx bot.Tx, h question.Handover) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	team := h.Person.Team
	var wire handoverRow
	k := key(famHandover, team, h.Account.String(), h.Question)
	if found, err := load(own.kv, k, &wire); err != nil || found {
		return err
	}
	wire = handoverRow{Question: h.Question, Person: person(h.Person), Account: h.Account.String(), Place: place(h.Place),
		Text: clipText(h.Text), At: h.At.UTC()}
	return save(own.kv, team, k, &wire, h.At.Add(keepHandover))
}

// LastAsked implements question.Log.
func (s *Store) LastAsked(ctx context.Context, who bot.PersonID, conversation string, since time.Time) (question.Asked, bool, error) {
	var last askLastRow
	found, err := load(s.reader(ctx), key(famAskLast, who.Team, who.User, conversation), &last)
	if err != nil {
		return question.Asked{}, false, fmt.Errorf("last question: %w", err)
	}
	if !found || last.At.Before(since) {
		return question.Asked{}, false, nil
	}
	return s.FindAsked(ctx, who.Team, last.Question)
}

// FindAsked implements question.Log. The words are empty when their retention
// has passed and that of the answer has not.
func (s *Store) FindAsked(ctx context.Context, team, id string) (question.Asked, bool, error) {
	var answer answerRow
	var ask askRow
	answered, err := load(s.reader(ctx), key(famAnswer, team, id), &answer)
	if err != nil {
		return question.Asked{}, false, fmt.Errorf("find question: %w", err)
	}
	asked, err := load(s.reader(ctx), key(famAsk, team, id), &ask)
	if err != nil {
		return question.Asked{}, false, fmt.Errorf("find question: %w", err)
	}
	a := question.Asked{ID: id, Person: bot.PersonID(ask.Person), Conversation: ask.Conversation, Text: ask.Text,
		Understood: ask.Understood, At: ask.At}
	if answered {
		a.Person, a.At = bot.PersonID(answer.Person), answer.At
		a.Account, _ = bot.ParseAccount(answer.Account)
		a.Lang, a.Verdict, a.Entry, a.Rev, a.Confidence = answer.Lang, answer.Verdict, answer.Entry, answer.Rev, answer.Confidence
	}
	return a, answered || asked, nil
}

// Ratings lists what the people of a team said of answers, by question.
func (s *Store) Ratings(ctx context.Context, team string) ([]question.Rating, error) {
	var list []question.Rating
	for r, err := range rowsOf[ratingRow](ctx, s, prefix(famRating, team)) {
		if err != nil {
			return nil, fmt.Errorf("list ratings: %w", err)
		}
		list = append(list, question.Rating{Question: r.Question, Person: bot.PersonID(r.Person), Entry: r.Entry,
			Rev: r.Rev, Mark: r.Mark, Reason: r.Reason, At: r.At})
	}
	return list, nil
}

// Handovers lists the questions that people of an account gave to a person.
func (s *Store) Handovers(ctx context.Context, team string, account bot.Account) ([]question.Handover, error) {
	var list []question.Handover
	for h, err := range rowsOf[handoverRow](ctx, s, prefix(famHandover, team, account.String())) {
		if err != nil {
			return nil, fmt.Errorf("list hand-overs: %w", err)
		}
		out := question.Handover{Question: h.Question, Person: bot.PersonID(h.Person), Place: bot.Place(h.Place), Text: h.Text, At: h.At}
		out.Account, _ = bot.ParseAccount(h.Account)
		list = append(list, out)
	}
	return list, nil
}
