package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"partnerdesk/data/kv"
)

// A file that cannot be made longer, or not be written to its end, is full and
// not broken: it works again once there is room. The limit is the whole
// process's, also on what go test itself writes, so a child has it.
func TestUpdate_NoRoom(t *testing.T) {
	const child = "PARTNERDESK_TEST_NO_ROOM"
	if os.Getenv(child) == "" {
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(t.Context(), self, "-test.run=^TestUpdate_NoRoom$", "-test.v")
		c.Env = append(os.Environ(), child+"=1")
		out, err := c.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("--- PASS: TestUpdate_NoRoom")) {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // a full disk sends none
	t.Cleanup(func() { signal.Reset(syscall.SIGXFSZ) })
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	room := func(size uint64) {
		t.Helper()
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: was.Max}); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { room(was.Cur) })
	path := filepath.Join(t.TempDir(), "desk.db")
	db := mustOpen(t, path)
	value := bytes.Repeat([]byte("v"), kv.MaxValue)
	rows := 0
	put := func() error {
		err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put(fmt.Sprintf("k%03d", rows), value) })
		if err == nil {
			rows++
		}
		return err
	}
	for _, share := range []int64{1, 2} { // it cannot grow; not even what it has can be written
		if err := put(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		room(uint64(info.Size() / share))
		for err == nil && rows < 100 {
			err = put()
		}
		if !errors.Is(err, kv.ErrFull) {
			t.Errorf("got %v, want %v", err, kv.ErrFull)
		}
		room(was.Cur)
		if err := put(); err != nil {
			t.Errorf("with room again: %v", err)
		}
	}
	if err := db.Check(t.Context()); err != nil {
		t.Error(err)
	}
	page, err := db.View(t.Context(), kv.Range{})
	if err != nil || len(page.Rows) != rows {
		t.Errorf("%d rows, %v, want %d", len(page.Rows), err, rows)
	}
}
