package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"partnerdesk/data/kv"
)

// How a transaction runs. Update queues a job and waits. One goroutine, the
// committer, takes what has queued, opens one bbolt transaction for all of it
// and gives every job its turn: the closure runs in the goroutine that called
// Update, so that a panic or a t.FailNow ends where it belongs, and it runs on
// a kv.Buffer, so that one that fails leaves nothing for its neighbours. Then
// there is one commit, and all hear of it.

// The bounds of one batch; what is left over waits for the next.
const (
	batchJobs  = 256
	batchBytes = 8 << 20
)

// errAborted stands for a closure that panicked or ended its goroutine.
var errAborted = errors.New("closure did not return")

// The states of a job.
const (
	queued = iota
	taken
	cancelled
)

type job struct {
	state atomic.Int32
	turn  chan *kv.Buffer // the committer lends the transaction
	ran   chan error      // the closure's error comes back
	done  chan error      // the outcome; nil means committed
	err   error           // the closure's error of the last run; the committer's
}

// Update implements kv.DB.
func (db *DB) Update(ctx context.Context, fn func(kv.Tx) error) error {
	if db.readOnly {
		return kv.ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{turn: make(chan *kv.Buffer), ran: make(chan error, 1), done: make(chan error, 1)}
	if err := db.enqueue(j); err != nil {
		return err
	}
	ended := ctx.Done()
	for {
		select {
		case <-ended:
			if j.state.CompareAndSwap(queued, cancelled) {
				return ctx.Err()
			}
			ended = nil
		case buf := <-j.turn:
			j.run(buf, fn)
		case err := <-j.done:
			return err
		}
	}
}

func (j *job) run(buf *kv.Buffer, fn func(kv.Tx) error) {
	err := errAborted
	defer func() {
		buf.Finish()
		j.ran <- err
	}()
	err = fn(buf)
}

func (db *DB) enqueue(j *job) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closing {
		return kv.ErrClosed
	}
	if db.failed != nil {
		return fmt.Errorf("%w: %w", kv.ErrFailed, db.failed)
	}
	db.queue = append(db.queue, j)
	db.wake.Signal()
	return nil
}

// commitLoop is the committer. It ends when the store is closing and the queue
// is empty.
func (db *DB) commitLoop() {
	defer close(db.stopped)
	for {
		db.mu.Lock()
		for len(db.queue) == 0 && !db.closing {
			db.wake.Wait()
		}
		n := min(len(db.queue), batchJobs)
		batch := db.queue[:n:n]
		db.queue = db.queue[n:]
		db.mu.Unlock()
		if n == 0 {
			return
		}
		for len(batch) > 0 {
			batch = batch[db.commit(batch):]
		}
	}
}

// commit carries out the jobs from the front that fit one transaction, tells
// them the outcome and returns how many they were.
func (db *DB) commit(jobs []*job) int {
	if err := db.fault(); err != nil {
		finish(jobs, fmt.Errorf("%w: %w", kv.ErrFailed, err))
		return len(jobs)
	}
	n, writes, err := db.transact(jobs)
	if err != nil && n > 1 && errors.Is(err, kv.ErrFull) {
		// One of them may be what does not fit: each gets a commit of its own.
		for i := range n {
			db.commit(jobs[i : i+1])
		}
		return n
	}
	finish(jobs[:n], err)
	if err == nil {
		db.hints.tell(writes)
	}
	return n
}

// finish tells each job its own error, else that of the commit.
func finish(jobs []*job, commit error) {
	for _, j := range jobs {
		if j.err != nil && commit == nil {
			j.done <- j.err
			continue
		}
		j.done <- commit
	}
}

// transact runs the closures in one bbolt transaction and commits it. A closure
// that failed has seen rows its neighbours wrote, so its error, too, counts only
// when the commit does.
func (db *DB) transact(jobs []*job) (n int, writes []kv.Write, err error) {
	if db.bolt.NoSync {
		return len(jobs), nil, errNoSync
	}
	tx, err := db.bolt.Begin(true)
	if err != nil {
		return len(jobs), nil, fmt.Errorf("begin writing: %w", err)
	}
	defer tx.Rollback()
	rows, size, writers := tx.Bucket(rowsBucket), 0, 0
	for n < len(jobs) && size < batchBytes {
		j := jobs[n]
		n++
		var mine []kv.Write
		if mine, j.err = j.lend(rows); j.err != nil {
			continue
		}
		if len(mine) > 0 {
			writers++
		}
		for _, w := range mine {
			size += len(w.Key) + len(w.Value)
			if w.Delete {
				err = rows.Delete([]byte(w.Key))
			} else {
				err = rows.Put([]byte(w.Key), w.Value)
			}
			if err != nil {
				return n, nil, fmt.Errorf("write %q: %w", w.Key, err)
			}
		}
		writes = append(writes, mine...)
	}
	if len(writes) == 0 {
		return n, nil, nil
	}
	began := time.Now()
	if err := tx.Commit(); err != nil {
		return n, nil, db.judge(err)
	}
	db.updates.Add(uint64(writers))
	db.commits.Add(1)
	if db.onCommit != nil {
		db.onCommit(writers, time.Since(began))
	}
	return n, writes, nil
}

// lend gives the job its turn above rows and returns what it wrote.
func (j *job) lend(rows *bbolt.Bucket) ([]kv.Write, error) {
	if !j.state.CompareAndSwap(queued, taken) && j.state.Load() == cancelled {
		return nil, context.Canceled // nobody listens
	}
	if errors.Is(j.err, errAborted) {
		return nil, j.err // its caller has gone
	}
	buf := kv.NewBuffer(func(key string) ([]byte, bool, error) {
		v := rows.Get([]byte(key))
		return v, v != nil, nil
	})
	j.turn <- buf
	err := <-j.ran
	if err == nil {
		err = buf.Err()
	}
	if err != nil {
		return nil, err
	}
	return buf.Writes(), nil
}

// judge says what a failed commit means. A full disk is found before the meta
// page is written, so nothing has happened. After any other fault the page cache
// may show what the disk does not have, and only opening the file again tells.
func (db *DB) judge(err error) error {
	// Everything that fails while pages are written is an error of the system.
	// That the file could not be made longer, which comes before, bbolt tells in
	// words alone.
	if _, written := errors.AsType[syscall.Errno](err); !written && db.reads() {
		return fmt.Errorf("%w: %w", kv.ErrFull, err)
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		errors.Is(err, syscall.EFBIG) || errors.Is(err, berrors.ErrMaxSizeReached) {
		return fmt.Errorf("%w: %w", kv.ErrFull, err)
	}
	db.mu.Lock()
	db.failed = err
	db.mu.Unlock()
	return fmt.Errorf("%w: %w", kv.ErrUncertain, err)
}

// reads reports whether the file can still be read, as it cannot when its memory
// map is gone.
func (db *DB) reads() (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return db.view(context.Background(), func(*bbolt.Bucket) {}) == nil
}

func (db *DB) fault() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.failed
}
