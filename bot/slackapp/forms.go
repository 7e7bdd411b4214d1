package slackapp

import (
	"context"
	"encoding/json"
	"fmt"

	"partnerdesk/bot"
	"partnerdesk/bot/blockkit"
)

// handle is what stands for an open modal between Open and Show.
type handle struct {
	View  string    `json:"view"`
	Title string    `json:"title"`
	Close string    `json:"close"`
	Place bot.Place `json:"place"`
}

// Open implements [bot.Forms]: a waiting modal at once, since a trigger lives
// for 3 s (Slack platform sheet, section B, 2026-11-20).
func (a *App) Open(ctx context.Context, r bot.Request, words bot.FormWords) (string, error) {
	wait := []bot.Block{bot.Paragraph{Inlines: []bot.Inline{bot.Text(words.Wait)}}}
	resp, err := a.api.OpenViewContext(ctx, r.Trigger, blockkit.Notice(words.Title, words.Close, wait))
	switch code := codeOf(err); {
	case oneOf("expired_trigger_id exchanged_trigger_id invalid_trigger_id", code):
		return "", fmt.Errorf("open form: %w: %s", bot.ErrTriggerExpired, code)
	case err != nil:
		return "", fmt.Errorf("open form: %w", err)
	}
	text, err := json.Marshal(handle{View: resp.ID, Title: words.Title, Close: words.Close, Place: r.Place})
	if err != nil {
		return "", fmt.Errorf("open form: %w", err)
	}
	return string(text), nil
}

// Show implements [bot.Forms].
func (a *App) Show(ctx context.Context, view string, f bot.Form) error {
	h, err := parseHandle(view)
	if err != nil {
		return err
	}
	v := blockkit.Modal(f)
	v.PrivateMetadata = blockkit.Carried{Form: f.Name, State: f.State, From: h.Place, Lang: f.Lang}.String()
	if _, err := a.api.UpdateViewContext(ctx, v, "", "", h.View); err != nil {
		return fmt.Errorf("show form %s: %w", f.Name, err)
	}
	return nil
}

// Say implements [bot.Forms].
func (a *App) Say(ctx context.Context, view string, r bot.Reply) error {
	h, err := parseHandle(view)
	if err != nil {
		return err
	}
	if _, err := a.api.UpdateViewContext(ctx, blockkit.Notice(h.Title, h.Close, r.Blocks), "", "", h.View); err != nil {
		return fmt.Errorf("say in a form: %w", err)
	}
	return nil
}

func parseHandle(view string) (handle, error) {
	var h handle
	if err := json.Unmarshal([]byte(view), &h); err != nil || h.View == "" {
		return h, fmt.Errorf("form handle is none of ours")
	}
	return h, nil
}
