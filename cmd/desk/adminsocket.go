package desk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"partnerdesk/bot"
)

// The admin socket. Its file mode is its guard: who may open it may administer,
// and the kernel says who it was.

// socketName is the socket in the data directory.
const socketName = "admin.sock"

// byHeader carries who is administering, from the edge of the server inwards.
// What a client puts there is overwritten.
const byHeader = "X-Partnerdesk-By"

// by returns who is administering, as a person of no team.
func by(r *http.Request) bot.PersonID { return bot.PersonID{User: r.Header.Get(byHeader)} }

// osUser names a user of the machine.
func osUser(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return "os:" + u.Username
	}
	return "os:" + strconv.Itoa(uid)
}

// socketPath returns a path by which the socket can be reached, and how to let
// go of it. A path too long for the kernel (108 bytes, unix(7)) is reached
// through the open directory.
func socketPath(dir string) (string, func(), error) {
	path := filepath.Join(dir, socketName)
	if len(path) < 100 {
		return path, func() {}, nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), socketName), func() { _ = d.Close() }, nil
}

// listenAdmin opens the socket, 0600. Only the process that holds the store
// calls it, so that a socket which is there already belongs to nobody.
func listenAdmin(dir string) (net.Listener, error) {
	path, done, err := socketPath(dir)
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	defer done()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	aside := path + ".new"
	_ = os.Remove(aside) // of a run that was killed just here
	l, err := net.Listen("unix", aside)
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(aside, 0o600), os.Rename(aside, path)); err != nil {
		return nil, errors.Join(fmt.Errorf("admin socket: %w", err), l.Close())
	}
	return l, nil
}

// peerKey is where a connection's user waits for its first handler.
type peerKey struct{}

// serveAdmin serves the routes on the socket until ctx ends.
func serveAdmin(ctx context.Context, l net.Listener, routes http.Handler, dir string, log *slog.Logger) error {
	s := &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, peerKey{}, peer(c))
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			who, _ := r.Context().Value(peerKey{}).(string)
			r.Header.Set(byHeader, who)
			log.Info("admin request", "path", r.URL.Path, "by", who)
			routes.ServeHTTP(w, r)
		}),
	}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve admin socket: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := s.Shutdown(grace)
	if err != nil {
		err = errors.Join(s.Close()) // a backup under way breaks off, and its reader knows
	}
	<-failed
	_ = os.Remove(filepath.Join(dir, socketName)) // a stale one is removed at the next start
	return err
}

// dialAdmin reaches a running desk, or reports that none runs.
func dialAdmin(ctx context.Context, dir string) (net.Conn, error) {
	path, done, err := socketPath(dir)
	if err != nil {
		return nil, err
	}
	defer done()
	var d net.Dialer
	return d.DialContext(ctx, "unix", path)
}
