package slackapp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// The paths of [App.Handler], to be entered in the app's settings.
const (
	PathCommands      = "/slack/commands"
	PathInteractivity = "/slack/interactivity"
	PathEvents        = "/slack/events"
)

const (
	// maxBody bounds a delivery, in bytes. Slack's own are far smaller.
	maxBody = 768 << 10
	// window is how far a signature's time may be off, either way (Slack platform
	// sheet, section B, 2026-11-20).
	window = 5 * time.Minute
)

// Handler serves Slack's signed deliveries under the three paths above.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+PathCommands, a.signed(kindCommand))
	mux.HandleFunc("POST "+PathInteractivity, a.signed(kindInteraction))
	mux.HandleFunc("POST "+PathEvents, a.signed(kindEvent))
	return mux
}

// signed reads and verifies a delivery, then takes it.
func (a *App) signed(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
				a.o.Meter.Count("deliveries", kind, "too_large")
				http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			}
			return // the sender went away
		}
		if reason := a.verify(r.Header, raw); reason != "" {
			a.o.Log.Warn("delivery with a bad signature refused", "kind", kind, "reason", reason)
			a.o.Meter.Count("signatures_refused", reason)
			http.Error(w, "bad signature", http.StatusUnauthorized)
			return
		}
		body, ok := payload(kind, raw)
		if ok && kind == kindEvent && a.challenge(w, body) {
			return
		}
		if !ok {
			body = nil // decoding it says so, and counts it
		}
		v := a.receive(r.Context(), kind, body)
		if v.final {
			w.Header().Set("X-Slack-No-Retry", "1") // the same bytes would not be read any better
		}
		if v.status != http.StatusOK || v.payload == nil {
			w.WriteHeader(v.status)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(v.payload) // the sender went away: it will see no acknowledgement
	}
}

// verify returns why a signature does not hold, or nothing. Both secrets are
// tried in constant time each.
func (a *App) verify(h http.Header, body []byte) string {
	ts, sig := h.Get("X-Slack-Request-Timestamp"), h.Get("X-Slack-Signature")
	if ts == "" || sig == "" {
		return "missing"
	}
	sec, err := strconv.ParseInt(ts, 10, 64)
	if err != nil {
		return "malformed"
	}
	if off := a.o.Now().Sub(time.Unix(sec, 0)); off > window || off < -window {
		return "expired"
	}
	got, err := hex.DecodeString(trimVersion(sig))
	if err != nil || len(got) != sha256.Size {
		return "malformed"
	}
	for _, secret := range a.o.SigningSecrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte("v0:" + ts + ":"))
		mac.Write(body)
		if hmac.Equal(mac.Sum(nil), got) {
			return ""
		}
	}
	return "mismatch"
}

func trimVersion(sig string) string {
	if len(sig) > 3 && sig[:3] == "v0=" {
		return sig[3:]
	}
	return ""
}

// payload brings the three HTTP encodings to the JSON that Socket Mode carries.
func payload(kind string, raw []byte) ([]byte, bool) {
	if kind == kindEvent {
		return raw, true
	}
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		return nil, false
	}
	if kind == kindInteraction {
		return []byte(form.Get("payload")), true
	}
	flat := make(map[string]string, len(form))
	for k, v := range form {
		if k != "token" {
			flat[k] = v[0]
		}
	}
	body, err := json.Marshal(flat)
	return body, err == nil
}

// challenge answers Slack's check of the events address.
func (a *App) challenge(w http.ResponseWriter, body []byte) bool {
	var c struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
	}
	if json.Unmarshal(body, &c) != nil || c.Type != "url_verification" {
		return false
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]string{"challenge": c.Challenge}) // see above
	return true
}
