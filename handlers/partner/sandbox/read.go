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
	p, err := cut(len(all), offset, limit, most)
	return all[p.from:p.to], err
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

// filters reads optional text filters of the query, each at most 64 characters
// (times and months are shorter; the center checks those by their form).
func (c *call) filters(names ...string) (map[string]string, error) {
	got := map[string]string{}
	for _, n := range names {
		most := 64
		if n == "trans_id" {
			most = 128
		}
		v, err := c.text(n, most)
		if err != nil {
			return nil, err
		}
		got[n] = v
	}
	return got, nil
}

// span is one page of a list.
type span struct{ from, to int }

// page reads offset and limit of the query for a list of n records.
func (c *call) page(n, most int) (span, error) {
	offset, err := c.number("offset")
	if err != nil {
		return span{}, err
	}
	limit, err := c.number("limit")
	if err != nil {
		return span{}, err
	}
	return cut(n, offset, limit, most)
}

func cut(n int, offset, limit *int, most int) (span, error) {
	from, size := 0, 10
	if offset != nil {
		from = *offset
	}
	if limit != nil {
		size = *limit
	}
	if from < 0 || size < 1 || size > most {
		return span{}, bad("offset, limit")
	}
	from = min(from, n)
	return span{from, min(n, from+size)}, nil
}

// integer reads an optional integer filter that is one of the allowed values.
func (c *call) integer(name string, allowed ...int) (*int, error) {
	n, err := c.number(name)
	if err != nil {
		return nil, err
	}
	if n != nil && len(allowed) > 0 && !slices.Contains(allowed, *n) {
		return nil, bad(name)
	}
	return n, nil
}
