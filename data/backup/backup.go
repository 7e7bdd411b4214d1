// Package backup makes and opens backup files. A backup is a gzip-compressed
// tar of a manifest and the database as it was at one moment, encrypted with age
// when recipients are given. It gets its name only after the copy was opened and
// found whole; what is not whole is never called a backup.
package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
)

// Errors of backups.
var (
	// ErrUnverified: the copy was made, but it is not whole.
	ErrUnverified = errors.New("copy does not verify")
	// ErrExists: there is a file of that name already.
	ErrExists = errors.New("file exists already")
	// ErrNotBackup: the file is not a backup, or not a whole one.
	ErrNotBackup = errors.New("not a whole backup")
	// ErrNewer: the backup was made by a later version of the program.
	ErrNewer = errors.New("backup is of a newer version")
	// ErrEncrypted: the backup is encrypted and no identity was given that opens it.
	ErrEncrypted = errors.New("backup is encrypted")
	// ErrRecipient: a recipient or identity that makes no sense.
	ErrRecipient = errors.New("not an age recipient or identity")
)

// The names inside the archive, and the version of its layout.
const (
	manifestName = "manifest.json"
	databaseName = "desk.db"
	format       = 1
)

// Ending is how the names of backups end; encrypted ones go on with AgeEnding.
const (
	Ending    = ".tar.gz"
	AgeEnding = ".age"
)

// Manifest says what is in a backup. It is what the verification of the copy
// found, not what somebody hoped for.
type Manifest struct {
	Format  int               `json:"format"`
	Made    time.Time         `json:"made"` // when the copy began, UTC
	Program string            `json:"program"`
	Size    int64             `json:"size"`   // of the database, in bytes
	SHA256  string            `json:"sha256"` // of the database, hex
	Rows    map[string]uint64 `json:"rows"`   // by family
	Ledger  map[string]int64  `json:"ledger"` // operations with money, by state, in fen
	Streams uint64            `json:"streams"`
	Entries uint64            `json:"entries"`
	Seal    uint64            `json:"seal"` // number of the latest seal
}

// Options say how to make a backup.
type Options struct {
	Made       time.Time
	Program    string   // version of the program
	Recipients []string // age recipients (age1…); none: not encrypted
	// Copy writes the database as it is at one moment.
	Copy func(ctx context.Context, w io.Writer) error
	// Verify opens the copy and fills in what it found. An error means that the
	// copy is not whole.
	Verify func(ctx context.Context, database string, m *Manifest) error
}

// Create makes a backup at path. A path that does not end as backups do is a
// directory, made if need be, in which the backup is named after the time. It
// returns where the backup is. When the copy does not verify, the error wraps
// [ErrUnverified] and the copy is left beside it, named …unverified.
func Create(ctx context.Context, path string, o Options) (file string, m Manifest, err error) {
	to, err := recipients(o.Recipients)
	if err != nil {
		return "", m, err
	}
	if !strings.HasSuffix(path, Ending) && !strings.HasSuffix(path, Ending+AgeEnding) {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return "", m, fmt.Errorf("backup: %w", err)
		}
		path = filepath.Join(path, "partnerdesk-"+o.Made.UTC().Format("20060102-150405")+Ending)
		if len(to) > 0 {
			path += AgeEnding
		}
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, m, fmt.Errorf("backup %s: %w", path, ErrExists)
	}
	db, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".copy-*") // 0600
	if err != nil {
		return path, m, fmt.Errorf("backup: %w", err)
	}
	defer func() { _ = os.Remove(db.Name()) }() // gone already when it was renamed
	m = Manifest{Format: format, Made: o.Made.UTC(), Program: o.Program}
	sum := &summed{w: db, sum: sha256.New()}
	err = o.Copy(ctx, sum)
	if err == nil {
		err = db.Sync()
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return path, m, fmt.Errorf("backup: copy: %w", err)
	}
	m.Size, m.SHA256 = sum.n, hex.EncodeToString(sum.sum.Sum(nil))
	if err := o.Verify(ctx, db.Name(), &m); err != nil {
		if ctx.Err() == nil {
			_ = os.Rename(db.Name(), path+".unverified")
		}
		return path, m, fmt.Errorf("backup: %w: %w", ErrUnverified, err)
	}
	if err := pack(path, db.Name(), m, to); err != nil {
		return path, m, fmt.Errorf("backup: %w", err)
	}
	return path, m, nil
}

// pack writes the archive aside, reads it again where it can be read, and gives
// it its name.
func pack(path, db string, m Manifest, to []age.Recipient) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when it was renamed
	err = write(f, db, m, to)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if len(to) == 0 { // an encrypted one nobody here can read
		if _, err := open(f.Name(), nil, io.Discard); err != nil {
			return fmt.Errorf("%w: read again: %w", ErrUnverified, err)
		}
	}
	if err := os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return ErrExists
	} else if err != nil { // some file systems have no links
		if err := os.Rename(f.Name(), path); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(path))
}

func write(f io.Writer, db string, m Manifest, to []age.Recipient) (err error) {
	var closers []io.Closer
	defer func() {
		for i := len(closers) - 1; i >= 0; i-- {
			err = errors.Join(err, closers[i].Close())
		}
	}()
	if len(to) > 0 {
		sealed, err := age.Encrypt(f, to...)
		if err != nil {
			return fmt.Errorf("encrypt: %w", err)
		}
		closers = append(closers, sealed)
		f = sealed
	}
	packed := gzip.NewWriter(f)
	archive := tar.NewWriter(packed)
	closers = append(closers, packed, archive)
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	head := func(name string, size int64) error {
		return archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: m.Made, Format: tar.FormatPAX})
	}
	if err := head(manifestName, int64(len(text))); err != nil {
		return err
	}
	if _, err := archive.Write(text); err != nil {
		return err
	}
	if err := head(databaseName, m.Size); err != nil {
		return err
	}
	in, err := os.Open(db)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	_, err = io.Copy(archive, in)
	return err
}

// Extract reads the backup at path and writes its database to a new file (0600)
// that must not exist yet. identities is a text of age identities, for an
// encrypted backup. What is written is what the manifest says, or an error.
func Extract(path string, identities string, database string) (Manifest, error) {
	out, err := os.OpenFile(database, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return Manifest{}, fmt.Errorf("extract backup: %w", err)
	}
	var who []age.Identity
	if identities != "" {
		if who, err = age.ParseIdentities(strings.NewReader(identities)); err != nil {
			err = fmt.Errorf("%w: %w", ErrRecipient, err)
		}
	}
	var m Manifest
	if err == nil {
		m, err = open(path, who, out)
	}
	if err == nil {
		err = out.Sync()
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return m, fmt.Errorf("extract backup %s: %w", filepath.Base(path), errors.Join(err, os.Remove(database)))
	}
	return m, nil
}

func open(path string, who []age.Identity, database io.Writer) (Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return Manifest{}, err
	}
	defer func() { _ = f.Close() }()
	in, err := decrypted(f, who)
	if err != nil {
		return Manifest{}, err
	}
	m, err := read(in, database)
	if err != nil && !errors.Is(err, ErrNewer) && !errors.Is(err, errWriting) {
		err = fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	return m, err
}

// decrypted sees by its first bytes whether a file is encrypted.
func decrypted(f *os.File, who []age.Identity) (io.Reader, error) {
	const magic = "age-encryption.org/"
	start := make([]byte, len(magic))
	n, _ := io.ReadFull(f, start)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if string(start[:n]) != magic {
		return f, nil
	}
	if len(who) == 0 {
		return nil, ErrEncrypted
	}
	in, err := age.Decrypt(f, who...)
	if err != nil {
		if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
			return nil, fmt.Errorf("%w: %w", ErrEncrypted, err)
		}
		return nil, fmt.Errorf("%w: %w", ErrNotBackup, err)
	}
	return in, nil
}

var errWriting = errors.New("write database")

// read reads an archive to its end and compares the database with the manifest.
func read(in io.Reader, database io.Writer) (m Manifest, err error) {
	packed, err := gzip.NewReader(in)
	if err != nil {
		return m, err
	}
	archive := tar.NewReader(packed)
	h, err := archive.Next()
	if err != nil || h.Name != manifestName || h.Size > 1<<20 {
		return m, fmt.Errorf("no manifest: %w", err)
	}
	text, err := io.ReadAll(archive)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, err
	}
	if m.Format > format {
		return m, fmt.Errorf("%w: format %d, this program reads up to %d", ErrNewer, m.Format, format)
	}
	if h, err = archive.Next(); err != nil || h.Name != databaseName || h.Size != m.Size {
		return m, fmt.Errorf("no database: %w", err)
	}
	sum := &summed{w: database, sum: sha256.New()}
	if _, err := io.Copy(sum, archive); err != nil {
		if sum.err != nil {
			return m, fmt.Errorf("%w: %w", errWriting, sum.err)
		}
		return m, err
	}
	if got := hex.EncodeToString(sum.sum.Sum(nil)); got != m.SHA256 {
		return m, errors.New("database differs from its checksum")
	}
	_, err = io.Copy(io.Discard, packed) // to the checksum at the end
	return m, err
}

// summed writes on and keeps count.
type summed struct {
	w   io.Writer
	sum hash.Hash
	n   int64
	err error
}

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	_, _ = s.sum.Write(p[:n]) // never fails
	s.n += int64(n)
	if err != nil {
		s.err = err
	}
	return n, err
}

func recipients(list []string) ([]age.Recipient, error) {
	var to []age.Recipient
	for _, text := range list {
		parsed, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRecipient, err)
		}
		to = append(to, parsed...)
	}
	return to, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
