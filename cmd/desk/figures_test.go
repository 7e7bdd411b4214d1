package desk_test

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"partnerdesk/cmd/desk"
	"partnerdesk/data"
	"partnerdesk/handlers/access"
)

// Everything an operator needs to watch is among the metrics of a running desk.
func TestDemo_Figures(t *testing.T) {
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	r, _ := start(t, desk.Config{Zone: time.UTC, FAQ: few}, desk.Parts{Catalog: catalog, Log: slog.New(slog.DiscardHandler), Now: time.Now}, "socket", access.Distributor)
	p := r.Town.Person(liLei).Test(t).Within(20 * time.Second).In(sales)
	must(t, p.Command("/ask", "测试券额度是多少"))
	sees(t, p, "10万")
	must(t, r.Town.Redeliver())
	must(t, p.Command("/voucher", "issue"))
	if _, err := p.SeesModal("下发代金券"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Suggest("customers", "艾克美"); err != nil {
		t.Fatal(err)
	}
	var text string
	for _, want := range []string{
		`partnerdesk_deliveries_total{kind="slash_commands",outcome="accepted"} 2`,
		`partnerdesk_deliveries_total{kind="slash_commands",outcome="duplicate"} 1`,
		`partnerdesk_ack_seconds_count{kind="slash_commands"} 3`,
		`partnerdesk_handle_seconds_count{command="ask"} 1`,
		`partnerdesk_requests_total{command="ask",outcome="ok"} 1`,
		`partnerdesk_suggestions_total{command="voucher.customer",outcome="ok"} 1`,
		`partnerdesk_suggest_seconds_count{command="voucher.customer"} 1`,
		"partnerdesk_posts_total{", "partnerdesk_outbox_depth 0", "partnerdesk_outbox_oldest_seconds 0",
		"partnerdesk_store_bytes ", "partnerdesk_index_age_seconds ", "partnerdesk_sockets_open 2", "partnerdesk_socket_silence_seconds ",
		"partnerdesk_socket_received_bytes_total ", "partnerdesk_socket_sent_bytes_total ", "partnerdesk_ready 1",
	} {
		for range 100 {
			if text = scrape(t, "http://"+r.Desk.Addr()+"/metrics"); strings.Contains(text, want) {
				break
			}
		}
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(text, "partnerdesk_unlisted_total{") {
		t.Error("something is counted that is in no table")
	}
}

func scrape(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
