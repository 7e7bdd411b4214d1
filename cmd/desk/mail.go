package desk

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/bot/mail"
	"partnerdesk/data/sheet"
	"partnerdesk/handlers"
)

// MailConfig is how to send mail, and to whom.
type MailConfig struct {
	Server   string // host:port; empty: no mail is sent
	TLS      mail.Mode
	User     string
	Password Secret
	From     string
	CA       string   // file of a certificate to trust besides the machine's
	Ops      []string // get what admins are told too
	Manager  []string // get the weekly mail of what is shared
	Lang     lang.Tag // of the weekly mail
}

// wanted says whether somebody is to get mail.
func (m MailConfig) wanted(a AuditConfig) bool {
	return len(m.Ops) > 0 || len(m.Manager) > 0 || a.Mail != ""
}

// door makes the way out, nil when there is none.
func (m MailConfig) door() (*mail.Door, error) {
	if m.Server == "" {
		return nil, nil
	}
	o := mail.Options{Server: m.Server, Mode: m.TLS, User: m.User, Password: mail.Secret(m.Password), From: m.From}
	if m.CA != "" {
		pem, err := os.ReadFile(m.CA)
		if err != nil {
			return nil, fmt.Errorf("mail.ca: %w", err)
		}
		if o.Roots, err = x509.SystemCertPool(); err != nil {
			o.Roots = x509.NewCertPool()
		}
		if !o.Roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("mail.ca: %s holds no certificate", m.CA)
		}
	}
	return mail.New(o)
}

// mailer is the way out for mail, nil when there is none.
func (p *Program) mailer() bot.Sender {
	if p.mail == nil {
		return nil
	}
	return p.mail
}

// ways sends each post by its door.
type ways struct {
	chat bot.Sender
	mail bot.Sender // nil: mails wait for a server
}

var _ bot.Sender = ways{}

var errNoMail = errors.New("mail: no server is configured")

func (w ways) of(p bot.Pending) (bot.Sender, error) {
	if p.To.Kind != bot.TargetMail {
		return w.chat, nil
	}
	if w.mail == nil {
		return nil, &bot.SendError{Fault: bot.FaultRetry, Err: errNoMail}
	}
	return w.mail, nil
}

// Upload implements [bot.Sender].
func (w ways) Upload(ctx context.Context, p bot.Pending, data []byte) (bot.Upload, error) {
	door, err := w.of(p)
	if err != nil {
		return bot.Upload{}, err
	}
	return door.Upload(ctx, p, data)
}

// Send implements [bot.Sender].
func (w ways) Send(ctx context.Context, p bot.Pending) (bot.Receipt, error) {
	door, err := w.of(p)
	if err != nil {
		return bot.Receipt{}, err
	}
	return door.Send(ctx, p)
}

// Find implements [bot.Sender].
func (w ways) Find(ctx context.Context, p bot.Pending) (bot.Receipt, bool, error) {
	door, err := w.of(p)
	if err != nil {
		return bot.Receipt{}, false, err
	}
	return door.Find(ctx, p)
}

// mail looks whether the mail server can be used: the way there, its certificate,
// the login. No mail is sent.
func (r *report) mail(ctx context.Context) {
	if r.c.Mail.Server == "" {
		r.add("server", StateNote, "mail.unset")
		return
	}
	door, err := r.c.Mail.door()
	if err != nil {
		r.add("server", StateBroken, "mail.settings", "reason", err.Error())
		return
	}
	if err := door.Check(ctx); err != nil {
		key := map[string]string{"connect": "mail.connect", "tls": "mail.tls", "login": "mail.login"}[mail.Step(err)]
		if key == "" {
			key = "mail.connect"
		}
		r.add("server", StateBroken, key, "subject", r.c.Mail.Server, "reason", err.Error())
		return
	}
	r.add("server", StateFine, "mail.fine", "subject", r.c.Mail.Server)
}

// weekly is what the ecosystem manager gets.
func (p *Program) weekly() *handlers.Weekly {
	c := p.config
	return &handlers.Weekly{Book: p.store, Addresses: c.Mail.Manager, Channel: c.Shared, Lang: c.Mail.Lang, Partner: c.Name, CSV: func(s handlers.Sheet) ([]byte, error) {
		var out bytes.Buffer
		err := sheet.WriteCSV(&out, sheet.Table{Name: s.Name, Header: s.Header, Rows: s.Rows})
		return out.Bytes(), err
	}}
}
