package bolt

import (
	"errors"
	"fmt"
	"log/slog"
)

// CompactFile compacts the file at path, which nobody may have open, however
// little of it is free, and returns its size before and after, in bytes.
func CompactFile(path string, o Options) (before, after int64, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	b, err := openFile(path, o)
	if err != nil {
		return 0, 0, fmt.Errorf("compact store %s: %w", path, err)
	}
	before, _, err = sizes(b)
	if err != nil {
		return 0, 0, errors.Join(fmt.Errorf("compact store %s: %w", path, err), b.Close())
	}
	if b, err = compacted(b, path, o); err != nil {
		return before, 0, fmt.Errorf("compact store %s: %w", path, err)
	}
	after, _, err = sizes(b)
	return before, after, errors.Join(err, b.Close())
}
