package slacksim_test

import (
	"slices"
	"strings"
	"testing"
)

func TestModal_ExternalSelect(t *testing.T) {
	b := newBench(t, nil)
	b.open(nil)
	got := b.answering(`{"options":[{"text":{"type":"plain_text","text":"晨星软件"},"value":"cust-1"},{"text":{"type":"plain_text","text":"晨星"},"value":"cust-2"}]}`)
	alice := b.ws.Person("U0ALICE").Test(t)
	if offers, _ := alice.Suggest("Who", ""); len(offers) != 0 {
		t.Errorf("offered %v before enough was typed", offers)
	}
	offers, _ := alice.Suggest("Who", "晨")
	if !slices.Equal(offers, []string{"晨星软件", "晨星"}) {
		t.Errorf("offered %v", offers)
	}
	if p := receive(t, got); !contains(p, `"type":"block_suggestion"`) || !contains(p, `"value":"晨"`) || !contains(p, `"action_id":"x"`) {
		t.Errorf("the app was asked %s", p)
	}
	if err := b.ws.Person("U0ALICE").Submit("", map[string]string{"Name": "n", "Who": "晨星硬件"}); err == nil || !strings.Contains(err.Error(), "晨星软件") {
		t.Errorf("submitted what was never offered: %v", err)
	}
	receive(t, got)
	alice.Submit("", map[string]string{"Name": "n", "Who": "晨星软件"})
	if p := receive(t, got); !contains(p, `"cust-1"`) || contains(p, `"cust-2"`) {
		t.Errorf("submitted %s", p)
	}
}

func TestModal_ExternalSelectOfSeveral(t *testing.T) {
	b := newBench(t, nil)
	b.open(nil)
	got := b.answering(`{"option_groups":[{"label":{"type":"plain_text","text":"A"},"options":[{"text":{"type":"plain_text","text":"Ann"},"value":"ann"}]},
		{"label":{"type":"plain_text","text":"B"},"options":[{"text":{"type":"plain_text","text":"Bob"},"value":"bob"}]}]}`)
	alice := b.ws.Person("U0ALICE").Test(t)
	offers, _ := alice.Suggest("Them", "")
	if !slices.Equal(offers, []string{"Ann", "Bob"}) {
		t.Errorf("offered %v", offers)
	}
	receive(t, got)
	alice.Submit("", map[string]string{"Name": "n", "Them": "eve\nAnn\nbob"})
	alice.SeesModal("at most 2")
	alice.Submit("", map[string]string{"Name": "n", "Them": "eve\nbob"})
	if p := receive(t, got); !contains(p, `"eve"`) || !contains(p, `"bob"`) || contains(p, `"ann"`) {
		t.Errorf("submitted %s", p)
	}
}

// What Slack refuses as the answer to a keystroke is refused.
func TestSuggest_RefusesMalformedAnswers(t *testing.T) {
	option := func(text, value string) string {
		return `{"text":{"type":"plain_text","text":"` + text + `"},"value":"` + value + `"}`
	}
	many := strings.Repeat(option("x", "y")+",", 101)
	for _, tc := range []struct{ name, answer, want string }{
		{"nothing at all", ``, "no options"},
		{"no JSON", `oops`, "not JSON"},
		{"no options", `{}`, "options"},
		{"another key", `{"options":[` + option("a", "b") + `],"more":1}`, "more"},
		{"101 options", `{"options":[` + strings.TrimSuffix(many, ",") + `]}`, "100"},
		{"a text of 76", `{"options":[` + option(strings.Repeat("长", 76), "b") + `]}`, "76"},
		{"a value of 76", `{"options":[` + option("a", strings.Repeat("v", 76)) + `]}`, "76"},
		{"no value", `{"options":[{"text":{"type":"plain_text","text":"a"}}]}`, "value"},
		{"one value twice", `{"options":[` + option("a", "b") + `,` + option("c", "b") + `]}`, "already"},
		{"mrkdwn", `{"options":[{"text":{"type":"mrkdwn","text":"a"},"value":"b"}]}`, "plain_text"},
		{"options and groups", `{"options":[` + option("a", "b") + `],"option_groups":[{"label":{"type":"plain_text","text":"g"},"options":[` + option("c", "d") + `]}]}`, "only one"},
		{"an empty group", `{"option_groups":[{"label":{"type":"plain_text","text":"g"},"options":[]}]}`, "options"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, nil)
			b.open(nil)
			b.answering(tc.answer)
			got, err := b.ws.Person("U0ALICE").Suggest("Who", "x")
			if len(got) != 0 || err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("offered %v, %v; want it refused for %q", got, err, tc.want)
			}
		})
	}
	b := newBench(t, nil)
	b.open(nil)
	b.answering(`{"options":[]}`)
	if got, err := b.ws.Person("U0ALICE").Suggest("Who", "x"); len(got) != 0 || err != nil {
		t.Errorf("an empty list: %v, %v", got, err)
	}
}
