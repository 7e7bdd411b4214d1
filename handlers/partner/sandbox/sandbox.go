// Package sandbox plays the partner center over HTTP: the same addresses, shapes,
// rules and tempers as the public partner APIs, over a believable little world
// that lives in memory. Nobody needs an account to develop, demonstrate or test.
//
// It shares nothing with the client but the signature scheme (package aksk,
// pinned by vectors), so that a mistake in the one is not repaired by the same
// mistake in the other: the wire structs here are its own.
package sandbox

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"partnerdesk/handlers/partner/aksk"
)

//go:embed companies.json messages.json catalog.json
var files embed.FS

// Kinds of operators the world can be seeded for.
const (
	Distributor      = "distributor"       // 总经销商, with two resellers; the default
	SolutionProvider = "solution_provider" // 解决方案提供商: reseller calls are refused
	Reseller         = "reseller"          // no rights of its own: every call is refused
)

// Options says what world to make. The zero value of everything but the keys is
// useful.
type Options struct {
	Seed int64  // the same seed and the same Now give the same world
	Kind string // empty means Distributor

	Resellers int // that a distributor has at least; zero means the two with stories
	Customers int // of its own that the operator has at least; zero means those with stories

	AK   string      // the key that clients sign with
	SK   aksk.Secret // belongs to AK
	Keys []aksk.Key  // further keys, e.g. one for money, one during rotation, temporary ones

	Window time.Duration // how far a signature may be from Now, either way; zero means [aksk.Window]

	Flow int           // calls a second per operation before 429; zero means no limit
	Lag  time.Duration // how late records show what happened; zero means at once
	Work time.Duration // how long the engineer of a case thinks; zero means 45 s

	State string // file that keeps the world between runs; empty keeps it in memory

	Now func() time.Time // nil means time.Now; the world's clock, settable by control
}

// Sandbox is one world behind one HTTP handler. It is safe for concurrent use.
type Sandbox struct {
	opt      Options
	messages map[string][2]string
	mux      *http.ServeMux
	keys     map[string]aksk.Key

	mu     sync.Mutex // guards everything below
	w      *world
	gate   gate
	calls  []Call
	faults []Fault
	offset time.Duration
}

// Call is one request as the sandbox saw it, for tests and for the curious.
type Call struct {
	Op     string // operation name; empty when none matched
	Method string
	Path   string
	Status int
	Code   string // error code answered; empty when none
	Effect bool   // the world changed
}

// New makes a world.
func New(o Options) (*Sandbox, error) {
	if o.AK == "" || o.SK == "" {
		return nil, fmt.Errorf("sandbox options: ak and sk: both are needed")
	}
	switch o.Kind = cmp.Or(o.Kind, Distributor); o.Kind {
	case Distributor, SolutionProvider, Reseller:
	default:
		return nil, fmt.Errorf("sandbox options: kind %q: want %s, %s or %s", o.Kind, Distributor, SolutionProvider, Reseller)
	}
	o.Work, o.Window = cmp.Or(o.Work, 45*time.Second), cmp.Or(o.Window, aksk.Window)
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Sandbox{opt: o, keys: map[string]aksk.Key{o.AK: {AK: o.AK, SK: o.SK}}, gate: newGate()}
	for _, k := range o.Keys {
		s.keys[k.AK] = k
	}
	if err := readJSON("messages.json", &s.messages); err != nil {
		return nil, err
	}
	var w *world
	var err error
	if o.State != "" {
		w, err = load(o)
	}
	if w == nil && err == nil {
		w, err = seed(o)
	}
	if err != nil {
		return nil, err
	}
	s.w = w
	if err := s.save(); err != nil { // better known now than at the first write
		return nil, err
	}
	s.mux = http.NewServeMux()
	for _, r := range routes() {
		s.mux.Handle(r.method+" "+r.path, s.handler(r))
	}
	return s, nil
}

// maxBody bounds a request; attachments of 4 MB travel as Base64.
const maxBody = 8 << 20

// ServeHTTP answers like the gateway and the services behind it.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, ControlPath) {
		s.control(w, r)
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		s.refuse(w, r, Call{Method: r.Method, Path: r.URL.Path}, refuse(http.StatusNotFound, "APIG.0101"))
		return
	}
	s.mux.ServeHTTP(w, r)
}

// Resellers lists the ids of the operator's resellers, the latest associated
// first.
func (s *Sandbox) Resellers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*party
	for _, p := range s.w.Parties {
		if p.ID != s.w.Operator {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *party) int { return cmp.Or(b.Since.Compare(a.Since), strings.Compare(a.ID, b.ID)) })
	var ids []string
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	return ids
}

// Calls returns what was asked so far, oldest first.
func (s *Sandbox) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

func readJSON(name string, into any) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
