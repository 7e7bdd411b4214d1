package handlers_test

import (
	"bytes"
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/console"
	"partnerdesk/bot/lang"
	"partnerdesk/data"
	"partnerdesk/faq"
	"partnerdesk/faq/source"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/opportunity"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/rest"
	"partnerdesk/handlers/partner/sandbox"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/ticket"
	"partnerdesk/index"
)

var update = flag.Bool("update", false, "rewrite the transcripts")

// noon is the moment at which every transcript is played.
var noon = time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)

// TestTranscripts plays testdata/COMMAND.in through the terminal door in both
// languages and compares with the reviewed testdata/COMMAND.LANG.txt. Every
// command must have one: a new command cannot forget it.
func TestTranscripts(t *testing.T) {
	catalog := messages(t)
	for _, c := range handlers.Commands(&handlers.Deps{Catalog: catalog, Access: rules(t, access.SolutionProvider)}) {
		for _, tag := range lang.Tags() {
			t.Run(c.Name+"/"+string(tag), func(t *testing.T) {
				input, err := os.ReadFile(filepath.Join("testdata", c.Name+".in"))
				if err != nil {
					t.Fatalf("command %s has no transcript: %v", c.Name, err)
				}
				golden := filepath.Join("testdata", c.Name+"."+string(tag)+".txt")
				got := play(t, catalog, kindFor(c), tag, string(input))
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
					return
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("the transcript changed; run with -update and review\n%s", firstDifference(string(want), got))
				}
			})
		}
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "want: " + w[i] + "\ngot:  " + g[i]
		}
	}
	return "one is longer than the other"
}

// kindFor is the operator at whose desk a command is played: a distributor's
// for what only that has.
func kindFor(c bot.Command) access.OperatorKind {
	if c.Area == bot.AreaReseller {
		return access.Distributor
	}
	return access.SolutionProvider
}

// play types the input line by line and returns what the terminal showed.
func play(t *testing.T, catalog *lang.Catalog, kind access.OperatorKind, tag lang.Tag, input string) string {
	t.Helper()
	var out bytes.Buffer
	door := console.New(&out, catalog.In(tag))
	b := desk(t, catalog, kind, door)
	echo := &echoing{lines: strings.SplitAfter(input, "\n"), out: &out}
	if err := door.Run(t.Context(), b, echo); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// echoing gives a line at a time and shows it, as a terminal does.
type echoing struct {
	lines []string
	out   *bytes.Buffer
}

func (e *echoing) Read(p []byte) (int, error) {
	if len(e.lines) == 0 || e.lines[0] == "" {
		return 0, errEOF
	}
	n := copy(p, e.lines[0])
	e.out.WriteString(e.lines[0][:n])
	if n == len(e.lines[0]) {
		e.lines = e.lines[1:]
	} else {
		e.lines[0] = e.lines[0][n:]
	}
	return n, nil
}

func messages(t testing.TB) *lang.Catalog {
	t.Helper()
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

func rules(t *testing.T, kind access.OperatorKind) *access.Rules {
	t.Helper()
	r, err := access.New(access.Options{Kind: kind, Team: console.Person().Team, Grants: []access.Grant{
		{Who: console.Person().User, Roles: []bot.Role{bot.RoleStaff, bot.RoleEditor, bot.RoleTriager}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// desk is the real thing: the handlers over a corpus, an index, and a partner
// center behind HTTP.
func desk(t *testing.T, catalog *lang.Catalog, kind access.OperatorKind, door *console.Console) *bot.Bot {
	t.Helper()
	corpus, err := source.Only(data.FAQ, "testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	searcher, err := index.Open(t.Context(), corpus, index.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = searcher.Close() })
	answers, err := faq.NewDesk(corpus, searcher, faq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return noon }
	world, err := sandbox.New(sandbox.Options{Seed: 1, Kind: string(kind), AK: "AK", SK: "SK", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(world)
	t.Cleanup(server.Close)
	center, err := rest.New(rest.Options{Endpoint: server.URL, CaseEndpoint: server.URL, AK: "AK", SK: "SK", Money: []aksk.Key{{AK: "AK", SK: "SK"}}, Now: now,
		Sleep: func(context.Context, time.Duration) error { return nil }}) // the clock stands still, so its pauses would never end
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := data.OpportunityPolicy()
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := data.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	register, err := data.BenefitPolicy()
	if err != nil {
		t.Fatal(err)
	}
	access := rules(t, kind)
	b, err := bot.New(bot.Options{
		Commands: handlers.Commands(&handlers.Deps{
			Remind:   &handlers.Reminders{Book: &remind.Memory{}, Calendar: calendar},
			Register: &handlers.Register{Book: &benefit.Memory{}, Policy: register, Calendar: calendar},
			Catalog:  catalog, Knowledge: knowledge{answers}, Overlays: &overlays{}, Questions: &questions{}, Center: center, Access: access, Tickets: &ticket.Memory{}, Cases: center, Opportunities: &opportunity.Memory{}, Policy: policy, Zone: zone, Now: now,
			Money: &handlers.Money{Book: &money.Memory{}, Center: center, People: door, Policy: money.Policy{Threshold: partner.Yuan(1000)}, Listed: func(context.Context) ([]bot.PersonID, error) {
				return []bot.PersonID{console.Person()}, nil
			}},
		}),
		Default: "ask", People: door, Access: access, Store: door, Catalog: catalog, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type knowledge struct{ *faq.Desk }

func (k knowledge) Entry(id string) *faq.Entry   { return k.Corpus().Entry(id) }
func (k knowledge) Shipped(id string) *faq.Entry { return k.Corpus().Entry(id) }
func (k knowledge) Entries() []*faq.Entry        { return k.Corpus().Entries }
