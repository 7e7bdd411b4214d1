package sandbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// decode reads the body of a call strictly enough to notice a wrong shape.
func (c *call) decode(into any) error {
	if err := json.NewDecoder(bytes.NewReader(c.body)).Decode(into); err != nil {
		return bad("body")
	}
	return nil
}

// window cuts one page out of a list. The center counts records, not pages.
func window[T any](all []T, offset, limit *int, most int) ([]T, error) {
	from, n := 0, 10
	if offset != nil {
		from = *offset
	}
	if limit != nil {
		n = *limit
	}
	if from < 0 || n < 1 || n > most {
		return nil, bad("offset, limit")
	}
	from = min(from, len(all))
	return all[from:min(len(all), from+n)], nil
}

// number reads an optional integer of the query.
func (c *call) number(name string) (*int, error) {
	q := c.r.URL.Query()
	if !q.Has(name) {
		return nil, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil {
		return nil, bad(name)
	}
	return &n, nil
}

// text reads an optional filter of the query. The center refuses an empty one.
func (c *call) text(name string, most int) (string, error) {
	q := c.r.URL.Query()
	v := q.Get(name)
	if q.Has(name) && v == "" || len([]rune(v)) > most {
		return "", bad(name)
	}
	return v, nil
}

// between reads a UTC window; a zero end is open.
func between(begin, end string) (func(time.Time) bool, error) {
	var from, to time.Time
	for s, t := range map[*string]*time.Time{&begin: &from, &end: &to} {
		if *s == "" {
			continue
		}
		v, err := time.Parse("2006-01-02T15:04:05Z", *s)
		if err != nil {
			return nil, bad("time")
		}
		*t = v
	}
	return func(t time.Time) bool {
		return (from.IsZero() || !t.Before(from)) && (to.IsZero() || !t.After(to))
	}, nil
}

func tooLong(most int, values ...string) bool {
	return slices.ContainsFunc(values, func(s string) bool { return len([]rune(s)) > most })
}

func contains(s, part string) bool { return part == "" || strings.Contains(s, part) }
