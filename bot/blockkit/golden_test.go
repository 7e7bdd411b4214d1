package blockkit_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/bot/blockkit"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares what v is on the wire with a file.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("%s differs; run with -update and read the change:\n%s", path, got.String())
	}
}

type rendered struct {
	Text   string `json:"text"`
	Blocks any    `json:"blocks"`
}

func text(s string) []bot.Inline { return []bot.Inline{bot.Text(s)} }

func para(list ...bot.Inline) bot.Block { return bot.Paragraph{Inlines: list} }

func TestMessage_Golden(t *testing.T) {
	confirm := &bot.Confirm{Title: "确认下发？", Text: "给 Acme 下发 500.00 元", Yes: "下发", No: "不了"}
	replies := map[string]bot.Reply{
		"every-kind": {Blocks: []bot.Block{
			bot.Heading{Text: "账户余额"},
			para(bot.Text("可拨款 "), bot.Bold("1,234.50 元"), bot.Text("，截至 "), bot.Italic("10:00"), bot.Text("，客户 "), bot.Code("acme-01")),
			bot.Fields{Items: []bot.Field{{Label: "现金", Value: text("100.00 元")}, {Label: "信用额度", Value: []bot.Inline{bot.Bold("5,000.00 元")}}}},
			bot.List{Items: [][]bot.Inline{text("一"), {bot.Text("二 "), bot.Link{Text: "说明", URL: "https://example.com/a?b=1&c=2"}}}},
			bot.List{Ordered: true, Items: [][]bot.Inline{text("first"), text("second")}},
			bot.Divider{},
			bot.Table{Columns: []bot.Column{{Title: "客户"}, {Title: "余额", Numeric: true}}, Rows: [][]string{{"Acme", "1.00"}, {"云帆科技", ""}}},
			bot.Note{Inlines: []bot.Inline{bot.Text("来源："), bot.Link{Text: "帮助中心", URL: "https://example.com"}, bot.Text("，负责人 "), bot.Mention{Person: bot.PersonID{Team: "T1", User: "U0LILEI"}}}},
			bot.Buttons{Items: []bot.Button{
				{Action: "voucher.issue", Text: "下发", Value: "op1@3", Style: bot.StylePrimary, Confirm: confirm},
				{Action: "ask.other", Text: "相似问题一", Value: "e1"}, {Action: "ask.other", Text: "相似问题二", Value: "e2"},
				{Text: "打开", URL: "https://example.com/open"},
			}},
		}},
		"stranger": {Blocks: []bot.Block{
			bot.Heading{Text: "<!channel> *hi*"},
			para(bot.Text("<!channel> <@U1> @here *bold* _it_ ~no~ `code` 5*3*2 a_b_c & <b> ```x```")),
			para(bot.Bold("you asked:"), bot.Text(" <!channel> <@U1> @here *bold* _it_ ~no~ `code` 5*3*2 a_b_c & <b>\n> quoted\n>> twice ```x```")),
			para(bot.Code("`tick` <!here> *x*")),
			bot.List{Items: [][]bot.Inline{text("<!everyone>"), text("&lt;!channel&gt;")}},
			bot.Note{Inlines: text("*note* <#C1>")},
			bot.Fields{Items: []bot.Field{{Label: "*label*", Value: text("<!subteam^S1>")}}},
			bot.Table{Columns: []bot.Column{{Title: "<!here>"}}, Rows: [][]string{{"<@U1> *x*"}}},
			bot.Table{Columns: []bot.Column{{Title: "again"}}, Rows: [][]string{{"<@U1> ``` *x*"}}},
			para(bot.Bold("links"), bot.Link{Text: "a|b>c", URL: "https://example.com/|x>y"}, bot.Link{Text: "bad", URL: "javascript:alert(1)"},
				bot.Mention{Person: bot.PersonID{User: "U1> <!channel"}}),
			bot.Buttons{Items: []bot.Button{{Action: "ask.x", Text: "<!channel> *b*", Value: "<!channel>"}, {Text: "bad", URL: "javascript:alert(1)"}}},
		}},
		"chinese-styles": {Blocks: []bot.Block{
			para(bot.Markdown("请在*费用中心*查看，代码是`ABC_1`。 snake_case 5*3*2 *a* _b_ `c` *open")),
			para(bot.Text("中文"), bot.Bold("重点"), bot.Text("如下"), bot.Bold("一"), bot.Bold("二")),
			para(bot.Bold("two\nlines "), bot.Text("after")),
		}},
		"second-table": {Blocks: []bot.Block{
			bot.Table{Columns: []bot.Column{{Title: "a"}}, Rows: [][]string{{"1"}}},
			bot.Table{Columns: []bot.Column{{Title: "客户"}, {Title: "余额", Numeric: true}, {Title: "备注"}},
				Rows: [][]string{{"云帆科技", "1,200.00", "有\n换行"}, {"Acme", "3.00"}}},
		}},
		"nothing": {},
		"empty-parts": {Blocks: []bot.Block{bot.Heading{}, para(), bot.Fields{}, bot.List{}, bot.Note{}, bot.Table{}, bot.Buttons{},
			para(bot.Text("")), bot.Buttons{Items: []bot.Button{{}, {Text: "no action"}}}}},
	}
	for name, r := range replies {
		t.Run(name, func(t *testing.T) {
			blocks, fallback := blockkit.Message(r)
			golden(t, name, rendered{Text: fallback, Blocks: blocks})
		})
	}
}

func TestModal_Golden(t *testing.T) {
	golden(t, "modal", blockkit.Modal(bot.Form{
		Name: "ask.reason", Title: "这条回答哪里不对？请告诉我们，我们会尽快更正并通知您", Submit: "提交", Close: "取消", State: "e1@r1",
		Intro: []bot.Block{para(bot.Text("谢谢 "), bot.Bold("<!channel>"))},
		Fields: []bot.FormField{
			{Name: "reason", Label: "原因", Hint: "越具体越好", Placeholder: "例如", Initial: "旧", Kind: bot.FieldText, Max: 500},
			{Name: "line", Label: "一行", Kind: bot.FieldLine, Optional: true},
			{Name: "kind", Label: "种类", Kind: bot.FieldChoice, Initial: "b", Options: []bot.Option{{Value: "a", Text: "过期"}, {Value: "b", Text: "错误"}}},
		},
	}))
}

func TestModal_Bounds(t *testing.T) {
	long := strings.Repeat("长", 4000)
	f := bot.Form{Name: "a.b", Title: long, Submit: long, Close: long, State: long}
	for range 120 {
		f.Fields = append(f.Fields, bot.FormField{Name: "f" + string(rune('a'+len(f.Fields)%26)) + strings.Repeat("x", len(f.Fields)),
			Label: long, Hint: long, Placeholder: long, Initial: long, Max: 9000})
	}
	var options []bot.Option
	for range 150 {
		options = append(options, bot.Option{Value: "v" + strings.Repeat("x", len(options)), Text: long})
	}
	f.Fields[0].Kind, f.Fields[0].Options = bot.FieldChoice, options
	v := blockkit.Modal(f)
	checkLimits(t, v.Blocks.BlockSet, 100)
	for what, s := range map[string]string{"title": v.Title.Text, "submit": v.Submit.Text, "close": v.Close.Text} {
		if n := units(s); n > 24 || !strings.HasSuffix(s, "…") {
			t.Errorf("%s is %q (%d), want at most 24 and …", what, s, n)
		}
	}
	if units(v.PrivateMetadata) > 3000 {
		t.Errorf("private metadata has %d characters", units(v.PrivateMetadata))
	}
	if got := blockkit.ParseCarried(v.PrivateMetadata); got.Form != "a.b" || got.State != "" {
		t.Errorf("carried %q, want the form and no half of a state", got.Form)
	}
}

func TestCarried(t *testing.T) {
	want := blockkit.Carried{Form: "ask.reason", State: "e1@r1 <&>", From: bot.Place{Team: "T1", Channel: "C1", Thread: "1.2", Direct: true, Private: true}}
	if got := blockkit.ParseCarried(want.String()); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, s := range []string{"", "null", "7", "{", `{"f":3}`} {
		if got := blockkit.ParseCarried(s); got.Form != "" {
			t.Errorf("%q reads as %+v", s, got)
		}
	}
}

func TestParseActionID(t *testing.T) {
	tests := []struct {
		id, command, action string
		ok                  bool
	}{
		{"ask.helpful", "ask", "helpful", true},
		{"ask.helpful:2", "ask", "helpful", true},
		{"link", "", "", false},
		{"link:3", "", "", false},
		{"", "", "", false},
		{".x", "", "", false},
		{"x.", "", "", false},
	}
	for _, tt := range tests {
		command, action, ok := blockkit.ParseActionID(tt.id)
		if ok != tt.ok || ok && (command != tt.command || action != tt.action) {
			t.Errorf("%q: got %q %q %v", tt.id, command, action, ok)
		}
	}
}
