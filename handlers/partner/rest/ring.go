package rest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"partnerdesk/handlers/partner/aksk"
)

// The gateway locks a key for five minutes after more than five refusals in a
// row (partner API sheet, section 9.1, 2026-11-20). A key of ours rests well
// before that: at once when another key can take over, else after the third.
const (
	restAfter = 3
	restFor   = 5 * time.Minute
)

var errNoKey = errors.New("no usable key")

// ring holds the keys of one credential that are valid at the same time.
type ring struct {
	keys []aksk.Key
	now  func() time.Time

	mu      sync.Mutex // guards the fields below
	refused map[string]int
	resting map[string]time.Time
}

func newRing(keys []aksk.Key, now func() time.Time) *ring {
	return &ring{keys: keys, now: now, refused: map[string]int{}, resting: map[string]time.Time{}}
}

// pick returns the first key that does not rest.
func (r *ring) pick() (aksk.Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.keys {
		if !r.now().Before(r.resting[k.AK]) {
			return k, nil
		}
	}
	return aksk.Key{}, errNoKey
}

// answered records what the gateway thought of the key.
func (r *ring) answered(ak string, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !refused {
		delete(r.refused, ak)
		delete(r.resting, ak)
		return
	}
	r.refused[ak]++
	if len(r.keys) > 1 || r.refused[ak] >= restAfter {
		r.resting[ak] = r.now().Add(restFor)
	}
}

// sign signs the request as it stands, over the exact bytes of its body.
func (s sender) sign(r *http.Request, at time.Time) error {
	key, err := s.ring.pick()
	if err != nil {
		return err
	}
	var body []byte
	if r.GetBody != nil {
		rc, err := r.GetBody()
		if err != nil {
			return fmt.Errorf("body to sign: %w", err)
		}
		defer rc.Close()
		if body, err = io.ReadAll(rc); err != nil {
			return fmt.Errorf("body to sign: %w", err)
		}
	}
	return key.Sign(r, body, at)
}
