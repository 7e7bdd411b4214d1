package bolt

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The holder file says who has the lock. It is written by the one who got it
// and read only by one who did not: a stale one misleads nobody.

func holderPath(path string) string { return path + ".pid" }

func writeHolder(path string) {
	host, _ := os.Hostname()
	text := fmt.Sprintf("process %d (%s) on %s\n", os.Getpid(), filepath.Base(os.Args[0]), host)
	// It only makes a message better, so that a failure to write it is no fault.
	_ = os.WriteFile(holderPath(path), []byte(text), 0o600)
}

func removeHolder(path string) { _ = os.Remove(holderPath(path)) }

func holder(path string) string {
	text, err := os.ReadFile(holderPath(path))
	if name := strings.TrimSpace(string(text)); err == nil && name != "" {
		return name
	}
	return "another process"
}
