package aksk

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a string that no formatter, encoder or logger prints. Only
// [Secret.Reveal] gives it away.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns a fixed mark.
func (s Secret) String() string { return redacted }

// GoString returns a fixed mark.
func (s Secret) GoString() string { return redacted }

// Format writes a fixed mark for every verb, hexadecimal ones included.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue returns a fixed mark.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns a fixed mark, for JSON, XML and YAML encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
