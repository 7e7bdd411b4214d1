package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"partnerdesk/bot/lang"
)

// Suggestion offers entries while a person types, in a [FormField] that searches
// or in a [Search] box.
type Suggestion struct {
	Needs Right // empty: what the command needs
	// Run returns what fits Request.Text, the best first; with no text, what is
	// worth offering before anything is typed. It is asked at every keystroke and
	// has [SuggestWithin] to answer, so it reads from memory where it can. It
	// changes nothing.
	Run func(ctx context.Context, r Request) ([]Option, error)
}

// MostSuggested is how many entries a suggestion offers at most (Slack platform
// sheet, section B, 2026-11-20).
const MostSuggested = 100

// SuggestWithin is how long a suggestion may take. Slack gives up after 3 s
// (Slack platform sheet, section B, 2026-11-20), way included.
const SuggestWithin = 2200 * time.Millisecond

// Suggest answers a keystroke: what may be chosen for what was typed. Whoever may
// not use the command is offered nothing and gets a [*Refusal]; a door shows an
// empty list for every error. Nothing is kept of it, and what was typed is not
// logged.
func (b *Bot) Suggest(ctx context.Context, r Request) ([]Option, error) {
	started := b.o.Now()
	ctx, cancel := context.WithTimeout(ctx, SuggestWithin)
	defer cancel()
	r.Kind = KindSuggestion
	r, call := b.route(r)
	list, err := b.suggest(ctx, r, call)
	outcome := "ok"
	if err != nil {
		list, outcome = nil, kindOf(err)
		b.o.Log.Warn("nothing suggested", "door", r.Door, "command", call.name, "user", r.Person.String(), "outcome", outcome, "err", logged(err))
	}
	b.o.Meter.Count("suggestions", call.name, outcome)
	took := b.o.Now().Sub(started)
	b.o.Meter.Observe("suggest_seconds", took.Seconds(), call.name)
	return list[:min(len(list), MostSuggested)], err
}

func (b *Bot) suggest(ctx context.Context, r Request, call call) ([]Option, error) {
	if call.suggest == nil {
		return nil, errNoSuggestion
	}
	who, err := b.person(ctx, r.Person)
	if err != nil {
		return nil, err
	}
	if r.Lang == "" {
		r.Lang = lang.Match(who.Locale)
	}
	if r.Actor, err = b.o.Access.Authorize(ctx, who, call.needs, call.area); err != nil {
		return nil, err
	}
	if err := b.o.Access.Admit(r.Actor, call.area, r.Place); err != nil {
		return nil, err
	}
	return offered(ctx, call.suggest, r)
}

var errNoSuggestion = errors.New("no such suggestion")

// offered runs a suggestion and ends its panic.
func offered(ctx context.Context, fn func(context.Context, Request) ([]Option, error), r Request) (list []Option, err error) {
	defer func() {
		if v := recover(); v != nil {
			list, err = nil, &panicked{value: v, stack: debug.Stack()}
		}
	}()
	if list, err = fn(ctx, r); err != nil {
		return nil, fmt.Errorf("suggest: %w", err)
	}
	return list, nil
}
