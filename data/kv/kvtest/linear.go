package kvtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"partnerdesk/data/kv"
)

const (
	linearKeys    = 4  // few, so that clients meet
	linearClients = 6  // at once
	linearSteps   = 40 // of each client
	linearLimit   = time.Minute
)

// step is one call as its caller saw it: what it found in which rows and what
// it left there. An absent row is the empty string.
type step struct {
	looked, wrote [linearKeys]bool
	found, left   [linearKeys]string
}

// linearModel is a store in which every call happens at one instant between its
// begin and its end.
var linearModel = porcupine.Model{
	Init: func() any { return [linearKeys]string{} },
	Step: func(state, input, _ any) (bool, any) {
		rows, s := state.([linearKeys]string), input.(step)
		for i := range rows {
			if s.looked[i] && s.found[i] != rows[i] {
				return false, nil
			}
		}
		for i := range rows {
			if s.wrote[i] {
				rows[i] = s.left[i]
			}
		}
		return true, rows
	},
	DescribeOperation: func(input, _ any) string { return fmt.Sprintf("%+v", input) },
}

// Linearizable has several clients read and write the same few rows at once,
// with transactions that commit, transactions that give up, single reads and
// pages, and reports to t when no order of those calls explains what they saw.
func Linearizable(t testing.TB, db kv.DB) {
	t.Helper()
	var (
		clock   atomic.Int64
		mu      sync.Mutex
		history []porcupine.Operation
		clients sync.WaitGroup
	)
	for client := range linearClients {
		clients.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(client)))
			for n := range linearSteps {
				begin := clock.Add(1)
				s, err := linearStep(t.Context(), db, r, fmt.Sprintf("%d.%d", client, n))
				end := clock.Add(1)
				if errors.Is(err, kv.ErrUncertain) {
					// It may have happened, or may happen still: what it read proves
					// nothing, and it has no end.
					s.looked, end, err = [linearKeys]bool{}, math.MaxInt64, nil
				}
				if err != nil {
					t.Errorf("client %d, step %d: %v", client, n, err)
					return
				}
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: client, Input: s, Call: begin, Return: end})
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	switch porcupine.CheckOperationsTimeout(linearModel, history, linearLimit) {
	case porcupine.Illegal:
		t.Errorf("no order explains what %d clients saw in %d calls", linearClients, len(history))
	case porcupine.Unknown:
		t.Errorf("no verdict within %s", linearLimit)
	}
}

func linearKey(i int) string { return "row" + string(rune('a'+i)) }

// linearStep makes one call, drawn by r; value marks what it writes.
func linearStep(ctx context.Context, db kv.DB, r *rand.Rand, value string) (step, error) {
	switch a, b := r.IntN(linearKeys), r.IntN(linearKeys); r.IntN(6) {
	case 0:
		var s step
		found, _, err := db.Get(ctx, linearKey(a))
		s.looked[a], s.found[a] = true, string(found)
		return s, err
	case 1:
		return linearPage(ctx, db)
	case 2:
		s, err := linearUpdate(ctx, db, a, b, value, errRefused)
		if errors.Is(err, errRefused) {
			s.wrote, err = [linearKeys]bool{}, nil
		}
		return s, err
	case 3:
		return linearUpdate(ctx, db, a, b, "", nil)
	default:
		return linearUpdate(ctx, db, a, b, value, nil)
	}
}

func linearPage(ctx context.Context, db kv.DB) (s step, err error) {
	page, err := db.View(ctx, kv.Range{Prefix: "row"})
	for i := range s.looked {
		s.looked[i] = true
		for _, row := range page.Rows {
			if row.Key == linearKey(i) {
				s.found[i] = string(row.Value)
			}
		}
	}
	return s, err
}

// linearUpdate reads one row and writes value into another; an empty value
// deletes it. It ends with end.
func linearUpdate(ctx context.Context, db kv.DB, from, to int, value string, end error) (s step, err error) {
	err = db.Update(ctx, func(tx kv.Tx) error {
		s = step{}
		found, _, err := tx.Get(linearKey(from))
		if err != nil {
			return err
		}
		s.looked[from], s.found[from] = true, string(found)
		s.wrote[to], s.left[to] = true, value
		if value == "" {
			err = tx.Delete(linearKey(to))
		} else {
			err = tx.Put(linearKey(to), []byte(value))
		}
		return errors.Join(err, end)
	})
	return s, err
}
