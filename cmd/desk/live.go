package desk

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"partnerdesk/faq"
	"partnerdesk/handlers"
)

// Live is knowledge that follows what editors change. A changed corpus is
// indexed aside and swapped in; when that fails the old one goes on answering.
type Live struct {
	config   FAQConfig
	overlays func(context.Context) ([]faq.Overlay, error)
	log      *slog.Logger
	shipped  *faq.Corpus
	within   string // directory for the indexes

	mu  sync.RWMutex // guards now and config's thresholds, and holds a swap back while questions are being answered
	now *Knowledge
	at  time.Time // when now was indexed
}

var _ handlers.Knowledge = (*Live)(nil)

// OpenLive loads the corpus with what editors changed over it. Its indexes lie
// below within; empty means the system's place for temporary files.
func OpenLive(ctx context.Context, c FAQConfig, within string, overlays func(context.Context) ([]faq.Overlay, error), log *slog.Logger) (*Live, error) {
	shipped, err := LoadCorpus(c.Corpus)
	if err != nil {
		return nil, err
	}
	l := &Live{config: c, overlays: overlays, log: log, shipped: shipped, within: within}
	if err := l.Reload(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// Reload reads the overlays and swaps the corpus.
func (l *Live) Reload(ctx context.Context) error {
	list, err := l.overlays(ctx)
	if err != nil {
		return err
	}
	corpus, conflicts := l.shipped.With(list)
	for _, c := range conflicts {
		l.log.Warn("corpus overlay does not fit the shipped text any more", "entry", c.Overlay.ID)
	}
	l.mu.RLock()
	config := l.config
	l.mu.RUnlock()
	next, err := openKnowledge(ctx, config, corpus, l.within)
	if err != nil {
		return err
	}
	l.mu.Lock()
	old := l.now
	l.now, l.at = next, time.Now()
	l.mu.Unlock()
	if old != nil {
		return old.Close()
	}
	return nil
}

// Retune takes over other thresholds, or keeps the old ones when it cannot.
func (l *Live) Retune(ctx context.Context, sure, maybe float64) error {
	set := func(sure, maybe float64) (wasSure, wasMaybe float64) {
		l.mu.Lock()
		defer l.mu.Unlock()
		wasSure, wasMaybe = l.config.Sure, l.config.Maybe
		l.config.Sure, l.config.Maybe = sure, maybe
		return wasSure, wasMaybe
	}
	wasSure, wasMaybe := set(sure, maybe)
	if err := l.Reload(ctx); err != nil {
		set(wasSure, wasMaybe)
		return err
	}
	return nil
}

// Follow reloads whenever there is a hint, until ctx ends.
func (l *Live) Follow(ctx context.Context, hints <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-hints:
			if !ok {
				return
			}
			if err := l.Reload(ctx); err != nil && !errors.Is(err, context.Canceled) {
				l.log.Error("corpus not reloaded, the old one goes on answering", "err", err)
			}
		}
	}
}

// Ask answers a question.
func (l *Live) Ask(ctx context.Context, q faq.Question) (faq.Answer, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now.Ask(ctx, q)
}

// Why explains an answer.
func (l *Live) Why(ctx context.Context, q faq.Question) (faq.Why, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now.Why(ctx, q)
}

// Entry returns an entry as it is served, nil when there is none.
func (l *Live) Entry(id string) *faq.Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now.Entry(id)
}

// Entries lists what is served.
func (l *Live) Entries() []*faq.Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now.Entries()
}

// Shipped returns an entry without what editors changed.
func (l *Live) Shipped(id string) *faq.Entry { return l.shipped.Entry(id) }

// Close releases the index.
func (l *Live) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now.Close()
}

// Since is when what is served was indexed.
func (l *Live) Since() time.Time {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.at
}

// There reports whether there is something to answer from.
func (l *Live) There() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now != nil
}
