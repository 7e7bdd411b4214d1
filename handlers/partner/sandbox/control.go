package sandbox

import (
	"encoding/json"
	"net/http"
	"time"
)

// ControlPath is where the world itself is steered, without a signature. Serve a
// sandbox on loopback only.
//
//	GET    /sandbox/calls     what was asked so far
//	POST   /sandbox/faults    {"op","kind","times","delay"} plans a fault
//	DELETE /sandbox/faults    forgets all planned faults
//	POST   /sandbox/clock     {"advance":"24h"} moves the world's clock (skew, expiry, engineers)
//	POST   /sandbox/lag       {"lag":"90s"} makes records show late
//	POST   /sandbox/deny      {"items":["SUBCUSTSERV_010103"]} takes permission items away; [] gives all back
const ControlPath = "/sandbox/"

func (s *Sandbox) control(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Fault
		Advance string   `json:"advance"`
		Lag     string   `json:"lag"`
		Items   []string `json:"items"`
	}
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	var err error
	switch r.Method + " " + r.URL.Path[len(ControlPath):] {
	case "GET calls":
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(s.Calls())
		return
	case "POST faults":
		err = s.Inject(in.Fault)
	case "DELETE faults":
		s.Forget()
	case "POST clock":
		var d time.Duration
		if d, err = time.ParseDuration(in.Advance); err == nil {
			s.Advance(d)
		}
	case "POST lag":
		var d time.Duration
		if d, err = time.ParseDuration(in.Lag); err == nil {
			s.SetLag(d)
		}
	case "POST deny":
		s.Deny(in.Items...)
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// Forget drops all planned faults.
func (s *Sandbox) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Advance moves the world's clock; a negative duration moves it back.
func (s *Sandbox) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += d
}

// SetLag makes records show that much later than what they record.
func (s *Sandbox) SetLag(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w.Lag = d
}

// Deny takes permission items (without the BPC_ITEM_ prefix) away from the
// calling account; without arguments it gives all back.
func (s *Sandbox) Deny(items ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w.Denied = map[string]bool{}
	for _, i := range items {
		s.w.Denied[i] = true
	}
}
