package kv

import "errors"

// Errors of a transaction that asks for too much. They mean a fault in the
// program: no retry helps.
var (
	// ErrTooManyKeys: more than MaxKeys distinct keys read or written.
	ErrTooManyKeys = errors.New("transaction touches too many keys")
	// ErrTooMuchWritten: more than MaxWritten bytes of keys and values written.
	ErrTooMuchWritten = errors.New("transaction writes too much")
	// ErrValueTooLarge: a value of more than MaxValue bytes.
	ErrValueTooLarge = errors.New("value too large")
	// ErrBadKey: an empty key, or one of more than MaxKey bytes.
	ErrBadKey = errors.New("bad key")
	// ErrTxDone: a Tx used after its closure returned.
	ErrTxDone = errors.New("transaction is over")
)

// Errors of the store.
var (
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("store is closed")
	// ErrReadOnly: an Update on a store that was opened for reading.
	ErrReadOnly = errors.New("store is read-only")
	// ErrConflict: the transaction lost against others too often. Nothing was
	// written; the caller may try again.
	ErrConflict = errors.New("too many conflicts")
	// ErrUncertain: the engine failed in the middle of the commit. The
	// transaction happened whole or not at all, and only a later read tells.
	ErrUncertain = errors.New("commit is uncertain")
	// ErrFailed: the engine refuses to write after a fault of its disk; the
	// store has to be closed and opened again.
	ErrFailed = errors.New("store has failed")
	// ErrDeposed: another leader has taken over.
	ErrDeposed = errors.New("no longer the leader")
	// ErrFull: no space is left for the commit; nothing was written.
	ErrFull = errors.New("store is full")
)
