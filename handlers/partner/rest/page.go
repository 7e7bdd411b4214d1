package rest

import (
	"context"
	"iter"

	"partnerdesk/handlers/partner"
)

// Page sizes: 100 is accepted wherever a range is published; the caps keep an
// endless list from running forever (partner API sheet, sections 0 and 11,
// 2026-11-20).
const (
	pageSize = 100
	maxPages = 2000
)

// pages yields the items of a list, page by page. fetch returns the items from
// offset on and the total the center speaks of (0 when it names none). most
// bounds the number of items, 0 means all.
func pages[T any](ctx context.Context, op string, most int, fetch func(ctx context.Context, offset, limit int) ([]T, int, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		limit := pageSize
		if most > 0 {
			limit = min(limit, most)
		}
		given := 0
		for page, offset := 0, 0; page < maxPages; page++ {
			items, total, err := fetch(ctx, offset, limit)
			if err != nil {
				yield(zero, err)
				return
			}
			for _, it := range items {
				if !yield(it, nil) {
					return
				}
				if given++; given == most {
					return
				}
			}
			offset += len(items)
			if len(items) == 0 || total > 0 && offset >= total || total <= 0 && len(items) < limit {
				return
			}
		}
		yield(zero, &partner.Error{Op: op, Class: partner.Broken, Code: partner.CodePages})
	}
}
