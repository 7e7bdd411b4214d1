package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"partnerdesk/handlers/partner/aksk"
)

// More than five wrong signatures in a row lock a key for five minutes (partner
// API sheet, section 9.1, 2026-11-20).
const (
	lockAfter = 5
	lockFor   = 5 * time.Minute
)

// gate remembers what the gateway holds against a key.
type gate struct {
	wrong  map[string]int
	locked map[string]time.Time
	seen   map[string][]time.Time // by key and operation: calls of the last second
}

func newGate() gate {
	return gate{wrong: map[string]int{}, locked: map[string]time.Time{}, seen: map[string][]time.Time{}}
}

// refusal is a failure as the center words it.
type refusal struct {
	status int
	code   string
	detail string // appended to the message
}

// Error is for errors.As only.
func (r *refusal) Error() string { return r.code }

func refuse(status int, code string) *refusal { return &refusal{status: status, code: code} }

// bad is a parameter error that names the parameter.
func bad(field string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: "CBC.0100", detail: field}
}

// call is one request on its way through the world.
type call struct {
	*world
	r     *http.Request
	body  []byte
	key   aksk.Key
	now   time.Time
	think time.Duration            // how long the engineer of a case takes
	say   func(code string) string // the message of a code in the caller's language
}

func (s *Sandbox) handler(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := Call{Op: rt.op, Method: r.Method, Path: r.URL.Path}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			s.refuse(w, r, seen, refuse(http.StatusRequestEntityTooLarge, "CBC.0100"))
			return
		}
		trouble := s.fault(rt.op, r.Header.Get(Header))
		if trouble.Kind == Latency {
			select {
			case <-time.After(trouble.Delay):
			case <-r.Context().Done():
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		key, no := s.admit(r, body, rt)
		if no == nil {
			no = s.before(trouble)
		}
		if no != nil {
			s.refuseLocked(w, r, seen, no)
			return
		}
		out, err := s.run(r, body, key, rt)
		if err == nil && rt.write {
			seen.Effect = true
			err = s.save()
		}
		if no, ok := errors.AsType[*refusal](err); ok {
			s.refuseLocked(w, r, seen, no)
			return
		}
		if err != nil {
			s.refuseLocked(w, r, seen, refuse(http.StatusInternalServerError, "CBC.0999"))
			return
		}
		s.answer(w, trouble, seen, out)
	})
}

// run lets time pass and does the call.
func (s *Sandbox) run(r *http.Request, body []byte, key aksk.Key, rt route) (any, error) {
	now := s.now()
	s.w.pass(now)
	s.w.work(now, s.opt.Work)
	return rt.do(&call{
		world: s.w, r: r, body: body, key: key, now: now, think: s.opt.Work,
		say: func(code string) string { return s.message(r, refuse(0, code)) },
	})
}

func (s *Sandbox) now() time.Time { return s.opt.Now().UTC().Add(s.offset) }

// admit does what happens before a call reaches a service: signature, lock,
// flow, role, permission item.
func (s *Sandbox) admit(r *http.Request, body []byte, rt route) (aksk.Key, *refusal) {
	now := s.now()
	auth, err := aksk.Parse(r.Header.Get("Authorization"))
	key, known := s.keys[auth.AK]
	if err != nil || !known {
		return key, refuse(http.StatusUnauthorized, "APIGW.0301")
	}
	if now.Before(s.gate.locked[key.AK]) {
		return key, refuse(http.StatusUnauthorized, "APIGW.0302")
	}
	if err := aksk.VerifyWithin(r, body, key, now, s.opt.Window); err != nil {
		if s.gate.wrong[key.AK]++; s.gate.wrong[key.AK] > lockAfter {
			s.gate.locked[key.AK] = now.Add(lockFor)
			s.gate.wrong[key.AK] = 0
		}
		no := refuse(http.StatusUnauthorized, "APIGW.0301")
		no.detail = err.Error()
		return key, no
	}
	s.gate.wrong[key.AK] = 0
	if s.over(key.AK+" "+rt.op, now) {
		return key, refuse(http.StatusTooManyRequests, "CBC.0250")
	}
	if s.opt.Kind == Reseller && !rt.anyone {
		return key, refuse(http.StatusOK, "CBC.5001")
	}
	if rt.distributor && s.opt.Kind != Distributor {
		return key, refuse(http.StatusForbidden, "CBC.0151")
	}
	if len(rt.items) > 0 && !slices.ContainsFunc(rt.items, func(i string) bool { return !s.w.Denied[i] }) {
		return key, refuse(http.StatusForbidden, "CBC.0151")
	}
	return key, nil
}

// over counts the calls of the last second.
func (s *Sandbox) over(of string, now time.Time) bool {
	if s.opt.Flow <= 0 {
		return false
	}
	recent := slices.DeleteFunc(s.gate.seen[of], func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(recent) >= s.opt.Flow {
		s.gate.seen[of] = recent
		return true
	}
	s.gate.seen[of] = append(recent, now)
	return false
}

func (s *Sandbox) refuse(w http.ResponseWriter, r *http.Request, seen Call, no *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuseLocked(w, r, seen, no)
}

func (s *Sandbox) refuseLocked(w http.ResponseWriter, r *http.Request, seen Call, no *refusal) {
	code := no.code
	if code == "APIGW.0302" { // the locked key has the same code, with another message
		code = "APIGW.0301"
	}
	seen.Status, seen.Code = no.status, code
	s.remember(seen)
	out := map[string]string{"error_code": code, "error_msg": s.message(r, no)}
	if strings.HasPrefix(code, "APIG") {
		out["request_id"] = s.w.hex(32)
	}
	s.write(w, no.status, out)
}

func (s *Sandbox) message(r *http.Request, no *refusal) string {
	pair, ok := s.messages[no.code]
	if !ok {
		return no.code
	}
	text := pair[0]
	if lang := strings.ToLower(r.Header.Get("X-Language")); strings.HasPrefix(lang, "en") || strings.HasPrefix(no.code, "APIG") {
		text = pair[1]
	}
	if no.detail != "" {
		text += ": " + no.detail
	}
	return text
}

// empty answers 204 without a body.
type empty struct{}

func (s *Sandbox) answer(w http.ResponseWriter, trouble Fault, seen Call, out any) {
	seen.Status = http.StatusOK
	if _, ok := out.(empty); ok {
		seen.Status = http.StatusNoContent
	}
	if s.after(w, trouble, seen, encode(out)) {
		return
	}
	s.remember(seen)
	s.write(w, seen.Status, out)
}

func encode(out any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil { // only our own types come here
		panic(fmt.Sprintf("sandbox: encoding an answer: %v", err))
	}
	return b.Bytes()
}

func (s *Sandbox) write(w http.ResponseWriter, status int, out any) {
	w.Header().Set("X-Request-Id", s.w.hex(32))
	w.Header().Set("Date", s.now().Format(http.TimeFormat))
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	w.Write(encode(out))
}

// remember keeps the newest calls only.
func (s *Sandbox) remember(c Call) {
	const most = 10000
	if s.calls = append(s.calls, c); len(s.calls) > most {
		s.calls = s.calls[len(s.calls)-most:]
	}
}
