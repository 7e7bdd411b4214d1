package witness

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
)

// Errors of keys.
var (
	// ErrExposed: others than its owner may read the key.
	ErrExposed = errors.New("key file is open to other users, chmod 600")
	// ErrNoKey: the file holds no key of the kind wanted.
	ErrNoKey = errors.New("no Ed25519 key in the file")
)

// The PEM blocks of a key file: the private key that signs, and the public keys
// of those that signed before it.
const (
	pemPrivate = "PRIVATE KEY"
	pemPublic  = "PUBLIC KEY"
)

// Key signs seals and knows the keys that signed before it.
type Key struct {
	id      string
	private ed25519.PrivateKey
	trusted map[string]ed25519.PublicKey
}

// KeyID names a public key: the first 16 hex digits of its SHA-256.
func KeyID(pub ed25519.PublicKey) string {
	sum := sha256.Sum256(pub)
	return hex.EncodeToString(sum[:8])
}

// LoadKey reads a key file. When there is none the error is fs.ErrNotExist.
func LoadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("audit key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("audit key %s: %w", path, ErrExposed)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("audit key: %w", err)
	}
	k := &Key{trusted: map[string]ed25519.PublicKey{}}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case pemPrivate:
			any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			private, ok := any.(ed25519.PrivateKey)
			if err != nil || !ok || k.private != nil {
				return nil, fmt.Errorf("audit key %s: %w", path, ErrNoKey)
			}
			k.private = private
			pub := private.Public().(ed25519.PublicKey)
			k.id = KeyID(pub)
			k.trusted[k.id] = pub
		case pemPublic:
			pub, err := publicKey(block)
			if err != nil {
				return nil, fmt.Errorf("audit key %s: %w", path, err)
			}
			k.trusted[KeyID(pub)] = pub
		}
	}
	if k.private == nil {
		return nil, fmt.Errorf("audit key %s: %w", path, ErrNoKey)
	}
	return k, nil
}

func publicKey(block *pem.Block) (ed25519.PublicKey, error) {
	any, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	pub, ok := any.(ed25519.PublicKey)
	if !ok {
		return nil, ErrNoKey
	}
	return pub, nil
}

// ParsePublic reads the public keys of a text as [Key.Public] writes it.
func ParsePublic(text []byte) (map[string]ed25519.PublicKey, error) {
	keys := map[string]ed25519.PublicKey{}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != pemPublic {
			continue
		}
		pub, err := publicKey(block)
		if err != nil {
			return nil, err
		}
		keys[KeyID(pub)] = pub
	}
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	return keys, nil
}

// MakeKey makes a key and its file (0600), which must not exist yet.
func MakeKey(path string) (*Key, error) { return write(path, nil) }

// Rotate puts a new key in the place of k. What k and those before it signed
// stays valid; what they would sign from now on does not come from this desk.
func (k *Key) Rotate(path string) (*Key, error) { return write(path, k.trusted) }

func write(path string, old map[string]ed25519.PublicKey) (*Key, error) {
	pub, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make audit key: %w", err)
	}
	k := &Key{id: KeyID(pub), private: private, trusted: map[string]ed25519.PublicKey{KeyID(pub): pub}}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("make audit key: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: der})
	for _, was := range old {
		text = append(text, publicPEM(was)...)
	}
	maps.Copy(k.trusted, old)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make audit key: %w", err)
	}
	if old == nil {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("make audit key %s: %w", path, fs.ErrExist)
		}
	}
	if err := replace(path, text); err != nil {
		return nil, fmt.Errorf("make audit key: %w", err)
	}
	return k, nil
}

// replace writes a file whole: aside, synced, and moved into place.
func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func publicPEM(pub ed25519.PublicKey) []byte {
	der, _ := x509.MarshalPKIXPublicKey(pub) // an Ed25519 key always can
	return pem.EncodeToMemory(&pem.Block{Type: pemPublic, Bytes: der})
}

// ID names the key that signs.
func (k *Key) ID() string { return k.id }

// Sign signs a message.
func (k *Key) Sign(message []byte) []byte { return ed25519.Sign(k.private, message) }

// Trusted are the public keys whose signatures count, by their ids.
func (k *Key) Trusted() map[string]ed25519.PublicKey { return maps.Clone(k.trusted) }

// Public is the text an auditor needs: the public keys, the one that signs now
// first.
func (k *Key) Public() []byte {
	text := publicPEM(k.trusted[k.id])
	for id, pub := range k.trusted {
		if id != k.id {
			text = append(text, publicPEM(pub)...)
		}
	}
	return text
}

// String shows the id only.
func (k *Key) String() string { return k.id }

// GoString shows the id only.
func (k *Key) GoString() string { return k.id }
