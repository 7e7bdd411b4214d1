package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/faq"
	"partnerdesk/handlers/question"
)

// followUp is how long a question in the same conversation counts as the turn
// before.
const followUp = 15 * time.Minute

// ask is /ask, and what a mention or a direct message means: a question about
// policy, answered from the corpus with its source, or honestly not.
func ask(d *Deps) bot.Command {
	a := asker{d}
	return bot.Command{
		Name: "ask", Needs: bot.RightAsk, Run: a.run,
		Actions: map[string]bot.Action{
			"entry":       {Run: a.entry},
			"language":    {Run: a.language},
			"helpful":     {Run: a.rate(question.MarkHelpful, "ask.thanks")},
			"not_helpful": {Run: a.rate(question.MarkUseless, "ask.thanks.not_helpful")},
			"wrong":       {Run: a.wrong, Opens: true},
			"handover":    {Run: a.handover},
		},
		Forms: map[string]bot.Submission{
			"wrong": {Check: a.checkWrong, Run: a.submitWrong},
		},
		// Slash commands do not work in threads (Slack platform sheet, section B,
		// 2026-11-20); the menu of a message does.
		Shortcuts: map[string]bot.Shortcut{"message": {OnMessage: true, Run: a.run}},
	}
}

type asker struct{ d *Deps }

func (a asker) run(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := a.d.words(r)
	if reply, is := a.d.shared(r); is {
		return bot.Outcome{Reply: reply}, nil
	}
	if strings.TrimSpace(r.Text) == "" {
		reply := bot.Say(bot.Text(w.T("ask.empty", "usage", w.T("ask.example"))))
		reply.Private = true
		return bot.Outcome{Reply: reply}, nil
	}
	q := faq.Question{Text: r.Text, Lang: textLang(r.Lang), Profile: a.profile(r)}
	last, found, err := a.d.Questions.LastAsked(ctx, r.Person, r.Conversation(), r.At.Add(-followUp))
	if err != nil {
		return bot.Outcome{}, err
	}
	if found {
		q.Previous = &faq.Previous{Text: last.Understood, Entry: last.Entry}
	}
	answer, err := a.d.Knowledge.Ask(ctx, q)
	if err != nil {
		return bot.Outcome{}, err
	}
	if answer.Rule == faq.RuleChat || answer.Rule == faq.RuleEmpty {
		// Nothing was asked: say so kindly, and leave the turn before standing.
		return bot.Outcome{Reply: a.chat(r)}, nil
	}
	row := a.row(r, answer)
	page := page{w: w, lang: q.Lang, now: a.d.Now(), question: row.ID, profile: q.Profile, related: a.d.Knowledge.Entry}
	reply := page.answer(answer)
	reply.Private = unseen(r)
	if reply.Private {
		// What one types after a slash command is not shown to anybody: repeat it.
		reply.Blocks = append([]bot.Block{bot.Note{Inlines: []bot.Inline{bot.Text(w.T("ask.back") + gap(w) + clip(oneLine(r.Text), 200))}}}, reply.Blocks...)
	}
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		return reply, a.d.Questions.PutAsked(tx, row)
	}}, nil
}

// unseen says that others did not see the person ask, and need not see the answer.
func unseen(r bot.Request) bool { return r.Kind == bot.KindCommand || r.Kind == bot.KindShortcut }

// chat answers a greeting, a thank-you or an emoji: one line, and what one can
// ask.
func (a asker) chat(r bot.Request) bot.Reply {
	w := a.d.words(r)
	items := [][]bot.Inline{}
	for _, key := range []string{"ask.chat.one", "ask.chat.two", "ask.chat.three"} {
		items = append(items, []bot.Inline{bot.Text(w.T(key))})
	}
	return bot.Reply{Private: unseen(r), Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("ask.chat"))}}, bot.List{Items: items},
	}}
}

// profile is what the desk knows of the account that asks.
func (a asker) profile(r bot.Request) faq.Profile {
	if r.Actor.Account == bot.Operator() {
		p := a.d.Profile
		p.Kind = r.Actor.Kind
		return p
	}
	return faq.Profile{Kind: r.Actor.Kind}
}

func (a asker) row(r bot.Request, answer faq.Answer) question.Asked {
	row := question.Asked{
		ID: questionID(r), Person: r.Person, Account: r.Actor.Account, Conversation: r.Conversation(),
		Text: clip(r.Text, 2000), Understood: clip(answer.Asked, 2000), Lang: string(textLang(r.Lang)), Verdict: string(answer.Verdict),
		Confidence: answer.Confidence, At: a.d.Now(),
	}
	switch {
	case answer.Entry != nil:
		row.Entry, row.Rev = answer.Entry.ID, answer.Entry.Rev
	case len(answer.Choices) > 0:
		row.Entry, row.Rev = answer.Choices[0].Entry.ID, answer.Choices[0].Entry.Rev
	}
	return row
}

// questionID derives the row's id from the delivery, so that a repeated
// delivery writes the same row.
func questionID(r bot.Request) string {
	key := r.ID
	if key == "" {
		key = r.Person.String() + r.At.Format(time.RFC3339Nano) + r.Text
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}

// A button's value carries the question it belongs to and the entry shown, as
// question|entry.
func buttonValue(questionID, entry string) string { return questionID + "|" + entry }

func parseButton(value string) (questionID, entry string) {
	questionID, entry, _ = strings.Cut(value, "|")
	return questionID, entry
}

// entry shows one entry: a choice that was offered, or a similar question.
func (a asker) entry(_ context.Context, r bot.Request) (bot.Outcome, error) {
	return a.show(r, r.Lang)
}

// language shows the same entry in the other language.
func (a asker) language(_ context.Context, r bot.Request) (bot.Outcome, error) {
	other := lang.English
	if r.Lang == lang.English {
		other = lang.Chinese
	}
	return a.show(r, other)
}

func (a asker) show(r bot.Request, tag lang.Tag) (bot.Outcome, error) {
	id, entryID := parseButton(r.Value)
	e := a.d.Knowledge.Entry(entryID)
	if e == nil {
		return bot.Outcome{}, bot.User("ask.gone")
	}
	p := page{w: a.d.Catalog.In(tag), lang: textLang(tag), now: a.d.Now(), question: id, profile: a.profile(r), related: a.d.Knowledge.Entry}
	reply := p.entry(e, true)
	reply.Private = r.Place.Private
	return bot.Outcome{Reply: reply}, nil
}

func (a asker) rate(mark question.Mark, thanks string) bot.Handler {
	return func(_ context.Context, r bot.Request) (bot.Outcome, error) {
		reply := bot.Say(bot.Text(a.d.words(r).T(thanks)))
		reply.Private = true
		return a.keepRating(r, mark, "", reply), nil
	}
}

func (a asker) keepRating(r bot.Request, mark question.Mark, reason string, reply bot.Reply) bot.Outcome {
	value := r.Value
	if value == "" {
		value = r.State
	}
	id, entryID := parseButton(value)
	rating := question.Rating{Question: id, Person: r.Person, Entry: entryID, Mark: mark, Reason: reason, At: a.d.Now()}
	if e := a.d.Knowledge.Entry(entryID); e != nil {
		rating.Rev = e.Rev
	}
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		return reply, a.d.Questions.PutRating(tx, rating)
	}}
}

func (a asker) wrong(_ context.Context, r bot.Request) (bot.Outcome, error) {
	w := a.d.words(r)
	return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{
		Name: "ask.wrong", Title: w.T("ask.wrong.title"), Submit: w.T("button.send"), Close: w.T("form.close"), State: r.Value,
		Fields: []bot.FormField{{Name: "reason", Kind: bot.FieldText, Label: w.T("ask.wrong.reason"), Hint: w.T("ask.wrong.hint"), Max: 1000}},
	}}}, nil
}

func (a asker) checkWrong(_ context.Context, r bot.Request) (map[string]string, error) {
	if len([]rune(strings.TrimSpace(r.Values["reason"]))) < 4 {
		return map[string]string{"reason": "ask.wrong.short"}, nil
	}
	return nil, nil
}

func (a asker) submitWrong(_ context.Context, r bot.Request) (bot.Outcome, error) {
	reply := bot.Say(bot.Text(a.d.words(r).T("ask.thanks.wrong")))
	reply.Private = true
	return a.keepRating(r, question.MarkWrong, clip(strings.TrimSpace(r.Values["reason"]), 1000), reply), nil
}

func (a asker) handover(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	w := a.d.words(r)
	id, _ := parseButton(r.Value)
	asked, found, err := a.d.Questions.FindAsked(ctx, r.Person.Team, id)
	if err != nil {
		return bot.Outcome{}, err
	}
	// What somebody of another account asked does not exist for this person.
	if !found || asked.Person != r.Person && (asked.Account != r.Actor.Account || r.Actor.Huawei) {
		return bot.Outcome{}, bot.User("ask.gone")
	}
	reply := bot.Say(bot.Text(w.T("ask.handover.done")))
	reply.Private = true
	row := question.Handover{Question: id, Person: r.Person, Account: r.Actor.Account, Place: r.Place, Text: asked.Text, At: a.d.Now()}
	return bot.Outcome{Apply: func(tx bot.Tx) (bot.Reply, error) {
		if err := a.d.Questions.PutHandover(tx, row); err != nil || a.d.Tickets == nil {
			return reply, err
		}
		return ticketer{d: a.d}.handOver(tx, r, id, asked.Text)
	}}, nil
}
