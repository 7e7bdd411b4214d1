package aksk_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"partnerdesk/handlers/partner/aksk"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(aksk.DateForm, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func get(t *testing.T, host, path, query string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+host, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Path, r.URL.RawQuery = path, query
	return r
}

var example = aksk.Key{AK: "AKEXAMPLE", SK: "SKEXAMPLE"}

// The four vectors: partner API sheet, section 9.8, 2026-11-20.
func TestSign_Vectors(t *testing.T) {
	const note = `{"message":{"content":"您好，客户的云服务器无法登录，请尽快处理。"}}`
	tests := []struct {
		name          string
		key           aksk.Key
		date          string
		request       func(t *testing.T) (*http.Request, []byte)
		also          []string
		signed        string
		canonicalHash string
		signature     string
	}{
		{
			name: "V1 get with query", key: example, date: "20250102T030405Z",
			request: func(t *testing.T) (*http.Request, []byte) {
				r := get(t, "bss.myhuaweicloud.com", "/v3/accounts/partner-accounts/adjust-records",
					"limit=10&offset=0&operation_time_begin=2025-01-01T00%3A00%3A00Z&operation_type=SOURCE_OPERATION_BEADJUST")
				r.Header.Set("Content-Type", "application/json")
				return r, nil
			},
			signed:        "host;x-sdk-date",
			canonicalHash: "768f0b058430274a9c00e74b629e60141f6432849d706ece77b7545d495ed9d4",
			signature:     "0243ec5026a28f69798492d57b2878dcb58a45b613f54a843f9c61256a1ed375",
		},
		{
			name: "V2 post with Chinese text", key: example, date: "20250102T030405Z",
			request: func(t *testing.T) (*http.Request, []byte) {
				r := get(t, "osm.cn-south-1.myhuaweicloud.com", "/v2/servicerequest/cases/TT20250102000001/message", "")
				r.Method = http.MethodPost
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("X-Domain-Id", "0123456789abcdef0123456789abcdef")
				return r, []byte(note)
			},
			signed:        "host;x-domain-id;x-sdk-date",
			canonicalHash: "6fc3996cc91b7ea87bb26b0f711c221bcc596045d18a32d527c441f96ec9de9d",
			signature:     "0c562fdc9c53cd3dfe3e2f1827a4702aea2e3ef9b50027462cd187c3fe4f7580",
		},
		{
			name: "V3 special characters", key: example, date: "20250102T030405Z",
			request: func(t *testing.T) (*http.Request, []byte) {
				q := url.Values{"empty": {""}, "ids": {"b", "a", "C"}, "name": {"华为 云&a=b/c"}}
				return get(t, "bss.myhuaweicloud.com", "/v2/test/客户 A+B/x~y_z-1.2(3)*!'@=&$,;:", q.Encode()), nil
			},
			signed:        "host;x-sdk-date",
			canonicalHash: "7cb61acef872176a2a045d9ada78244d2b69f8d37d7f514d6120c5033113a858",
			signature:     "226f02c6c3cd78d2b555d5b433590d59c46267667ec940819308306b222fe1d3",
		},
		{
			name: "public documentation", date: "20191115T033655Z",
			key: aksk.Key{AK: "QTWAOYTTINDUT2QVKYUC", SK: "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"},
			request: func(t *testing.T) (*http.Request, []byte) {
				r := get(t, "service.region.example.com", "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs",
					"limit=2&marker=13551d6b-755d-4757-b956-536f674975c0")
				r.Header.Set("Content-Type", "application/json")
				return r, nil
			},
			also:          []string{"Content-Type"},
			signed:        "content-type;host;x-sdk-date",
			canonicalHash: "b25362e603ee30f4f25e7858e8a7160fd36e803bb2dfe206278659d71a9bcd7a",
			signature:     "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, body := tt.request(t)
			if err := tt.key.Sign(r, body, at(t, tt.date), tt.also...); err != nil {
				t.Fatal(err)
			}
			canonical, err := aksk.Canonical(r, body, strings.Split(tt.signed, ";"))
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256([]byte(canonical))
			if got := hex.EncodeToString(sum[:]); got != tt.canonicalHash {
				t.Errorf("canonical hash = %s, want %s\n%s", got, tt.canonicalHash, canonical)
			}
			want := "SDK-HMAC-SHA256 Access=" + tt.key.AK + ", SignedHeaders=" + tt.signed + ", Signature=" + tt.signature
			if got := r.Header.Get("Authorization"); got != want {
				t.Errorf("authorization = %s, want %s", got, want)
			}
			if err := aksk.Verify(r, body, tt.key, at(t, tt.date)); err != nil {
				t.Errorf("verify: %v", err)
			}
		})
	}
}

func TestSign_WireIsCanonical(t *testing.T) {
	r := get(t, "h", "/v2/a b/c", "q=x+y&empty&b=2&b=1")
	if err := example.Sign(r, nil, at(t, "20250102T030405Z")); err != nil {
		t.Fatal(err)
	}
	if got, want := r.URL.RequestURI(), "/v2/a%20b/c?b=1&b=2&empty=&q=x%20y"; got != want {
		t.Errorf("request uri = %s, want %s", got, want)
	}
}

func TestVerify_Refuses(t *testing.T) {
	now := at(t, "20250102T030405Z")
	temp := aksk.Key{AK: "AKTEMP", SK: "S", Token: "T"}
	tests := []struct {
		name   string
		key    aksk.Key
		change func(r *http.Request) []byte // returns the body the server saw
		now    time.Time
		want   error
	}{
		{name: "no header", change: func(r *http.Request) []byte { r.Header.Del("Authorization"); return []byte("{}") }, want: aksk.ErrMissing},
		{name: "other scheme", change: func(r *http.Request) []byte { r.Header.Set("Authorization", "Bearer x"); return []byte("{}") }, want: aksk.ErrMalformed},
		{name: "cut signature", change: func(r *http.Request) []byte {
			r.Header.Set("Authorization", r.Header.Get("Authorization")[:80])
			return []byte("{}")
		}, want: aksk.ErrMalformed},
		{name: "another key", key: aksk.Key{AK: "OTHER", SK: "SKEXAMPLE"}, want: aksk.ErrUnknown},
		{name: "another secret", key: aksk.Key{AK: "AKEXAMPLE", SK: "x"}, want: aksk.ErrSignature},
		{name: "changed body", change: func(*http.Request) []byte { return []byte("{ }") }, want: aksk.ErrSignature},
		{name: "changed query", change: func(r *http.Request) []byte { r.URL.RawQuery = "a=2"; return []byte("{}") }, want: aksk.ErrSignature},
		{name: "broken query", change: func(r *http.Request) []byte { r.URL.RawQuery = "a=%zz"; return []byte("{}") }, want: aksk.ErrMalformed},
		{name: "changed host", change: func(r *http.Request) []byte { r.Host = "evil"; return []byte("{}") }, want: aksk.ErrSignature},
		{name: "too old", now: now.Add(15*time.Minute + time.Second), want: aksk.ErrWindow},
		{name: "too new", now: now.Add(-15*time.Minute - time.Second), want: aksk.ErrWindow},
		{name: "edge of the window", now: now.Add(15 * time.Minute), want: nil},
		{name: "bad date", change: func(r *http.Request) []byte { r.Header.Set("X-Sdk-Date", "yesterday"); return []byte("{}") }, want: aksk.ErrMalformed},
		{name: "declared hash not signed", change: func(r *http.Request) []byte {
			r.Header.Set("X-Sdk-Content-Sha256", aksk.Unsigned)
			return []byte("{}")
		}, want: aksk.ErrMalformed},
		{name: "temporary key without token", key: temp, want: aksk.ErrUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := get(t, "h.example", "/v2/x", "a=1")
			r.Method = http.MethodPost
			body := []byte("{}")
			if err := example.Sign(r, body, now); err != nil {
				t.Fatal(err)
			}
			r.Host = r.URL.Host
			if tt.change != nil {
				body = tt.change(r)
			}
			key, when := example, now
			if tt.key.AK != "" {
				key = tt.key
			}
			if !tt.now.IsZero() {
				when = tt.now
			}
			if err := aksk.Verify(r, body, key, when); !errors.Is(err, tt.want) {
				t.Errorf("err = %v, want %v", err, tt.want)
			}
		})
	}
}

func TestVerify_UnsignedPayloadAndToken(t *testing.T) {
	now := at(t, "20250102T030405Z")
	key := aksk.Key{AK: "AKTEMP", SK: "S", Token: "T"}
	r := get(t, "h.example", "/v2/x", "")
	r.Header.Set("X-Sdk-Content-Sha256", aksk.Unsigned)
	if err := key.Sign(r, []byte("left out"), now); err != nil {
		t.Fatal(err)
	}
	if err := aksk.Verify(r, []byte("anything"), key, now); err != nil {
		t.Errorf("unsigned payload: %v", err)
	}
	r.Header.Set("X-Security-Token", "other")
	if err := aksk.Verify(r, nil, key, now); !errors.Is(err, aksk.ErrToken) {
		t.Errorf("err = %v, want %v", err, aksk.ErrToken)
	}
}

func TestVerify_OverHTTP(t *testing.T) {
	now := at(t, "20250102T030405Z")
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		b.ReadFrom(r.Body)
		if err := aksk.Verify(r, b.Bytes(), example, now); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
		}
	}))
	defer srv.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader("正文"))
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Path, r.URL.RawQuery = "/v2/客户 (a)*", url.Values{"k": {"a b", "~/?"}}.Encode()
	if err := example.Sign(r, []byte("正文"), now); err != nil {
		t.Fatal(err)
	}
	resp, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status = %d, want 200", resp.StatusCode)
	}
}

func TestSecret_NeverPrinted(t *testing.T) {
	key := aksk.Key{AK: "AK", SK: "hunter2", Token: "hunter2"}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "sk", key.SK, "key", key)
	encoded, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	hexed := hex.EncodeToString([]byte("hunter2"))
	for _, out := range []string{log.String(), string(encoded), fmt.Sprint(key), fmt.Sprintf("%+v %#v %s %q %x %d", key, key, key.SK, key.SK, key.SK, key.SK)} {
		if strings.Contains(out, "hunter2") || strings.Contains(out, hexed) {
			t.Errorf("secret leaks: %s", out)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("/v2/x", "a=1", "SDK-HMAC-SHA256 Access=AKEXAMPLE, SignedHeaders=host;x-sdk-date, Signature=00", []byte("{}"))
	f.Fuzz(func(t *testing.T, path, query, auth string, body []byte) {
		now := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{Host: "h", Path: path, RawQuery: query}, Header: http.Header{}}
		r.Header.Set("X-Sdk-Date", now.Format(aksk.DateForm))
		r.Header.Set("Authorization", auth)
		if aksk.Verify(r, body, example, now) == nil {
			t.Fatal("a foreign signature was accepted")
		}
		if err := example.Sign(r, body, now); err != nil {
			return
		}
		if err := aksk.Verify(r, body, example, now); err != nil {
			t.Fatalf("own signature refused: %v", err)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Host: "h", Path: "/v2/accounts/partner-accounts/balances", RawQuery: "offset=0&limit=10"}, Header: http.Header{}}
	now, body := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), bytes.Repeat([]byte("x"), 512)
	b.ReportAllocs()
	for b.Loop() {
		if err := example.Sign(r, body, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Host: "h", Path: "/v2/x", RawQuery: "offset=0&limit=10"}, Header: http.Header{}}
	now, body := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), bytes.Repeat([]byte("x"), 512)
	if err := example.Sign(r, body, now); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := aksk.Verify(r, body, example, now); err != nil {
			b.Fatal(err)
		}
	}
}
