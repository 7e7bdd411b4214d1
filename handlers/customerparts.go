package handlers

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"runtime/debug"
	"sync"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// partTime is how long one part of a page may take; the others are shown
// without it. All parts are read at the same time.
const partTime = 4 * time.Second

// part is a section of a page that is read by itself.
type part struct {
	title string // catalog key
	read  func(ctx context.Context) ([]bot.Block, error)
}

// load reads the parts at the same time. One that fails or takes too long says
// so in its place and leaves the others alone.
func load(ctx context.Context, w lang.Words, parts []part) []bot.Block {
	got := make([][]bot.Block, len(parts))
	var crew sync.WaitGroup
	var mu sync.Mutex
	var panicked error
	for i, p := range parts {
		crew.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					mu.Lock()
					defer mu.Unlock()
					panicked = fmt.Errorf("%s: %v\n%s", p.title, v, debug.Stack())
				}
			}()
			ctx, cancel := context.WithTimeout(ctx, partTime)
			defer cancel()
			blocks, err := p.read(ctx)
			if err != nil {
				blocks = unavailable(w, p.title, err)
			}
			got[i] = blocks
		})
	}
	crew.Wait()
	if panicked != nil {
		panic(panicked) // where it is recovered from and logged
	}
	var all []bot.Block
	for _, blocks := range got {
		all = append(all, blocks...)
	}
	return all
}

// unavailable stands in a part's place, with the reason where a person can do
// something about it.
func unavailable(w lang.Words, title string, err error) []bot.Block {
	inlines := []bot.Inline{bot.Bold(w.T(title)), bot.Text(w.T("customer.unavailable"))}
	if e, ok := errors.AsType[*partner.Error](err); ok && e.Class == partner.NotAllowed {
		inlines = append(inlines, bot.Text(gap(w)+w.T(e.Key())))
	}
	return []bot.Block{bot.Paragraph{Inlines: inlines}}
}

// section is a part with a title, what there is in a few words, and a list.
func section(w lang.Words, title, what string, items [][]bot.Inline) []bot.Block {
	blocks := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Bold(w.T(title)), bot.Text(w.T("customer.colon") + what)}}}
	if len(items) > 0 {
		blocks = append(blocks, bot.List{Items: items})
	}
	return blocks
}

// zone is where days begin and end for the people of the desk.
func (d *Deps) zone() *time.Location {
	if d.Zone == nil {
		return time.UTC
	}
	return d.Zone
}

// daysLeft counts the midnights until then; negative when it is over.
func (d *Deps) daysLeft(then time.Time) int {
	midnight := func(t time.Time) time.Time {
		y, m, day := t.In(d.zone()).Date()
		return time.Date(y, m, day, 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(then).Sub(midnight(d.Now())).Hours() / 24)
}

// ends words when something ends: the day, and how far away it is.
func (d *Deps) ends(w lang.Words, then time.Time) string {
	day := then.In(d.zone()).Format(time.DateOnly)
	switch left := d.daysLeft(then); {
	case then.Before(d.Now()):
		return w.T("customer.ended", "day", day)
	case left == 0:
		return w.T("customer.ends.today", "day", day)
	default:
		return w.T("customer.ends", "day", day, "days", count(left))
	}
}

// soon is what "about to expire" means here: 30 days.
const soon = 30

// sums adds decimals of bills exactly; what cannot be read makes it fail.
type sums struct{ total big.Rat }

func (s *sums) add(d partner.Decimal) error {
	if d == "" {
		return nil
	}
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return fmt.Errorf("amount of a bill: %q", clip(string(d), 40))
	}
	s.total.Add(&s.total, r)
	return nil
}

// fen is the sum, rounded half away from zero.
func (s *sums) fen() partner.Fen {
	f, err := partner.ParseFen(s.total.FloatString(2))
	if err != nil {
		return 0 // FloatString(2) is what ParseFen reads, but for sums of more than 2^63 fen
	}
	return f
}

func day(d *Deps, t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(d.zone()).Format(time.DateOnly)
}
