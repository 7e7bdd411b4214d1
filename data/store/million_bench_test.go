package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
)

// BenchmarkMillion opens a store in which a busy week lies: a million decided
// deliveries and a hundred thousand audit entries. An open is the file, the rows
// and the first look at what waits; it reads no more of a full store than of an
// empty one. Then the week passes: swept-… is what is left of the file when
// everything that has an end is gone and the next start has compacted it.
func BenchmarkMillion(b *testing.B) {
	const deliveries, entries = 1_000_000, 100_000
	path := filepath.Join(b.TempDir(), "desk.db")
	db, s := openPlain(b, path)
	fillDeliveries(b, db, s, deliveries)
	fillAudit(b, s, entries)
	must(b, db.Close())
	full := size(b, path)
	for b.Loop() {
		db, s = openPlain(b, path)
		if waits, err := s.Waiting(b.Context(), 100); err != nil || len(waits) != 0 {
			b.Fatal(len(waits), err)
		}
		must(b, db.Close())
	}
	b.ReportMetric(full, "file-MB")

	db, s = openPlain(b, path)
	b.ReportMetric(heap(), "heap-MB")
	start, gone := time.Now(), 0
	for n := 1; n > 0; gone += n {
		var err error
		n, err = s.Sweep(b.Context(), noon.Add(8*day), 10_000)
		must(b, err)
	}
	b.ReportMetric(float64(gone)/time.Since(start).Seconds(), "swept/s")
	must(b, db.Close())
	db, _ = openPlain(b, path)
	must(b, db.Close())
	b.ReportMetric(size(b, path), "swept-file-MB")
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func openPlain(b *testing.B, path string) (*bolt.DB, *store.Store) {
	b.Helper()
	db, err := bolt.Open(path, bolt.Options{})
	must(b, err)
	s, err := store.Open(b.Context(), db, store.Options{})
	must(b, err)
	return db, s
}

func size(b *testing.B, path string) float64 {
	b.Helper()
	info, err := os.Stat(path)
	must(b, err)
	return float64(info.Size()) / (1 << 20)
}

// heap is what the program holds, in MB.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// fillDeliveries leaves n decided deliveries: copies of the rows of one that was
// accepted, decided by the store itself.
func fillDeliveries(b *testing.B, db kv.DB, s *store.Store, n int) {
	b.Helper()
	const model = "T1/trigger-0000000"
	_, err := s.Accept(b.Context(), envelope(model, noon))
	must(b, err)
	var rows []kv.Row
	for row, err := range kv.All(b.Context(), db, kv.Range{}) {
		must(b, err)
		if strings.HasPrefix(row.Key, "inbox") && strings.Contains(row.Key, "trigger-0000000") {
			rows = append(rows, row)
		}
	}
	must(b, s.Update(b.Context(), func(tx bot.Tx) error { return tx.Done(model, noon) }))
	const together = 10
	several(b, n/together, func(i int) error {
		err := db.Update(b.Context(), func(tx kv.Tx) error {
			for j := range together {
				id := fmt.Sprintf("trigger-%07d", i*together+j+1)
				for _, row := range rows {
					if err := tx.Put(strings.Replace(row.Key, "trigger-0000000", id, 1), row.Value); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		return s.Update(b.Context(), func(tx bot.Tx) error {
			for j := range together {
				if err := tx.Done(fmt.Sprintf("T1/trigger-%07d", i*together+j+1), noon); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// fillAudit leaves n entries in a thousand streams.
func fillAudit(b *testing.B, s *store.Store, n int) {
	b.Helper()
	const streams, together = 1000, 5
	several(b, streams, func(i int) error {
		for range n / streams / together {
			err := s.Update(b.Context(), func(tx bot.Tx) error {
				for range together {
					e := bot.Entry{Stream: fmt.Sprintf("operation/MO-%04d", i), Person: bot.PersonID{Team: "T1", User: fmt.Sprintf("U%d", i%50)}, Action: "approve", Object: "MO", Outcome: "ok", At: noon}
					if err := tx.Audit(e); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// several runs fn(0) to fn(n-1), many at a time, so that they share commits.
func several(b *testing.B, n int, fn func(i int) error) {
	b.Helper()
	work := make(chan int)
	var crew sync.WaitGroup
	for range 128 {
		crew.Go(func() {
			for i := range work {
				if err := fn(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	for i := range n {
		if b.Failed() {
			break
		}
		work <- i
	}
	close(work)
	crew.Wait()
	if b.Failed() {
		b.FailNow()
	}
}
