package slacksim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"time"
)

// order is the body of a control call. Which fields count depends on the call.
type order struct {
	User    string            `json:"user"` // id, handle or real name
	Channel string            `json:"channel"`
	Thread  string            `json:"thread"`
	TS      string            `json:"ts"`
	Text    string            `json:"text"`
	Command string            `json:"command"`
	What    string            `json:"what"`   // button text, action id or placeholder
	Choice  string            `json:"choice"` // for selects
	Title   string            `json:"title"`  // of a modal
	Values  map[string]string `json:"values"`
	Name    string            `json:"name"`
	Words   []string          `json:"words"`
	Base64  string            `json:"base64"`  // a file's content that is no text
	Files   []string          `json:"files"`   // ids of uploaded files, to share
	Home    bool              `json:"home"`    // act on the Home tab
	Minutes int               `json:"minutes"` // of do-not-disturb, from now on; zero ends it
	WaitMS  int               `json:"wait_ms"` // patience; zero means the workspace's
}

// controlMux serves the JSON control calls, which do what Person does for programs in other processes. Every
// answer is {"ok":true,"result":…} or {"ok":false,"error":"…"} with status 409.
//
//	POST say upload command click choose submit close home react shortcut suggest quiet   act as order.User
//	POST sees sees-modal sees-home                                           wait for order.Words
//	POST read modals                                                         list what order.User sees
//	POST redeliver refresh drop verify-url idle                              the connection to the app
//	POST faults                                                              what goes wrong from now on, as a script
//	GET  faults transcript                                                   how often it did, and all that happened
//	GET  deliveries state                                                    what was sent, how the app is joined, the limits
func (w *Workspace) controlMux() http.Handler {
	mux := http.NewServeMux()
	do := func(path string, f func(o order, p *Person) (any, error)) {
		mux.HandleFunc("POST /control/"+path, func(rw http.ResponseWriter, r *http.Request) {
			var o order
			if err := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxRequest)).Decode(&o); err != nil && r.ContentLength != 0 {
				writeJSON(rw, http.StatusBadRequest, obj{"ok": false, "error": "the body is not JSON"})
				return
			}
			p := w.Person(o.User)
			if o.Channel != "" {
				p.In(o.Channel)
			}
			p.InThread(o.Thread).home = o.Home
			p.Within(cmp.Or(time.Duration(o.WaitMS)*time.Millisecond, w.opt.Patience))
			res, err := f(o, p)
			if err != nil {
				writeJSON(rw, http.StatusConflict, obj{"ok": false, "error": err.Error()})
				return
			}
			writeJSON(rw, http.StatusOK, obj{"ok": true, "result": res})
		})
	}
	act := func(path string, f func(o order, p *Person) error) {
		do(path, func(o order, p *Person) (any, error) { return nil, f(o, p) })
	}
	do("say", func(o order, p *Person) (any, error) {
		if len(o.Files) > 0 {
			return p.Share(o.Text, o.Files...)
		}
		return p.Say("", o.Text)
	})
	do("upload", uploadControl)
	act("command", func(o order, p *Person) error { return p.Command(o.Command, o.Text) })
	act("click", func(o order, p *Person) error { return p.Click(o.What) })
	act("choose", func(o order, p *Person) error { return p.Choose(o.What, o.Choice) })
	act("submit", func(o order, p *Person) error { return p.Submit(o.Title, o.Values) })
	act("close", func(_ order, p *Person) error { return p.CloseModal() })
	act("home", func(_ order, p *Person) error { return p.OpenHome() })
	act("react", func(o order, p *Person) error { return p.React(o.TS, o.Name) })
	act("shortcut", func(o order, p *Person) error { return p.Shortcut(o.Name, o.TS) })
	do("suggest", func(o order, p *Person) (any, error) { return p.Suggest(o.What, o.Text) })
	do("sees", func(o order, p *Person) (any, error) { return p.Sees(o.Words...) })
	do("sees-modal", func(o order, p *Person) (any, error) { return p.SeesModal(o.Words...) })
	do("sees-home", func(o order, p *Person) (any, error) { return p.SeesHome(o.Words...) })
	do("read", func(_ order, p *Person) (any, error) { return p.Reads(), nil })
	do("modals", func(_ order, p *Person) (any, error) { return p.Modals(), nil })
	act("quiet", func(o order, p *Person) error { return w.quietFor(p.id, o.Minutes) })
	act("redeliver", func(order, *Person) error { return w.Redeliver() })
	act("refresh", func(order, *Person) error { w.Refresh(); return nil })
	act("drop", func(order, *Person) error { w.DropSockets(); return nil })
	mux.HandleFunc("POST /control/verify-url", func(rw http.ResponseWriter, r *http.Request) {
		w.controlAnswer(rw, nil, w.VerifyURL(r.Context()))
	})
	mux.HandleFunc("POST /control/idle", func(rw http.ResponseWriter, r *http.Request) {
		w.controlAnswer(rw, nil, w.Idle(r.Context()))
	})
	w.faultControl(mux)
	mux.HandleFunc("GET /control/deliveries", func(rw http.ResponseWriter, _ *http.Request) {
		w.controlAnswer(rw, w.Deliveries(), nil)
	})
	mux.HandleFunc("GET /control/state", func(rw http.ResponseWriter, _ *http.Request) {
		w.mu.Lock()
		state := obj{"connections": len(w.sockets), "transport": w.opt.App.Transport, "limits": Limits()}
		w.mu.Unlock()
		w.controlAnswer(rw, state, nil)
	})
	return mux
}

func (w *Workspace) controlAnswer(rw http.ResponseWriter, res any, err error) {
	if err != nil {
		writeJSON(rw, http.StatusConflict, obj{"ok": false, "error": err.Error()})
		return
	}
	writeJSON(rw, http.StatusOK, obj{"ok": true, "result": res})
}
