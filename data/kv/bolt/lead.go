package bolt

import (
	"context"

	"partnerdesk/data/kv"
)

// Lead implements kv.DB. One process holds the file, so that only its own
// goroutines compete; the fence is kept all the same, because a copy of the
// file, or another engine, may go on with it.
func (db *DB) Lead(ctx context.Context, name string) (*kv.Lead, error) {
	db.leadersMu.Lock()
	token, ok := db.leaders[name]
	if !ok {
		token = make(chan struct{}, 1)
		db.leaders[name] = token
	}
	db.leadersMu.Unlock()
	select {
	case token <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-db.stopped:
		return nil, kv.ErrClosed
	}
	lead, err := kv.NewLead(ctx, db, name, db.stopped, func() { <-token })
	if err != nil {
		<-token
		return nil, err
	}
	return lead, nil
}
