package store

import (
	"context"
	"fmt"
	"time"

	"partnerdesk/bot"
	"partnerdesk/faq"
)

// overlayRow is what an editor changed of an entry of the corpus.
type overlayRow struct {
	header
	ID       string      `json:"id"`
	Base     string      `json:"base"`
	Edited   bool        `json:"edited,omitempty"`
	Question texts       `json:"question,omitzero"`
	ZH       body        `json:"zh,omitzero"`
	EN       body        `json:"en,omitzero"`
	Verified verifiedRow `json:"verified,omitzero"`
	By       string      `json:"by,omitempty"`
	At       time.Time   `json:"at"`
}

type texts struct {
	ZH string `json:"zh,omitempty"`
	EN string `json:"en,omitempty"`
}

type body struct {
	Fact       string   `json:"fact,omitempty"`
	Conditions []string `json:"conditions,omitempty"`
	NotStated  string   `json:"not_stated,omitempty"`
	Notes      []string `json:"notes,omitempty"`
}

type verifiedRow struct {
	Date time.Time `json:"date"`
	By   string    `json:"by"`
}

// PutOverlay keeps an editor's latest word on an entry, in the transaction.
func (s *Store) PutOverlay(tx bot.Tx, team string, o faq.Overlay) error {
	own, err := s.within(tx)
	if err != nil {
		return err
	}
	var wire overlayRow
	k := key(famOverlay, team, o.ID)
	if _, err := load(own.kv, k, &wire); err != nil {
		return err
	}
	wire = overlayRow{
		header: wire.header, ID: o.ID, Base: o.Base, Edited: o.Edited, Question: texts(o.Question), ZH: body(o.Answer.ZH), EN: body(o.Answer.EN),
		Verified: verifiedRow(o.Verified), By: o.By, At: o.At.UTC(),
	}
	return save(own.kv, team, k, &wire, time.Time{})
}

// Overlays lists what the editors of a team changed, by entry.
func (s *Store) Overlays(ctx context.Context, team string) ([]faq.Overlay, error) {
	return s.overlays(ctx, prefix(famOverlay, team))
}

// EveryOverlay lists what editors changed, of whichever team: at start nobody
// has told yet which team is ours.
func (s *Store) EveryOverlay(ctx context.Context) ([]faq.Overlay, error) {
	return s.overlays(ctx, famOverlay+"/")
}

func (s *Store) overlays(ctx context.Context, prefix string) ([]faq.Overlay, error) {
	var list []faq.Overlay
	for w, err := range rowsOf[overlayRow](ctx, s, prefix) {
		if err != nil {
			return nil, fmt.Errorf("list overlays: %w", err)
		}
		list = append(list, faq.Overlay{
			ID: w.ID, Base: w.Base, Edited: w.Edited, Question: faq.Text(w.Question), Answer: faq.Bodies{ZH: faq.Body(w.ZH), EN: faq.Body(w.EN)},
			Verified: faq.Verified(w.Verified), By: w.By, At: w.At,
		})
	}
	return list, nil
}

// OverlaysChanged gives a hint that the corpus should be read again. It may stay
// silent and may cry wolf.
func (s *Store) OverlaysChanged(ctx context.Context) <-chan struct{} { return s.nudge(ctx, famOverlay) }
