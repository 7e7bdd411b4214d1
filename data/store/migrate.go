package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"partnerdesk/data/kv"
)

// migrateBatch is how many rows one transaction of a migration turns: few enough
// that each may touch three keys (kv.MaxKeys), many enough that a million rows
// are turned in minutes.
const migrateBatch = 16

// Migration turns the rows of one schema into those of the next. It turns a few
// rows in a transaction, so that a store of any size fits the limits and a kill
// in the middle costs nothing.
type Migration struct {
	To     int    // the schema it leaves behind; it starts from the one before
	Prefix string // the rows it visits, in key order; empty means all
	// Row is called once for every row there is below Prefix, in a transaction
	// that also records how far the migration has come, and touches at most three
	// keys. Rows it writes below Prefix behind the present ones are visited too. It
	// may run twice before it counts, like every closure of kv. Nil: the rows stay
	// as they are.
	Row func(tx kv.Tx, key string, value []byte) error
}

// Migrations are the steps from every schema that was ever released to the one
// this program writes. Fields and families that are only added need no step:
// rows of the version before stay readable as they are.
func Migrations() []Migration {
	return []Migration{
		{To: 1}, // schema 0 had the same rows and no number
	}
}

// ErrNoMigration says that nobody wrote the step from a schema.
var ErrNoMigration = errors.New("no way from this schema")

// Migrate brings the rows to schema target, step by step. Killed at any moment
// it goes on where it was; a row is turned once. A store without a schema is new
// and is marked with target.
func Migrate(ctx context.Context, db kv.DB, target int, steps []Migration) error {
	for {
		var at schemaRow
		found, err := load(getFunc(func(k string) ([]byte, bool, error) { return db.Get(ctx, k) }), key(famSchema, ""), &at)
		switch {
		case err != nil:
			return err
		case !found:
			return putSchema(ctx, db, target)
		case at.Schema == target:
			return nil
		case at.Schema > target:
			return fmt.Errorf("%w: schema %d, this program knows %d", ErrNewer, at.Schema, target)
		}
		step, err := stepFrom(steps, at.Schema)
		if err != nil {
			return err
		}
		if err := step.run(ctx, db, at.Moved); err != nil {
			return fmt.Errorf("migrate to schema %d: %w", step.To, err)
		}
		if err := putSchema(ctx, db, step.To); err != nil {
			return err
		}
	}
}

func stepFrom(steps []Migration, schema int) (Migration, error) {
	for _, s := range steps {
		if s.To == schema+1 {
			return s, nil
		}
	}
	return Migration{}, fmt.Errorf("%w: %d", ErrNoMigration, schema)
}

// run visits the rows behind the key moved.
func (m Migration) run(ctx context.Context, db kv.DB, moved string) error {
	if m.Row == nil {
		return nil
	}
	r := kv.Range{Prefix: m.Prefix, After: moved, Limit: migrateBatch}
	for {
		page, err := db.View(ctx, r)
		if err != nil || len(page.Rows) == 0 {
			return err
		}
		r.After = page.Rows[len(page.Rows)-1].Key
		err = db.Update(ctx, func(tx kv.Tx) error {
			for _, row := range page.Rows {
				if err := m.turn(tx, row.Key); err != nil {
					return fmt.Errorf("row %s: %w", row.Key, err)
				}
			}
			return changeSchema(tx, func(s *schemaRow) { s.Moved = r.After })
		})
		if err != nil {
			return err
		}
	}
}

// turn reads the row again: the page may be older than the transaction.
func (m Migration) turn(tx kv.Tx, key string) error {
	value, ok, err := tx.Get(key)
	if err != nil || !ok {
		return err
	}
	return m.Row(tx, key, value)
}

// putSchema says that the rows are all of this schema now.
func putSchema(ctx context.Context, db kv.DB, schema int) error {
	return db.Update(ctx, func(tx kv.Tx) error {
		return changeSchema(tx, func(s *schemaRow) { s.Schema, s.Moved = schema, "" })
	})
}

func changeSchema(tx kv.Tx, change func(*schemaRow)) error {
	var r schemaRow
	if _, err := load(tx, key(famSchema, ""), &r); err != nil {
		return err
	}
	change(&r)
	return save(tx, "", key(famSchema, ""), &r, time.Time{})
}

type schemaRow struct {
	header
	Schema int    `json:"schema"`
	Moved  string `json:"moved,omitempty"` // the last row the migration under way has turned
}
