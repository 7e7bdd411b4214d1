package desk_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"partnerdesk/bot/lang"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
)

func configWords(t *testing.T, tag lang.Tag) lang.Words {
	t.Helper()
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	return catalog.In(tag)
}

// inputOf is a file with this text, an environment and flags.
func inputOf(t *testing.T, tag lang.Tag, text string, env, set map[string]string) desk.Input {
	t.Helper()
	file := filepath.Join(t.TempDir(), "desk.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return desk.Input{File: file, Set: set, Getenv: func(name string) string { return env[name] }, Words: configWords(t, tag)}
}

func faultsOf(t *testing.T, in desk.Input) string {
	t.Helper()
	_, err := desk.Load(in)
	if err == nil {
		return ""
	}
	faults, ok := errors.AsType[*desk.ConfigError](err)
	if !ok {
		t.Fatalf("not faults of the configuration: %v", err)
	}
	return strings.Join(faults.Faults, "\n")
}

func TestLoad_FaultsOfPeople(t *testing.T) {
	const text = `
operator: {kind: reseller}
people:
  - {who: "*", roles: [staff], colour: blue}
  - {who: U1, roles: [king]}
  - {who: U2, roles: staff}
  - {roles: [staff]}
  - U3
  - {who: U4, roles: [staff], employer: "reseller:R1"}
`
	for tag, wants := range map[lang.Tag][]string{
		lang.English: {
			"people[0]: there is no field “colour”", "people[1] (U1): there is no role “king”", "people[2]: roles is not written right",
			"people[3] has no who.", "people[4] should be fields", "people[5] (U4): employer “reseller:R1” needs operator.kind distributor; it is reseller",
		},
		lang.Chinese: {
			"people[0]：没有“colour”这个字段", "people[1]（U1）：没有“king”这个角色", "people[2]：roles 的写法不对",
			"people[3] 没有写 who。", "people[4] 应当写成", "people[5]（U4）：employer“reseller:R1”只在 operator.kind 是 distributor 时可用",
		},
	} {
		got := faultsOf(t, inputOf(t, tag, text, nil, nil))
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", tag, want, got)
			}
		}
		if n := strings.Count(got, "\n") + 1; n != len(wants) {
			t.Errorf("%s: %d faults, want %d:\n%s", tag, n, len(wants), got)
		}
	}
}

func TestLoad_PeopleThatAreNoList(t *testing.T) {
	if got := faultsOf(t, inputOf(t, lang.English, "people: {who: U1}\n", nil, nil)); !strings.Contains(got, "should be a list") {
		t.Errorf("got %q", got)
	}
	if got := faultsOf(t, inputOf(t, lang.English, "people: [{who: U1, team: T2, roles: [staff], employer: huawei}]\n", nil, nil)); got != "" {
		t.Errorf("a right one is refused: %s", got)
	}
}

func TestLoad_AnUnknownKindIsNamedOnce(t *testing.T) {
	got := faultsOf(t, inputOf(t, lang.English, "people: [{who: U1, roles: [staff], employer: \"reseller:R1\"}]\n", nil, map[string]string{"operator.kind": "bank"}))
	if strings.Count(got, "bank") != 1 || strings.Contains(got, "\n") {
		t.Errorf("got\n%s", got)
	}
	if got := faultsOf(t, inputOf(t, lang.English, "", nil, map[string]string{"operator.kind": ""})); !strings.Contains(got, "operator.kind") {
		t.Errorf("an empty kind: %q", got)
	}
}

func TestLoad_AFaultTellsARangeFromAnExample(t *testing.T) {
	got := faultsOf(t, inputOf(t, lang.English, "", map[string]string{"PARTNERDESK_SURE": "2"}, map[string]string{
		"web.addr": "nowhere", "log.format": "xml", "money.per_day": "-1",
	}))
	for _, want := range []string{
		"faq.sure: “2” (from PARTNERDESK_SURE) is not right; expected: 0..1\n", "web.addr: “nowhere” (from --set) is not right; expected: for example 127.0.0.1:8080",
		"log.format: “xml” (from --set) is not right; expected: text, json", "money.per_day: “-1” (from --set) is not right; expected: 0..",
	} {
		if !strings.Contains(got+"\n", want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestRead_SaysWhereEveryValueComesFrom(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("xapp-hidden"), 0o600); err != nil {
		t.Fatal(err)
	}
	in := inputOf(t, lang.English, "web: {addr: \"127.0.0.1:1\"}\nfaq: {sure: 0.5}\nlog: {level: warn}\nslack: {bot_token: xoxb-hidden}\n",
		map[string]string{"PARTNERDESK_SURE": "0.6", "PARTNERDESK_LOG": "error", "SLACK_APP_TOKEN_FILE": secret, "XDG_STATE_HOME": "/s"},
		map[string]string{"log.level": "debug", "money.per_day": "much"})
	_, values, err := desk.Read(in)
	if err == nil {
		t.Error("a wrong amount was taken")
	}
	got := map[string]desk.Value{}
	for _, v := range values {
		got[v.Key] = v
	}
	if rows := desk.Describe(in.Words); len(rows) != len(values) || rows[3].Key != values[3].Key {
		t.Errorf("%d values for %d settings", len(values), len(rows))
	}
	for _, want := range []desk.Value{
		{Key: "web.addr", Text: "127.0.0.1:1", From: desk.FromFile},
		{Key: "faq.sure", Text: "0.6", From: desk.FromEnv},
		{Key: "log.level", Text: "debug", From: desk.FromFlag},
		{Key: "log.format", Text: "text", From: desk.FromDefault},
		{Key: "slack.bot_token", Text: "•••", From: desk.FromFile},
		{Key: "slack.app_token", Text: "•••", From: desk.FromEnv},
		{Key: "money.per_day", Text: "much", From: desk.FromFlag},
		{Key: "data", Text: "/s/partnerdesk", From: desk.FromDefault},
		{Key: "faq.corpus"},
	} {
		if got[want.Key] != want {
			t.Errorf("got %+v, want %+v", got[want.Key], want)
		}
	}
}
