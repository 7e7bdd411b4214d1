package handlers_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/handlers"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// TestRemind_KilledWhilePlanningAndSending kills the program again and again:
// before and behind a commit of the planning, and at each step of the sending
// (before it is begun, before the chat system has the message, before that is
// recorded). Then every rung has been told once, and no message stands twice.
// With -every-kill there are 300 kills, else a few.
func TestRemind_KilledWhilePlanningAndSending(t *testing.T) {
	want, kills, sends := 25, 0, 0
	if *everyKill {
		want = 300
	}
	for seed := uint64(1); kills < want; seed++ {
		random := rand.New(rand.NewPCG(seed, 20261120))
		w := newWard(t)
		people := []bot.PersonID{anna, dora, chen}
		for i := range 9 {
			w.add(t, remind.Deadline{ID: fmt.Sprintf("DL-%02d", i), Title: fmt.Sprintf("thing %d!", i), Due: worktime.On(2026, 11, 25).Add(random.IntN(4)), Owner: people[random.IntN(3)], Deputy: people[random.IntN(3)]})
		}
		posted := map[string]int{} // messages of the chat system, by the id of the post
		mail := 0                  // steps of the sending until the program is killed
		again := func() { w.fuse, mail = 1+random.IntN(14), 1+random.IntN(9) }
		again()
		for day := worktime.On(2026, 11, 24); day.Before(worktime.On(2026, 12, 2)); day = day.Add(1) {
			for _, clock := range []string{"09:00", "13:00", "16:00", "17:00"} {
				for {
					err := w.plan(t, day.String()+" "+clock)
					if err == nil && w.send(t, posted, &mail) {
						break
					}
					if err != nil && !errors.Is(err, errKilled) {
						t.Fatal(err)
					}
					if err == nil {
						sends++
					}
					kills++
					w.dead = false
					must(t, w.Recover(t.Context()))
					again()
				}
			}
		}
		w.check(t, int(seed))
		for id, n := range posted {
			if n != 1 {
				t.Errorf("seed %d: post %s stands %d times", seed, id, n)
			}
		}
	}
	t.Logf("%d kills, %d of them while sending", kills, sends)
}

// plan runs the job and sends nothing.
func (w *ward) plan(t testing.TB, when string) error {
	t.Helper()
	at, err := parseShanghai(when)
	must(t, err)
	w.now = at
	return handlers.Jobs(handlers.JobOptions{Deps: w.deps, Store: w})[0].Run(t.Context(), w.now)
}

// send does what the sender does, until it is killed: a post that was under way
// then is looked up by its id before it is sent again. It reports whether it
// came to the end.
func (w *ward) send(t testing.TB, posted map[string]int, fuse *int) bool {
	t.Helper()
	killed := func() bool {
		*fuse--
		return *fuse == 0
	}
	for {
		due, err := w.Due(t.Context(), w.now, 10)
		must(t, err)
		if len(due) == 0 {
			return true
		}
		for _, p := range due {
			if killed() {
				return false
			}
			must(t, w.Started(t.Context(), p.ID, w.now))
			if killed() {
				return false
			}
			if p, err = w.Read(t.Context(), p.ID); err != nil {
				t.Fatal(err)
			}
			receipt := p.Card
			if receipt.Message == "" && (!p.Ambiguous || posted[p.ID] == 0) {
				posted[p.ID]++
				receipt = bot.Receipt{Channel: "D", Message: p.ID}
				w.dms = append(w.dms, dm{p.To.Person, p.Object, p.Reply.Plain(), 0})
			} else {
				w.edit(p)
			}
			if receipt.Message == "" {
				receipt = bot.Receipt{Channel: "D", Message: p.ID}
			}
			if killed() {
				return false
			}
			must(t, w.Sent(t.Context(), p.ID, receipt, w.now))
		}
	}
}

func (w *ward) edit(p bot.Pending) {
	for i, m := range w.dms {
		if m.object == p.Object && m.to == p.To.Person {
			w.dms[i].text = p.Reply.Plain()
			w.dms[i].edits++
		}
	}
}
