package mail

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"sync"
	"sync/atomic"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// session is a connection that is logged in.
type session = *smtp.Client

// session connects, turns to TLS, logs in and does something. The connection is
// closed in any case: the library leaves one open that fails on the way.
func (d *Door) session(ctx context.Context, do func(*gomail.Client, session) error) error {
	ctx, cancel := context.WithTimeout(ctx, d.o.Within)
	defer cancel()
	config := &tls.Config{ServerName: d.host, RootCAs: d.o.Roots, MinVersion: tls.VersionTLS12}
	w := &wire{config: config, implicit: d.o.Mode == Implicit}
	config.VerifyConnection = func(tls.ConnectionState) error { // called when the certificate was found good
		w.secret.Store(true)
		return nil
	}
	defer w.close()
	port, err := strconv.Atoi(d.port)
	if err != nil {
		return at("connect", err)
	}
	options := []gomail.Option{
		gomail.WithPort(port), gomail.WithTimeout(d.o.Within), gomail.WithTLSConfig(config), gomail.WithDialContextFunc(w.dial), gomail.WithoutNoop(),
	}
	if d.o.Mode == Implicit {
		options = append(options, gomail.WithSSL())
	} else {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if d.o.User != "" {
		options = append(options, gomail.WithUsername(d.o.User), gomail.WithPassword(string(d.o.Password)),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	client, err := gomail.NewClient(d.host, options...)
	if err != nil {
		return at("connect", err)
	}
	s, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return at(w.step(err), err)
	}
	if err := do(client, s); err != nil {
		return at("send", err)
	}
	_ = s.Quit() // the mail is taken; nothing depends on the farewell
	return nil
}

// wire is a connection that can be closed from outside.
type wire struct {
	config   *tls.Config
	implicit bool

	secret atomic.Bool // TLS is settled

	mu   sync.Mutex // guards what follows
	conn net.Conn
}

func (l *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
	if !l.implicit {
		return conn, nil
	}
	secure := tls.Client(conn, l.config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return secure, nil
}

// step is how far a connection came that failed before it was logged in.
func (l *wire) step(err error) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.conn == nil:
		return "connect"
	case !l.secret.Load() && at("", err).code == 0:
		return "tls"
	case !l.secret.Load():
		return "connect" // the server sent us away
	}
	return "login"
}

func (l *wire) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		_ = l.conn.Close()
	}
}
