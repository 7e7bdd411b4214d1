package kvtest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"partnerdesk/data/kv"
)

var concurrencyCases = []testCase{
	{"counting from many goroutines loses nothing", func(t *testing.T, db kv.DB) {
		const writers, times = 16, 10
		each(t, writers, func(int) error {
			for range times {
				if err := db.Update(t.Context(), func(tx kv.Tx) error { return add(tx, "n", 1) }); err != nil {
					return err
				}
			}
			return nil
		})
		want(t, db, "n", strconv.Itoa(writers*times))
	}},
	{"absent reads conflict: only one claims a key", func(t *testing.T, db kv.DB) {
		var mu sync.Mutex
		claimed := 0
		each(t, 16, func(i int) error {
			err := db.Update(t.Context(), func(tx kv.Tx) error {
				if _, ok, err := tx.Get("claim"); err != nil || ok {
					return errors.Join(err, errRefused)
				}
				return tx.Put("claim", []byte(strconv.Itoa(i)))
			})
			if errors.Is(err, errRefused) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			claimed++
			return err
		})
		if claimed != 1 {
			t.Errorf("claimed %d times", claimed)
		}
	}},
	{"no write skew between two rows", func(t *testing.T, db kv.DB) {
		// Each takes 1 from its own row while the sum stays above 0.
		put(t, db, "a", "1", "b", "1")
		each(t, 8, func(i int) error {
			mine := []string{"a", "b"}[i%2]
			err := db.Update(t.Context(), func(tx kv.Tx) error {
				a, errA := number(tx, "a")
				b, errB := number(tx, "b")
				if err := errors.Join(errA, errB); err != nil {
					return err
				}
				if a+b < 2 {
					return errRefused
				}
				return add(tx, mine, -1)
			})
			if errors.Is(err, errRefused) {
				return nil
			}
			return err
		})
		if a, b := get(t, db, "a"), get(t, db, "b"); a+b != "01" && a+b != "10" {
			t.Errorf("a %s, b %s", a, b)
		}
	}},
	{"one that fails does not fail its neighbours", func(t *testing.T, db kv.DB) {
		each(t, 32, func(i int) error {
			err := db.Update(t.Context(), func(tx kv.Tx) error {
				if err := tx.Put(fmt.Sprintf("k%02d", i), nil); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return errRefused
				case 2:
					return tx.Put("", nil)
				}
				return nil
			})
			switch {
			case i%4 == 1 && !errors.Is(err, errRefused), i%4 == 2 && !errors.Is(err, kv.ErrBadKey):
				return fmt.Errorf("writer %d: got %v", i, err)
			case i%4 == 1, i%4 == 2:
				return nil
			}
			return err
		})
		if got := len(keys(t, db, kv.Range{Prefix: "k"})); got != 16 {
			t.Errorf("%d rows, want 16", got)
		}
	}},
	{"a page shows one moment", func(t *testing.T, db kv.DB) {
		put(t, db, "a", "100", "b", "0")
		stop := make(chan struct{})
		var readers sync.WaitGroup
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				page, err := db.View(t.Context(), kv.Range{})
				if err != nil {
					t.Errorf("view: %v", err)
					return
				}
				a, _ := strconv.Atoi(string(page.Rows[0].Value))
				b, _ := strconv.Atoi(string(page.Rows[1].Value))
				if a+b != 100 {
					t.Errorf("a %d and b %d in one page", a, b)
					return
				}
			}
		})
		each(t, 4, func(int) error {
			for range 10 {
				err := db.Update(t.Context(), func(tx kv.Tx) error {
					return errors.Join(add(tx, "a", -1), add(tx, "b", 1))
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		close(stop)
		readers.Wait()
	}},
	{"some order explains what everybody saw", func(t *testing.T, db kv.DB) { Linearizable(t, db) }},
}

// each runs fn in n goroutines and reports what they return.
func each(t *testing.T, n int, fn func(i int) error) {
	t.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if err := fn(i); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func number(tx kv.Tx, key string) (int, error) {
	value, ok, err := tx.Get(key)
	if err != nil || !ok {
		return 0, err
	}
	return strconv.Atoi(string(value))
}

func add(tx kv.Tx, key string, delta int) error {
	n, err := number(tx, key)
	if err != nil {
		return err
	}
	return tx.Put(key, []byte(strconv.Itoa(n+delta)))
}
