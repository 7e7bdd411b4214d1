package rounds

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
)

// What a power cut can leave: strace records every write of a desk to its file, and afterwards the file is put together
// again as it would stand had the power gone at any point between two fdatasync.

// ErrNoStrace: there is no strace here, or it may not trace.
var ErrNoStrace = errors.New("strace cannot be used here")

// WriteReport is what came of it.
type WriteReport struct {
	Asks      int // questions asked and answered meanwhile
	Commits   int // writes of a meta page
	Syncs     int // fdatasync
	AskSyncs  int // fdatasync from the first question to the last answer, when people ask one after the other
	FullSyncs int // fsync: the file grew
	Pages     int // other writes
	Images    int // files put together and opened
	Damaged   int // that did not open, or had a fault inside
	Between   int // that held neither what was before the commit nor what was behind it
	Audit     int // whose audit log did not verify
	Faults    []string
}

// OK says that nothing was found wrong.
func (r *WriteReport) OK() bool {
	return r.Damaged == 0 && r.Between == 0 && r.Audit == 0 && r.Syncs == 2*r.Commits && r.Images > 0
}

// String is the report as it is printed.
func (r *WriteReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "questions: %d; commits: %d; fdatasync: %d (%.2f a commit, %.1f a question); fsync when the file grew: %d; page writes: %d\n",
		r.Asks, r.Commits, r.Syncs, float64(r.Syncs)/float64(max(r.Commits, 1)), float64(r.Syncs)/float64(max(r.Asks, 1)), r.FullSyncs, r.Pages)
	fmt.Fprintf(&b, "of the fdatasync %d were from the first question to the last answer: %.1f a question\n", r.AskSyncs, float64(r.AskSyncs)/float64(max(r.Asks, 1)))
	for _, f := range r.Faults {
		fmt.Fprintln(&b, "found:", f)
	}
	fmt.Fprintf(&b, "images: %d\ndamaged: %d\nbetween two commits: %d\naudit broken: %d\n", r.Images, r.Damaged, r.Between, r.Audit)
	return b.String()
}

// write is one call of the desk on its file.
type write struct {
	call string // pwrite64, fdatasync, fsync or ftruncate
	data []byte
	at   int64 // offset, or the new length
}

// Writes has people ask a desk under strace, and tries every state that a power cut could have left of its file.
func Writes(ctx context.Context, o Options) (*WriteReport, error) {
	if err := exec.Command("strace", "-o", os.DevNull, "true").Run(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoStrace, err)
	}
	dir, err := os.MkdirTemp("", "torture-writes-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	trace := filepath.Join(dir, "trace")
	before, asks, within, err := traced(ctx, o, dir, trace)
	if err != nil {
		return nil, err
	}
	list, err := readTrace(trace)
	if err != nil {
		return nil, err
	}
	image := bytes.Clone(before)
	for _, w := range list {
		image = w.apply(image)
	}
	if after, err := os.ReadFile(filepath.Join(dir, "data", databaseName)); err != nil || !bytes.Equal(image, after) {
		return nil, errors.Join(errors.New("what strace recorded does not make the file that is there"), err)
	}
	r := &WriteReport{Asks: asks, AskSyncs: within}
	return r, r.replay(ctx, dir, before, list)
}

// traced runs a desk under strace on a store that is there already, and returns that store as it was before.
func traced(ctx context.Context, o Options, dir, trace string) (before []byte, asks, within int, err error) {
	t, err := newRunner(o, dir)
	if err != nil {
		return nil, 0, 0, err
	}
	defer t.close()
	// The first desk makes the file.
	if err := t.raise(ctx, "socket"); err != nil {
		return nil, 0, 0, err
	}
	if err := t.desk.stop(20 * time.Second); err != nil {
		return nil, 0, 0, err
	}
	path := filepath.Join(dir, "data", databaseName)
	if before, err = os.ReadFile(path); err != nil {
		return nil, 0, 0, err
	}
	t.under = []string{"strace", "-f", "-qq", "-xx", "-s", "2097152", "-o", trace, "-P", path, "-e", "trace=pwrite64,fdatasync,fsync,ftruncate"}
	if err := t.raise(ctx, "socket"); err != nil {
		return nil, 0, 0, err
	}
	if err := t.town.WaitConnected(ctx, 1); err != nil {
		return nil, 0, 0, err
	}
	p := draw(o.Seed, 1)
	if o.Ask != "" {
		sleep(ctx, 4*time.Second) // what a desk does when it starts is not of their doing
	}
	first := syncs(trace)
	for n, i := range p.asks {
		switch i.kind = cmp.Or(o.Ask, i.kind); i.kind {
		case choreDeadline, choreTicket, choreOpportunity:
			i.user = n
			t.doChore(1, i)
		default:
			t.do(1, i)
		}
		if o.Ask != "" {
			t.await(ctx, 1, t.o.Wait)
		}
	}
	t.await(ctx, 1, t.o.Wait)
	within = syncs(trace) - first
	sleep(ctx, 3*time.Second)
	t.desk.tell(finish, 1)
	t.doomed(ctx, 20*time.Second)
	if t.desk.alive() {
		t.desk.kill()
		return nil, 0, 0, errors.New("the desk did not stop under strace")
	}
	t.books.mu.Lock()
	defer t.books.mu.Unlock()
	for _, a := range t.books.all {
		if a.answered() {
			asks++
		}
	}
	return before, asks, within, nil
}

// syncs counts the fdatasync in a trace so far.
func syncs(trace string) int {
	raw, err := os.ReadFile(trace)
	if err != nil {
		return 0
	}
	return bytes.Count(raw, []byte(" fdatasync("))
}

// readTrace reads what strace wrote. A call that another thread's interrupted is told at its beginning, with all it
// was given.
func readTrace(path string) ([]write, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []write
	lines := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		_, line, _ = strings.Cut(strings.TrimSpace(line), " ") // the thread
		call, args, ok := strings.Cut(strings.TrimSpace(line), "(")
		if !ok || strings.HasPrefix(call, "<") {
			continue
		}
		w := write{call: call}
		switch call {
		case "pwrite64":
			_, rest, _ := strings.Cut(args, `"`)
			text, rest, _ := strings.Cut(rest, `"`)
			if w.data, err = hex.DecodeString(strings.ReplaceAll(text, `\x`, "")); err != nil {
				return nil, fmt.Errorf("strace: %w", err)
			}
			w.at = number(rest, 2)
		case "ftruncate":
			w.at = number(args, 1)
		case "fdatasync", "fsync":
		default:
			continue
		}
		list = append(list, w)
	}
}

// number reads the n-th argument of a call, from zero.
func number(args string, n int) int64 {
	fields := strings.FieldsFunc(args, func(r rune) bool { return r == ',' || r == ')' || r == ' ' })
	if len(args) > 0 && args[0] == ',' {
		n-- // what stood before it is cut off
	}
	if n >= len(fields) {
		return -1
	}
	v, err := strconv.ParseInt(fields[n], 10, 64)
	if err != nil {
		return -1
	}
	return v
}

func (w write) apply(image []byte) []byte {
	switch w.call {
	case "pwrite64":
		if end := int(w.at) + len(w.data); end > len(image) {
			image = append(image, make([]byte, end-len(image))...)
		}
		copy(image[w.at:], w.data)
	case "ftruncate":
		if int(w.at) < len(image) {
			return image[:w.at]
		}
		image = append(image, make([]byte, int(w.at)-len(image))...)
	}
	return image
}

// replay puts the file together write by write. What stands between two syncs may reach the disk in any order: each
// beginning of it is tried, and each without one of its writes.
func (r *WriteReport) replay(ctx context.Context, dir string, image []byte, list []write) error {
	path := filepath.Join(dir, "image", databaseName)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	last, err := r.try(ctx, path, image, "the first image", "", "")
	if err != nil {
		return err
	}
	var span []write // since the last sync
	for i, w := range list {
		switch w.call {
		case "pwrite64", "ftruncate":
			span = append(span, w)
			if w.call == "pwrite64" && len(w.data) <= 4096 && w.at <= 4096 {
				r.Commits++
			} else if w.call == "pwrite64" {
				r.Pages++
			}
			continue
		case "fsync":
			r.FullSyncs++
		case "fdatasync":
			r.Syncs++
		}
		whole := bytes.Clone(image)
		for _, s := range span {
			whole = s.apply(whole)
		}
		now, err := r.try(ctx, path, whole, fmt.Sprintf("after call %d", i), "", "")
		if err != nil {
			return err
		}
		for n := range span {
			part := bytes.Clone(image)
			for _, s := range span[:n] {
				part = s.apply(part)
			}
			if _, err := r.try(ctx, path, part, fmt.Sprintf("before call %d, %d of %d writes", i, n, len(span)), last, now); err != nil {
				return err
			}
			part = bytes.Clone(image)
			for m, s := range span {
				if m != n {
					part = s.apply(part)
				}
			}
			if _, err := r.try(ctx, path, part, fmt.Sprintf("before call %d, without write %d of %d", i, n, len(span)), last, now); err != nil {
				return err
			}
		}
		image, span, last = whole, nil, now
	}
	return nil
}

// try opens an image and returns a sum of what it holds. When it is told two, it must hold one of them.
func (r *WriteReport) try(ctx context.Context, path string, image []byte, when, one, other string) (sum string, err error) {
	if err := os.WriteFile(path, image, 0o600); err != nil {
		return "", err
	}
	r.Images++
	db, err := bolt.Open(path, bolt.Options{})
	if err == nil {
		defer func() { _ = db.Close() }()
		err = db.Check(ctx)
	}
	if err != nil {
		r.Damaged++
		r.Faults = append(r.Faults, fmt.Sprintf("%s: %v", when, err))
		return "", nil
	}
	h := sha256.New()
	for row, err := range kv.All(ctx, db, kv.Range{Limit: kv.MaxPage}) {
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q=%q\n", row.Key, row.Value)
	}
	sum = hex.EncodeToString(h.Sum(nil))
	if one != "" && sum != one && sum != other {
		r.Between++
		r.Faults = append(r.Faults, when+": holds a state that never was")
	}
	s, err := store.View(ctx, db, store.Options{})
	if err != nil {
		return "", err
	}
	v, err := s.Verify(ctx, store.VerifyOptions{AnyKey: true})
	if err != nil {
		return "", err
	}
	if !v.OK() {
		r.Audit++
		r.Faults = append(r.Faults, fmt.Sprintf("%s: audit: %v", when, v.Findings))
	}
	return sum, nil
}
