package desk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"partnerdesk/data/backup"
	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
)

// What it takes to operate a desk, beside what it takes to answer.

// openStore opens the rows and what proves them.
func (p *Program) openStore(ctx context.Context, parts Parts) (err error) {
	if p.db, err = bolt.Open(filepath.Join(p.config.Data, databaseName), bolt.Options{Log: p.log}); err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	if err := p.beforeUpgrade(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	var rows kv.DB = p.db
	if parts.Rows != nil {
		rows = parts.Rows(rows)
	}
	if p.store, err = store.Open(ctx, rows, store.Options{}); err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	q, is, err := p.store.Quarantined(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	if is {
		p.log.Warn("store was restored and is in quarantine: nothing is sent before partnerdesk restore --release", "backup", q.Backup, "since", q.Since)
	}
	p.seals, err = openSealer(ctx, p.config, p.store, parts, true)
	return err
}

// indexDir makes an empty directory for the index. A desk that was killed leaves
// its own behind; nobody else can need it, because we hold the store.
func (c Config) indexDir() (string, error) {
	dir := filepath.Join(c.Data, "index")
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return "", fmt.Errorf("%w: index: %w", ErrStore, err)
	}
	return dir, nil
}

// beforeUpgrade makes a verified backup of a store whose rows an older version
// wrote, before this one changes them.
func (p *Program) beforeUpgrade(ctx context.Context) error {
	older, err := store.Older(ctx, p.db)
	if err != nil || !older {
		return err
	}
	file, _, err := backup.Create(ctx, filepath.Join(p.config.Data, "before-upgrade"), backup.Options{
		Made: p.now(), Program: build(), Copy: p.db.Copy,
		Verify: func(ctx context.Context, file string, m *backup.Manifest) error {
			return verifyCopy(ctx, file, store.VerifyOptions{AnyKey: true}, m)
		},
	})
	if err != nil {
		return fmt.Errorf("before the upgrade: %w", err)
	}
	p.log.Info("rows are of an older version: backed up before the upgrade", "file", file)
	return nil
}

// openAdmin opens the admin socket and records the configuration that is in
// force from now on.
func (p *Program) openAdmin(ctx context.Context) (err error) {
	if err := p.auditConfig(ctx, "config.start", "ok", map[string]string{"config": p.config.Hash(), "program": build()}); err != nil {
		return err
	}
	if p.admin, err = listenAdmin(p.config.Data); err != nil {
		// Some file systems have no sockets. That is no reason not to answer.
		p.log.Error("administration only while the desk is stopped", "err", err)
	}
	return p.gauges()
}

// gauges are the figures that are asked for when somebody reads the metrics.
func (p *Program) gauges() error {
	read := func(value func(ctx context.Context) (float64, error)) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			v, err := value(ctx)
			if err != nil {
				return math.NaN()
			}
			return v
		}
	}
	return errors.Join(append(p.socketFigures(),
		p.meter.Gauge("index_age_seconds", "Time since the corpus was last indexed.", func() float64 { return time.Since(p.live.Since()).Seconds() }),
		p.meter.Gauge("outbox_oldest_seconds", "How long the oldest post has been waiting.", read(func(ctx context.Context) (float64, error) {
			since, err := p.store.OldestPost(ctx)
			if err != nil || since.IsZero() {
				return 0, err
			}
			return p.now().Sub(since).Seconds(), nil
		})),
		p.meter.Gauge("store_bytes", "Size of the store's file.", read(func(context.Context) (float64, error) {
			s, err := p.db.Stats()
			return float64(s.Size), err
		})),
		p.meter.Gauge("store_free_bytes", "Part of the store's file that is free.", read(func(context.Context) (float64, error) {
			s, err := p.db.Stats()
			return float64(s.Free), err
		})),
		p.meter.Gauge("outbox_depth", "Posts that wait.", read(func(ctx context.Context) (float64, error) {
			n, err := p.store.Depth(ctx)
			return float64(n), err
		})),
		p.meter.Gauge("quarantine", "1 while a restored store sends nothing, else 0.", read(func(ctx context.Context) (float64, error) {
			is, err := p.quarantined(ctx)
			if is {
				return 1, err
			}
			return 0, err
		})),
		p.meter.Gauge("audit_seal_failing", "1 while the audit log cannot be sealed or the witness not be written, else 0.", read(func(context.Context) (float64, error) {
			if p.seals != nil && p.seals.failing.Load() {
				return 1, nil
			}
			return 0, nil
		})),
		p.meter.Gauge("ready", "1 while the desk can work, else 0.", read(func(ctx context.Context) (float64, error) {
			if p.ready(ctx) == nil {
				return 1, nil
			}
			return 0, nil
		})),
	)...)
}

func (p *Program) serveAdmin(ctx context.Context) error {
	if p.admin == nil {
		return nil
	}
	dir := p.Config().Data
	o := &office{
		db: p.db, store: p.store, seals: p.seals, running: true, path: filepath.Join(dir, databaseName), log: p.log, now: p.now, policy: p.Config().Money,
		explain: p.explain,
		poke: func() {
			p.worker.Poke()
			p.sender.Poke()
		},
	}
	return serveAdmin(ctx, p.admin, o.routes(), dir, p.log)
}

func (p *Program) quarantined(ctx context.Context) (bool, error) {
	_, is, err := p.store.Quarantined(ctx)
	return is, err
}

// backedUp is of when the rows in quarantine are.
func (p *Program) backedUp(ctx context.Context) (time.Time, error) {
	q, _, err := p.store.Quarantined(ctx)
	return q.Backup, err
}

// pulse remembers when the store was last seen to take a write.
type pulse struct {
	mu   sync.Mutex // guards what follows, and lets one probe write at a time
	last time.Time
}

// pulseEvery is how long a write proves that the store can be written to, so
// that whoever probes often does not wear out the disk.
const pulseEvery = 5 * time.Second

// ready says why the desk cannot work; nil means that it can: the store takes
// writes, the index answers, and Slack is connected.
func (p *Program) ready(ctx context.Context) error {
	var errs []error
	if !p.live.There() {
		errs = append(errs, errors.New("index is not there"))
	}
	if err := p.slack.Ready(ctx); err != nil {
		errs = append(errs, fmt.Errorf("slack: %w", err))
	}
	return errors.Join(append(errs, p.writable(ctx))...)
}

func (p *Program) writable(ctx context.Context) error {
	p.pulse.mu.Lock()
	defer p.pulse.mu.Unlock()
	now := p.now()
	if since := now.Sub(p.pulse.last); since >= 0 && since < pulseEvery {
		return nil
	}
	if err := p.store.Pulse(ctx, now); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	p.pulse.last = now
	return nil
}
