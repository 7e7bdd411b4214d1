package blockkit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"partnerdesk/bot"
	"partnerdesk/bot/blockkit"
)

func units(s string) int { return len(utf16.Encode([]rune(s))) }

// most are the limits by where a text stands (Slack platform sheet, section B,
// 2026-11-20).
var most = map[string]int{
	"section.text": 3000, "section.fields": 2000, "header.text": 150, "context.elements": 3000,
	"button.text": 75, "button.value": 2000, "button.url": 3000, "confirm.title": 100, "confirm.text": 300,
	"confirm.confirm": 30, "confirm.deny": 30, "input.label": 2000, "input.hint": 2000, "placeholder": 150, "option": 75,
}

type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// checkLimits reads blocks as they go over the wire, with none of the code that
// made them.
func checkLimits(t failer, blocks []slack.Block, mostBlocks int) {
	t.Helper()
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatalf("marshal: %v", err)
	}
	var list []map[string]any
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatalf("unmarshal: %v", err)
	}
	if len(list) == 0 || len(list) > mostBlocks {
		t.Errorf("%d blocks", len(list))
	}
	total, tables := 0, 0
	ids, actions := map[string]bool{}, map[string]bool{}
	check := func(where, s string) {
		if n := units(s); n == 0 || n > most[where] {
			t.Errorf("%s has %d characters", where, n)
		}
		if !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError) && !strings.Contains(s, "\uFFFD") {
			t.Errorf("%s is broken text", where)
		}
		total += units(s)
	}
	object := func(where string, v any) {
		if v == nil {
			return
		}
		o := v.(map[string]any)
		s := o["text"].(string)
		check(where, s)
		if o["type"] == "mrkdwn" {
			checkTokens(t, s)
		}
	}
	for _, b := range list {
		if id, _ := b["block_id"].(string); id != "" {
			if ids[id] || units(id) > 255 {
				t.Errorf("block_id %q is there twice or too long", id)
			}
			ids[id] = true
		}
		elements, _ := b["elements"].([]any)
		switch b["type"] {
		case "header":
			object("header.text", b["text"])
		case "section":
			object("section.text", b["text"])
			fields, _ := b["fields"].([]any)
			if len(fields) > 10 || b["text"] == nil && len(fields) == 0 {
				t.Errorf("section with %d fields", len(fields))
			}
			for _, f := range fields {
				object("section.fields", f)
			}
		case "context":
			if len(elements) == 0 || len(elements) > 10 {
				t.Errorf("context with %d elements", len(elements))
			}
			for _, e := range elements {
				object("context.elements", e)
			}
		case "actions":
			if len(elements) == 0 || len(elements) > 25 {
				t.Errorf("actions with %d elements", len(elements))
			}
			for _, v := range elements {
				e := v.(map[string]any)
				object("button.text", e["text"])
				id := e["action_id"].(string)
				if actions[id] || units(id) > 255 {
					t.Errorf("action_id %q is there twice or too long", id)
				}
				actions[id] = true
				for _, k := range []string{"value", "url"} {
					if s, _ := e[k].(string); units(s) > most["button."+k] {
						t.Errorf("button %s has %d characters", k, units(s))
					}
				}
				if c, _ := e["confirm"].(map[string]any); c != nil {
					for _, k := range []string{"title", "text", "confirm", "deny"} {
						object("confirm."+k, c[k])
					}
				}
			}
		case "table":
			tables++
			rows := b["rows"].([]any)
			if len(rows) == 0 || len(rows) > 100 {
				t.Errorf("table with %d rows", len(rows))
			}
			cells := 0
			for _, r := range rows {
				if n := len(r.([]any)); n == 0 || n > 20 {
					t.Errorf("row with %d cells", n)
				}
				text, _ := json.Marshal(r)
				cells += units(string(text)) / 4 // at least the text itself is far below
				for _, c := range r.([]any) {
					if s, ok := c.(map[string]any)["text"].(string); ok {
						total += units(s)
					}
				}
			}
		case "input":
			object("input.label", b["label"])
			object("input.hint", b["hint"])
			e := b["element"].(map[string]any)
			object("placeholder", e["placeholder"])
			if s, _ := e["initial_value"].(string); units(s) > 3000 {
				t.Errorf("initial value has %d characters", units(s))
			}
			options, _ := e["options"].([]any)
			if len(options) > 100 {
				t.Errorf("%d options", len(options))
			}
			for _, o := range options {
				object("option", o.(map[string]any)["text"])
				if v := o.(map[string]any)["value"].(string); v == "" || units(v) > 75 {
					t.Errorf("option value has %d characters", units(v))
				}
			}
		}
	}
	if tables > 1 {
		t.Errorf("%d tables", tables)
	}
	if mostBlocks == 50 && total > 13000 {
		t.Errorf("%d characters over all blocks", total)
	}
}

// checkTokens makes sure that whatever stands between angle brackets is a link or
// a mention of a person, whole, and that no entity was cut.
func checkTokens(t failer, s string) {
	t.Helper()
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '<':
			end := strings.IndexByte(s[i:], '>')
			if end < 0 {
				t.Errorf("cut token in %.80q", s[i:])
				return
			}
			token := s[i+1 : i+end]
			if !strings.HasPrefix(token, "http") && !strings.HasPrefix(token, "mailto:") && !strings.HasPrefix(token, "@") {
				t.Errorf("token %q", token)
			}
			i += end
		case '>':
			t.Errorf("bare > in %.80q", s)
		case '&':
			rest := s[i:]
			if !strings.HasPrefix(rest, "&amp;") && !strings.HasPrefix(rest, "&lt;") && !strings.HasPrefix(rest, "&gt;") {
				t.Errorf("bare or cut & in %.40q", rest)
			}
		}
	}
}

var hostile = []string{"<!channel>", "<@U1>", "*", "_", "`", "~", "&", ">", "<", "\n", " ", "😀", "长文本", "a", "&amp;", "|", "\u202e", "\x00", "http://x", "。", "\xff"}

func genText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom(hostile), 0, 12).Draw(t, "parts")
		times := rapid.SampledFrom([]int{1, 1, 1, 3, 40, 700}).Draw(t, "times")
		return strings.Repeat(strings.Join(parts, ""), times)
	})
}

func genInline() *rapid.Generator[bot.Inline] {
	return rapid.Custom(func(t *rapid.T) bot.Inline {
		s := genText().Draw(t, "text")
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			return bot.Bold(s)
		case 1:
			return bot.Italic(s)
		case 2:
			return bot.Code(s)
		case 3:
			return bot.Markdown(s)
		case 4:
			return bot.Link{Text: s, URL: "https://example.com/" + s}
		case 5:
			return bot.Mention{Person: bot.PersonID{User: rapid.SampledFrom([]string{"U1", "W2", "", "U1>"}).Draw(t, "user")}}
		}
		return bot.Text(s)
	})
}

func genBlock() *rapid.Generator[bot.Block] {
	return rapid.Custom(func(t *rapid.T) bot.Block {
		inlines := func() []bot.Inline { return rapid.SliceOfN(genInline(), 0, 4).Draw(t, "inlines") }
		switch rapid.IntRange(0, 9).Draw(t, "block") {
		case 9:
			return bot.Search{Action: "a.b", From: "a.c", Text: genText().Draw(t, "search")}
		case 0:
			return bot.Heading{Text: genText().Draw(t, "heading")}
		case 1:
			var f bot.Fields
			for range rapid.IntRange(0, 23).Draw(t, "fields") {
				f.Items = append(f.Items, bot.Field{Label: genText().Draw(t, "label"), Value: inlines()})
			}
			return f
		case 2:
			l := bot.List{Ordered: rapid.Bool().Draw(t, "ordered")}
			for range rapid.IntRange(0, 8).Draw(t, "items") {
				l.Items = append(l.Items, inlines())
			}
			return l
		case 3:
			return bot.Note{Inlines: inlines()}
		case 4:
			var tb bot.Table
			for range rapid.IntRange(0, 24).Draw(t, "columns") {
				tb.Columns = append(tb.Columns, bot.Column{Title: genText().Draw(t, "title"), Numeric: rapid.Bool().Draw(t, "numeric")})
			}
			cell := genText().Draw(t, "cell")
			for range rapid.SampledFrom([]int{0, 1, 5, 130}).Draw(t, "rows") {
				tb.Rows = append(tb.Rows, []string{cell, "x"})
			}
			return tb
		case 5:
			return bot.Divider{}
		case 6:
			var b bot.Buttons
			for range rapid.SampledFrom([]int{0, 1, 3, 60}).Draw(t, "buttons") {
				item := bot.Button{Action: rapid.SampledFrom([]string{"", "ask.a", "ask.b", strings.Repeat("x", 300) + ".y"}).Draw(t, "action"),
					Text: genText().Draw(t, "text"), Value: genText().Draw(t, "value"), URL: rapid.SampledFrom([]string{"", "https://x.example/" + strings.Repeat("p", 4000), "https://y.example"}).Draw(t, "url")}
				if rapid.Bool().Draw(t, "confirm") {
					item.Confirm = &bot.Confirm{Title: genText().Draw(t, "ct"), Text: genText().Draw(t, "cx"), Yes: genText().Draw(t, "cy")}
				}
				b.Items = append(b.Items, item)
			}
			return b
		}
		return bot.Paragraph{Inlines: inlines()}
	})
}

func TestMessage_NeverBeyondALimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := bot.Reply{Blocks: rapid.SliceOfN(genBlock(), 0, 30).Draw(t, "blocks")}
		blocks, fallback := blockkit.Message(r)
		checkLimits(t, blocks, 50)
		if n := units(fallback); n == 0 || n >= 4000 {
			t.Errorf("fallback has %d characters", n)
		}
		checkTokens(t, fallback)
	})
}

func FuzzMessage(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, 3)
	}
	f.Add("<!channel> *x* `y`", 900)
	f.Fuzz(func(t *testing.T, s string, n int) {
		s = strings.Repeat(s, max(1, min(n, 2000)))
		if len(s) > 200_000 {
			t.Skip()
		}
		in := []bot.Inline{bot.Bold(s), bot.Text(s), bot.Code(s), bot.Markdown(s), bot.Link{Text: s, URL: s}}
		r := bot.Reply{Blocks: []bot.Block{bot.Heading{Text: s}, bot.Paragraph{Inlines: in}, bot.Paragraph{Inlines: in[1:2]},
			bot.List{Items: [][]bot.Inline{in}}, bot.Note{Inlines: in}, bot.Fields{Items: []bot.Field{{Label: s, Value: in}}},
			bot.Table{Columns: []bot.Column{{Title: s}}, Rows: [][]string{{s}}}, bot.Table{Columns: []bot.Column{{Title: s}}, Rows: [][]string{{s}}},
			bot.Buttons{Items: []bot.Button{{Action: "a." + s, Text: s, Value: s, URL: s}}}}}
		blocks, fallback := blockkit.Message(r)
		checkLimits(t, blocks, 50)
		checkTokens(t, fallback)
	})
}

func TestMessage_SplitsAndCuts(t *testing.T) {
	long := strings.Repeat("这是一句话。", 2500) // 15,000 characters
	blocks, _ := blockkit.Message(bot.Reply{Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold("x"), bot.Text(long)}},
		bot.Buttons{Items: []bot.Button{{Action: "ask.helpful", Text: "有用"}}},
	}})
	checkLimits(t, blocks, 50)
	kinds := ""
	for _, b := range blocks {
		kinds += fmt.Sprintf("%s ", b.BlockType())
	}
	if want := "section section section section section actions context "; kinds != want {
		t.Errorf("blocks are %q, want %q: several sections, the buttons kept, and a sign that something is missing", kinds, want)
	}
	var many []bot.Block
	for range 80 {
		many = append(many, bot.Divider{})
	}
	many = append(many, bot.Buttons{Items: []bot.Button{{Action: "ask.helpful", Text: "有用"}}})
	blocks, _ = blockkit.Message(bot.Reply{Blocks: many})
	checkLimits(t, blocks, 50)
	if last := blocks[len(blocks)-2].BlockType(); last != slack.MBTAction || len(blocks) != 50 {
		t.Errorf("%d blocks, the last but one %s; want 50 with the buttons kept", len(blocks), last)
	}
}
