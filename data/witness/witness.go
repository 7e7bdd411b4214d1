// Package witness keeps what makes the audit log provable from outside the data
// directory: the key that seals are signed with, and a file to which a copy of
// every seal is appended. Whoever changes the rows afterwards needs both.
package witness

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxLine bounds a line of the file, in bytes. A seal of a full transaction has
// less than 20 KiB.
const maxLine = 1 << 20

// File is an append-only file of lines. It is meant to lie on another disk, or
// to be made append-only for the user the desk runs as.
type File struct{ path string }

// NewFile returns the file at path, which is made (0600) with the first line.
func NewFile(path string) *File { return &File{path: path} }

// Path is where the file is.
func (f *File) Path() string { return f.path }

// Append adds lines and returns when they are on the disk. After a crash the
// last line may have been cut off; it is left as it is, and the next begins a
// line of its own.
func (f *File) Append(lines ...[]byte) error {
	if len(lines) == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return fmt.Errorf("append to witness: %w", err)
	}
	torn, err := f.torn()
	if err != nil {
		return fmt.Errorf("append to witness: %w", err)
	}
	var text bytes.Buffer
	if torn {
		text.WriteByte('\n')
	}
	for _, l := range lines {
		text.Write(l)
		text.WriteByte('\n')
	}
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("append to witness: %w", err)
	}
	_, err = file.Write(text.Bytes())
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("append to witness: %w", err)
	}
	return nil
}

func (f *File) torn() (bool, error) {
	tail, err := f.tail(1)
	return len(tail) == 1 && tail[0] != '\n', err
}

// Last returns the last whole line, nil when there is none.
func (f *File) Last() ([]byte, error) {
	for size := int64(64 << 10); ; size *= 4 {
		tail, err := f.tail(min(size, 4*maxLine))
		if err != nil {
			return nil, fmt.Errorf("read witness: %w", err)
		}
		whole := tail[:bytes.LastIndexByte(tail, '\n')+1]
		lines := bytes.Split(bytes.TrimRight(whole, "\n"), []byte("\n"))
		if last := lines[len(lines)-1]; len(lines) > 1 || int64(len(tail)) < size || size >= 4*maxLine {
			if len(last) == 0 {
				return nil, nil
			}
			return last, nil
		}
	}
}

// tail returns the last n bytes; a file that is not there has none.
func (f *File) tail(n int64) ([]byte, error) {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	n = min(n, info.Size())
	text := make([]byte, n)
	if _, err := file.ReadAt(text, info.Size()-n); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return text, nil
}

// Open returns the file for reading; one that is not there is fs.ErrNotExist.
func (f *File) Open() (io.ReadCloser, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, fmt.Errorf("read witness: %w", err)
	}
	return file, nil
}
