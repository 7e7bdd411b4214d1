package desk

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/data/kv/bolt"
	"partnerdesk/data/store"
	"partnerdesk/data/witness"
	"partnerdesk/handlers/money"
)

// Administration is one set of HTTP routes over the open store. A running desk
// serves them on a socket in its data directory; when none runs, the same routes
// are called within the process that administers. So what an admin command does
// cannot depend on whether the desk is up.

// office is what administration needs.
type office struct {
	db      *bolt.DB
	store   *store.Store
	seals   *sealer                                                                      // nil: there is no key
	poke    func()                                                                       // tells the desk's workers to look again
	explain func(ctx context.Context, who bot.PersonID, what string) (AccessInfo, error) // nil: no desk runs
	running bool
	path    string // of the file
	log     *slog.Logger
	now     func() time.Time
	policy  money.Policy // says when absence counts
}

// routes are the admin commands.
func (o *office) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /audit/streams":    o.auditStreams,
		"GET /audit/entries":    o.auditEntries,
		"GET /audit/key":        o.auditKey,
		"POST /audit/verify":    o.auditVerify,
		"POST /audit/seal":      o.auditSeal,
		"POST /audit/rotate":    o.auditRotate,
		"GET /backup":           o.backup,
		"GET /db/stats":         o.dbStats,
		"POST /db/check":        o.dbCheck,
		"GET /inbox":            o.inbox,
		"GET /inbox/one":        o.inboxOne,
		"POST /inbox/retry":     o.inboxRetry,
		"POST /inbox/drop":      o.inboxDrop,
		"GET /outbox":           o.outbox,
		"GET /outbox/one":       o.outboxOne,
		"POST /outbox/retry":    o.outboxRetry,
		"POST /outbox/drop":     o.outboxDrop,
		"GET /jobs":             o.jobs,
		"GET /access":           o.access,
		"POST /erase":           o.erase,
		"POST /restore/release": o.release,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := serve(w, r); err != nil {
				o.fail(w, r, err)
			}
		})
	}
	return mux
}

// adminError is an error on its way through the socket.
type adminError struct {
	Key    string   `json:"key"` // of the catalog
	Args   []string `json:"args,omitempty"`
	Detail string   `json:"detail,omitempty"` // for what has no words of its own
}

func (o *office) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody listens any more
	}
	e, status := adminError{Key: "admin.error.internal", Detail: err.Error()}, http.StatusInternalServerError
	if user, ok := errors.AsType[*bot.UserError](err); ok {
		e, status = adminError{Key: user.Key, Args: user.Args}, http.StatusUnprocessableEntity
	} else {
		for known, key := range map[error]string{
			store.ErrNotFound: "admin.error.not_found", store.ErrUnderWay: "admin.error.under_way", store.ErrBroken: "admin.error.broken",
			kv.ErrFull: "admin.error.full", bolt.ErrDamaged: "admin.error.damaged", fs.ErrNotExist: "admin.error.no_file",
		} {
			if errors.Is(err, known) {
				e, status = adminError{Key: key, Args: []string{"id", r.URL.Query().Get("id"), "reason", err.Error()}}, http.StatusUnprocessableEntity
			}
		}
	}
	o.log.Warn("admin request failed", "path", r.URL.Path, "err", err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(e) // the client went away
}

func answer(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// record makes an audit entry of what an admin did. The object must not name a
// person.
func (o *office) record(r *http.Request, action, object string, facts map[string]string) error {
	e := bot.Entry{Stream: "desk/admin", Person: by(r), Action: action, Object: object, Outcome: "ok", At: o.now(), Facts: facts}
	return o.store.Update(r.Context(), func(tx bot.Tx) error { return tx.Audit(e) })
}

// hashed stands for an id in the audit log, because the ids of deliveries may
// name a person: the first 16 hex digits of its SHA-256.
func hashed(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:8])
}

// audited does something and records it when it worked.
func (o *office) audited(r *http.Request, action string, do func(ctx context.Context, id string) error) error {
	id := r.URL.Query().Get("id")
	if err := do(r.Context(), id); err != nil {
		return err
	}
	o.poke()
	return o.record(r, action, hashed(id), nil)
}

func (o *office) auditStreams(w http.ResponseWriter, r *http.Request) error {
	list, err := o.store.AuditStreams(r.Context())
	if err != nil {
		return err
	}
	people, err := o.store.Aliases(r.Context())
	if err != nil {
		return err
	}
	infos := []StreamInfo{}
	for _, s := range list {
		infos = append(infos, StreamInfo{Stream: named(s.Stream, people), Kept: s.Stream, Entries: s.Number, Hash: s.Hash})
	}
	return answer(w, infos)
}

// named puts people back into the name of a stream.
func named(stream string, people map[string]bot.PersonID) string {
	for part := range strings.SplitSeq(stream, "/") {
		if who, known := people[part]; known {
			stream = strings.ReplaceAll(stream, part, who.String())
		}
	}
	return stream
}

// auditEntries writes entries, one JSON object a line: of one stream, or of all.
func (o *office) auditEntries(w http.ResponseWriter, r *http.Request) error {
	list, err := o.store.AuditStreams(r.Context())
	if err != nil {
		return err
	}
	people, err := o.store.Aliases(r.Context())
	if err != nil {
		return err
	}
	want, found := r.URL.Query().Get("stream"), false
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, s := range list {
		name := named(s.Stream, people)
		if want != "" && want != s.Stream && want != name {
			continue
		}
		found = true
		err := o.store.AuditLines(r.Context(), s.Team, s.Stream, func(l store.AuditLine) {
			e := EntryInfo{Stream: name, Number: l.Number, At: l.At, Erased: l.Erased, Account: l.Account.String(), Action: l.Action,
				Object: l.Object, Outcome: l.Outcome, Facts: l.Facts, Actor: l.Actor, Prev: l.Prev, Hash: l.Hash}
			if l.Person.User != "" {
				e.Who = strings.TrimPrefix(l.Person.String(), "/")
			}
			_ = enc.Encode(e) // Flush tells
		})
		if err != nil {
			if ferr := out.Flush(); ferr == nil && errors.Is(err, store.ErrBroken) && want == "" {
				continue // verify names it; the others are worth having
			}
			return err
		}
	}
	if want != "" && !found {
		return bot.User("admin.error.no_stream", "stream", want)
	}
	return out.Flush()
}

func (o *office) sealing() (*sealer, error) {
	if o.seals == nil {
		return nil, bot.User("admin.error.no_key")
	}
	return o.seals, nil
}

func (o *office) auditKey(w http.ResponseWriter, _ *http.Request) error {
	s, err := o.sealing()
	if err != nil {
		return err
	}
	return answer(w, s.info(""))
}

func (l *sealer) info(old string) KeyInfo {
	key := l.trusted()
	i := KeyInfo{ID: key.ID(), Old: old, Public: string(key.Public())}
	if l.file != nil {
		i.Witness = l.file.Path()
	}
	return i
}

// auditVerify verifies against the witness in the body, or, with witness=own,
// against the desk's own. Keys can be named in the header X-Keys (a JSON string
// of PEM); otherwise the desk's are trusted.
func (o *office) auditVerify(w http.ResponseWriter, r *http.Request) error {
	var opt store.VerifyOptions
	if text := r.Header.Get("X-Keys"); text != "" {
		var pem string
		err := json.Unmarshal([]byte(text), &pem)
		if err == nil {
			opt.Keys, err = witness.ParsePublic([]byte(pem))
		}
		if err != nil {
			return bot.User("admin.error.keys").Because(err)
		}
	} else if o.seals != nil {
		opt.Keys = o.seals.trusted().Trusted()
	}
	switch r.URL.Query().Get("witness") {
	case "given":
		opt.Witness = r.Body
	case "own":
		if o.seals != nil && o.seals.file != nil {
			f, err := o.seals.file.Open()
			if err == nil {
				defer func() { _ = f.Close() }()
				opt.Witness = f
			} else if !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	v, err := o.store.Verify(r.Context(), opt)
	if err != nil {
		return err
	}
	return answer(w, verifyInfo(v))
}

func (o *office) auditSeal(w http.ResponseWriter, r *http.Request) error {
	s, err := o.sealing()
	if err != nil {
		return err
	}
	if err := s.seal(r.Context()); err != nil {
		return err
	}
	return answer(w, s.info(""))
}

func (o *office) auditRotate(w http.ResponseWriter, r *http.Request) error {
	s, err := o.sealing()
	if err != nil {
		return err
	}
	old, next, err := s.rotate(r.Context())
	if err != nil {
		return err
	}
	if err := o.record(r, "audit.rotate", next, map[string]string{"old": old}); err != nil {
		return err
	}
	return answer(w, s.info(old))
}

// backup writes the database as it is now. A connection that breaks off is an
// error for whoever reads: the length is not known beforehand.
func (o *office) backup(w http.ResponseWriter, r *http.Request) error {
	seal, err := o.store.LastSeal(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("X-Seal", strconv.FormatUint(seal, 10))
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := o.db.Copy(r.Context(), w); err != nil {
		o.log.Error("backup broke off", "err", err)
		panic(http.ErrAbortHandler)
	}
	if err := o.record(r, "backup", "", map[string]string{"seal": w.Header().Get("X-Seal")}); err != nil {
		o.log.Error("backup not recorded", "err", err)
	}
	return nil
}

func (o *office) dbStats(w http.ResponseWriter, r *http.Request) error {
	stats, err := o.db.Stats()
	if err != nil {
		return err
	}
	i := DBInfo{Path: o.path, Running: o.running, Size: stats.Size, Free: stats.Free, Updates: stats.Updates, Commits: stats.Commits}
	if i.Rows, err = o.store.Count(r.Context()); err != nil {
		return err
	}
	if i.Ledger, err = o.store.Ledger(r.Context()); err != nil {
		return err
	}
	q, is, err := o.store.Quarantined(r.Context())
	if is {
		i.Quarantine = &QuarantineInfo{Since: q.Since, Backup: q.Backup, File: q.File, By: q.By}
	}
	return errors.Join(err, answer(w, i))
}

func (o *office) dbCheck(w http.ResponseWriter, r *http.Request) error {
	if err := o.db.Check(r.Context()); err != nil {
		return err
	}
	return o.dbStats(w, r)
}

func (o *office) erase(w http.ResponseWriter, r *http.Request) error {
	team, user, ok := strings.Cut(r.URL.Query().Get("user"), "/")
	if !ok || user == "" {
		return bot.User("admin.error.user")
	}
	rows, err := o.store.Erase(r.Context(), bot.PersonID{Team: team, User: user}, by(r), o.now())
	if err != nil {
		return err
	}
	err = o.record(r, "erase", "", map[string]string{"rows": strconv.Itoa(rows)})
	return errors.Join(err, answer(w, ErasedInfo{Rows: rows}))
}

// release ends the quarantine. While the outcome of operations is unknown, or the
// records show what no operation explains, somebody has to say that the partner
// center's records since the backup were looked at (money=checked). What is
// unknown stays so: it is looked for and never sent.
func (o *office) release(w http.ResponseWriter, r *http.Request) error {
	doubt, err := o.moneyInDoubt(r.Context(), o.policy)
	if err != nil {
		return err
	}
	if doubt != nil && r.URL.Query().Get("money") != "checked" {
		return doubt
	}
	if err := o.store.Release(r.Context()); errors.Is(err, store.ErrNotFound) {
		return bot.User("admin.error.not_quarantined")
	} else if err != nil {
		return err
	}
	o.poke()
	return errors.Join(o.record(r, "restore.release", "", nil), answer(w, struct{}{}))
}

// eachLine calls do with every line that is not empty.
func eachLine(r io.Reader, do func(line []byte)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if len(lines.Bytes()) > 0 {
			do(lines.Bytes())
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	return nil
}
