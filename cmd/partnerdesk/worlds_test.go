package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"partnerdesk/bot/lang"
	"partnerdesk/bot/slacksim"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/sandbox"
)

// worlds are the commands by which a script gets a world of its own to talk to:
//
//	center KIND        a sandbox partner center, and the settings that lead to it
//	world PATH JSON    steers that partner center
//	slack              a simulated workspace, and the settings that lead to it
func worlds() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"center": func(ts *testscript.TestScript, _ bool, args []string) {
			world, err := sandbox.New(sandbox.Options{
				Seed: 1, Kind: args[0], AK: "AK", SK: aksk.Secret("SK"), Keys: []aksk.Key{{AK: "MONEY", SK: aksk.Secret("MONEYSK")}},
			})
			ts.Check(err)
			s := httptest.NewServer(world)
			ts.Defer(s.Close)
			for _, name := range []string{"PARTNER_ENDPOINT", "PARTNER_TICKET_ENDPOINT"} {
				ts.Setenv(name, s.URL)
			}
			ts.Setenv("PARTNER_AK", "AK")
			ts.Setenv("PARTNER_SK", "SK")
			ts.Setenv("PARTNERDESK_OPERATOR_KIND", args[0])
		},
		"world": func(ts *testscript.TestScript, _ bool, args []string) {
			resp, err := http.Post(ts.Getenv("PARTNER_ENDPOINT")+sandbox.ControlPath+args[0], "application/json", strings.NewReader(args[1]))
			ts.Check(err)
			ts.Check(resp.Body.Close())
			if resp.StatusCode != http.StatusNoContent {
				ts.Fatalf("the sandbox refuses: %s", resp.Status)
			}
		},
		"slack": func(ts *testscript.TestScript, _ bool, _ []string) {
			catalog, err := data.Messages()
			ts.Check(err)
			town, err := workspace(catalog)
			ts.Check(err)
			s := httptest.NewServer(town.Handler())
			town.SetURL(s.URL)
			ts.Defer(func() { s.Close(); town.Close() })
			ts.Setenv("SLACK_API_URL", s.URL+"/api/")
			ts.Setenv("SLACK_BOT_TOKEN", desk.TownBotToken)
			ts.Setenv("SLACK_APP_TOKEN", desk.TownAppToken)
		},
	}
}

func workspace(catalog *lang.Catalog) (*slacksim.Workspace, error) {
	c := desk.Config{OperatorKind: access.SolutionProvider}
	return desk.Town(c, catalog, "socket", slacksim.RequestURLs{}, slog.New(slog.NewTextHandler(io.Discard, nil)), time.Now)
}
