package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Kinds of faults. "Before" and "after" speak of the effect of the call.
const (
	Throttle     = "429"          // flow control, nothing executed
	ErrorBefore  = "500-before"   // HTTP 500, nothing executed
	ErrorAfter   = "500-after"    // HTTP 500, executed all the same
	GatewayAfter = "502-after"    // an HTML page of some proxy, executed all the same
	DropBefore   = "drop-before"  // connection closed without an answer, nothing executed
	DropAfter    = "drop-after"   // connection closed without an answer, executed all the same
	Truncate     = "truncate"     // half of the body, then closed, executed
	Latency      = "latency"      // answered after Delay
	Internal200  = "0999-in-200"  // HTTP 200 with CBC.0999, executed all the same
	Unauthorized = "401"          // signature refused
	Empty200     = "empty-in-200" // HTTP 200 with {} although executed
)

// Header chooses a fault for one request: a kind, or latency=DURATION.
const Header = "X-Sandbox-Fault"

// Fault is trouble for the next calls of an operation.
type Fault struct {
	Op    string        `json:"op"`   // empty means any
	Kind  string        `json:"kind"` // one of the kinds above
	Times int           `json:"times"`
	Delay time.Duration `json:"delay"` // Latency only, in nanoseconds
}

func kinds() []string {
	return []string{Throttle, ErrorBefore, ErrorAfter, GatewayAfter, DropBefore, DropAfter, Truncate, Latency, Internal200, Unauthorized, Empty200}
}

// Inject plans a fault; Times below one means once.
func (s *Sandbox) Inject(f Fault) error {
	if !slices.Contains(kinds(), f.Kind) {
		return fmt.Errorf("fault kind %q: want one of %s", f.Kind, strings.Join(kinds(), " "))
	}
	f.Times = max(f.Times, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
	return nil
}

// fault takes the next planned fault of the operation, or the one of the header.
func (s *Sandbox) fault(op, header string) Fault {
	if header != "" {
		kind, value, _ := strings.Cut(header, "=")
		delay, _ := time.ParseDuration(value)
		return Fault{Kind: kind, Delay: delay}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Op != "" && f.Op != op {
			continue
		}
		if s.faults[i].Times--; s.faults[i].Times == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f
	}
	return Fault{}
}

// before plays a fault that prevents the effect; it says whether it did.
func (s *Sandbox) before(f Fault) *refusal {
	switch f.Kind {
	case Throttle:
		return refuse(http.StatusTooManyRequests, "CBC.0250")
	case ErrorBefore:
		return refuse(http.StatusInternalServerError, "CBC.0999")
	case Unauthorized:
		return refuse(http.StatusUnauthorized, "APIGW.0301")
	case DropBefore:
		panic(http.ErrAbortHandler)
	}
	return nil
}

// after plays a fault on an answer whose effect has happened; it says whether it
// wrote an answer of its own.
func (s *Sandbox) after(w http.ResponseWriter, f Fault, seen Call, answer []byte) bool {
	if !slices.Contains([]string{ErrorAfter, GatewayAfter, DropAfter, Truncate, Internal200, Empty200}, f.Kind) {
		return false
	}
	s.remember(seen)
	switch f.Kind {
	case ErrorAfter:
		s.write(w, http.StatusInternalServerError, map[string]string{"error_code": "CBC.0999", "error_msg": s.messages["CBC.0999"][0]})
	case Internal200:
		s.write(w, http.StatusOK, map[string]string{"error_code": "CBC.0999", "error_msg": s.messages["CBC.0999"][0]})
	case Empty200:
		s.write(w, http.StatusOK, map[string]string{})
	case GatewayAfter:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		io.WriteString(w, "<html><h1>502 Bad Gateway</h1></html>")
	case DropAfter:
		panic(http.ErrAbortHandler)
	case Truncate:
		w.Header().Set("Content-Length", fmt.Sprint(len(answer)+1))
		w.WriteHeader(http.StatusOK)
		w.Write(answer[:len(answer)/2])
		panic(http.ErrAbortHandler)
	}
	return true
}
