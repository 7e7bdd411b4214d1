package bolt

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Errors of Open; each is one clear reason not to start.
var (
	// ErrLocked: another process holds the file. The message names it.
	ErrLocked = errors.New("store is in use")
	// ErrDamaged: the file is not a store, or not a whole one.
	ErrDamaged = errors.New("store is damaged")
	// ErrNewer: the file was written by a later version of the program.
	ErrNewer = errors.New("store is of a newer version")
	// ErrExposed: other users of the machine may write to the directory.
	ErrExposed = errors.New("store directory is open to other users")
	// ErrNetwork: the directory is on a network file system, whose locks and
	// memory maps cannot be relied on.
	ErrNetwork = errors.New("store directory is on a network file system")

	errNoSync = errors.New("refused to commit without syncing")
)

// DefaultTimeout is how long Open waits for another process to let go.
const DefaultTimeout = 2 * time.Second

// Options says how to open a file. There is no option to run without syncing.
type Options struct {
	// Timeout bounds the wait for the lock; zero means DefaultTimeout.
	Timeout time.Duration
	// ReadOnly opens an existing file for reading, beside other readers. A
	// writer and readers exclude each other.
	ReadOnly bool
	// MaxSize bounds the file in bytes; beyond it commits fail with kv.ErrFull.
	// Zero means no bound.
	MaxSize int
	// AllowNetwork opens the file on a network file system all the same.
	AllowNetwork bool
	// CompactFrom is the size in bytes from which a file of which more than half
	// is free is compacted when it is opened for writing. Zero means
	// DefaultCompactFrom, a negative size never.
	CompactFrom int64
	// Log hears of a compaction; nil discards.
	Log *slog.Logger
	// OnCommit is called after every commit, with the number of transactions in
	// it and how long it took. It must return at once; nil is not called.
	OnCommit func(transactions int, took time.Duration)
}

// DefaultCompactFrom is the size below which a file is not worth compacting.
const DefaultCompactFrom = 16 << 20

// Open opens the file at path, or makes it (0600, in a directory made 0700 if
// need be). A new file is made aside and moved into place whole, so that a
// crash never leaves half a store.
func Open(path string, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if !o.ReadOnly {
		if err := prepare(path, o); err != nil {
			return nil, fmt.Errorf("open store %s: %w", path, err)
		}
	}
	b, err := openFile(path, o)
	if err == nil && !o.ReadOnly && wantsCompacting(b, o) {
		b, err = compacted(b, path, o)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	db := &DB{bolt: b, path: path, readOnly: o.ReadOnly, onCommit: o.OnCommit, stopped: make(chan struct{}), leaders: map[string]chan struct{}{}}
	db.wake.L = &db.mu
	if o.ReadOnly {
		close(db.stopped)
		return db, nil
	}
	writeHolder(path)
	go db.commitLoop() // ends with Close, which waits for stopped
	return db, nil
}

func prepare(path string, o Options) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if name := networkFS(dir); name != "" && !o.AllowNetwork {
		return fmt.Errorf("%w: %s is %s", ErrNetwork, dir, name)
	}
	if info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("%w: %s is %v, wants 0700", ErrExposed, dir, info.Mode().Perm())
	}
	info, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return create(path)
	}
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return os.Chmod(path, 0o600)
	}
	return nil
}

// create makes an empty store beside path and links it into place; when another
// process was faster, its file stays.
func create(path string) error {
	aside := fmt.Sprintf("%s.new-%d", path, os.Getpid())
	if err := os.Remove(aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	defer os.Remove(aside)
	b, err := bbolt.Open(aside, 0o600, &bbolt.Options{Timeout: DefaultTimeout})
	if err != nil {
		return fmt.Errorf("make it: %w", err)
	}
	err = b.Update(func(tx *bbolt.Tx) error {
		if _, err := tx.CreateBucket(rowsBucket); err != nil {
			return err
		}
		meta, err := tx.CreateBucket(metaBucket)
		if err != nil {
			return err
		}
		return meta.Put(formatKey, []byte(format))
	})
	if err := errors.Join(err, b.Close()); err != nil {
		return fmt.Errorf("make it: %w", err)
	}
	if err := os.Link(aside, path); err != nil && !errors.Is(err, fs.ErrExist) {
		// Some file systems have no links; a rename is as whole.
		if err := os.Rename(aside, path); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// smallest is what the two meta pages take, in bytes; no file of ours is
// smaller, since a new one is moved into place whole.
const smallest = 2 * 4096

// openFile opens and examines the file. A file cut short makes the memory map
// fault; that, too, is reported as damage and not as a crash.
func openFile(path string, o Options) (b *bbolt.DB, err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.Size() < smallest:
		// bbolt would make an empty file a store, as if there had never been rows.
		return nil, fmt.Errorf("%w: %d bytes are left", ErrDamaged, info.Size())
	case err != nil && (o.ReadOnly || !errors.Is(err, fs.ErrNotExist)):
		return nil, err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			b, err = nil, fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	var file *os.File
	b, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:      cmp.Or(o.Timeout, DefaultTimeout),
		ReadOnly:     o.ReadOnly,
		FreelistType: bbolt.FreelistMapType,
		MaxSize:      o.MaxSize,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			file = f
			return f, err
		},
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("%w by %s", ErrLocked, holder(path))
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum),
		errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrInvalidMapping):
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil:
		return nil, err
	}
	if err := examine(b, file, path); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func examine(b *bbolt.DB, file *os.File, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	own, err := file.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(info, own) {
		// While we waited for the lock its holder put another file in place.
		return fmt.Errorf("%w: the file was replaced meanwhile, try again", ErrLocked)
	}
	return b.View(func(tx *bbolt.Tx) error {
		if info.Size() < tx.Size() {
			return fmt.Errorf("%w: %d of %d bytes are left", ErrDamaged, info.Size(), tx.Size())
		}
		meta := tx.Bucket(metaBucket)
		if meta == nil || tx.Bucket(rowsBucket) == nil {
			return fmt.Errorf("%w: it has no rows of ours", ErrDamaged)
		}
		got := string(meta.Get(formatKey))
		version, err := strconv.Atoi(got)
		if err != nil {
			return fmt.Errorf("%w: format %q", ErrDamaged, got)
		}
		if own, _ := strconv.Atoi(format); version > own {
			return fmt.Errorf("%w: format %d, this program reads up to %s", ErrNewer, version, format)
		}
		return nil
	})
}
