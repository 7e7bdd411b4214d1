package mail

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"partnerdesk/bot"
)

// Mode is how a connection becomes secret. There is none that does not.
type Mode string

// The modes.
const (
	StartTLS Mode = "starttls" // a plain connection that must turn to TLS before anything is said (RFC 3207)
	Implicit Mode = "implicit" // TLS from the first byte (RFC 8314)
)

// Secret is a password that prints as dots.
type Secret string

// String hides the secret.
func (Secret) String() string { return "•••" }

// GoString hides the secret.
func (Secret) GoString() string { return "•••" }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue("•••") }

// Options is what a door needs.
type Options struct {
	Server   string // host:port
	Mode     Mode   // empty: Implicit on port 465, else StartTLS
	User     string // empty: the server asks for none
	Password Secret
	From     string         // address, with or without a name
	Roots    *x509.CertPool // whom to trust for the server's certificate; nil: whom the machine trusts
	Within   time.Duration  // for one mail; zero means 15 s
}

// Door sends mail by SMTP. It implements [bot.Sender] for posts to
// [bot.TargetMail]. The certificate of the server is always verified.
type Door struct {
	o    Options
	host string
	port string
	from *mail.Address
}

var _ bot.Sender = (*Door)(nil)

// New checks the options; nothing is connected to.
func New(o Options) (*Door, error) {
	d := &Door{o: o}
	var err error
	if d.host, d.port, err = net.SplitHostPort(o.Server); err != nil || d.host == "" {
		return nil, fmt.Errorf("mail server %q is not host:port", o.Server)
	}
	if d.from, err = mail.ParseAddress(o.From); err != nil {
		return nil, fmt.Errorf("mail sender: %w", err)
	}
	d.o.Within = cmp.Or(o.Within, 15*time.Second)
	if d.o.Mode == "" {
		d.o.Mode = StartTLS
		if d.port == "465" {
			d.o.Mode = Implicit
		}
	}
	if d.o.Mode != StartTLS && d.o.Mode != Implicit {
		return nil, fmt.Errorf("mail mode %q is neither %s nor %s", o.Mode, StartTLS, Implicit)
	}
	return d, nil
}

// Upload implements [bot.Sender]: files of a mail travel within it.
func (*Door) Upload(context.Context, bot.Pending, []byte) (bot.Upload, error) {
	return bot.Upload{}, &bot.SendError{Fault: bot.FaultPermanent, Err: errors.New("mail: files travel within a mail")}
}

// Find implements [bot.Sender]: nobody can look into another's mailbox. A mail
// that may have arrived is sent again under the same Message-ID.
func (*Door) Find(context.Context, bot.Pending) (bot.Receipt, bool, error) {
	return bot.Receipt{}, false, nil
}

// Send implements [bot.Sender]. The receipt is the Message-ID. What the server
// refuses for good is permanent, unless it refuses us rather than the mail: who
// cannot log in tries again once somebody mended that.
func (d *Door) Send(ctx context.Context, p bot.Pending) (bot.Receipt, error) {
	m, id, err := d.message(p.Post)
	if err != nil {
		return bot.Receipt{}, &bot.SendError{Fault: bot.FaultPermanent, Err: err}
	}
	err = d.session(ctx, func(c *gomail.Client, s session) error {
		err := c.SendWithSMTPClient(s, m)
		if m.IsDelivered() {
			return nil // what fails after that is farewell
		}
		return err
	})
	if err != nil {
		return bot.Receipt{}, fault(err)
	}
	return bot.Receipt{Channel: p.To.Address, Message: id}, nil
}

// Check logs in and says goodbye.
func (d *Door) Check(ctx context.Context) error {
	return d.session(ctx, func(*gomail.Client, session) error { return nil })
}

// errAt says in which step something failed, in words that hold no address.
type errAt struct {
	step      string // connect, tls, login or send
	code      int    // of SMTP; zero: none came
	permanent bool
	text      string
}

func (e *errAt) Error() string {
	if e.code != 0 {
		return fmt.Sprintf("mail: %s: %d %s", e.step, e.code, e.text)
	}
	return fmt.Sprintf("mail: %s: %s", e.step, e.text)
}

// Step says in which step of a connection an error of the door arose: connect,
// tls, login or send; empty for other errors.
func Step(err error) string {
	if e, ok := errors.AsType[*errAt](err); ok {
		return e.step
	}
	return ""
}

var (
	address = regexp.MustCompile(`<?[^\s<>@]+@[^\s<>@]+>?`)
	reply   = regexp.MustCompile(`\b([45]\d\d)[ -]`)
)

// at words an error of a step. Addresses are left out: errors are logged.
func at(step string, err error) *errAt {
	e := &errAt{step: step, text: strings.Join(strings.Fields(address.ReplaceAllString(err.Error(), "…")), " ")}
	if s, ok := errors.AsType[*gomail.SendError](err); ok {
		e.code = s.ErrorCode()
		e.permanent = e.code >= 500
	} else if m := reply.FindStringSubmatch(err.Error()); m != nil {
		e.code = int(m[1][0]-'0')*100 + int(m[1][1]-'0')*10 + int(m[1][2]-'0')
	}
	if r := []rune(e.text); len(r) > 200 {
		e.text = string(r[:200]) + "…"
	}
	return e
}

// fault says what a failure means for the post.
func fault(err error) *bot.SendError {
	e, ok := errors.AsType[*errAt](err)
	switch {
	case ok && e.permanent:
		return &bot.SendError{Fault: bot.FaultPermanent, Err: err}
	case ok && e.step == "send" && e.code == 0:
		return &bot.SendError{Fault: bot.FaultAmbiguous, Err: err}
	}
	return &bot.SendError{Fault: bot.FaultRetry, Err: err}
}

// messageID is the same for every try of a post.
func (d *Door) messageID(postID string) string {
	sum := sha256.Sum256([]byte(postID))
	_, domain, _ := strings.Cut(d.from.Address, "@")
	return hex.EncodeToString(sum[:16]) + "@" + domain
}

// message renders a post. Every try makes the same mail.
func (d *Door) message(p bot.Post) (*gomail.Msg, string, error) {
	page := render(p.Reply)
	m, id := gomail.NewMsg(), d.messageID(p.ID)
	m.FromMailAddress(d.from)
	if err := m.To(p.To.Address); err != nil {
		return nil, "", errors.New("mail: the address is none")
	}
	m.Subject(page.subject)
	m.SetMessageIDWithValue(id)
	m.SetDateWithValue(p.Created)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetBodyString(gomail.TypeTextPlain, page.text)
	m.AddAlternativeString(gomail.TypeTextHTML, page.html)
	for _, f := range p.Reply.Files {
		m.AttachReadSeeker(f.Name, bytes.NewReader(f.Data), gomail.WithFileContentType(gomail.ContentType(cmp.Or(f.Kind, "application/octet-stream"))))
	}
	return m, id, nil
}
