package slacksim

import (
	"fmt"
	"strings"
	"time"
)

func chatPostMessage(c *call) (obj, error) {
	if c.str("channel") == "" {
		return nil, refuse("channel_not_found")
	}
	conv := c.channelNamed(c.str("channel"))
	if u := c.users[c.str("channel")]; conv == nil && u.ID != "" && u.ID != c.opt.App.BotUserID {
		conv = c.direct(c.opt.App.BotUserID, u.ID) // posting to a person opens the direct message
	}
	if err := c.mayPost(conv); err != nil {
		return nil, err
	}
	m, err := c.content()
	if err != nil {
		return nil, err
	}
	if ts := c.str("thread_ts"); ts != "" {
		root := conv.find(ts)
		switch {
		case root == nil || root.to != "":
			return nil, refuse("thread_not_found")
		case root.thread != "":
			m.thread = root.thread
		default:
			m.thread = root.ts
		}
		m.broadcast = c.is("reply_broadcast")
	}
	if err := c.throttle(conv); err != nil {
		return nil, err
	}
	c.add(conv, m)
	c.after = append(c.after, c.announce(conv, m))
	return obj{"channel": conv.id, "ts": m.ts, "message": c.wire(conv, m, true)}, nil
}

// mayPost checks that the app can write to a conversation.
func (c *call) mayPost(conv *conversation) error {
	bot := c.opt.App.BotUserID
	switch {
	case conv == nil || (conv.private || conv.im) && !conv.has(bot):
		return refuse("channel_not_found")
	case conv.archived:
		return refuse("is_archived")
	case !conv.has(bot):
		return refuse("not_in_channel")
	}
	return nil
}

// content reads text, blocks, attachments and metadata and holds them to Slack's limits.
func (c *call) content() (*message, error) {
	m := &message{user: c.opt.App.BotUserID, fromApp: true, username: c.str("username")}
	m.text = truncate(c.str("text"), limit(maxText).Max)
	if md := c.str("markdown_text"); md != "" {
		if m.text != "" || c.args["blocks"] != nil {
			return nil, refuse("markdown_text_conflict")
		}
		if over(md, limit(maxMarkdownText)) {
			return nil, refuse(limit(maxMarkdownText).Code)
		}
		m.blocks = []obj{{"type": "markdown", "text": md, "block_id": secret(3)}}
	}
	if _, err := c.decode("attachments", &m.attachments); err != nil {
		return nil, refuse("invalid_attachments")
	}
	if len(m.attachments) > limit(maxAttachments).Max {
		return nil, refuse(limit(maxAttachments).Code)
	}
	var blocks []any
	there, err := c.decode("blocks", &blocks)
	if err != nil {
		return nil, refuse("invalid_blocks_format")
	}
	if there {
		if m.blocks, err = checkMessageBlocks(blocks); err != nil {
			return nil, err
		}
	}
	if there, err := c.decode("metadata", &m.metadata); there {
		if err != nil {
			return nil, refuse("invalid_metadata_format")
		}
		if t, _ := m.metadata["event_type"].(string); t == "" {
			if m.metadata["event_payload"] != nil {
				return nil, refuse("metadata_must_have_event_type_and_payload")
			}
			m.metadata = nil
		}
	}
	if m.text == "" && len(m.blocks) == 0 && len(m.attachments) == 0 {
		return nil, refuse("no_text")
	}
	return m, nil
}

// truncate cuts a text after n characters, never inside one.
func truncate(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// bucket counts the posts a channel may still take at once.
type bucket struct {
	left float64
	at   time.Time
}

// throttle allows about one post a second in a channel, with short bursts (Slack's posting rule).
func (c *call) throttle(conv *conversation) error {
	if !c.opt.RateLimit {
		return nil
	}
	now := c.now()
	b, ok := c.buckets[conv.id]
	if !ok {
		b = bucket{left: float64(c.opt.Burst), at: now}
	}
	b.left = min(b.left+now.Sub(b.at).Seconds(), float64(c.opt.Burst))
	b.at = now
	if b.left < 1 {
		c.buckets[conv.id] = b
		return refusal{code: "ratelimited", seconds: 1}
	}
	b.left--
	c.buckets[conv.id] = b
	return nil
}

// ownMessage finds the app's own message that chat.update and chat.delete name.
func (c *call) ownMessage(denied string) (*conversation, *message, error) {
	conv, err := c.channel("channel")
	if err != nil {
		return nil, nil, err
	}
	m := conv.find(strings.TrimSpace(c.str("ts")))
	switch {
	case m == nil || m.to != "":
		return nil, nil, refuse("message_not_found")
	case !m.fromApp:
		return nil, nil, refuse(denied)
	}
	return conv, m, nil
}

func pointer(path string, args ...any) string {
	return " [json-pointer:" + fmt.Sprintf(path, args...) + "]"
}
