package slackapp

import (
	"context"
	"net/http"
	"time"

	"partnerdesk/bot"
)

// Slack waits 3 s for an acknowledgement (Slack platform sheet, section B,
// 2026-11-20). The row gets most of that, the look at a form a second.
const (
	acceptWithin = 2500 * time.Millisecond
	checkWithin  = time.Second
)

// verdict is what Slack hears about a delivery.
type verdict struct {
	status  int // of the HTTP answer; an acknowledgement when 200
	payload any // goes with the acknowledgement; nil for none
	final   bool
}

type formErrors struct {
	Action string            `json:"response_action"`
	Errors map[string]string `json:"errors"`
}

type formClear struct {
	Action string `json:"response_action"`
}

// receive takes a delivery from either transport. It does not end with the
// connection it came on: what is to be committed gets its time.
func (a *App) receive(ctx context.Context, kind string, body []byte) verdict {
	began := time.Now()
	v := a.take(ctx, kind, body)
	took := time.Since(began)
	a.o.Meter.Observe("ack_seconds", took.Seconds(), kind)
	return v
}

// take decides about a delivery.
func (a *App) take(ctx context.Context, kind string, body []byte) verdict {
	d, err := decode(kind, body, a.known())
	if err != nil {
		a.o.Log.Warn("malformed delivery ignored", "kind", kind, "err", err, "bytes", len(body))
		a.o.Meter.Count("deliveries", kind, "malformed")
		return verdict{status: http.StatusBadRequest, final: true}
	}
	switch d.class {
	case classIgnore:
		if d.echo != nil {
			a.canary.heard(*d.echo)
		}
		a.o.Meter.Count("deliveries", kind, "ignored")
		return verdict{status: http.StatusOK}
	case classSuggestion:
		a.o.Meter.Count("deliveries", kind, "suggestion")
		return verdict{status: http.StatusOK, payload: a.suggest(ctx, d.request)}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), acceptWithin)
	defer cancel()
	var payload any
	if d.class == classSubmission {
		if faults := a.check(ctx, &d); len(faults) > 0 {
			a.o.Meter.Count("deliveries", kind, "form_errors")
			return verdict{status: http.StatusOK, payload: formErrors{Action: "errors", Errors: faults}}
		}
		payload = formClear{Action: "clear"}
	}
	got, err := a.o.Inbox.Accept(ctx, d.envelope(kind, body, a.o.Now()))
	if err != nil {
		a.o.Log.Error("delivery not kept", "id", d.request.ID, "what", d.what, "err", err)
		a.o.Meter.Count("deliveries", kind, "not_kept")
		return verdict{status: http.StatusInternalServerError}
	}
	if got == bot.Accepted {
		a.o.Meter.Count("deliveries", kind, "accepted")
		a.o.Wake()
	} else {
		a.o.Meter.Count("deliveries", kind, "duplicate")
		a.o.Log.Info("repeated delivery dropped", "id", d.request.ID, "what", d.what, "finished", got == bot.Answered)
	}
	return verdict{status: http.StatusOK, payload: payload}
}

// check looks at a filled-in form while the person still has it before them. A
// form that cannot be looked at in time is accepted: the request is checked
// again when it is worked on, and refused there if it must be.
func (a *App) check(ctx context.Context, d *delivery) map[string]string {
	if a.o.Check == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	faults, err := a.o.Check(ctx, d.request)
	if err != nil {
		a.o.Log.Warn("form not checked", "id", d.request.ID, "err", err)
		return nil
	}
	// Slack takes errors only for fields the form has.
	placed := map[string]string{}
	for field, text := range faults {
		if !contains(d.fields, field) {
			if len(d.fields) == 0 {
				continue
			}
			field = d.fields[0]
		}
		placed[field] = text
	}
	return placed
}
