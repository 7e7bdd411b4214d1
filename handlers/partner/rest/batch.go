package rest

import (
	"iter"
	"net/http"
	"slices"
	"strconv"

	"partnerdesk/handlers/partner"
)

// failures are the parts of a batch that were refused.
type failures []struct {
	ID   text `json:"id"`
	Code text `json:"error_code"`
	Msg  text `json:"error_msg"`
}

func (f failures) words() []partner.Failure {
	var all []partner.Failure
	for _, w := range f {
		all = append(all, partner.Failure{
			ID: string(w.ID), Class: classOf(http.StatusOK, string(w.Code)), Code: string(w.Code), Message: string(w.Msg),
		})
	}
	return all
}

// missing returns those asked for that are mentioned neither as done nor as failed.
func missing(asked []string, failed []partner.Failure, done iter.Seq[string]) []string {
	known := slices.Collect(done)
	for _, f := range failed {
		known = append(known, f.ID)
	}
	var left []string
	for _, id := range asked {
		if !slices.Contains(known, id) {
			left = append(left, id)
		}
	}
	return left
}

// batch refuses an empty list, a too long one and one that names somebody twice.
func batch(op string, ids []string, most int) error {
	if len(ids) == 0 || len(dedupe(ids)) != len(ids) {
		return &partner.Error{Op: op, Class: partner.BadInput, Code: partner.CodeField}
	}
	return atMost(op, len(ids), most)
}

func atMost(op string, n, most int) error {
	if n > most {
		return &partner.Error{Op: op, Class: partner.BadInput, Code: partner.CodeTooMany}
	}
	return nil
}

// length refuses a text that is too long.
func length(op, s string, most int) error {
	if len([]rune(s)) > most {
		return &partner.Error{Op: op, Class: partner.BadInput, Code: partner.CodeField}
	}
	return nil
}

// needed refuses an empty or too long text.
func needed(op, s string, most int) error {
	if s == "" {
		return &partner.Error{Op: op, Class: partner.BadInput, Code: partner.CodeField}
	}
	return length(op, s, most)
}

func errFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (q *query) page(offset, limit int) {
	q.set("offset", strconv.Itoa(offset))
	q.set("limit", strconv.Itoa(limit))
}

// code writes a code of the center; zero means no filter.
func (q *query) code(name string, n int) {
	if n != 0 {
		q.set(name, strconv.Itoa(n))
	}
}

func (q *query) head(name, value string) {
	if q.header == nil {
		q.header = map[string]string{}
	}
	q.header[name] = value
}
