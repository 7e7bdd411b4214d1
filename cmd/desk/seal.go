package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/data/store"
	"partnerdesk/data/witness"
)

// sealEvery is how often streams that grew are sealed.
const sealEvery = time.Minute

// orDefault puts the key where configuration lies, which is not where the data
// lies, and the witness beside it. Data directories share a key but never a
// witness.
func (a AuditConfig) orDefault(getenv func(string) string, data string) AuditConfig {
	dir := getenv("XDG_CONFIG_HOME")
	if dir == "" {
		dir = filepath.Join(cmp.Or(getenv("HOME"), os.TempDir()), ".config")
	}
	a.Key = cmp.Or(a.Key, filepath.Join(dir, "partnerdesk", "audit.key"))
	if a.Witness == "" {
		name := "audit.witness"
		if data != defaultData(getenv) {
			if whole, err := filepath.Abs(data); err == nil {
				data = whole
			}
			name = "audit-" + hashed(data)[:8] + ".witness"
		}
		a.Witness = filepath.Join(filepath.Dir(a.Key), name)
	}
	return a
}

// within reports whether a path lies in a directory.
func within(dir, path string) bool {
	d, derr := filepath.Abs(dir)
	p, perr := filepath.Abs(path)
	rel, err := filepath.Rel(d, p)
	return errors.Join(derr, perr, err) == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

// sealer seals the audit log and brings copies of the seals out of the house.
type sealer struct {
	store   *store.Store
	path    string // of the key
	file    *witness.File
	channel string
	team    string
	catalog *lang.Catalog
	log     *slog.Logger
	now     func() time.Time

	failing atomic.Bool // the last attempt to seal and to copy failed

	mu  sync.Mutex // guards what follows; held while sealing, so that two do not copy at once
	key *witness.Key
}

// openSealer loads the key. When there is none yet it makes one, if it is told
// to; otherwise, or without a place for one, the sealer is nil.
func openSealer(ctx context.Context, c Config, s *store.Store, parts Parts, mayMake bool) (*sealer, error) {
	if c.Audit.Key == "" {
		return nil, nil
	}
	l := &sealer{store: s, path: c.Audit.Key, channel: c.Audit.Channel, team: c.Team, catalog: parts.Catalog, log: parts.Log, now: parts.Now}
	if c.Audit.Witness != "" {
		l.file = witness.NewFile(c.Audit.Witness)
	}
	var err error
	l.key, err = witness.LoadKey(c.Audit.Key)
	if errors.Is(err, fs.ErrNotExist) && !mayMake {
		return nil, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		if l.key, err = witness.MakeKey(c.Audit.Key); err != nil {
			return nil, err
		}
		seals, err := s.LastSeal(ctx)
		if err != nil {
			return nil, err
		}
		if seals > 0 {
			l.log.Error("audit key was missing and a new one was made: the seals so far verify only with the old key", "path", c.Audit.Key, "key", l.key.ID(), "seals", seals)
		} else {
			l.log.Warn("audit key made: keep a copy of it away from this machine", "path", c.Audit.Key, "key", l.key.ID())
		}
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// run seals every minute.
func (l *sealer) run(ctx context.Context) {
	for {
		if err := l.seal(ctx); err != nil && ctx.Err() == nil {
			l.log.Error("audit log not sealed", "err", err)
		}
		t := time.NewTimer(sealEvery)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
	}
}

// last seals what was recorded while the desk stopped. It has five seconds.
func (l *sealer) last(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := l.seal(ctx); err != nil {
		l.log.Error("audit log not sealed", "err", err)
	}
}

// seal seals what has grown and copies what the witness has not got.
func (l *sealer) seal(ctx context.Context) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer func() { l.failing.Store(err != nil) }()
	by := store.Signer{Key: l.key.ID(), Sign: l.key.Sign}
	for more := true; more; {
		if _, more, err = l.store.Seal(ctx, by, l.now(), l.post); err != nil {
			return err
		}
	}
	if l.file == nil {
		return nil
	}
	return l.copy(ctx)
}

// post is the message about a seal, when there is a channel for it.
func (l *sealer) post(s store.Seal) *bot.Post {
	if l.channel == "" {
		return nil
	}
	text := l.catalog.Text(lang.Chinese, "admin.audit.sealed", "number", fmt.Sprint(s.Number), "streams", fmt.Sprint(len(s.Heads)), "hash", s.Hash(), "key", s.Key)
	return &bot.Post{
		To:    bot.Target{Kind: bot.TargetPlace, Place: bot.Place{Team: l.team, Channel: l.channel}},
		Reply: bot.Say(bot.Text(text)), Lane: bot.LaneDigest, Created: s.At,
	}
}

// errForked: the witness holds seals that this store never made, and no restore
// explains them.
var errForked = errors.New("the witness is ahead of the store, or belongs to another: run partnerdesk audit verify")

// copy appends to the witness what it has not got. After a restore the witness
// is ahead of the store, until the seal that says so.
func (l *sealer) copy(ctx context.Context) error {
	line, err := l.file.Last()
	if err != nil {
		return err
	}
	after := uint64(0)
	if line != nil {
		last, err := store.ParseSeal(line)
		if err != nil {
			return fmt.Errorf("last line of the witness: %w", err)
		}
		after = last.Number
		known, err := l.has(ctx, last)
		if err != nil {
			return err
		}
		if !known {
			if after, err = l.fork(ctx); err != nil {
				return err
			}
		}
	}
	var lines [][]byte
	for s, err := range l.store.Seals(ctx, after) {
		if err != nil {
			return err
		}
		if lines = append(lines, s.Line()); len(lines) == 100 {
			if err := l.file.Append(lines...); err != nil {
				return err
			}
			lines = lines[:0]
		}
	}
	return l.file.Append(lines...)
}

// has reports whether the store has this very seal.
func (l *sealer) has(ctx context.Context, want store.Seal) (bool, error) {
	for s, err := range l.store.Seals(ctx, max(want.Number, 1)-1) {
		return err == nil && s.Hash() == want.Hash(), err
	}
	return false, nil
}

// fork returns the number of the last seal that store and witness have in
// common. The next in the store has to be the first after a restore.
func (l *sealer) fork(ctx context.Context) (uint64, error) {
	known := map[string]bool{}
	r, err := l.file.Open()
	if err != nil {
		return 0, err
	}
	defer func() { _ = r.Close() }()
	err = eachLine(r, func(line []byte) {
		if s, err := store.ParseSeal(line); err == nil {
			known[s.Hash()] = true
		}
	})
	if err != nil {
		return 0, err
	}
	for s, err := range l.store.Seals(ctx, 0) {
		if err != nil {
			return 0, err
		}
		if !known[s.Hash()] {
			if s.Restored {
				return s.Number - 1, nil
			}
			break
		}
	}
	return 0, errForked
}

// rotate puts a new key in the place of the one that signs.
func (l *sealer) rotate(ctx context.Context) (old, next string, err error) {
	if err := l.seal(ctx); err != nil { // the old one signs for its own time
		return "", "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	old = l.key.ID()
	key, err := l.key.Rotate(l.path)
	if err != nil {
		return old, "", err
	}
	l.key = key
	return old, key.ID(), nil
}

// trusted is the key as it is now.
func (l *sealer) trusted() *witness.Key {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.key
}
