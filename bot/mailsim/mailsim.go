// Package mailsim is a mail server on localhost that keeps what it gets: SMTP with
// TLS, logins, and faults on demand, so that the e-mail door can be tried without
// an account. It shares no code with the door.
package mailsim

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say what the server is like.
type Options struct {
	Implicit bool   // TLS from the first byte; otherwise STARTTLS
	NoTLS    bool   // it knows no STARTTLS
	Name     string // the one name in its certificate; empty: localhost and 127.0.0.1
	User     string // empty: nobody logs in
	Password string
	Most     int // mails kept; zero means 500
	Now      func() time.Time
}

// Mail is one that arrived.
type Mail struct {
	From string
	To   []string
	Data []byte // as it came, dots unstuffed
	At   time.Time
	User string // who was logged in
}

// Faults that are no replies.
const (
	Drop      = "drop"       // close the connection instead of answering
	DropAfter = "drop-after" // of DATA: keep the mail, then close the connection without a word
)

// Server is the mail server.
type Server struct {
	o      Options
	listen net.Listener
	tls    *tls.Config
	pem    []byte
	crew   sync.WaitGroup

	mu     sync.Mutex // guards what follows
	mails  []Mail
	faults map[string][]string
	conns  map[net.Conn]bool
	closed bool
}

// New starts a server on a free port of 127.0.0.1 with a certificate of its own.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Most == 0 {
		o.Most = 500
	}
	s := &Server{o: o, faults: map[string][]string{}, conns: map[net.Conn]bool{}}
	var err error
	if s.tls, s.pem, err = certificate(o.Name); err != nil {
		return nil, err
	}
	if s.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("listen for mail: %w", err)
	}
	s.crew.Go(s.accept)
	return s, nil
}

// certificate makes one that signs itself.
func certificate(name string) (*tls.Config, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mailsim"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(10 * 365 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if name != "" {
		template.DNSNames, template.IPAddresses = []string{name}, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	return config, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// Addr is where it listens.
func (s *Server) Addr() string { return s.listen.Addr().String() }

// PEM is the certificate that a client has to trust.
func (s *Server) PEM() []byte { return slices.Clone(s.pem) }

// Roots trusts the server and nobody else.
func (s *Server) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.pem)
	return pool
}

// Mails lists what arrived, the oldest first.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Fail lets the next commands of a kind (EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA,
// END for the end of a mail) be answered so, one reply each: a line such as
// "450 4.2.0 later", or [Drop], or for END [DropAfter].
func (s *Server) Fail(command string, replies ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[command] = append(s.faults[command], replies...)
}

// fault takes the next fault of a command, empty when there is none.
func (s *Server) fault(command string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.faults[command]
	if len(list) == 0 {
		return ""
	}
	s.faults[command] = list[1:]
	return list[0]
}

// Close ends every connection.
func (s *Server) Close() {
	_ = s.listen.Close()
	s.mu.Lock()
	s.closed = true
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.crew.Wait()
}

func (s *Server) accept() {
	for {
		c, err := s.listen.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			_ = c.Close()
		}
		s.conns[c] = true
		s.mu.Unlock()
		s.crew.Go(func() {
			s.serve(c)
			_ = c.Close()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		})
	}
}

// talk is one conversation.
type talk struct {
	s      *Server
	conn   net.Conn
	in     *bufio.Reader
	secure bool
	user   string
	mail   Mail
}

func (s *Server) serve(c net.Conn) {
	t := &talk{s: s, conn: c}
	if s.o.Implicit {
		t.conn, t.secure = tls.Server(c, s.tls), true
	}
	t.in = bufio.NewReader(t.conn)
	t.say("220 mailsim ESMTP")
	for {
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		line, err := t.in.ReadString('\n')
		if err != nil || !t.obey(strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

func (t *talk) say(lines ...string) {
	for _, l := range lines {
		_, _ = t.conn.Write([]byte(l + "\r\n"))
	}
}

// obey answers one command; false ends the conversation.
func (t *talk) obey(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	verb = strings.ToUpper(verb)
	switch fault := t.s.fault(verb); {
	case fault == Drop:
		return false
	case fault != "":
		t.say(fault)
		return true
	}
	switch verb {
	case "EHLO", "HELO":
		t.hello()
	case "STARTTLS":
		return t.startTLS()
	case "AUTH":
		t.auth(rest)
	case "MAIL":
		t.from(rest)
	case "RCPT":
		t.mail.To = append(t.mail.To, between(rest))
		t.say("250 2.1.5 ok")
	case "DATA":
		return t.data()
	case "RSET":
		t.mail = Mail{}
		t.say("250 2.0.0 ok")
	case "NOOP":
		t.say("250 2.0.0 ok")
	case "QUIT":
		t.say("221 2.0.0 bye")
		return false
	default:
		t.say("502 5.5.2 no such command")
	}
	return true
}

func (t *talk) hello() {
	lines := []string{"mailsim", "ENHANCEDSTATUSCODES", "8BITMIME"}
	if !t.secure && !t.s.o.NoTLS {
		lines = append(lines, "STARTTLS")
	}
	if t.s.o.User != "" && t.secure {
		lines = append(lines, "AUTH PLAIN LOGIN")
	}
	for i, l := range lines {
		mark := "-"
		if i == len(lines)-1 {
			mark = " "
		}
		t.say("250" + mark + l)
	}
}

func (t *talk) startTLS() bool {
	t.say("220 2.0.0 go ahead")
	secure := tls.Server(t.conn, t.s.tls)
	if err := secure.Handshake(); err != nil {
		return false
	}
	t.conn, t.in, t.secure = secure, bufio.NewReader(secure), true
	return true
}

// auth takes PLAIN and LOGIN, over TLS only.
func (t *talk) auth(rest string) {
	kind, first, _ := strings.Cut(rest, " ")
	ask := func(prompt string) string {
		t.say("334 " + base64.StdEncoding.EncodeToString([]byte(prompt)))
		line, _ := t.in.ReadString('\n')
		text, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		return string(text)
	}
	var user, password string
	switch strings.ToUpper(kind) {
	case "PLAIN":
		text, _ := base64.StdEncoding.DecodeString(first)
		if first == "" {
			text = []byte(ask(""))
		}
		if parts := strings.Split(string(text), "\x00"); len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case "LOGIN":
		user, password = ask("Username:"), ask("Password:")
	}
	if !t.secure || user == "" || user != t.s.o.User || password != t.s.o.Password {
		t.say("535 5.7.8 authentication failed")
		return
	}
	t.user = user
	t.say("235 2.7.0 welcome")
}

func (t *talk) from(rest string) {
	switch {
	case !t.secure:
		t.say("530 5.7.0 must issue STARTTLS first")
	case t.s.o.User != "" && t.user == "":
		t.say("530 5.7.0 authentication required")
	default:
		t.mail = Mail{From: between(rest), User: t.user}
		t.say("250 2.1.0 ok")
	}
}

// between is what stands between angle brackets.
func between(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}

func (t *talk) data() bool {
	if len(t.mail.To) == 0 {
		t.say("503 5.5.1 nobody to send it to")
		return true
	}
	t.say("354 go on")
	for {
		line, err := t.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		t.mail.Data = append(t.mail.Data, strings.TrimPrefix(line, ".")...)
	}
	fault := t.s.fault("END")
	switch fault {
	case "", DropAfter:
		t.keep()
	}
	switch fault {
	case "":
		t.say("250 2.0.0 kept")
	case Drop, DropAfter:
		return false
	default:
		t.say(fault)
	}
	t.mail = Mail{}
	return true
}

func (t *talk) keep() {
	t.mail.At = t.s.o.Now().UTC()
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.s.mails = append(t.s.mails, t.mail)
	t.s.mails = t.s.mails[max(0, len(t.s.mails)-t.s.o.Most):]
}
