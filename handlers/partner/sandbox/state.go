package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// load reads the world from the state file; a missing file is no error.
func load(o Options) (*world, error) {
	b, err := os.ReadFile(o.State)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox state: %w", err)
	}
	w := &world{catalog: new(catalog), rng: rand.New(rand.NewPCG(uint64(o.Seed), uint64(time.Now().UnixNano())))}
	if err := json.Unmarshal(b, w); err != nil {
		return nil, fmt.Errorf("sandbox state %s: %w", filepath.Base(o.State), err)
	}
	return w, readJSON("catalog.json", w.catalog)
}

// save writes the world beside the state file and swaps it in.
func (s *Sandbox) save() error {
	if s.opt.State == "" {
		return nil
	}
	b, err := json.Marshal(s.w)
	if err != nil {
		return fmt.Errorf("sandbox state: %w", err)
	}
	tmp := s.opt.State + ".new"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return fmt.Errorf("sandbox state: %w", err)
	}
	if err := os.Rename(tmp, s.opt.State); err != nil {
		return fmt.Errorf("sandbox state: %w", err)
	}
	return nil
}
