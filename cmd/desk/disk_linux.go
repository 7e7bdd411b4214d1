package desk

import (
	"fmt"
	"syscall"
)

// diskFree is how much room there is where a path lies, in bytes.
func diskFree(path string) (free int64, known bool, err error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(path, &disk); err != nil {
		return 0, false, fmt.Errorf("room on the disk: %w", err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true, nil
}
