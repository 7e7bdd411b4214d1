package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"partnerdesk/handlers/partner"
)

// failure is what an answer says about itself.
type failure struct {
	failed        bool
	code, message string
	request       string
}

// readFailure accepts the shapes that gateways and services use (partner API
// sheet, section 9.7, 2026-11-20). A body that is no JSON object says nothing.
func readFailure(body []byte) failure {
	var w struct {
		ErrorCode text `json:"error_code"`
		ErrorMsg  text `json:"error_msg"`
		RequestID text `json:"request_id"`
		Code      text `json:"code"`
		Message   text `json:"message"`
		Error     struct {
			Code    text `json:"code"`
			Message text `json:"message"`
		} `json:"error"`
	}
	if len(body) == 0 || json.Unmarshal(body, &w) != nil && w.ErrorCode == "" {
		return failure{}
	}
	f := failure{request: string(w.RequestID)}
	switch {
	case w.ErrorCode != "":
		f.code, f.message = string(w.ErrorCode), string(w.ErrorMsg)
	case w.Code != "":
		f.code, f.message = string(w.Code), string(w.Message)
	case w.Error.Code != "":
		f.code, f.message = string(w.Error.Code), string(w.Error.Message)
	}
	f.failed = f.code != "" && f.code != "CBC.0000"
	return f
}

// classOf weighs status and code: a code we know wins, but for an unknown
// outcome, where the status decides.
func classOf(status int, code string) partner.Class {
	if status == http.StatusTooManyRequests {
		return partner.Throttled
	}
	if status == http.StatusUnauthorized {
		return partner.NotAllowed // whatever the code: never signed again
	}
	if status >= 500 {
		return partner.Broken
	}
	if class, ok := partner.ClassOfCode(code); ok {
		return class
	}
	switch status {
	case http.StatusForbidden, http.StatusProxyAuthRequired:
		return partner.NotAllowed
	case http.StatusNotFound:
		return partner.NotFound
	case http.StatusRequestTimeout:
		return partner.Broken
	}
	if status >= 400 || status/100 == 2 {
		return partner.BadInput
	}
	return partner.Broken
}

func slugItem(e *partner.Error) bool {
	return strings.HasSuffix(e.Key(), ".item")
}

func itemsOf(op partner.Operation) string { return strings.Join(op.Items, " ") }

// query is the part of a call that is not the body. Empty values are left out:
// the center takes "" for a filter or refuses it.
type query struct {
	values url.Values
	header map[string]string
}

func (q *query) set(name, value string) {
	if value == "" {
		return
	}
	if q.values == nil {
		q.values = url.Values{}
	}
	q.values.Add(name, value)
}

func escapePath(path string) string {
	var b strings.Builder
	for i, s := range strings.Split(path, "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(url.PathEscape(s))
	}
	return b.String()
}

// unauthorized says that the gateway refused the signature, or that no key is
// left to sign with.
func unauthorized(err error) bool {
	e, ok := errors.AsType[*partner.Error](err)
	return ok && (e.Status == http.StatusUnauthorized || e.Code == partner.CodeCredentials)
}
