package bolt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// A bbolt file never shrinks by itself: what was deleted is reused. Compacting
// copies the rows into a file aside, which then takes the place of the first.

// compactTx bounds the transactions of the copy, in bytes.
const compactTx = 4 << 20

// Stats are the sizes of an open file.
type Stats struct {
	Size    int64  // of the file, in bytes
	Free    int64  // what of it is free, in bytes
	Updates uint64 // transactions that wrote, since the file was opened
	Commits uint64 // the commits they shared
}

// Stats returns the sizes of the file at this moment.
func (db *DB) Stats() (Stats, error) {
	size, free, err := sizes(db.bolt)
	if err != nil {
		return Stats{}, fmt.Errorf("size of the store: %w", err)
	}
	return Stats{Size: size, Free: free, Updates: db.updates.Load(), Commits: db.commits.Load()}, nil
}

func sizes(b *bbolt.DB) (size, free int64, err error) {
	info, err := os.Stat(b.Path())
	if err != nil {
		return 0, 0, err
	}
	// What lies behind the last page used is free as well.
	err = b.View(func(tx *bbolt.Tx) error {
		free = int64(b.Stats().FreePageN+b.Stats().PendingPageN)*int64(b.Info().PageSize) + max(info.Size()-tx.Size(), 0)
		return nil
	})
	return info.Size(), free, err
}

// Check reads the whole file and returns every fault of its structure, nil when
// there is none. Writers wait until it is done: bbolt compares the pages with the
// free list as it is at this moment, so beside a commit it would report pages
// that are merely in use.
func (db *DB) Check(ctx context.Context) error {
	tx, err := db.bolt.Begin(!db.readOnly)
	if err != nil {
		return fmt.Errorf("check store: %w", err)
	}
	defer tx.Rollback()
	var faults []error
	for fault := range tx.Check() {
		faults = append(faults, fault)
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return ctx.Err()
}

// Copy writes the store as it is at one moment, as a file that Open can open.
// It does not hold up writers, but the file cannot reuse space meanwhile.
func (db *DB) Copy(ctx context.Context, w io.Writer) error {
	tx, err := db.bolt.Begin(false)
	if err != nil {
		return fmt.Errorf("copy store: %w", err)
	}
	defer tx.Rollback()
	out := &until{ended: ctx.Err, w: w}
	if _, err := tx.WriteTo(out); err != nil {
		// bbolt tells the writer's error by its text alone.
		return fmt.Errorf("copy store: %w", cmp.Or(out.err, err))
	}
	return nil
}

// until is a writer that fails once its context has ended, and remembers why it
// failed.
type until struct {
	ended func() error
	w     io.Writer
	err   error
}

func (u *until) Write(p []byte) (n int, err error) {
	if err = u.ended(); err == nil {
		n, err = u.w.Write(p)
	}
	u.err = err
	return n, err
}

func wantsCompacting(b *bbolt.DB, o Options) bool {
	from := o.CompactFrom
	if from == 0 {
		from = DefaultCompactFrom
	}
	size, free, err := sizes(b)
	return err == nil && from > 0 && size >= from && free > size/2
}

// compacted returns a compacted file in the place of b. When the copy cannot be
// made, for want of space say, it returns b.
func compacted(b *bbolt.DB, path string, o Options) (*bbolt.DB, error) {
	before, _, _ := sizes(b)
	aside := fmt.Sprintf("%s.compact-%d", path, os.Getpid())
	defer os.Remove(aside)
	if err := compactInto(aside, b); err != nil {
		o.Log.Warn("store not compacted", "path", path, "err", err)
		return b, nil
	}
	// b keeps its lock until the new file is in place, and whoever waited for
	// that lock finds that the file is another one.
	if err := os.Rename(aside, path); err != nil {
		o.Log.Warn("store not compacted", "path", path, "err", err)
		return b, nil
	}
	if err := errors.Join(syncDir(filepath.Dir(path)), b.Close()); err != nil {
		return nil, fmt.Errorf("compact: %w", err)
	}
	b, err := openFile(path, o)
	if err != nil {
		return nil, fmt.Errorf("compact: %w", err)
	}
	after, _, _ := sizes(b)
	o.Log.Info("store compacted", "path", path, "before", before, "after", after)
	return b, nil
}

func compactInto(aside string, b *bbolt.DB) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil { // a damaged page, read for the first time
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	if err := os.Remove(aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	to, err := bbolt.Open(aside, 0o600, &bbolt.Options{Timeout: DefaultTimeout, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	err = bbolt.Compact(to, b, compactTx)
	if err == nil {
		err = sameRows(to, b)
	}
	return errors.Join(err, to.Close())
}

// sameRows compares the numbers of rows: a copy that lost any must not win.
func sameRows(a, b *bbolt.DB) error {
	n, err := countRows(a)
	if err != nil {
		return err
	}
	m, err := countRows(b)
	if err == nil && n != m {
		err = fmt.Errorf("%w: the copy has %d rows of %d", ErrDamaged, n, m)
	}
	return err
}

func countRows(b *bbolt.DB) (n int, err error) {
	err = b.View(func(tx *bbolt.Tx) error {
		rows := tx.Bucket(rowsBucket)
		if rows == nil {
			return ErrDamaged
		}
		n = rows.Stats().KeyN
		return nil
	})
	return n, err
}
