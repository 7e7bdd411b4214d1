package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/rest"
)

// listing answers a list of n customers, page by page, without any checks.
func listing(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Offset, Limit int }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var b bytes.Buffer
		fmt.Fprintf(&b, `{"count":%d,"customer_infos":[`, n)
		for i := in.Offset; i < min(n, in.Offset+in.Limit); i++ {
			if i > in.Offset {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"customer":"客户%d有限公司","account_name":"c%d","customer_id":"%032d","associated_on":"2026-01-02T03:04:05Z","association_type":"2","label":"","telephone":"13000000000","verified_status":"2","customer_type":1,"is_frozen":0}`, i, i, i)
		}
		b.WriteString("]}")
		w.Write(b.Bytes())
	}
}

func benchClient(b *testing.B, h http.Handler) *rest.Client {
	b.Helper()
	srv := httptest.NewServer(h)
	b.Cleanup(srv.Close)
	clock := noon // moves, so that the own rate limit never waits
	opt := options(srv.URL)
	opt.Now = func() time.Time { clock = clock.Add(time.Second); return clock }
	c, err := rest.New(opt)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}

func BenchmarkCustomers10000(b *testing.B) {
	c := benchClient(b, listing(10000))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range c.Customers(b.Context(), "", partner.CustomerQuery{}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 10000 {
			b.Fatalf("got %d", n)
		}
	}
}

const small = `{"account_balances":[{"account_id":"A","account_type":1,"amount":12.30,"designated_amount":0,"currency":"CNY","measure_id":1}]}`

func BenchmarkBalance(b *testing.B) {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, small) })
	b.Run("client", func(b *testing.B) {
		c := benchClient(b, h)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Balance(b.Context(), ""); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		srv := httptest.NewServer(h)
		defer srv.Close()
		b.ReportAllocs()
		for b.Loop() {
			resp, err := srv.Client().Get(srv.URL)
			if err != nil {
				b.Fatal(err)
			}
			var v map[string]any
			if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
				b.Fatal(err)
			}
			resp.Body.Close()
		}
	})
}
