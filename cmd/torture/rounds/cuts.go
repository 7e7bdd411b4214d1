package rounds

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot/slacksim"
	"partnerdesk/cmd/desk"
	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
)

// Each file that a desk has on the disk is cut short in turn, to several lengths, and a desk is started on it. The
// index is no file that could be cut: it is made anew at every start, in a directory that is emptied first.

// CutReport is what came of it.
type CutReport struct {
	Cuts    int
	Started int // all the same, with every row
	Refused int // with one line, and nothing changed
	Faults  []string
	Lines   []string // what came of each cut
}

// OK says that nothing was found wrong.
func (r *CutReport) OK() bool { return r.Cuts > 0 && len(r.Faults) == 0 }

// String is the report as it is printed.
func (r *CutReport) String() string {
	var b strings.Builder
	for _, l := range r.Lines {
		fmt.Fprintln(&b, l)
	}
	for _, f := range r.Faults {
		fmt.Fprintln(&b, "found:", f)
	}
	fmt.Fprintf(&b, "cut: %d; started all the same: %d; refused in one line: %d\n", r.Cuts, r.Started, r.Refused)
	return b.String()
}

// Cuts lets a desk answer some questions, and then starts it on every file cut short.
func Cuts(ctx context.Context, o Options) (*CutReport, error) {
	dir, err := os.MkdirTemp("", "torture-cuts-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	t, err := newRunner(o, filepath.Join(dir, "whole"))
	if err != nil {
		return nil, err
	}
	defer t.close()
	if err := t.raise(ctx, slacksim.TransportHTTP); err != nil {
		return nil, err
	}
	for _, i := range draw(o.Seed, 1).asks {
		t.do(1, i)
	}
	t.await(ctx, 1, t.o.Wait)
	if err := t.backup(ctx, 1); err != nil || len(t.saved) != 1 {
		return nil, fmt.Errorf("backup: %d, %w", len(t.saved), err)
	}
	if err := t.desk.stop(20 * time.Second); err != nil {
		return nil, err
	}
	rows, err := count(ctx, t.dir)
	if err != nil {
		return nil, err
	}
	r := &CutReport{}
	for _, name := range []string{"data/desk.db", "data/desk.db.pid", "audit.key", "witness.jsonl", "config.yaml", "corpus/" + topics[0]} {
		info, err := os.Stat(filepath.Join(t.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // the holder's file goes when it does
		}
		if err != nil {
			return nil, err
		}
		for _, size := range lengths(info.Size()) {
			if err := t.cut(ctx, r, name, size, rows); err != nil {
				return nil, fmt.Errorf("%s cut to %d: %w", name, size, err)
			}
		}
	}
	return r, t.cutBackup(ctx, r)
}

func lengths(size int64) []int64 {
	list := []int64{0, 1, size / 3, size / 2, size - 1}
	if size > 16<<10 {
		list = append(list, 4096, 8192, size*3/4)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// cut starts a desk on a copy in which one file is cut short.
func (t *runner) cut(ctx context.Context, r *CutReport, name string, size int64, rows int) error {
	dir := filepath.Join(filepath.Dir(t.dir), "cut")
	if err := errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(t.dir)), os.RemoveAll(filepath.Join(dir, "data", "index"))); err != nil {
		return err
	}
	path := filepath.Join(dir, name)
	for _, secret := range []string{"data", "audit.key", "data/desk.db"} { // CopyFS adds rights
		mode := fs.FileMode(0o600)
		if secret == "data" {
			mode = 0o700
		}
		if err := os.Chmod(filepath.Join(dir, secret), mode); err != nil {
			return err
		}
	}
	if err := os.Truncate(path, size); err != nil {
		return err
	}
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	p, err := run(nil, t.town.env(dir, slacksim.TransportHTTP), &said)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	opened := p.await(within) == nil
	if opened {
		err = p.stop(20 * time.Second)
	} else if p.alive() {
		p.kill()
		err = errors.New("neither open nor ended")
	}
	r.Cuts++
	what := fmt.Sprintf("%s cut to %d", name, size)
	if err != nil {
		r.Faults = append(r.Faults, fmt.Sprintf("%s: %v", what, err))
	}
	after, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !opened {
		r.refused(what, said.String(), bytes.Equal(before, after))
		return nil
	}
	r.Started++
	r.Lines = append(r.Lines, what+": started")
	now, err := count(ctx, dir)
	if err != nil || now < rows {
		r.Faults = append(r.Faults, fmt.Sprintf("%s: %d deliveries are left of %d, %v", what, now, rows, err))
	}
	return nil
}

func (r *CutReport) refused(what, said string, same bool) {
	_, line, ok := strings.Cut("\n"+said, "\ndesk: ")
	line = strings.TrimSpace(line)
	switch {
	case !ok, strings.Contains(line, "\n"), strings.Contains(said, "panic:"):
		r.Faults = append(r.Faults, fmt.Sprintf("%s: not one clear line: %.300s", what, said))
	case !same:
		r.Faults = append(r.Faults, what+": refused, and changed all the same")
	default:
		r.Refused++
		r.Lines = append(r.Lines, what+": "+line)
	}
}

// cutBackup restores a backup that is cut short.
func (t *runner) cutBackup(ctx context.Context, r *CutReport) error {
	whole, err := os.ReadFile(t.saved[0])
	if err != nil {
		return err
	}
	for _, size := range lengths(int64(len(whole))) {
		dir := filepath.Join(filepath.Dir(t.dir), fmt.Sprintf("backup-%d", size))
		if err := prepare(dir); err != nil {
			return err
		}
		file := filepath.Join(dir, "backup.tar.gz")
		if err := os.WriteFile(file, whole[:size], 0o600); err != nil {
			return err
		}
		c, parts, err := t.config(dir)
		if err != nil {
			return err
		}
		r.Cuts++
		what := fmt.Sprintf("backup cut to %d of %d", size, len(whole))
		_, err = desk.Restore(ctx, c, parts, file, "", false)
		left, lerr := os.ReadDir(filepath.Join(dir, "data"))
		switch {
		case err == nil:
			r.Faults = append(r.Faults, what+": restored")
		case lerr != nil || slices.ContainsFunc(left, func(e fs.DirEntry) bool { return e.Name() == databaseName }):
			r.Faults = append(r.Faults, fmt.Sprintf("%s: a store was left: %v", what, lerr))
		default:
			r.Refused++
			r.Lines = append(r.Lines, what+": "+err.Error())
		}
	}
	return nil
}

// count counts the deliveries that a store remembers.
func count(ctx context.Context, dir string) (int, error) {
	db, err := bolt.Open(filepath.Join(dir, "data", databaseName), bolt.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	n := 0
	for _, err := range kv.All(ctx, db, kv.Range{Prefix: "inbox/", Limit: kv.MaxPage}) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, db.Check(ctx)
}
