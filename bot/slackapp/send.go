package slackapp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
	"partnerdesk/bot/blockkit"
)

// The metadata by which a message of ours is found again.
const (
	metadataType = "partnerdesk_post"
	metadataID   = "id"
)

// Send implements [bot.Sender].
func (a *App) Send(ctx context.Context, p bot.Pending) (bot.Receipt, error) {
	if p.File != nil {
		return a.share(ctx, p)
	}
	blocks, text := blockkit.Message(p.Reply)
	r, err := a.send(ctx, message{post: p, blocks: blocks, text: text})
	if errors.Is(err, errBlocks) {
		// A fault of ours that the person cannot help: they get the words alone.
		a.o.Log.Error("slack refuses the blocks of a post, it goes as text", "id", p.ID, "err", err)
		return a.send(ctx, message{post: p, blocks: []slack.Block{}, text: text})
	}
	return r, err
}

// errBlocks: Slack took nothing, because of the blocks.
var errBlocks = errors.New("blocks refused")

func (a *App) send(ctx context.Context, m message) (bot.Receipt, error) {
	p := m.post
	if p.Card.Message != "" {
		r, err := a.update(ctx, m, p.Card.Channel, p.Card.Message, false)
		if err == nil || codeOf(err) != "message_not_found" {
			return r, err
		}
		// Somebody deleted the card: it is posted anew.
	}
	switch t := p.To; t.Kind {
	case bot.TargetReturn:
		return bot.Receipt{}, a.toReturn(ctx, m)
	case bot.TargetPlace:
		return a.post(ctx, m, t.Place.Channel, t.Place.Thread, t.Person.User != "")
	case bot.TargetPrivate:
		return a.whisper(ctx, m)
	case bot.TargetUpdate:
		return a.update(ctx, m, t.Place.Channel, t.Place.Message, t.Person.User != "")
	case bot.TargetPerson:
		channel, err := a.rooms.with(ctx, t.Person.User)
		if err != nil {
			return bot.Receipt{}, classify(err, bot.FaultRetry, false)
		}
		return a.post(ctx, m, channel, "", false)
	}
	return bot.Receipt{}, &bot.SendError{Fault: bot.FaultPermanent, Err: fmt.Errorf("unknown target %q", p.To.Kind)}
}

type message struct {
	post   bot.Pending
	blocks []slack.Block
	text   string
}

func (m message) options() []slack.MsgOption {
	return []slack.MsgOption{
		slack.MsgOptionText(m.text, false), slack.MsgOptionBlocks(m.blocks...),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
	}
}

func (a *App) post(ctx context.Context, m message, channel, thread string, elsewhere bool) (bot.Receipt, error) {
	o := append(m.options(), slack.MsgOptionMetadata(slack.SlackMetadata{
		EventType: metadataType, EventPayload: map[string]any{metadataID: m.post.ID},
	}))
	if thread != "" {
		o = append(o, slack.MsgOptionTS(thread))
	}
	channel, ts, err := a.api.PostMessageContext(ctx, channel, o...)
	if err != nil {
		return bot.Receipt{}, classify(err, bot.FaultAmbiguous, elsewhere)
	}
	return bot.Receipt{Channel: channel, Message: ts}, nil
}

// update changes a message. Doing it twice does no harm.
func (a *App) update(ctx context.Context, m message, channel, ts string, elsewhere bool) (bot.Receipt, error) {
	channel, ts, _, err := a.api.UpdateMessageContext(ctx, channel, ts, m.options()...)
	if err != nil {
		return bot.Receipt{}, classify(err, bot.FaultRetry, elsewhere)
	}
	return bot.Receipt{Channel: channel, Message: ts}, nil
}

// whisper posts what one person sees. It cannot be looked up afterwards.
func (a *App) whisper(ctx context.Context, m message) (bot.Receipt, error) {
	t := m.post.To
	o := m.options()
	if t.Place.Thread != "" {
		o = append(o, slack.MsgOptionTS(t.Place.Thread))
	}
	if _, err := a.api.PostEphemeralContext(ctx, t.Place.Channel, t.Person.User, o...); err != nil {
		return bot.Receipt{}, classify(err, bot.FaultRetry, true)
	}
	return bot.Receipt{}, nil
}

// returned is what is posted to a response_url.
type returned struct {
	Text            string        `json:"text"`
	Blocks          *slack.Blocks `json:"blocks,omitempty"`
	ResponseType    string        `json:"response_type,omitempty"`
	ReplaceOriginal bool          `json:"replace_original"`
	Thread          string        `json:"thread_ts,omitempty"`
	UnfurlLinks     bool          `json:"unfurl_links"`
	UnfurlMedia     bool          `json:"unfurl_media"`
}

// toReturn posts to a response_url. It is good for five posts within 30 minutes
// (Slack platform sheet, section B, 2026-11-20); what fails for any reason of the
// address itself can still reach the person.
func (a *App) toReturn(ctx context.Context, m message) error {
	t := m.post.To
	if t.Return == "" || !t.Expires.IsZero() && !a.o.Now().Before(t.Expires) {
		return &bot.SendError{Fault: bot.FaultExpired, Err: errors.New("return address expired")}
	}
	out := returned{Text: m.text, ReplaceOriginal: m.post.Reply.Replace}
	if len(m.blocks) > 0 {
		out.Blocks = &slack.Blocks{BlockSet: m.blocks}
	}
	if !out.ReplaceOriginal {
		out.ResponseType, out.Thread = "in_channel", t.Place.Thread
		if m.post.Reply.Private {
			out.ResponseType = "ephemeral"
		}
	}
	body, err := json.Marshal(out)
	if err != nil {
		return &bot.SendError{Fault: bot.FaultPermanent, Err: fmt.Errorf("render answer: %w", err)}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Return, bytes.NewReader(body))
	if err != nil {
		return &bot.SendError{Fault: bot.FaultExpired, Err: errors.New("return address is no address")}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := a.client.Do(req)
	if err != nil {
		return &bot.SendError{Fault: bot.FaultRetry, Err: withoutURL("post to return address", err)}
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10)) // only for the reason; the status decides
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	s := &bot.SendError{Fault: bot.FaultExpired, Err: fmt.Errorf("return address answers %d", resp.StatusCode)}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		s.Fault = bot.FaultRetry
		if sec, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
			s.After = time.Duration(sec) * time.Second
		}
	case resp.StatusCode >= 500:
		s.Fault = bot.FaultRetry
	case bytes.Contains(said, []byte("invalid_blocks")) || bytes.Contains(said, []byte("invalid_payload")) || bytes.Contains(said, []byte("msg_blocks_too_long")):
		s.Fault, s.Err = bot.FaultPermanent, fmt.Errorf("%w: return address refuses the message as malformed", errBlocks)
	}
	return s
}

// withoutURL takes the address, a bearer secret, out of an error.
func withoutURL(doing string, err error) error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		if !strings.Contains(inner.Error(), "://") {
			return fmt.Errorf("%s: %w", doing, inner)
		}
	}
	return errors.New(doing)
}

// rooms remembers the direct messages with people, which never change.
type rooms struct {
	api *slack.Client

	mu   sync.Mutex // guards open
	open map[string]string
}

// mostRooms bounds what is remembered.
const mostRooms = 20_000

func (r *rooms) with(ctx context.Context, user string) (string, error) {
	r.mu.Lock()
	channel, ok := r.open[user]
	r.mu.Unlock()
	if ok {
		return channel, nil
	}
	c, _, _, err := r.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}})
	if err != nil {
		return "", fmt.Errorf("open direct message: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil || len(r.open) >= mostRooms {
		r.open = map[string]string{}
	}
	r.open[user] = c.ID
	return c.ID, nil
}
