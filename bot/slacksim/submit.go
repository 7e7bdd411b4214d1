package slacksim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// submit sends a modal after the checks Slack's own client makes. values are by block id, then action id.
func (w *Workspace) submit(user string, v *view, values map[string]map[string]string) error {
	w.mu.Lock()
	u := w.users[user]
	if err := w.fillIn(u, v, values); err != nil {
		w.mu.Unlock()
		return err
	}
	if len(v.errors) > 0 {
		v.seq = w.touch()
		w.mu.Unlock()
		return nil
	}
	v.trouble = false
	payload := w.submissionPayload(u, v)
	w.mu.Unlock()

	answer, err := w.deliver(&delivery{kind: kindInteraction, payload: payload, answers: true})
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		err = w.answered(v, answer)
	}
	if err != nil {
		w.log.Warn("submission failed", "callback", v.callbackID, "error", err)
		v.trouble, v.seq = true, w.touch()
	}
	return nil
}

// fillIn stores what was typed and looks for what Slack's client refuses to send. The caller holds mu.
func (w *Workspace) fillIn(u User, v *view, values map[string]map[string]string) error {
	v.errors = map[string]string{}
	for _, b := range typed(v.blocks) {
		for _, e := range b.interactive() {
			raw, given := values[b.BlockID][e.ActionID]
			if given && e.initial() != nil {
				c, err := w.chosen(e, raw)
				if err != nil {
					return err
				}
				w.remember(u.ID, place{view: v}, b.BlockID, e, c)
			}
			if b.Type == "input" {
				if key, arg := fault(b, e, v.values[b.BlockID][e.ActionID][slot(e.Type)]); key != "" {
					v.errors[b.BlockID] = w.label(u, key, arg)
				}
			}
		}
	}
	return nil
}

// fault is the label of what is wrong with a value, empty when nothing is.
func fault(b block, e *element, v any) (string, string) {
	s, _ := v.(string)
	list, many := v.([]any)
	n := utf8.RuneCountInString(s)
	switch {
	case v == nil || s == "" && !many && isText(e.Type) || many && len(list) == 0:
		if b.Optional {
			return "", ""
		}
		return "field_required", ""
	case many && e.MaxSelectedItems > 0 && len(list) > e.MaxSelectedItems:
		return "field_many", strconv.Itoa(e.MaxSelectedItems)
	case e.MinLength > 0 && n < e.MinLength:
		return "field_short", strconv.Itoa(e.MinLength)
	case isText(e.Type) && n > max(e.MaxLength, 0) && e.MaxLength > 0, e.Type == "plain_text_input" && n > limit(maxInputLength).Max:
		return "field_long", strconv.Itoa(firstPositive(e.MaxLength, limit(maxInputLength).Max))
	}
	switch e.Type {
	case "file_input":
		if len(list) > firstPositive(e.MaxFiles, 10) {
			return "field_files", strconv.Itoa(firstPositive(e.MaxFiles, 10))
		}
		for _, one := range list {
			f, _ := one.(obj)
			if ending := strings.TrimPrefix(strings.ToLower(path.Ext(text(f, "name"))), "."); len(e.FileTypes) > 0 && !slices.Contains(e.FileTypes, ending) {
				return "field_filetype", strings.Join(e.FileTypes, ", ")
			}
		}
	case "email_text_input":
		if _, err := mail.ParseAddress(s); err != nil {
			return "field_email", ""
		}
	case "url_text_input":
		if u, err := url.Parse(s); err != nil || u.Host == "" {
			return "field_url", ""
		}
	case "number_input":
		if _, err := strconv.ParseFloat(s, 64); err != nil || !e.IsDecimalAllowed && strings.Contains(s, ".") {
			return "field_number", ""
		}
	}
	return "", ""
}

func isText(kind string) bool { return slot(kind) == "value" }

func firstPositive(a, b int) int {
	if a > 0 {
		return a
	}
	return b
}

// answered does what the acknowledgement of a submission asks for. The caller holds mu.
func (w *Workspace) answered(v *view, raw json.RawMessage) error {
	var a struct {
		ResponseAction string            `json:"response_action"`
		Errors         map[string]string `json:"errors"`
		View           obj               `json:"view"`
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a); err != nil {
			return err
		}
	}
	switch a.ResponseAction {
	case "":
		w.pop(v)
	case "clear":
		w.modals[v.user] = nil
		w.touch()
	case "errors":
		known := map[string]bool{}
		for _, b := range typed(v.blocks) {
			known[b.BlockID] = b.Type == "input"
		}
		for id := range a.Errors {
			if !known[id] {
				return fmt.Errorf("errors name %q, which is no input block", id)
			}
		}
		if len(a.Errors) == 0 {
			return errors.New("errors are empty")
		}
		v.errors, v.seq = a.Errors, w.touch()
	case "update":
		blocks, err := checkView(a.View, "modal")
		if err != nil {
			return err
		}
		v.fill(a.View, blocks)
		v.renew(w)
	case "push":
		next, err := w.newView(any(a.View), "modal", v.user)
		if err != nil {
			return err
		}
		next.channel = v.channel
		return w.push(next)
	default:
		return fmt.Errorf("unknown response_action %q", a.ResponseAction)
	}
	return nil
}

// dismiss closes the top modal, or all of them, and tells the app where a view asked for it.
func (w *Workspace) dismiss(user string, all bool) {
	w.mu.Lock()
	u, stack := w.users[user], w.modals[user]
	if len(stack) == 0 {
		w.mu.Unlock()
		return
	}
	top := stack[len(stack)-1]
	all = all || top.clearOnClose
	gone := stack[len(stack)-1:]
	if all {
		gone = stack
	}
	w.modals[user] = stack[:len(stack)-len(gone)]
	var tell []obj
	for _, v := range slices.Backward(gone) {
		if v.notifyOnClose {
			tell = append(tell, w.closedPayload(u, v, all))
		}
	}
	w.touch()
	w.mu.Unlock()
	for _, p := range tell {
		_, _ = w.deliver(&delivery{kind: kindInteraction, payload: p}) // deliver logs; a person sees nothing of it
	}
}
