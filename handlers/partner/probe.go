package partner

import (
	"context"
	"time"
)

// Probe is the result of one harmless read, made to see what works.
type Probe struct {
	Op   string
	Err  error // nil: it works
	Took time.Duration
}

// Prober tries the reads that need nothing but the account itself.
type Prober interface {
	// Probe makes one small call of each and returns the results in the order of
	// [Operations]. It stops at the first refused signature: more of those would
	// lock the key.
	Probe(ctx context.Context) []Probe
}
