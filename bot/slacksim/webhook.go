package slacksim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Sign is Slack's v0 request signature: v0=hex(HMAC-SHA256(secret, "v0:"+unix seconds+":"+raw body)).
func Sign(secret string, unix int64, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%d:", unix)
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// sendHTTP posts a payload to the app's request URL for its kind.
func (w *Workspace) sendHTTP(ctx context.Context, d *delivery) (json.RawMessage, error) {
	w.mu.Lock()
	urls := w.opt.App.RequestURLs
	w.mu.Unlock()
	target, ctype, body := urls.Events, "application/json", []byte(nil)
	switch d.kind {
	case kindCommand:
		form := url.Values{}
		for k, v := range d.payload {
			form.Set(k, fmt.Sprint(v))
		}
		target, ctype, body = urls.Commands, "application/x-www-form-urlencoded", []byte(form.Encode())
	case kindInteraction:
		raw, err := json.Marshal(d.payload)
		if err != nil {
			return nil, err
		}
		form := url.Values{"payload": {string(raw)}}
		target, ctype, body = urls.Interactivity, "application/x-www-form-urlencoded", []byte(form.Encode())
	default:
		raw, err := json.Marshal(d.payload)
		if err != nil {
			return nil, err
		}
		body = raw
	}
	extra := http.Header{}
	if d.retry > 0 {
		extra.Set("X-Slack-Retry-Num", strconv.Itoa(d.retry))
		extra.Set("X-Slack-Retry-Reason", d.reason)
	}
	resp, answer, err := w.post(ctx, target, ctype, body, extra)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, errTimeout
	case err != nil:
		return nil, errNoRoute
	}
	if d.noRetry != nil && resp.Header.Get("X-Slack-No-Retry") == "1" {
		*d.noRetry = true
	}
	if resp.StatusCode != http.StatusOK {
		return nil, errHTTPCode
	}
	if d.kind == kindCommand && !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") && len(bytes.TrimSpace(answer)) > 0 {
		return json.Marshal(obj{"text": string(answer)})
	}
	return answer, nil
}

// post sends a signed request and reads the answer.
func (w *Workspace) post(ctx context.Context, target, ctype string, body []byte, extra http.Header) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	for k, v := range extra {
		req.Header[k] = v
	}
	unix := w.now().Unix()
	req.Header.Set("Content-Type", ctype)
	req.Header.Set("User-Agent", "Slackbot 1.0 (slacksim)")
	req.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(unix, 10))
	req.Header.Set("X-Slack-Signature", Sign(w.opt.App.SigningSecret, unix, body))
	resp, err := w.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp, answer, err
}

// VerifyURL does what Slack does when an events URL is configured: it posts a challenge and wants it back.
func (w *Workspace) VerifyURL(ctx context.Context) error {
	w.mu.Lock()
	target := w.opt.App.RequestURLs.Events
	w.mu.Unlock()
	challenge := secret(16)
	body, err := json.Marshal(obj{"token": "", "type": "url_verification", "challenge": challenge})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, w.opt.AckWithin)
	defer cancel()
	resp, answer, err := w.post(ctx, target, "application/json", body, nil)
	if err != nil {
		return fmt.Errorf("slacksim: events url: %w", err)
	}
	var o struct {
		Challenge string `json:"challenge"`
	}
	_ = json.Unmarshal(answer, &o) // a bare text answer is allowed too
	if resp.StatusCode != http.StatusOK || o.Challenge != challenge && strings.TrimSpace(string(answer)) != challenge {
		return errors.New("slacksim: the events url did not answer the challenge")
	}
	return nil
}
