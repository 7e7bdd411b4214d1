package slacksim

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// maxRequest bounds what one Web API call may send, in bytes.
const maxRequest = 4 << 20

// refusal is an answer with ok:false.
type refusal struct {
	code     string
	messages []string // Slack's explanations, each with a JSON pointer
	seconds  int      // Retry-After; positive makes it a 429
}

func (r refusal) Error() string {
	if len(r.messages) == 0 {
		return r.code
	}
	return r.code + ": " + strings.Join(r.messages, "; ")
}

func refuse(code string, messages ...string) error { return refusal{code: code, messages: messages} }

// call is one Web API request. Methods run with the world's mutex held; what must happen without it, such as
// telling the app about a new message, is left in after.
type call struct {
	*Workspace
	args  obj
	after []func()
}

// method finds a Web API method; nil for one that does not exist here.
func method(name string) func(*call) (obj, error) {
	switch name {
	case "auth.test":
		return authTest
	case "apps.connections.open":
		return appsConnectionsOpen
	case "bots.info":
		return botsInfo
	case "chat.delete":
		return chatDelete
	case "chat.getPermalink":
		return chatGetPermalink
	case "chat.postEphemeral":
		return chatPostEphemeral
	case "chat.postMessage":
		return chatPostMessage
	case "chat.update":
		return chatUpdate
	case "conversations.history":
		return conversationsHistory
	case "conversations.info":
		return conversationsInfo
	case "conversations.list":
		return conversationsList
	case "conversations.members":
		return conversationsMembers
	case "conversations.open":
		return conversationsOpen
	case "conversations.replies":
		return conversationsReplies
	case "dnd.info":
		return dndInfo
	case "files.completeUploadExternal":
		return filesCompleteUploadExternal
	case "files.info":
		return filesInfo
	case "files.getUploadURLExternal":
		return filesGetUploadURLExternal
	case "reactions.add":
		return reactionsAdd
	case "usergroups.list":
		return usergroupsList
	case "usergroups.users.list":
		return usergroupsUsersList
	case "users.info":
		return usersInfo
	case "users.list":
		return usersList
	case "views.open":
		return viewsOpen
	case "views.publish":
		return viewsPublish
	case "views.push":
		return viewsPush
	case "views.update":
		return viewsUpdate
	}
	return nil
}

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	args, err := arguments(r)
	if err != nil {
		writeAnswer(rw, nil, err)
		return
	}
	f := method(name)
	if f == nil && name != "api.test" {
		writeAnswer(rw, nil, refuse("unknown_method"))
		return
	}
	if name == "api.test" {
		writeAnswer(rw, obj{"args": args}, nil)
		return
	}
	c := &call{Workspace: w, args: args}
	if err := c.authenticate(name, r); err != nil {
		writeAnswer(rw, nil, err)
		return
	}
	if name != "apps.connections.open" && len(w.opt.App.Scopes) > 0 {
		rw.Header().Set("X-OAuth-Scopes", strings.Join(w.opt.App.Scopes, ","))
	}
	w.mu.Lock()
	out, err := f(c)
	w.mu.Unlock()
	for _, do := range c.after {
		do()
	}
	if err != nil {
		w.log.Info("method refused", "method", name, "error", err)
	}
	writeAnswer(rw, out, err)
}

// authenticate accepts the token from the form or from the Authorization header, as Slack does.
func (c *call) authenticate(name string, r *http.Request) error {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		token = c.str("token")
	}
	want := c.opt.App.BotToken
	if name == "apps.connections.open" {
		want = c.opt.App.AppToken
	}
	switch token {
	case "":
		return refuse("not_authed")
	case want:
		return nil
	case c.opt.App.BotToken, c.opt.App.AppToken:
		return refuse("not_allowed_token_type")
	}
	return refuse("invalid_auth")
}

// arguments collects what a call was given, whichever of Slack's content types it came in.
func arguments(r *http.Request) (obj, error) {
	args := obj{}
	for k, v := range r.URL.Query() {
		args[k] = v[0]
	}
	if r.Method == http.MethodGet {
		return args, nil
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxRequest)
	ctype, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch ctype {
	case "application/json":
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, refuse("request_timeout")
		}
		if len(raw) == 0 {
			return args, nil
		}
		body := obj{}
		if err := json.Unmarshal(raw, &body); err != nil {
			return nil, refuse("json_not_object")
		}
		for k, v := range body {
			args[k] = v
		}
	case "application/x-www-form-urlencoded", "":
		if err := r.ParseForm(); err != nil {
			return nil, refuse("invalid_form_data")
		}
		for k, v := range r.PostForm {
			args[k] = v[0]
		}
	case "multipart/form-data":
		if err := r.ParseMultipartForm(maxRequest); err != nil {
			return nil, refuse("invalid_form_data")
		}
		for k, v := range r.PostForm {
			args[k] = v[0]
		}
	default:
		return nil, refuse("invalid_post_type")
	}
	return args, nil
}

func writeAnswer(rw http.ResponseWriter, out obj, err error) {
	answer := obj{"ok": err == nil}
	status := http.StatusOK
	for k, v := range out {
		answer[k] = v
	}
	if err != nil {
		ref, ok := errors.AsType[refusal](err)
		if !ok {
			ref = refusal{code: "internal_error"}
		}
		answer["error"] = ref.code
		if len(ref.messages) > 0 {
			answer["response_metadata"] = obj{"messages": ref.messages}
		}
		if ref.seconds > 0 {
			rw.Header().Set("Retry-After", strconv.Itoa(ref.seconds))
			status = http.StatusTooManyRequests
		}
	}
	writeJSON(rw, status, answer)
}

func writeJSON(rw http.ResponseWriter, status int, v any) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	enc := json.NewEncoder(rw)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the client went away: nobody is left to tell
}

func (c *call) str(key string) string {
	switch v := c.args[key].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (c *call) is(key string) bool {
	v := c.str(key)
	return v == "true" || v == "1"
}

func (c *call) integer(key string, otherwise, most int) int {
	n, err := strconv.Atoi(c.str(key))
	if err != nil || n <= 0 {
		n = otherwise
	}
	return min(n, most)
}

// decode reads an argument that is JSON, either inline or as a string of a form. It reports whether the
// argument was there.
func (c *call) decode(key string, into any) (bool, error) {
	v, ok := c.args[key]
	if !ok || v == nil {
		return false, nil
	}
	s, ok := v.(string)
	if !ok {
		return true, recode(v, into)
	}
	if s == "" {
		return false, nil
	}
	return true, json.Unmarshal([]byte(s), into)
}

// page cuts a list for cursor pagination. The cursor is the offset.
func (c *call) page(n, otherwise, most int) (from, to int, next string) {
	from, _ = strconv.Atoi(c.str("cursor"))
	from = min(max(from, 0), n)
	to = min(from+c.integer("limit", otherwise, most), n)
	if to < n {
		next = strconv.Itoa(to)
	}
	return from, to, next
}

func cursorOf(next string) obj { return obj{"next_cursor": next} }
