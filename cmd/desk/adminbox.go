package desk

import (
	"context"
	"net/http"
	"strconv"

	"partnerdesk/bot"
	"partnerdesk/data/store"
)

// The inbox and the outbox, as an admin sees them and may change them. Bodies
// and texts stay where they are: what people wrote is not for administration.

// mostListed bounds a list.
const mostListed = 1000

func limit(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || n <= 0 {
		return 100
	}
	return min(n, mostListed)
}

func delivery(d store.Delivery) DeliveryInfo {
	return DeliveryInfo{ID: d.Key, Door: d.Door, Kind: d.Kind, Conversation: d.Conversation, At: d.At, Received: d.Received,
		State: d.State, Attempts: d.Attempts, Decided: d.Decided, Reason: d.Reason}
}

func letter(l store.Letter) PostInfo {
	return PostInfo{ID: l.ID, Target: string(l.To.Kind), Where: l.To.Conversation(), Lane: int(l.Lane), Object: l.Object, Created: l.Created,
		State: l.State, Attempts: l.Attempts, Ambiguous: l.Ambiguous, Next: l.Next, Reason: l.Reason, Buried: l.Buried}
}

func (o *office) inbox(w http.ResponseWriter, r *http.Request) error {
	list, err := o.store.Deliveries(r.Context(), limit(r))
	if err != nil {
		return err
	}
	infos := []DeliveryInfo{}
	for _, d := range list {
		infos = append(infos, delivery(d))
	}
	return answer(w, infos)
}

func (o *office) inboxOne(w http.ResponseWriter, r *http.Request) error {
	d, found, err := o.store.FindDelivery(r.Context(), r.URL.Query().Get("id"))
	if err == nil && !found {
		err = store.ErrNotFound
	}
	if err != nil {
		return err
	}
	return answer(w, delivery(d))
}

func (o *office) inboxRetry(w http.ResponseWriter, r *http.Request) error {
	if err := o.audited(r, "inbox.retry", o.store.RetryDelivery); err != nil {
		return err
	}
	return o.inboxOne(w, r)
}

func (o *office) inboxDrop(w http.ResponseWriter, r *http.Request) error {
	drop := func(ctx context.Context, id string) error { return o.store.DropDelivery(ctx, id, o.now()) }
	if err := o.audited(r, "inbox.drop", drop); err != nil {
		return err
	}
	return o.inboxOne(w, r)
}

func (o *office) outbox(w http.ResponseWriter, r *http.Request) error {
	list, err := o.store.Posts(r.Context(), limit(r))
	if err != nil {
		return err
	}
	infos := []PostInfo{}
	for _, l := range list {
		infos = append(infos, letter(l))
	}
	return answer(w, infos)
}

func (o *office) outboxOne(w http.ResponseWriter, r *http.Request) error {
	l, found, err := o.store.FindPost(r.Context(), r.URL.Query().Get("id"))
	if err == nil && !found {
		err = store.ErrNotFound
	}
	if err != nil {
		return err
	}
	return answer(w, letter(l))
}

func (o *office) outboxRetry(w http.ResponseWriter, r *http.Request) error {
	retry := func(ctx context.Context, id string) error { return o.store.RetryPost(ctx, id, o.now()) }
	if err := o.audited(r, "outbox.retry", retry); err != nil {
		return err
	}
	return o.outboxOne(w, r)
}

func (o *office) outboxDrop(w http.ResponseWriter, r *http.Request) error {
	id := r.URL.Query().Get("id")
	l, found, err := o.store.FindPost(r.Context(), id)
	if err != nil {
		return err
	}
	if !found {
		return store.ErrNotFound
	}
	drop := func(ctx context.Context, id string) error { return o.store.DropPost(ctx, id, o.now()) }
	if err := o.audited(r, "outbox.drop", drop); err != nil {
		return err
	}
	info := letter(l)
	info.State = "dropped"
	return answer(w, info)
}

var _ bot.Outbox = held{}
