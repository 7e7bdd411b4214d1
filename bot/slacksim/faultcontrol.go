package slacksim

import (
	"encoding/json"
	"net/http"
)

// faultControl adds the control calls that make the workspace misbehave and tell what came of it.
func (w *Workspace) faultControl(mux *http.ServeMux) {
	mux.HandleFunc("POST /control/faults", func(rw http.ResponseWriter, r *http.Request) {
		var o struct {
			Seed   uint64 `json:"seed"`
			Script string `json:"script"` // see ParseFaults; empty ends the misbehaviour
		}
		if err := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxRequest)).Decode(&o); err != nil {
			writeJSON(rw, http.StatusBadRequest, obj{"ok": false, "error": "the body is not JSON"})
			return
		}
		list, err := ParseFaults(o.Script)
		if err == nil {
			err = w.Misbehave(o.Seed, list...)
		}
		w.controlAnswer(rw, nil, err)
	})
	mux.HandleFunc("GET /control/faults", func(rw http.ResponseWriter, _ *http.Request) {
		w.controlAnswer(rw, w.Faults(), nil)
	})
	mux.HandleFunc("GET /control/transcript", func(rw http.ResponseWriter, _ *http.Request) {
		w.controlAnswer(rw, w.Transcript(), nil)
	})
}
