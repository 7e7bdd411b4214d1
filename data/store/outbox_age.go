package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/data/kv"
)

// OldestPost says since when the oldest post has been waiting; zero when none is.
func (s *Store) OldestPost(ctx context.Context) (time.Time, error) {
	var oldest time.Time
	for _, family := range []string{famHead, famWay} { // the first of every conversation
		for row, err := range kv.All(ctx, s.db, kv.Range{Prefix: family + "/", Limit: kv.MaxPage}) {
			if err != nil {
				return time.Time{}, fmt.Errorf("age of the outbox: %w", err)
			}
			var r postRow
			found, err := load(s.reader(ctx), postKey(string(row.Value)), &r)
			if err != nil {
				return time.Time{}, fmt.Errorf("age of the outbox: %w", err)
			}
			if found && !r.Created.IsZero() && (oldest.IsZero() || r.Created.Before(oldest)) {
				oldest = r.Created
			}
		}
	}
	return oldest, nil
}
