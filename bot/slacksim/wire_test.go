package slacksim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"partnerdesk/bot/slacksim"
)

// capture lets the workspace deliver over HTTP to a receiver that says nothing, and returns what a gesture
// delivered first.
func (b *bench) capture(gesture func()) obj {
	b.t.Helper()
	got := make(chan obj, 10)
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		o := obj{}
		switch {
		case r.URL.Path == "/e":
			_ = json.NewDecoder(r.Body).Decode(&o)
		case r.FormValue("payload") != "":
			_ = json.Unmarshal([]byte(r.FormValue("payload")), &o)
		default:
			for k := range r.PostForm {
				o[k] = r.FormValue(k)
			}
		}
		got <- o
	}))
	defer app.Close()
	b.ws.SetTransport(slacksim.TransportHTTP)
	b.ws.SetRequestURLs(slacksim.RequestURLs{Commands: app.URL + "/c", Interactivity: app.URL + "/i", Events: app.URL + "/e"})
	gesture()
	first := receive(b.t, got)
	if err := b.ws.Idle(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	return first
}

func TestSign_FixedVector(t *testing.T) {
	// The vector of Slack's page on verifying requests.
	body := "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	want := "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
	if got := slacksim.Sign("8f742231b10e8888abcd99yyyzzz85a5", 1531420618, []byte(body)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAPI_TokensAndMethods(t *testing.T) {
	b := newBench(t, nil)
	for _, tc := range []struct{ name, method, token, code string }{
		{"right token", "auth.test", botToken, ""},
		{"no token", "auth.test", "", "not_authed"},
		{"wrong token", "auth.test", "xoxb-other", "invalid_auth"},
		{"unknown method", "chat.sing", botToken, "unknown_method"},
		{"bot token for a socket", "apps.connections.open", botToken, "not_allowed_token_type"},
		{"app token for a socket", "apps.connections.open", appToken, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, out := b.post("/api/"+tc.method, tc.token, obj{})
			b.want(out, tc.code)
		})
	}
}

func TestAPI_Refusals(t *testing.T) {
	b := newBench(t, nil)
	said, err := b.ws.Person("U0ALICE").Say("#sales", "mine")
	if err != nil {
		t.Fatal(err)
	}
	blocks := func(bl ...any) obj { return obj{"channel": "C0SALES", "blocks": bl} }
	for _, tc := range []struct {
		name, method string
		args         obj
		code         string
	}{
		{"no channel", "chat.postMessage", obj{"text": "x"}, "channel_not_found"},
		{"unknown channel", "chat.postMessage", obj{"channel": "C9", "text": "x"}, "channel_not_found"},
		{"not a member", "chat.postMessage", obj{"channel": "C0QUIET", "text": "x"}, "not_in_channel"},
		{"nothing to say", "chat.postMessage", obj{"channel": "C0SALES"}, "no_text"},
		{"no such thread", "chat.postMessage", obj{"channel": "C0SALES", "text": "x", "thread_ts": "1.2"}, "thread_not_found"},
		{"blocks are no list", "chat.postMessage", obj{"channel": "C0SALES", "blocks": "{"}, "invalid_blocks_format"},
		{"unknown block", "chat.postMessage", blocks(obj{"type": "carousel"}), "invalid_blocks"},
		{"unknown field", "chat.postMessage", blocks(obj{"type": "divider", "colour": "red"}), "invalid_blocks"},
		{"empty section", "chat.postMessage", blocks(section("")), "invalid_blocks"},
		{"section without text", "chat.postMessage", blocks(obj{"type": "section"}), "invalid_blocks"},
		{"header in mrkdwn", "chat.postMessage", blocks(obj{"type": "header", "text": mark("x")}), "invalid_blocks"},
		{"block_id twice", "chat.postMessage", blocks(obj{"type": "divider", "block_id": "a"}, obj{"type": "divider", "block_id": "a"}), "invalid_blocks"},
		{"action_id twice in a block", "chat.postMessage", blocks(actions(button(obj{"action_id": "a"}), button(obj{"action_id": "a"}))), "invalid_blocks"},
		{"text input among actions", "chat.postMessage", blocks(actions(obj{"type": "plain_text_input"})), "invalid_blocks"},
		{"no actions", "chat.postMessage", blocks(actions()), "invalid_blocks"},
		{"link to nowhere", "chat.postMessage", blocks(actions(button(obj{"url": "javascript:alert(1)"}))), "invalid_blocks"},
		{"style unknown", "chat.postMessage", blocks(actions(button(obj{"style": "pink"}))), "invalid_blocks"},
		{"same option value twice", "chat.postMessage", blocks(actions(chooser("overflow", obj{"options": list{option(1), option(1)}}))), "invalid_blocks"},
		{"initial option unknown", "chat.postMessage", blocks(actions(chooser("static_select", obj{"options": options2(2), "initial_option": option(9)}))), "invalid_blocks"},
		{"metadata without type", "chat.postMessage", obj{"channel": "C0SALES", "text": "x", "metadata": obj{"event_payload": obj{}}}, "metadata_must_have_event_type_and_payload"},
		{"ephemeral to a stranger", "chat.postEphemeral", obj{"channel": "C0SALES", "user": "U0EXT", "text": "x"}, "user_not_in_channel"},
		{"somebody else's message", "chat.update", obj{"channel": "C0SALES", "ts": said, "text": "x"}, "cant_update_message"},
		{"deleting somebody else's", "chat.delete", obj{"channel": "C0SALES", "ts": said}, "cant_delete_message"},
		{"no such message", "chat.update", obj{"channel": "C0SALES", "ts": "1.2", "text": "x"}, "message_not_found"},
		{"no such person", "users.info", obj{"user": "U9"}, "user_not_found"},
		{"no such group", "usergroups.users.list", obj{"usergroup": "S9"}, "no_such_subteam"},
		{"bad emoji", "reactions.add", obj{"channel": "C0SALES", "timestamp": said, "name": "A B"}, "invalid_name"},
		{"first reaction", "reactions.add", obj{"channel": "C0SALES", "timestamp": said, "name": "eyes"}, ""},
		{"second reaction", "reactions.add", obj{"channel": "C0SALES", "timestamp": said, "name": "eyes"}, "already_reacted"},
		{"history of a channel without the app", "conversations.history", obj{"channel": "C0QUIET"}, "not_in_channel"},
		{"no such view", "views.update", obj{"view_id": "V9", "view": modalView()}, "not_found"},
		{"nobody's home", "views.publish", obj{"user_id": "U9", "view": obj{"type": "home", "blocks": list{}}}, "user_not_found"},
		{"a modal as home", "views.publish", obj{"user_id": "U0ALICE", "view": modalView()}, "invalid_arguments"},
		{"no challenge to open a modal", "views.open", obj{"view": modalView()}, "invalid_trigger_id"},
	} {
		t.Run(tc.name, func(t *testing.T) { b.want(b.call(tc.method, tc.args), tc.code) })
	}
}

func TestAPI_InputsNeedASubmitButton(t *testing.T) {
	b := newBench(t, nil)
	v := obj{"type": "modal", "title": plain("t"), "blocks": list{input(obj{"type": "plain_text_input"})}}
	b.want(b.call("views.open", obj{"trigger_id": b.trigger(), "view": v}), "invalid_arguments")
}

func TestAPI_UpdateKeepsBlocksAndHidesEphemerals(t *testing.T) {
	b := newBench(t, nil)
	ts := b.message(section("first"))["ts"].(string)
	out := b.call("chat.update", obj{"channel": "C0SALES", "ts": ts, "text": "fallback only"})
	b.want(out, "")
	if out["message"].(obj)["blocks"] == nil {
		t.Error("an update without blocks removed them")
	}
	out = b.call("chat.update", obj{"channel": "C0SALES", "ts": ts, "text": "no blocks", "blocks": list{}})
	if m := out["message"].(obj); m["blocks"] != nil && len(m["blocks"].(list)) > 0 {
		t.Error("an empty list did not remove the blocks")
	}
	eph := b.call("chat.postEphemeral", obj{"channel": "C0SALES", "user": "U0ALICE", "text": "psst"})
	b.want(b.call("chat.update", obj{"channel": "C0SALES", "ts": eph["message_ts"], "text": "x"}), "message_not_found")
	for _, m := range b.call("conversations.history", obj{"channel": "C0SALES"})["messages"].(list) {
		if m.(obj)["text"] == "psst" {
			t.Error("an ephemeral message is in the history")
		}
	}
}

func TestAPI_MetadataComesBackWhenAskedFor(t *testing.T) {
	b := newBench(t, nil)
	meta := obj{"event_type": "partnerdesk_post", "event_payload": obj{"id": "42"}}
	b.want(b.call("chat.postMessage", obj{"channel": "C0SALES", "text": "x", "metadata": meta}), "")
	first := func(args obj) obj {
		return b.call("conversations.history", args)["messages"].(list)[0].(obj)
	}
	if m := first(obj{"channel": "C0SALES", "include_all_metadata": true}); m["metadata"] == nil {
		t.Error("metadata is missing")
	}
	if m := first(obj{"channel": "C0SALES"}); m["metadata"] != nil {
		t.Error("metadata came without being asked for")
	}
}

func TestAPI_HistoryPagesAndThreads(t *testing.T) {
	b := newBench(t, nil)
	var root string
	for range 5 {
		root = b.call("chat.postMessage", obj{"channel": "C0SALES", "text": "x"})["ts"].(string)
	}
	b.want(b.call("chat.postMessage", obj{"channel": "C0SALES", "text": "reply", "thread_ts": root}), "")
	seen, cursor := 0, ""
	for pages := 0; pages < 5; pages++ {
		out := b.call("conversations.history", obj{"channel": "C0SALES", "limit": 2, "cursor": cursor})
		seen += len(out["messages"].(list))
		if cursor = out["response_metadata"].(obj)["next_cursor"].(string); cursor == "" {
			break
		}
	}
	if seen != 5 {
		t.Errorf("paged through %d messages, want 5 without the reply", seen)
	}
	if got := b.call("conversations.replies", obj{"channel": "C0SALES", "ts": root})["messages"].(list); len(got) != 2 {
		t.Errorf("%d messages in the thread, want the parent and its reply", len(got))
	}
}

func TestAPI_LocaleAndExternals(t *testing.T) {
	b := newBench(t, nil)
	for id, want := range map[string]any{"U0LILEI": "zh-CN", "U0ALICE": "en-US", "U0EXT": nil} {
		u := b.call("users.info", obj{"user": id, "include_locale": true})["user"].(obj)
		if u["locale"] != want {
			t.Errorf("locale of %s is %v, want %v", id, u["locale"], want)
		}
		if stranger := u["is_stranger"] == true; stranger != (id == "U0EXT") {
			t.Errorf("%s is a stranger: %v", id, stranger)
		}
	}
}

func TestAPI_RateLimit(t *testing.T) {
	b := newBench(t, func(o *slacksim.Options) { o.RateLimit, o.Burst = true, 2 })
	b.message(section("1"))
	b.message(section("2"))
	rec, out := b.post("/api/chat.postMessage", botToken, obj{"channel": "C0SALES", "text": "3"})
	b.want(out, "ratelimited")
	if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") != "1" {
		t.Errorf("status %d, Retry-After %q", rec.Code, rec.Header().Get("Retry-After"))
	}
	b.now = b.now.Add(1e9)
	b.want(b.message(section("3")), "")
}

func TestAPI_HashGuardsViews(t *testing.T) {
	b := newBench(t, nil)
	open := b.call("views.open", obj{"trigger_id": b.trigger(), "view": modalView()})["view"].(obj)
	args := obj{"view_id": open["id"], "hash": open["hash"], "view": modalView()}
	b.want(b.call("views.update", args), "")
	b.want(b.call("views.update", args), "hash_conflict")
}

func TestResponseURL_ReplacesAndDeletes(t *testing.T) {
	b := newBench(t, nil)
	b.message(actions(button(obj{"action_id": "go", "text": plain("Go")})))
	alice := b.ws.Person("U0ALICE").Test(t).In("#sales")
	payload := b.capture(func() { alice.Click("Go") })
	u := payload["response_url"].(string)[len("http://localhost"):]
	b.post(u, "", obj{"text": "for you alone"})
	if got, _ := alice.Sees("for you alone"); !got.Ephemeral {
		t.Error("the default response_type is not ephemeral")
	}
	b.post(u, "", obj{"text": "changed", "replace_original": true})
	alice.Sees("changed")
	b.post(u, "", obj{"delete_original": true})
	for _, m := range alice.Reads() {
		if m.Has("changed") {
			t.Error("the original is still there")
		}
	}
}

func TestEvents_OwnMessagesAreNoMentions(t *testing.T) {
	b := newBench(t, nil)
	b.call("chat.postMessage", obj{"channel": "C0SALES", "text": "talking to <@U0ECHO>"})
	if err := b.ws.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.ws.Deliveries(); len(got) != 0 {
		t.Errorf("delivered %v", got)
	}
}

func TestOptions_FaultsAreReportedTogether(t *testing.T) {
	o := options()
	o.Users = append(o.Users, o.Users[0])
	o.Channels[0].Members = append(o.Channels[0].Members, "U9")
	o.App.Transport = "pigeon"
	_, err := slacksim.New(o)
	for _, want := range []string{"U0LILEI", "U9", "pigeon"} {
		if err == nil || !contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
}
