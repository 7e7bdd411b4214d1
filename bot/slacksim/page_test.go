package slacksim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
)

func contains(s, sub string) bool { return strings.Contains(s, sub) }

func (b *bench) get(path string) string {
	b.t.Helper()
	rec := httptest.NewRecorder()
	b.h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	if rec.Code != http.StatusOK {
		b.t.Errorf("GET %s: status %d", path, rec.Code)
	}
	return rec.Body.String()
}

func TestPage_PicksAPerson(t *testing.T) {
	b := newBench(t, nil)
	if got := b.get("/"); !contains(got, "李雷") || !contains(got, "Alice") || contains(got, "Slackbot") {
		t.Error("the door does not show the people, or shows bots")
	}
}

func TestPage_SpeaksThePersonsLanguage(t *testing.T) {
	b := newBench(t, nil)
	b.call("chat.postEphemeral", obj{"channel": "C0SALES", "user": "U0LILEI", "text": "悄悄话"})
	b.call("chat.postEphemeral", obj{"channel": "C0SALES", "user": "U0ALICE", "text": "a whisper"})
	zh, en := b.get("/?who=U0LILEI&at=C0SALES"), b.get("/?who=U0ALICE&at=C0SALES")
	for _, tc := range []struct{ page, has, lacks string }{{zh, "仅你可见", "a whisper"}, {en, "Only visible to you", "悄悄话"}} {
		if !contains(tc.page, tc.has) || contains(tc.page, tc.lacks) {
			t.Errorf("page lacks %q or has %q", tc.has, tc.lacks)
		}
	}
}

// Whatever an app or a person writes, nothing of it becomes markup.
func TestPage_EscapesEverything(t *testing.T) {
	b := newBench(t, nil)
	const evil = `<script>alert(1)</script><img src=x onerror=alert(1)>"'`
	esc := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(evil)
	link := "<javascript:alert(1)|click> <https://e.com/\"onmouseover=alert(1)|x> " + esc
	out := b.message(section(link), obj{"type": "header", "text": plain(evil)}, obj{"type": "markdown", "text": evil + " [x](javascript:alert(1)) **b**"},
		obj{"type": "context", "elements": list{mark(link)}}, actions(button(obj{"text": plain(evil), "value": evil, "action_id": evil})),
		obj{"type": "table", "rows": list{list{obj{"type": "raw_text", "text": evil}}}},
		obj{"type": "rich_text", "elements": list{obj{"type": "rich_text_section", "elements": list{obj{"type": "text", "text": evil}}}}})
	b.want(out, "")
	if _, err := b.ws.Person("U0ALICE").Say("#sales", evil); err != nil {
		t.Fatal(err)
	}
	var parts map[string]any
	if err := json.Unmarshal([]byte(b.get("/page/parts?who=U0LILEI&at=C0SALES")), &parts); err != nil {
		t.Fatal(err)
	}
	page := b.get("/?who=U0LILEI&at=C0SALES") + parts["main"].(string)
	for _, bad := range []string{"<script>alert", "<img src=x", `href="javascript:`, `"onmouseover`} {
		if contains(page, bad) {
			t.Errorf("the page contains %s", bad)
		}
	}
}

func TestPage_GesturesWork(t *testing.T) {
	b := newBench(t, nil)
	act := func(g obj) obj {
		t.Helper()
		rec, out := b.post("/page/act", "", g)
		if rec.Code != http.StatusOK {
			t.Errorf("gesture %v: %d %v", g, rec.Code, out)
		}
		return out
	}
	ts := act(obj{"do": "say", "who": "U0ALICE", "at": "C0SALES", "text": "hello *there* @lilei"})["result"].(string)
	act(obj{"do": "react", "who": "U0LILEI", "at": "C0SALES", "ts": ts, "value": "eyes"})
	act(obj{"do": "say", "who": "U0LILEI", "at": "C0SALES", "thread": ts, "text": "in the thread"})
	page := b.get("/?who=U0ALICE&at=C0SALES&thread=" + url.QueryEscape(ts))
	for _, want := range []string{"<b>there</b>", "@李雷", "👀", "in the thread", "1 reply"} {
		if !contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if rec, _ := b.post("/page/act", "", obj{"do": "say", "who": "U0EXT", "at": "G0LEADS", "text": "let me in"}); rec.Code != http.StatusConflict {
		t.Errorf("a stranger wrote into a private channel: %d", rec.Code)
	}
}

func TestPage_RefusesOtherSites(t *testing.T) {
	b := newBench(t, nil)
	r := httptest.NewRequest(http.MethodPost, "/page/act", strings.NewReader(`{"do":"say","who":"U0ALICE","at":"C0SALES","text":"x"}`))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	rec := httptest.NewRecorder()
	b.h.ServeHTTP(rec, r)
	if rec.Code != http.StatusForbidden {
		t.Errorf("another site's request got %d, want 403", rec.Code)
	}
}

func TestPage_PermalinkLeadsThere(t *testing.T) {
	b := newBench(t, nil)
	ts := b.message(section("x"))["ts"]
	link := b.call("chat.getPermalink", obj{"channel": "C0SALES", "message_ts": ts})["permalink"].(string)
	rec := httptest.NewRecorder()
	b.h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, strings.TrimPrefix(link, "http://localhost"), nil))
	if at := rec.Header().Get("Location"); rec.Code != http.StatusSeeOther || !contains(at, "at=C0SALES") {
		t.Errorf("permalink leads to %d %q", rec.Code, at)
	}
}

func TestWords_BothLanguagesHaveTheSameKeys(t *testing.T) {
	raw, err := os.ReadFile("web/labels.json")
	if err != nil {
		t.Fatal(err)
	}
	var l map[string]map[string]string
	if err := json.Unmarshal(raw, &l); err != nil {
		t.Fatal(err)
	}
	for key := range l["en"] {
		if l["zh"][key] == "" {
			t.Errorf("zh lacks %q", key)
		}
	}
	for key := range l["zh"] {
		if l["en"][key] == "" {
			t.Errorf("en lacks %q", key)
		}
	}
	raw, err = os.ReadFile("web/emoji.json")
	if err != nil || !json.Valid(raw) {
		t.Errorf("the emoji table cannot be read: %v", err)
	}
}

func TestText_ReadsAsOnThePage(t *testing.T) {
	b := newBench(t, nil)
	for _, tc := range []struct{ name, text, want string }{
		{"emphasis", "*bold* _it_ ~no~ `x*y*`", "bold it no x*y*"},
		{"chinese without a border", "*重点*如下", "*重点*如下"},
		{"chinese with a border", "*重点* 如下", "重点 如下"},
		{"references", "<@U0LILEI> in <#C0SALES> <!here> <!subteam^S0APPR>", "@李雷 in #sales @here @approvers"},
		{"links", "<https://e.com|the page> <mailto:a@b.c>", "the page a@b.c"},
		{"entities", "1 &lt; 2 &amp;&amp; 3", "1 < 2 && 3"},
		{"emoji", ":tada: :not_known:", "🎉 :not_known:"},
		{"date", "<!date^1795150800^{date_num} {time}|then>", "2026-11-20 13:00"},
		{"quote", "&gt; said\nafter", "said\nafter"},
		{"unknown reference", "<what is this>", "<what is this>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b.call("chat.postMessage", obj{"channel": "C0SALES", "text": tc.text})
			all := b.ws.Person("U0LILEI").In("#sales").Reads()
			if got := all[len(all)-1].Text; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
