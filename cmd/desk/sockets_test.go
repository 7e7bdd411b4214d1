package desk_test

import (
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/cmd/desk"
	"partnerdesk/handlers/access"
)

func TestCanaryPerson(t *testing.T) {
	people := []access.Grant{{Who: access.Everybody, Roles: []bot.Role{bot.RoleStaff}}, {Who: "S0ADMINS", Roles: []bot.Role{bot.RoleAdmin}},
		{Who: "U0OTHER", Team: "T2", Roles: []bot.Role{bot.RoleAdmin}}, {Who: "U0ADMIN", Roles: []bot.Role{bot.RoleAuditor, bot.RoleAdmin}}, {Who: "U0SECOND", Roles: []bot.Role{bot.RoleAdmin}}}
	for _, tt := range []struct {
		name, set string
		people    []access.Grant
		want      string
	}{
		{"the first administrator of ours by id", "auto", people, "U0ADMIN"},
		{"no administrator by id", "auto", people[:2], ""},
		{"off", "off", people, ""},
		{"somebody", "U0LILEI", people, "U0LILEI"},
	} {
		if got := desk.CanaryPerson(desk.Config{Team: "T1", People: tt.people, Slack: desk.SlackConfig{Canary: tt.set}}); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestConfig_Sockets(t *testing.T) {
	got := faultsOf(t, inputOf(t, lang.English, "people: [{who: U1, roles: [staff]}]", nil,
		map[string]string{"slack.sockets": "11", "slack.silence_seconds": "1", "slack.canary": "somebody", "slack.canary_of": "0"}))
	for _, want := range []string{"slack.sockets", "slack.silence_seconds", "slack.canary:", "slack.canary_of"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not named in %s", want, got)
		}
	}
}
