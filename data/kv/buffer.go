package kv

import (
	"fmt"
	"maps"
	"slices"
)

// Buffer is a Tx that keeps its writes in memory and enforces the limits: the
// half of a transaction that is the same in every engine. An engine runs the
// closure on a Buffer, and when the closure and [Buffer.Err] are both without
// error it applies [Buffer.Writes].
type Buffer struct {
	read    func(key string) ([]byte, bool, error)
	seen    map[string]cell // as first read
	written map[string]cell // as last written
	size    int             // bytes of keys and values in written
	keys    int             // distinct keys in seen and written
	err     error           // the first error; it sticks
	done    bool
}

type cell struct {
	value []byte
	ok    bool
}

// Write is what a transaction does to one row.
type Write struct {
	Key string
	// Value is the new value; meaningless when Delete is set.
	Value  []byte
	Delete bool
}

var _ Tx = (*Buffer)(nil)

// NewBuffer returns a Buffer above read, which is called at most once for a
// key. The slices it returns are copied, so they need to live only as long as
// the call.
func NewBuffer(read func(key string) (value []byte, ok bool, err error)) *Buffer {
	return &Buffer{read: read, seen: map[string]cell{}, written: map[string]cell{}}
}

// Get implements Tx.
func (b *Buffer) Get(key string) ([]byte, bool, error) {
	c, ok := b.written[key]
	if !ok {
		c, ok = b.seen[key]
	}
	if !ok || b.done || b.err != nil {
		if err := b.touch(key); err != nil {
			return nil, false, err
		}
		value, found, err := b.read(key)
		if err != nil {
			return nil, false, b.fail(err)
		}
		c = cell{value: slices.Clone(value), ok: found}
		b.seen[key] = c
	}
	if !c.ok {
		return nil, false, nil
	}
	return append([]byte{}, c.value...), true, nil
}

// Put implements Tx.
func (b *Buffer) Put(key string, value []byte) error {
	if err := b.touch(key); err != nil {
		return err
	}
	if len(value) > MaxValue {
		return b.fail(fmt.Errorf("put %q, %d bytes: %w", key, len(value), ErrValueTooLarge))
	}
	return b.write(key, cell{value: append([]byte{}, value...), ok: true})
}

// Delete implements Tx.
func (b *Buffer) Delete(key string) error {
	if err := b.touch(key); err != nil {
		return err
	}
	return b.write(key, cell{})
}

// Err is the first error any call met; the transaction must not be committed
// when it is set.
func (b *Buffer) Err() error { return b.err }

// Finish ends the transaction: calls made later return ErrTxDone.
func (b *Buffer) Finish() { b.done = true }

// Writes returns what the transaction changes, in key order.
func (b *Buffer) Writes() []Write {
	out := make([]Write, 0, len(b.written))
	for _, key := range slices.Sorted(maps.Keys(b.written)) {
		c := b.written[key]
		out = append(out, Write{Key: key, Value: c.value, Delete: !c.ok})
	}
	return out
}

// Reads returns the keys whose state outside the transaction it depends on, in
// order; keys found absent are among them.
func (b *Buffer) Reads() []string { return slices.Sorted(maps.Keys(b.seen)) }

func (b *Buffer) write(key string, c cell) error {
	size := b.size + len(key) + len(c.value)
	if old, ok := b.written[key]; ok {
		size -= len(key) + len(old.value)
	}
	if size > MaxWritten {
		return b.fail(fmt.Errorf("write %q, %d bytes in all: %w", key, size, ErrTooMuchWritten))
	}
	b.size = size
	b.written[key] = c
	return nil
}

// touch counts the key among the distinct ones.
func (b *Buffer) touch(key string) error {
	if b.done {
		return ErrTxDone
	}
	if b.err != nil {
		return b.err
	}
	if err := CheckKey(key); err != nil {
		return b.fail(err)
	}
	if _, ok := b.written[key]; ok {
		return nil
	}
	if _, ok := b.seen[key]; ok {
		return nil
	}
	if b.keys == MaxKeys {
		return b.fail(fmt.Errorf("touch %q: %w", key, ErrTooManyKeys))
	}
	b.keys++
	return nil
}

func (b *Buffer) fail(err error) error {
	b.err = err
	return err
}

// CheckKey returns an error that wraps ErrBadKey unless key may be written.
func CheckKey(key string) error {
	if key == "" {
		return fmt.Errorf("empty: %w", ErrBadKey)
	}
	if len(key) > MaxKey {
		return fmt.Errorf("%d bytes: %w", len(key), ErrBadKey)
	}
	return nil
}
