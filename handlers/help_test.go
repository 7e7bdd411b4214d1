package handlers_test

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/console"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
)

// Help says what a command lacks once a read has shown it, and no longer when
// the item has been granted.
func TestHelp_NamesMissingPermissionItems(t *testing.T) {
	now := func() time.Time { return noon }
	world, err := sandbox.New(sandbox.Options{Seed: 1, Kind: sandbox.SolutionProvider, AK: "AK", SK: "SK", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(world)
	defer server.Close()
	center, err := rest.New(rest.Options{Endpoint: server.URL, CaseEndpoint: server.URL, AK: "AK", SK: "SK", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	catalog, rights := messages(t), rules(t, access.SolutionProvider)
	var out bytes.Buffer
	door := console.New(&out, catalog.In(lang.English))
	b, err := bot.New(bot.Options{
		Commands: handlers.Commands(&handlers.Deps{Catalog: catalog, Overlays: &overlays{}, Questions: &questions{}, Center: center, Access: rights, Now: now}),
		Default:  "ask", People: door, Access: rights, Store: door, Catalog: catalog, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	say := func(command string) string {
		out.Reset()
		if _, err := b.Handle(t.Context(), bot.Request{Kind: bot.KindCommand, Person: console.Person(), Lang: lang.English, Command: command, Text: ""}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	const missing = "SUBCUSTSERV_010103"
	if strings.Contains(say("desk"), missing) {
		t.Error("help names an item before anything was refused")
	}
	world.Deny("VIEW_010100", "SUBCUSTSERV_010103", "SUBCUSTSERV_010104", "SALES_020104", "SALES_020105")
	say("balance")
	if got := say("desk"); !strings.Contains(got, missing) {
		t.Errorf("help does not name the missing item:\n%s", got)
	}
	world.Deny()
	say("balance")
	if strings.Contains(say("desk"), missing) {
		t.Error("help still names an item that has been granted")
	}
}
