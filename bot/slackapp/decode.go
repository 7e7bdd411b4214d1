package slackapp

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/blockkit"
)

// class is what a delivery asks of us.
type class int

const (
	classIgnore     class = iota // acknowledge, nothing to do
	classWork                    // row, acknowledge, work
	classSubmission              // validate, row, acknowledge
	classSuggestion              // answer at once, no row
)

// delivery is a decoded payload.
type delivery struct {
	class   class
	what    string // event type, "command" or interaction type, for the log
	request bot.Request
	fields  []string // of a form, in order
	echo    *echo    // a message was changed
}

// errMalformed: the payload is not what Slack sends. Its message never quotes
// the payload.
var errMalformed = errors.New("malformed payload")

func malformed(what string) error { return fmt.Errorf("%w: %s", errMalformed, what) }

// Decode reads an envelope of this door back into the request it stands for.
func (a *App) Decode(e bot.Envelope) (bot.Request, error) {
	d, err := decode(e.Kind, e.Body, a.known())
	if err != nil {
		return bot.Request{}, fmt.Errorf("decode %s: %w", e.Key, err)
	}
	if d.class != classWork && d.class != classSubmission {
		return bot.Request{}, fmt.Errorf("decode %s: %w: nothing to answer", e.Key, errMalformed)
	}
	if d.request.At.IsZero() {
		d.request.At = e.Received // a command does not say when; it came within the 3 s Slack waits
	}
	return d.request, nil
}

// decode reads a payload. It is pure: the same bytes always give the same
// request, whichever way they came.
func decode(kind string, body []byte, me self) (delivery, error) {
	switch kind {
	case kindCommand:
		return decodeCommand(body)
	case kindEvent:
		return decodeEvent(body, me)
	case kindInteraction:
		return decodeInteraction(body)
	}
	return delivery{}, malformed("unknown kind")
}

func read(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return malformed("not the JSON we know")
	}
	return nil
}

func decodeCommand(body []byte) (delivery, error) {
	var w wireCommand
	if err := read(body, &w); err != nil {
		return delivery{}, err
	}
	name, ok := strings.CutPrefix(w.Command, "/")
	if !ok || name == "" || w.TeamID == "" || w.UserID == "" || w.TriggerID == "" {
		return delivery{}, malformed("a slash command lacks command, team, user or trigger")
	}
	return delivery{class: classWork, what: "command", request: bot.Request{
		ID:   join(w.TeamID, "command", digest(w.TriggerID)),
		Door: Door, Kind: bot.KindCommand,
		Person:  bot.PersonID{Team: w.TeamID, User: w.UserID},
		Place:   bot.Place{Team: w.TeamID, Channel: w.ChannelID, Direct: direct(w.ChannelID)},
		Command: strings.ToLower(name), Text: plainText(w.Text),
		Return: w.ResponseURL, Trigger: w.TriggerID,
	}}, nil
}

func decodeEvent(body []byte, me self) (delivery, error) {
	var w wireEvent
	if err := read(body, &w); err != nil {
		return delivery{}, err
	}
	if w.Type != "event_callback" {
		return delivery{what: w.Type}, nil
	}
	if w.TeamID == "" || w.EventID == "" || w.Event.Type == "" {
		return delivery{}, malformed("an event lacks team, id or type")
	}
	d := delivery{what: w.Event.Type}
	kind := bot.KindMention
	switch {
	case w.Event.Type == "message" && w.Event.Subtype == "message_changed":
		var m wireChange
		if json.Unmarshal(body, &m) == nil {
			d.echo = &echo{channel: m.Event.Channel, message: m.Event.Message.TS, text: m.Event.Message.Text}
		}
		return d, nil
	case w.Event.Subtype != "" && (w.Event.Type != "message" || w.Event.Subtype != "file_share"):
		return d, nil
	case w.Event.Type == "message":
		kind = bot.KindMessage
	case w.Event.Type != "app_mention":
		return d, nil
	}
	var m wireMessage
	if err := read(body, &m); err != nil {
		return delivery{}, err
	}
	e := m.Event
	own := []string{me.user}
	for _, auth := range w.Authorizations {
		if auth.IsBot {
			own = append(own, auth.UserID)
		}
	}
	if e.BotID != "" || e.Hidden || e.User == "" || contains(own, e.User) {
		return d, nil
	}
	// In a direct message the message itself is the event we take; the mention
	// that may be in it is not another one.
	if isDirect := direct(e.Channel) || e.ChannelType == "im"; isDirect != (kind == bot.KindMessage) {
		return d, nil
	}
	if e.Channel == "" || e.TS == "" {
		return delivery{}, malformed("a message lacks channel or time")
	}
	place := bot.Place{Team: w.TeamID, Channel: e.Channel, Thread: e.ThreadTS, Message: e.TS, Direct: kind == bot.KindMessage}
	if kind == bot.KindMention {
		place.Thread = cmp.Or(e.ThreadTS, e.TS)
	}
	d.class = classWork
	d.request = bot.Request{
		ID:   join(w.TeamID, "event", w.EventID),
		Door: Door, Kind: kind,
		Person: bot.PersonID{Team: cmp.Or(e.UserTeam, e.Team, w.TeamID), User: e.User},
		Place:  place,
		Text:   plainText(withoutMention(e.Text, own)),
		At:     stamp(e.TS),
		Files:  attached("", e.Files),
	}
	return d, nil
}

func decodeInteraction(body []byte) (delivery, error) {
	var kind wireType
	if err := read(body, &kind); err != nil {
		return delivery{}, err
	}
	d := delivery{what: kind.Type}
	switch kind.Type {
	case "block_actions", "view_submission", "block_suggestion", "shortcut", "message_action":
	case "":
		return delivery{}, malformed("an interaction lacks its type")
	default: // view_closed and what Slack may add
		return d, nil
	}
	var w wireInteraction
	if err := read(body, &w); err != nil {
		return delivery{}, err
	}
	team := w.User.TeamID
	if w.Team != nil && w.Team.ID != "" {
		team = w.Team.ID
	}
	if w.User.ID == "" || team == "" {
		return delivery{}, malformed("an interaction lacks user or team")
	}
	d.request = bot.Request{
		Door: Door, Person: bot.PersonID{Team: cmp.Or(w.User.TeamID, team), User: w.User.ID},
		Return: w.ResponseURL, Trigger: w.TriggerID,
	}
	switch kind.Type {
	case "view_submission":
		return d, d.submission(&w, team)
	case "block_suggestion":
		d.suggestion(&w)
		return d, nil
	case "shortcut", "message_action":
		return d, d.shortcut(&w, team)
	}
	return d, d.click(&w, team)
}

// suggestion is a keystroke in a box that searches. It has no identity: nothing
// is kept of it.
func (d *delivery) suggestion(w *wireInteraction) {
	d.class = classSuggestion
	r := &d.request
	r.Kind, r.Text = bot.KindSuggestion, strings.TrimSpace(w.Value)
	r.Command, r.Action, _ = blockkit.ParseSearchID(w.ActionID) // one of nobody's is offered nothing
	if w.View != nil {
		kept := blockkit.ParseCarried(w.View.PrivateMetadata)
		r.State, r.Place = kept.State, kept.From
	}
}

func (d *delivery) click(w *wireInteraction, team string) error {
	if len(w.Actions) == 0 {
		return malformed("a click without an action")
	}
	act := w.Actions[0]
	command, action, ok := blockkit.ParseActionID(act.ActionID)
	if !ok {
		return nil // a link, or an input that reports what is typed
	}
	r, box := &d.request, w.Container
	container := box.ViewID
	if w.View != nil {
		container = cmp.Or(container, w.View.ID)
	}
	if container != "" {
		if w.View != nil {
			r.Place = blockkit.ParseCarried(w.View.PrivateMetadata).From
		}
	} else {
		channel := box.ChannelID
		if channel == "" && w.Channel != nil {
			channel = w.Channel.ID
		}
		r.Place = bot.Place{Team: team, Channel: channel, Thread: box.ThreadTS, Message: box.MessageTS,
			Direct: direct(channel), Private: box.IsEphemeral}
		if r.Place.Thread == "" && w.Message != nil {
			r.Place.Thread = w.Message.ThreadTS
		}
		container = channel + "." + box.MessageTS
		if channel == "" || box.MessageTS == "" {
			return malformed("a click without a place")
		}
	}
	if act.ActionTS == "" {
		return malformed("a click without a time")
	}
	d.class = classWork
	r.ID = join(team, "click", w.User.ID, container, act.ActionID, act.ActionTS)
	r.Kind, r.Command, r.Action, r.Value, r.At = bot.KindClick, command, action, act.Value, stamp(act.ActionTS)
	if act.SelectedOption != nil {
		r.Value = act.SelectedOption.Value
	}
	return nil
}

func (d *delivery) submission(w *wireInteraction, team string) error {
	if w.View == nil || w.View.ID == "" {
		return malformed("a submission without a view")
	}
	kept := blockkit.ParseCarried(w.View.PrivateMetadata)
	command, action, ok := blockkit.ParseActionID(cmp.Or(kept.Form, w.View.CallbackID))
	if !ok {
		return nil // a form of nobody's
	}
	values, files := map[string]string{}, []bot.Attached(nil)
	for field, inputs := range w.View.State.Values {
		for id, v := range inputs {
			if blockkit.IsField(id) {
				values[field] = v.text()
				files = append(files, attached(field, v.Files)...)
			}
		}
	}
	for _, b := range w.View.Blocks {
		if b.Type == "input" {
			d.fields = append(d.fields, b.BlockID)
		}
	}
	text, _ := json.Marshal(values) // keys come out in order
	r := &d.request
	d.class = classSubmission
	r.ID = join(team, "submission", w.View.ID, w.View.Hash, digest(string(text)))
	r.Kind, r.Command, r.Action, r.Values, r.State = bot.KindSubmission, command, action, values, kept.State
	r.Place, r.Files, r.Lang = kept.From, files, kept.Lang
	return nil
}

// attached are the files of a message or of a form's field.
func attached(field string, files []wireFile) (list []bot.Attached) {
	for _, f := range files {
		if f.ID != "" {
			list = append(list, bot.Attached{Field: field, ID: f.ID, Name: plainText(f.Name), Size: f.Size})
		}
	}
	return list
}

// envelope is the row of a decoded delivery.
func (d *delivery) envelope(kind string, body []byte, now time.Time) bot.Envelope {
	r := d.request
	team, _, _ := strings.Cut(r.ID, "/")
	return bot.Envelope{Key: r.ID, Team: team, Conversation: r.Conversation(), Door: Door, Kind: kind,
		Body: body, At: r.At, Received: now.UTC()}
}

func join(parts ...string) string { return strings.Join(parts, "/") }

// digest is a short fingerprint: of what is secret, and of what is long.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:12])
}

func direct(channel string) bool { return strings.HasPrefix(channel, "D") }

func contains(list []string, s string) bool {
	for _, x := range list {
		if x != "" && x == s {
			return true
		}
	}
	return false
}

// stamp reads a Slack timestamp, seconds and a fraction of six digits; zero when
// it is none.
func stamp(ts string) time.Time {
	sec, frac, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(sec, 10, 64)
	if err != nil || s <= 0 {
		return time.Time{}
	}
	us, err := strconv.ParseInt((frac + "000000")[:6], 10, 64)
	if err != nil {
		us = 0
	}
	return time.Unix(s, us*1000).UTC()
}
