package bolt

import (
	"context"
	"strings"
	"sync"

	"partnerdesk/data/kv"
)

// watchBuffer is how many hints wait for a slow reader; the last place is kept
// for the Resync that stands for all it missed.
const watchBuffer = 64

// watchers hands the keys of committed writes to those who asked.
type watchers struct {
	mu     sync.Mutex // guards the fields below and every send and close
	all    map[*watcher]bool
	closed bool
}

type watcher struct {
	prefix string
	ch     chan kv.Hint
	lost   bool // a Resync is the last thing in ch, unread when it was put there
}

func (w *watchers) add(ctx context.Context, prefix string) <-chan kv.Hint {
	one := &watcher{prefix: prefix, ch: make(chan kv.Hint, watchBuffer)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		close(one.ch)
		return one.ch
	}
	if w.all == nil {
		w.all = map[*watcher]bool{}
	}
	w.all[one] = true
	context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.all[one] {
			delete(w.all, one)
			close(one.ch)
		}
	})
	return one.ch
}

// tell sends the hint for each write. It never waits for a reader: it is the
// only sender, so the room it sees can only grow.
func (w *watchers) tell(writes []kv.Write) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.all {
		for _, wr := range writes {
			if !strings.HasPrefix(wr.Key, one.prefix) {
				continue
			}
			switch {
			case len(one.ch) < watchBuffer-1:
				one.ch <- kv.Hint{Key: wr.Key}
				one.lost = false
			case !one.lost:
				one.ch <- kv.Hint{Resync: true}
				one.lost = true
			}
		}
	}
}

func (w *watchers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for one := range w.all {
		delete(w.all, one)
		close(one.ch)
	}
}
