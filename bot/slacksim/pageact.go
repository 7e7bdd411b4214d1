package slacksim

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// gesture is what somebody did in the browser. Which fields count depends on Do.
type gesture struct {
	Do      string                       `json:"do"`
	Who     string                       `json:"who"`
	At      string                       `json:"at"`
	Thread  string                       `json:"thread"`
	Text    string                       `json:"text"`
	Also    bool                         `json:"also"` // send a reply to the channel too
	TS      string                       `json:"ts"`
	View    string                       `json:"view"`
	Block   string                       `json:"block"`
	Action  string                       `json:"action"`
	Value   string                       `json:"value"`
	Values  map[string]map[string]string `json:"values"`
	Pattern string                       `json:"pattern"`
}

func (w *Workspace) pageAct(rw http.ResponseWriter, r *http.Request) {
	var g gesture
	if err := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxRequest)).Decode(&g); err != nil {
		writeJSON(rw, http.StatusBadRequest, obj{"ok": false})
		return
	}
	res, err := w.gesture(g)
	if err != nil {
		w.log.Info("gesture", "do", g.Do, "error", err)
		writeJSON(rw, http.StatusConflict, obj{"ok": false, "error": err.Error()})
		return
	}
	writeJSON(rw, http.StatusOK, obj{"ok": true, "result": res})
}

func (w *Workspace) gesture(g gesture) (any, error) {
	switch g.Do {
	case "say":
		name, arg, _ := strings.Cut(strings.TrimSpace(g.Text), " ")
		if strings.HasPrefix(name, "/") && !strings.Contains(name[1:], "/") {
			return nil, w.command(g.Who, g.At, g.Thread, name, strings.TrimSpace(arg))
		}
		return w.say(g.Who, g.At, g.Thread, g.Text, g.Also)
	case "upload":
		data, err := base64.StdEncoding.DecodeString(g.Value)
		if err != nil {
			return nil, err
		}
		return w.upload(g.Who, g.Text, data)
	case "use", "suggest":
		at, err := w.placeOf(g)
		if err != nil {
			return nil, err
		}
		if g.Do == "use" {
			return nil, w.use(g.Who, at, g.Block, g.Action, g.Value)
		}
		return w.pageOffers(g, at)
	case "submit":
		at, err := w.placeOf(g)
		if err != nil || at.view == nil {
			return nil, errors.Join(errors.New("slacksim: no such modal"), err)
		}
		return nil, w.submit(g.Who, at.view, g.Values)
	case "close":
		w.dismiss(g.Who, false)
	case "open":
		w.openApp(g.Who, g.Value)
	case "direct":
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.users[g.Who].ID == "" || w.users[g.Value].ID == "" || g.Who == g.Value {
			return nil, errors.New("slacksim: nobody to write to")
		}
		return w.direct(g.Who, g.Value).id, nil
	case "quiet":
		minutes, _ := strconv.Atoi(g.Value)
		return nil, w.quietFor(g.Who, minutes)
	case "react":
		return nil, w.reactAs(g.Who, g.At, g.TS, g.Value)
	case "shortcut":
		return nil, w.shortcut(g.Who, g.At, g.TS, g.Value)
	default:
		return nil, errors.New("slacksim: unknown gesture")
	}
	return nil, nil
}

// placeOf finds the message or view a gesture is about, if its person can see it.
func (w *Workspace) placeOf(g gesture) (place, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if g.View != "" {
		if v := w.findView(g.View, ""); v != nil && v.user == g.Who {
			return place{view: v}, nil
		}
		return place{}, errors.New("slacksim: this view is gone")
	}
	c := w.convs[g.At]
	if c == nil || !c.has(g.Who) {
		return place{}, errors.New("slacksim: no such conversation")
	}
	if m := c.find(g.TS); m != nil && (m.to == "" || m.to == g.Who) {
		return place{conv: c, msg: m}, nil
	}
	return place{}, errors.New("slacksim: this message is gone")
}
