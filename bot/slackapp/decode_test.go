package slackapp_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/slackapp"
)

func TestDecode(t *testing.T) {
	f := newFar(t)
	a := f.app(t, nil)
	received := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	event := func(inner string) string {
		return `{"type":"event_callback","team_id":"T1","event_id":"Ev1","authorizations":[{"user_id":"U0DESK","is_bot":true}],"event":{` + inner + `}}`
	}
	at := time.Date(2026, 11, 20, 8, 0, 0, 123456000, time.UTC)
	ts := "1795161600.123456"
	tests := []struct {
		name, kind, body string
		want             bot.Request
	}{
		{"command", "slash_commands",
			`{"team_id":"T1","channel_id":"C1","user_id":"U1","command":"/Desk","text":" help  me &amp; <https://a.example|a.example> ","response_url":"https://h","trigger_id":"tr"}`,
			bot.Request{Kind: bot.KindCommand, Person: bot.PersonID{Team: "T1", User: "U1"}, Place: bot.Place{Team: "T1", Channel: "C1"},
				Command: "desk", Text: "help  me & a.example", Return: "https://h", Trigger: "tr", At: received}},
		{"command in a direct message", "slash_commands",
			`{"team_id":"T1","channel_id":"D1","user_id":"U1","command":"/ask","text":"","trigger_id":"tr"}`,
			bot.Request{Kind: bot.KindCommand, Person: bot.PersonID{Team: "T1", User: "U1"}, Place: bot.Place{Team: "T1", Channel: "D1", Direct: true},
				Command: "ask", Trigger: "tr", At: received}},
		{"mention", "events_api", event(`"type":"app_mention","user":"U1","team":"T1","text":"<@U0DESK>, 5 &lt; 6 <@U2|li> <#C2|sales> <!here>","ts":"` + ts + `","channel":"C1"`),
			bot.Request{ID: "T1/event/Ev1", Kind: bot.KindMention, Person: bot.PersonID{Team: "T1", User: "U1"},
				Place: bot.Place{Team: "T1", Channel: "C1", Thread: ts, Message: ts}, Text: "5 < 6 @li #sales @here", At: at}},
		{"mention in a thread, by somebody of another workspace", "events_api",
			event(`"type":"app_mention","user":"U1","team":"T1","user_team":"T9","text":"so <@U0DESK> what","ts":"` + ts + `","thread_ts":"1.1","channel":"C1"`),
			bot.Request{ID: "T1/event/Ev1", Kind: bot.KindMention, Person: bot.PersonID{Team: "T9", User: "U1"},
				Place: bot.Place{Team: "T1", Channel: "C1", Thread: "1.1", Message: ts}, Text: "so what", At: at}},
		{"direct message", "events_api", event(`"type":"message","channel_type":"im","user":"U1","text":"hello","ts":"` + ts + `","channel":"D1","blocks":[{"type":"never_seen","x":[1]}]`),
			bot.Request{ID: "T1/event/Ev1", Kind: bot.KindMessage, Person: bot.PersonID{Team: "T1", User: "U1"},
				Place: bot.Place{Team: "T1", Channel: "D1", Message: ts, Direct: true}, Text: "hello", At: at}},
		{"click", "interactive", `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1","team_id":"T9"},"trigger_id":"tr","response_url":"https://h",
			"container":{"type":"message","channel_id":"C1","message_ts":"2.2","thread_ts":"1.1","is_ephemeral":true},
			"actions":[{"type":"button","action_id":"ask.helpful:3","value":"e1@r1","action_ts":"` + ts + `"}]}`,
			bot.Request{ID: "T1/click/U1/C1.2.2/ask.helpful:3/" + ts, Kind: bot.KindClick, Person: bot.PersonID{Team: "T9", User: "U1"},
				Place: bot.Place{Team: "T1", Channel: "C1", Thread: "1.1", Message: "2.2", Private: true}, Command: "ask", Action: "helpful",
				Value: "e1@r1", Return: "https://h", Trigger: "tr", At: at}},
		{"click in a modal", "interactive", `{"type":"block_actions","team":null,"user":{"id":"U1","team_id":"T1"},"container":{"type":"view","view_id":"V1"},
			"view":{"id":"V1","private_metadata":"{\"f\":\"ask.reason\",\"c\":\"C7\",\"t\":\"T1\"}"},"actions":[{"action_id":"ask.other","selected_option":{"value":"two"},"action_ts":"` + ts + `"}]}`,
			bot.Request{ID: "T1/click/U1/V1/ask.other/" + ts, Kind: bot.KindClick, Person: bot.PersonID{Team: "T1", User: "U1"},
				Place: bot.Place{Team: "T1", Channel: "C7"}, Command: "ask", Action: "other", Value: "two", At: at}},
		{"submission", "interactive", `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"trigger_id":"tr",
			"view":{"id":"V1","hash":"h1","callback_id":"ask.reason","private_metadata":"{\"f\":\"ask.reason\",\"s\":\"e1@r1\",\"t\":\"T1\",\"c\":\"C1\",\"r\":\"1.1\"}",
			"state":{"values":{"reason":{"v":{"type":"plain_text_input","value":"old"}},"kind":{"v":{"selected_option":{"value":"b"}}},"empty":{"v":{"value":null}},"alien":{"z":{"value":"x"}}}}}}`,
			bot.Request{Kind: bot.KindSubmission, Person: bot.PersonID{Team: "T1", User: "U1"}, Place: bot.Place{Team: "T1", Channel: "C1", Thread: "1.1"},
				Command: "ask", Action: "reason", Values: map[string]string{"reason": "old", "kind": "b", "empty": ""}, State: "e1@r1", Trigger: "tr", At: received}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := a.Decode(bot.Envelope{Key: "k", Kind: tt.kind, Body: []byte(tt.body), Received: received})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(got.ID, "T1/") || strings.Contains(got.ID, "tr/") || got.Door != slackapp.Door {
				t.Errorf("id %q, door %q", got.ID, got.Door)
			}
			if tt.want.ID == "" {
				tt.want.ID = got.ID
			}
			tt.want.Door = slackapp.Door
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestDecode_Nothing(t *testing.T) {
	a := newFar(t).app(t, nil)
	event := func(inner string) string {
		return `{"type":"event_callback","team_id":"T1","event_id":"Ev1","authorizations":[{"user_id":"U0DESK","is_bot":true}],"event":{` + inner + `}}`
	}
	for name, body := range map[string]string{
		"own message":              event(`"type":"message","channel_type":"im","user":"U0DESK","text":"x","ts":"1.1","channel":"D1"`),
		"bot's message":            event(`"type":"message","channel_type":"im","user":"U5","bot_id":"B5","text":"x","ts":"1.1","channel":"D1"`),
		"changed":                  event(`"type":"message","subtype":"message_changed","channel_type":"im","ts":"1.1","channel":"D1"`),
		"deleted":                  event(`"type":"message","subtype":"message_deleted","channel_type":"im","ts":"1.1","channel":"D1"`),
		"hidden":                   event(`"type":"message","hidden":true,"channel_type":"im","user":"U1","ts":"1.1","channel":"D1"`),
		"message in a channel":     event(`"type":"message","channel_type":"channel","user":"U1","text":"x","ts":"1.1","channel":"C1"`),
		"mention in a direct one":  event(`"type":"app_mention","user":"U1","text":"<@U0DESK> x","ts":"1.1","channel":"D1"`),
		"mention by a bot":         event(`"type":"app_mention","user":"U5","bot_id":"B5","text":"<@U0DESK> x","ts":"1.1","channel":"C1"`),
		"another kind":             event(`"type":"reaction_added","user":"U1"`),
		"no message at all":        `{"type":"app_rate_limited","team_id":"T1"}`,
		"truncated":                `{"type":"event_callback","te`,
		"a list":                   `[]`,
		"message without channel":  event(`"type":"message","channel_type":"im","user":"U1","ts":"1.1"`),
		"user that is no text":     event(`"type":"app_mention","user":7,"ts":"1.1","channel":"C1"`),
		"event without anything":   `{"type":"event_callback"}`,
		"nothing":                  ``,
		"deep nonsense":            strings.Repeat(`{"type":`, 5000),
		"right type, wrong fields": `{"type":"event_callback","team_id":["T1"],"event_id":"E","event":{"type":"message"}}`,
	} {
		if r, err := a.Decode(bot.Envelope{Kind: "events_api", Body: []byte(body)}); err == nil {
			t.Errorf("%s reads as %+v", name, r)
		} else if strings.Contains(err.Error(), "U0DESK") {
			t.Errorf("%s: the error quotes the payload: %v", name, err)
		}
	}
	for name, body := range map[string]string{
		"no action":          `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"actions":[]}`,
		"a link":             `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"actions":[{"action_id":"link:2","action_ts":"1.1"}]}`,
		"no place":           `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"actions":[{"action_id":"a.b","action_ts":"1.1"}]}`,
		"no time":            `{"type":"block_actions","team":{"id":"T1"},"user":{"id":"U1"},"container":{"channel_id":"C1","message_ts":"1.1"},"actions":[{"action_id":"a.b"}]}`,
		"nobody":             `{"type":"block_actions","team":{"id":"T1"},"actions":[{"action_id":"a.b"}]}`,
		"no view":            `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"}}`,
		"somebody's view":    `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"id":"V1","callback_id":"x"}}`,
		"closed":             `{"type":"view_closed","team":{"id":"T1"},"user":{"id":"U1"}}`,
		"suggestion":         `{"type":"block_suggestion"}`,
		"without type":       `{}`,
		"command of nobody":  `{"command":"/ask"}`,
		"unknown to us":      `{"type":"a_new_thing"}`,
		"shortcut of nobody": `{"type":"message_action","callback_id":"x"}`,
		"a number, not more": `7`,
	} {
		for _, kind := range []string{"interactive", "slash_commands", "another"} {
			if r, err := a.Decode(bot.Envelope{Kind: kind, Body: []byte(body)}); err == nil {
				t.Errorf("%s as %s reads as %+v", name, kind, r)
			}
		}
	}
}

// The same submission has the same identity; another one, or another view of the
// same form, has another.
func TestDecode_SubmissionIdentity(t *testing.T) {
	a := newFar(t).app(t, nil)
	id := func(view, hash, value string) string {
		r, err := a.Decode(bot.Envelope{Kind: "interactive", Body: []byte(`{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"id":"` + view +
			`","hash":"` + hash + `","callback_id":"ask.reason","state":{"values":{"b":{"v":{"value":"` + value + `"}},"a":{"v":{"value":"1"}}}}}}`)})
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	same := id("V1", "h", "x")
	if id("V1", "h", "x") != same {
		t.Error("the same submission twice has two identities")
	}
	for _, other := range []string{id("V2", "h", "x"), id("V1", "h2", "x"), id("V1", "h", "y")} {
		if other == same {
			t.Errorf("another submission has the identity %s too", other)
		}
	}
}

func FuzzDecode(f *testing.F) {
	a, err := slackapp.New(slackapp.Options{BotToken: "x", AppToken: "x", Inbox: noInbox{}})
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range []string{`{"type":"event_callback","team_id":"T","event_id":"E","event":{"type":"app_mention","user":"U","text":"<@U0> <a|b> <","ts":"1.1","channel":"C"}}`,
		`{"type":"block_actions","team":{"id":"T"},"user":{"id":"U"},"container":{"channel_id":"C","message_ts":"1"},"actions":[{"action_id":"a.b","action_ts":"1"}]}`,
		`{"team_id":"T","user_id":"U","command":"/a","text":"x","trigger_id":"t"}`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, kind := range []string{"events_api", "interactive", "slash_commands"} {
			r, err := a.Decode(bot.Envelope{Kind: kind, Body: []byte(body)})
			if err == nil && (r.ID == "" || r.Person.User == "" || r.Kind == "") {
				t.Errorf("half a request: %+v", r)
			}
		}
	})
}
