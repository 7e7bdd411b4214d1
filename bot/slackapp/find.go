package slackapp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
)

const (
	// clockSkew is how far Slack's clock and ours may differ.
	clockSkew = 2 * time.Minute
	// mostPages bounds how much history is read for one message, 200 messages each.
	mostPages = 5
)

// Find implements [bot.Sender]: it looks for a post's id in the metadata of
// recent messages. What leaves no trace in a history is never found.
func (a *App) Find(ctx context.Context, p bot.Pending) (bot.Receipt, bool, error) {
	channel, thread := p.To.Place.Channel, p.To.Place.Thread
	switch p.To.Kind {
	case bot.TargetPlace:
	case bot.TargetPerson:
		var err error
		if channel, err = a.rooms.with(ctx, p.To.Person.User); err != nil {
			return bot.Receipt{}, false, err
		}
		thread = ""
	default:
		return bot.Receipt{}, false, nil
	}
	since := p.Tried
	if since.IsZero() || !p.Created.IsZero() && p.Created.Before(since) {
		since = p.Created
	}
	args := url.Values{"channel": {channel}, "limit": {"200"}, "include_all_metadata": {"true"}}
	if !since.IsZero() {
		args.Set("oldest", strconv.FormatInt(since.Add(-clockSkew).Unix(), 10)+".000000")
	}
	method := "conversations.history"
	if thread != "" {
		method = "conversations.replies"
		args.Set("ts", thread)
	}
	for range mostPages {
		var page history
		if err := a.call(ctx, method, args, &page); err != nil {
			return bot.Receipt{}, false, fmt.Errorf("look for post %s: %w", p.ID, err)
		}
		for _, m := range page.Messages {
			if m.is(p) {
				return bot.Receipt{Channel: channel, Message: m.TS}, true, nil
			}
		}
		if page.Next.Cursor == "" {
			break
		}
		args.Set("cursor", page.Next.Cursor)
	}
	return bot.Receipt{}, false, nil
}

// history is what we read of one, and no more: other people's blocks of whatever
// kind are none of our business.
type history struct {
	Messages []written `json:"messages"`
	Next     struct {
		Cursor string `json:"next_cursor"`
	} `json:"response_metadata"`
}

type written struct {
	TS       string `json:"ts"`
	Metadata struct {
		EventType    string `json:"event_type"`
		EventPayload struct {
			ID string `json:"id"`
		} `json:"event_payload"`
	} `json:"metadata"`
	Files []struct {
		ID string `json:"id"`
	} `json:"files"`
}

// is reports whether a message is a post of ours. A file carries no metadata of
// ours but the id that Slack gave it.
func (m written) is(p bot.Pending) bool {
	if p.File == nil {
		return m.Metadata.EventType == metadataType && m.Metadata.EventPayload.ID == p.ID
	}
	for _, f := range m.Files {
		if p.Upload.ID != "" && f.ID == p.Upload.ID {
			return true
		}
	}
	return false
}

// call makes a Web API call whose answer the library would read too strictly.
func (a *App) call(ctx context.Context, method string, args url.Values, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.o.APIURL+method, strings.NewReader(args.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+string(a.o.BotToken))
	resp, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusTooManyRequests {
		sec, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // none means soon
		return &slack.RateLimitedError{RetryAfter: time.Duration(max(sec, 1)) * time.Second}
	}
	if resp.StatusCode != http.StatusOK {
		return slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil {
		return err
	}
	var head struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	if !head.OK {
		return &refusal{code: head.Error}
	}
	return json.Unmarshal(raw, into)
}
