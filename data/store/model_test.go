package store_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"partnerdesk/bot"
)

// modelPost is a post as the model of the outbox sees it.
type modelPost struct {
	text      string
	lane      bot.Lane
	next      time.Time
	sending   bool
	ambiguous bool
}

// outboxModel is the outbox without its rows: a queue per conversation.
type outboxModel map[string][]*modelPost

// due lists what a worker may be given, by text, in any order.
func (m outboxModel) due(now time.Time) []string {
	var out []string
	for _, queue := range m {
		if len(queue) > 0 && !queue[0].sending && !queue[0].next.After(now) {
			out = append(out, queue[0].text)
		}
	}
	slices.Sort(out)
	return out
}

// laneOf is the most urgent lane that waits in the conversation of a post.
func (m outboxModel) laneOf(text string) bot.Lane {
	for _, queue := range m {
		if len(queue) > 0 && queue[0].text == text {
			return slices.MinFunc(queue, func(a, b *modelPost) int { return int(a.lane - b.lane) }).lane
		}
	}
	return -1
}

// Random work on the outbox, restarts included, does what plain queues do.
func TestOutbox_Model(t *testing.T) {
	dir := t.TempDir()
	files := 0
	rapid.Check(t, func(rt *rapid.T) {
		files++
		d := openDesk(t, filepath.Join(dir, fmt.Sprintf("%d.db", files)))
		m := outboxModel{}
		ids := map[string]string{}
		now, n := noon, 0
		channel := rapid.SampledFrom([]string{"C1", "C2", "C3"})
		// head picks the first post of a conversation.
		head := func(rt *rapid.T) (string, *modelPost) {
			var busy []string
			for c := range maps.Keys(m) {
				if len(m[c]) > 0 {
					busy = append(busy, c)
				}
			}
			if len(busy) == 0 {
				rt.Skip("nothing waits")
			}
			slices.Sort(busy)
			c := rapid.SampledFrom(busy).Draw(rt, "conversation")
			return c, m[c][0]
		}
		rt.Repeat(map[string]func(*rapid.T){
			"post": func(rt *rapid.T) {
				n++
				p := post(channel.Draw(rt, "channel"), fmt.Sprint(n))
				p.ID, p.Lane, p.Created = fmt.Sprintf("p%d", n), bot.Lane(rapid.IntRange(0, 4).Draw(rt, "lane")), now
				ids[fmt.Sprint(n)] = "T1." + p.ID
				d.post(t, p)
				m[p.To.Place.Channel] = append(m[p.To.Place.Channel], &modelPost{text: fmt.Sprint(n), lane: p.Lane})
			},
			"start": func(rt *rapid.T) {
				_, p := head(rt)
				if p.sending {
					rt.Skip("under way")
				}
				ok(t, d.Started(t.Context(), ids[p.text], now))
				p.sending = true
			},
			"sent": func(rt *rapid.T) {
				c, p := head(rt)
				ok(t, d.Sent(t.Context(), ids[p.text], bot.Receipt{}, now))
				m[c] = m[c][1:]
			},
			"bury": func(rt *rapid.T) {
				c, _ := head(rt)
				i := rapid.IntRange(0, len(m[c])-1).Draw(rt, "place")
				ok(t, d.Bury(t.Context(), ids[m[c][i].text], "", now))
				m[c] = slices.Delete(slices.Clone(m[c]), i, i+1)
			},
			"retry": func(rt *rapid.T) {
				_, p := head(rt)
				p.next, p.sending, p.ambiguous = now.Add(time.Minute), false, rapid.Bool().Draw(rt, "ambiguous")
				ok(t, d.Retry(t.Context(), ids[p.text], p.next, "", p.ambiguous))
			},
			"redirect": func(rt *rapid.T) {
				c, p := head(rt)
				to := channel.Draw(rt, "to")
				ok(t, d.Redirect(t.Context(), ids[p.text], post(to, "").To))
				p.next, p.sending, p.ambiguous = time.Time{}, false, false
				if to != c {
					m[c], m[to] = m[c][1:], append(slices.Clone(m[to]), p)
				}
			},
			"time passes": func(rt *rapid.T) { now = now.Add(40 * time.Second) },
			"restart": func(rt *rapid.T) {
				d = d.reopen(t)
				for _, queue := range m {
					if len(queue) > 0 && queue[0].sending {
						queue[0].sending, queue[0].ambiguous, queue[0].next = false, true, time.Time{}
					}
				}
			},
			"": func(rt *rapid.T) {
				var got []string
				last := bot.Lane(-1)
				for _, p := range mustDue(t, d, now) {
					got = append(got, p.Reply.Plain())
					lane := m.laneOf(p.Reply.Plain())
					if lane < last {
						rt.Errorf("lane %d behind lane %d", lane, last)
					}
					last = lane
				}
				slices.Sort(got)
				if want := m.due(now); !slices.Equal(got, want) {
					rt.Fatalf("due %q, want %q", got, want)
				}
				total := 0
				for _, queue := range m {
					total += len(queue)
				}
				depth(t, d, total)
			},
		})
		ok(t, d.db.Close())
	})
}
