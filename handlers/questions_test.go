package handlers_test

import (
	"context"
	"io"
	"time"

	"partnerdesk/bot"
	"partnerdesk/faq"
	"partnerdesk/handlers/question"
)

var errEOF = io.EOF

// questions is a question.Log in memory.
type questions struct {
	asked     []question.Asked
	ratings   []question.Rating
	handovers []question.Handover
}

func (q *questions) PutAsked(_ bot.Tx, a question.Asked) error {
	q.asked = append(q.asked, a)
	return nil
}

func (q *questions) PutRating(_ bot.Tx, r question.Rating) error {
	q.ratings = append(q.ratings, r)
	return nil
}

func (q *questions) PutHandover(_ bot.Tx, h question.Handover) error {
	q.handovers = append(q.handovers, h)
	return nil
}

func (q *questions) LastAsked(_ context.Context, p bot.PersonID, conversation string, since time.Time) (question.Asked, bool, error) {
	for i := len(q.asked) - 1; i >= 0; i-- {
		if a := q.asked[i]; a.Person == p && a.Conversation == conversation && !a.At.Before(since) {
			return a, true, nil
		}
	}
	return question.Asked{}, false, nil
}

func (q *questions) FindAsked(_ context.Context, _, id string) (question.Asked, bool, error) {
	for _, a := range q.asked {
		if a.ID == id {
			return a, true, nil
		}
	}
	return question.Asked{}, false, nil
}

// overlays is a handlers.Overlays in memory.
type overlays struct{ list []faq.Overlay }

func (o *overlays) PutOverlay(_ bot.Tx, _ string, row faq.Overlay) error {
	o.list = append(o.list, row)
	return nil
}

func (o *overlays) Overlays(context.Context, string) ([]faq.Overlay, error) { return o.list, nil }
