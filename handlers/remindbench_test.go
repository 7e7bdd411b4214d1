package handlers_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
	"partnerdesk/handlers"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// BenchmarkRemindTick is a tick of the clock over a store on disk with n
// deadlines of a thousand people: quiet, when nothing is to be looked at, and
// morning, when each of them is told of one. heap-MB is what the program holds
// right after.
func BenchmarkRemindTick(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			file, err := bolt.Open(filepath.Join(b.TempDir(), "desk.db"), bolt.Options{})
			must(b, err)
			defer func() { _ = file.Close() }()
			s, err := store.Open(b.Context(), file, store.Options{})
			must(b, err)
			calendar, err := data.Calendar()
			must(b, err)
			now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC) // nine in Shanghai
			deps := &handlers.Deps{Catalog: messages(b), Zone: shanghai, Now: func() time.Time { return now }, Remind: &handlers.Reminders{Book: s, Calendar: calendar}}
			job := handlers.Jobs(handlers.JobOptions{Deps: deps, Store: s})[0]
			morning := func(look time.Time, from, to int) {
				for ; from < to; from += 12 {
					must(b, s.Update(b.Context(), func(tx bot.Tx) error {
						for i := from; i < min(from+12, to); i++ {
							due := worktime.On(2026, 11, 27)
							d := remind.Deadline{Team: "T1", Account: bot.Operator(), ID: fmt.Sprint("DL-", i), Source: remind.Center, Kind: remind.Plain, Title: "thing", Due: due, End: due.End(shanghai),
								Owner: bot.PersonID{Team: "T1", User: fmt.Sprint("U", i%1000)}, State: remind.Open, Look: look, Created: now, Changed: now}
							if err := s.PutDeadline(tx, d); err != nil {
								return err
							}
						}
						return nil
					}))
				}
			}
			morning(now.Add(240*time.Hour), 0, n)
			b.Run("quiet", func(b *testing.B) {
				for b.Loop() {
					must(b, job.Run(b.Context(), now))
				}
			})
			b.Run("morning", func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					morning(now, 0, 1000)
					now = now.Add(time.Minute)
					b.StartTimer()
					must(b, job.Run(b.Context(), now))
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapInuse)/(1<<20), "heap-MB")
			})
		})
	}
}
