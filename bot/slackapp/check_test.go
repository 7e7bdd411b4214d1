package slackapp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot/slackapp"
)

func TestCheck(t *testing.T) {
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	cases := []struct {
		name   string
		scopes string
		answer map[string]string // by method; empty means fine
		want   string
	}{
		{"all is well", "chat:write,commands", nil,
			"reach clock bot_token scopes app_token channel/C1 group/S1"},
		{"the bot token is refused", "", map[string]string{"auth.test": "invalid_auth"},
			"reach clock bot_token=invalid_auth app_token"},
		{"scopes are missing and others are there", "chat:write, files:write", nil,
			"reach clock bot_token scopes/commands=missing scopes/files:write=extra app_token channel/C1 group/S1"},
		{"slack does not say the scopes", "", nil,
			"reach clock bot_token scopes=unsaid app_token channel/C1 group/S1"},
		{"no socket mode", "chat:write,commands", map[string]string{"apps.connections.open": "socket_mode_not_enabled"},
			"reach clock bot_token scopes app_token=socket_mode_not_enabled channel/C1 group/S1"},
		{"not in the channel, no such group", "chat:write,commands", map[string]string{"conversations.history": "not_in_channel", "usergroups.users.list": "no_such_subteam"},
			"reach clock bot_token scopes app_token channel/C1=not_in_channel group/S1=no_such_subteam"},
		{"something else answers", "", map[string]string{"auth.test": "<html>"},
			"reach=unreachable"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				method := strings.TrimPrefix(r.URL.Path, "/api/")
				token := "Bearer xoxb-1"
				if method == "apps.connections.open" {
					token = "Bearer xapp-1"
				}
				w.Header().Set("Date", now.Add(time.Minute).Format(http.TimeFormat))
				if c.scopes != "" {
					w.Header().Set("X-OAuth-Scopes", c.scopes)
				}
				switch word := c.answer[method]; {
				case r.Header.Get("Authorization") != token:
					fmt.Fprint(w, `{"ok":false,"error":"wrong_token_in_this_test"}`)
				case strings.HasPrefix(word, "<"):
					fmt.Fprint(w, word)
				case word != "":
					fmt.Fprintf(w, `{"ok":false,"error":%q}`, word)
				default:
					fmt.Fprint(w, `{"ok":true,"team":"Acme","team_id":"T1"}`)
				}
			}))
			defer s.Close()
			var got []string
			for _, f := range slackapp.Check(t.Context(), slackapp.CheckOptions{
				BotToken: "xoxb-1", AppToken: "xapp-1", APIURL: s.URL + "/api", Team: "T1", Scopes: []string{"chat:write", "commands"},
				Channels: []string{"C1"}, Groups: []string{"S1"}, Now: func() time.Time { return now },
			}) {
				word := f.Check
				if f.Subject != "" && (f.Check == slackapp.CheckChannel || f.Check == slackapp.CheckGroup || f.Check == slackapp.CheckScopes && f.Code != "") {
					word += "/" + f.Subject
				}
				if f.Code != "" {
					word += "=" + f.Code
				}
				got = append(got, word)
				if f.Check == slackapp.CheckClock && f.Skew != time.Minute {
					t.Errorf("the clocks differ by %v", f.Skew)
				}
			}
			if all := strings.Join(got, " "); all != c.want {
				t.Errorf("found %s\nwant  %s", all, c.want)
			}
		})
	}
}

// A token never shows in what is found.
func TestCheck_TellsNoToken(t *testing.T) {
	for _, f := range slackapp.Check(t.Context(), slackapp.CheckOptions{BotToken: "xoxb-secret", APIURL: "http://127.0.0.1:1/"}) {
		if f.Err == nil || strings.Contains(fmt.Sprintf("%+v", f), "secret") {
			t.Errorf("found %+v", f)
		}
	}
}
