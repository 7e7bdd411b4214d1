package desk_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot/lang"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/sandbox"
)

// A check is careful with keys: it spends one signature on a wrong one, and none
// when the clock says that none would be accepted.
func TestCheck_SparesTheKeys(t *testing.T) {
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name    string
		partner desk.PartnerConfig
		skew    time.Duration
		refused int // signatures that the gateway refused
		broken  int
	}{
		{"right keys", desk.PartnerConfig{AK: "AK", SK: "SK", MoneyAK: "MONEY", MoneySK: "MONEYSK"}, 0, 0, 0},
		{"wrong keys", desk.PartnerConfig{AK: "AK", SK: "no", MoneyAK: "MONEY", MoneySK: "no"}, 0, 2, 2},
		{"an old key that is still good", desk.PartnerConfig{AK: "NEW", SK: "no", AKOld: "AK", SKOld: "SK"}, 0, 1, 1},
		{"a clock far behind", desk.PartnerConfig{AK: "AK", SK: "SK"}, 20 * time.Minute, 0, 1},
		{"a clock a little ahead", desk.PartnerConfig{AK: "AK", SK: "SK"}, -10 * time.Minute, 0, 0},
	}
	for _, c := range cases {
		for _, kind := range []access.OperatorKind{access.Distributor, access.SolutionProvider, "reseller"} {
			t.Run(c.name+"/"+string(kind), func(t *testing.T) {
				world, err := sandbox.New(sandbox.Options{Seed: 1, Kind: string(kind), AK: "AK", SK: aksk.Secret("SK"), Keys: []aksk.Key{{AK: "MONEY", SK: aksk.Secret("MONEYSK")}}})
				if err != nil {
					t.Fatal(err)
				}
				world.Advance(c.skew)
				s := httptest.NewServer(world)
				defer s.Close()
				config := desk.Config{OperatorKind: kind, Partner: c.partner}
				config.Partner.Endpoint, config.Partner.TicketEndpoint = s.URL, s.URL
				found := desk.Check(t.Context(), config, desk.CheckOptions{
					Catalog: catalog, Words: catalog.In(lang.English), Now: time.Now, Parts: map[string]bool{desk.PartPartner: true},
				})
				broken := 0
				for _, f := range found {
					if f.State == desk.StateBroken {
						broken++
						if f.Fix == "" {
							t.Errorf("%q comes without its fix", f.Text)
						}
					}
					if strings.Contains(f.Text+f.Fix, "[check") {
						t.Errorf("a message is missing: %+v", f)
					}
				}
				if broken != c.broken {
					t.Errorf("%d broken things, want %d: %+v", broken, c.broken, found)
				}
				refused := 0
				for _, call := range world.Calls() {
					if call.Status == http.StatusUnauthorized {
						refused++
					}
					if call.Effect {
						t.Errorf("%s changed something", call.Op)
					}
				}
				if refused != c.refused {
					t.Errorf("%d signatures were refused, want %d", refused, c.refused)
				}
			})
		}
	}
}
