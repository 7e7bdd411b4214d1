package desk

import (
	"context"
	"time"

	"partnerdesk/bot"
)

// held is an outbox from which nothing is taken while the store is in
// quarantine. What was queued waits where it is.
type held struct {
	bot.Outbox
	quarantined func(ctx context.Context) (bool, error)
}

// Due implements [bot.Outbox].
func (h held) Due(ctx context.Context, now time.Time, limit int) ([]bot.Pending, error) {
	if is, err := h.quarantined(ctx); err != nil || is {
		return nil, err
	}
	return h.Outbox.Due(ctx, now, limit)
}
