package mail_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/mail"
	"partnerdesk/bot/mailsim"
)

const password = "pass-7F3K"

func server(t *testing.T, o mailsim.Options) *mailsim.Server {
	t.Helper()
	s, err := mailsim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func door(t *testing.T, s *mailsim.Server, change func(*mail.Options)) *mail.Door {
	t.Helper()
	o := mail.Options{Server: s.Addr(), User: "desk", Password: password, From: "partnerdesk <desk@example.com>", Roots: s.Roots(), Within: 5 * time.Second}
	if change != nil {
		change(&o)
	}
	d, err := mail.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func aPost() bot.Pending {
	return bot.Pending{Post: bot.Post{
		ID: "T1.p1", To: bot.Target{Kind: bot.TargetMail, Person: bot.PersonID{Team: "T1"}, Address: "chen@example.net"}, Lane: bot.LaneMail, Created: made,
		Reply: bot.Reply{
			Blocks: []bot.Block{
				bot.Heading{Text: "[partnerdesk] 权益周报 <2026>"}, bot.Paragraph{Inlines: []bot.Inline{bot.Text("共 2 项 <b>& more"), bot.Markdown(" *注意*"), bot.Link{Text: "说明", URL: "https://example.com/?a=1&b=2"}, bot.Link{Text: "坏", URL: "javascript:alert(1)"}}},
				bot.List{Items: [][]bot.Inline{{bot.Text(".一行以点开头")}}}, bot.Paragraph{Inlines: []bot.Inline{bot.Text(".\n.\n")}},
				bot.Table{Columns: []bot.Column{{Title: "编号"}, {Title: "天", Numeric: true}}, Rows: [][]string{{"DL-1", "11"}}},
				bot.Buttons{Items: []bot.Button{{Action: "desk.alert-ack", Text: "知悉"}, {Text: "打开", URL: "https://example.com/x"}}},
			},
			Files: []bot.File{{Name: "权益.csv", Kind: "text/csv; charset=utf-8", Data: []byte("\xef\xbb\xbfa,b\r\n")}, {Name: "d.ics", Kind: "text/calendar", Data: []byte("BEGIN:VCALENDAR\r\n")}},
		},
	}}
}

// parts reads a mail as another program would.
func parts(t *testing.T, data []byte) (*netmail.Message, map[string]string) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	var walk func(kind string, encoding string, disposition string, body io.Reader)
	walk = func(kind, encoding, disposition string, body io.Reader) {
		media, params, err := mime.ParseMediaType(kind)
		if err != nil {
			t.Fatalf("%q: %v", kind, err)
		}
		if strings.HasPrefix(media, "multipart/") {
			r := multipart.NewReader(body, params["boundary"])
			for {
				p, err := r.NextRawPart()
				if errors.Is(err, io.EOF) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				walk(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p.Header.Get("Content-Disposition"), p)
			}
		}
		switch strings.ToLower(encoding) {
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		name := media
		if _, p, err := mime.ParseMediaType(disposition); err == nil && p["filename"] != "" {
			name, _ = new(mime.WordDecoder).DecodeHeader(p["filename"])
		}
		found[name] = string(text)
	}
	walk(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), "", m.Body)
	return m, found
}

func TestDoor_AMailArrives(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		t.Run(fmt.Sprintf("implicit %t", implicit), func(t *testing.T) {
			s := server(t, mailsim.Options{Implicit: implicit, User: "desk", Password: password})
			d := door(t, s, func(o *mail.Options) {
				if implicit {
					o.Mode = mail.Implicit
				}
			})
			got, err := d.Send(t.Context(), aPost())
			if err != nil {
				t.Fatal(err)
			}
			mails := s.Mails()
			if len(mails) != 1 || mails[0].From != "desk@example.com" || mails[0].To[0] != "chen@example.net" || mails[0].User != "desk" {
				t.Fatalf("got %+v", mails)
			}
			m, found := parts(t, mails[0].Data)
			subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if subject != "[partnerdesk] 权益周报 <2026>" || m.Header.Get("Message-ID") != "<"+got.Message+">" || m.Header.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("headers %q, %v, receipt %v", subject, m.Header, got)
			}
			if when, err := m.Header.Date(); err != nil || !when.Equal(made) {
				t.Errorf("date %v, %v", when, err)
			}
			text, html := strings.ReplaceAll(found["text/plain"], "\r\n", "\n"), found["text/html"]
			for _, want := range []string{"共 2 项 <b>& more 注意说明 (https://example.com/?a=1&b=2)", "- .一行以点开头", "编号 | 天\nDL-1 | 11", "\n.\n", "打开: https://example.com/x"} {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			for _, want := range []string{"&lt;b&gt;&amp; more", `<a href="https://example.com/?a=1&amp;b=2">说明</a>`, `<td align="right">11</td>`} {
				if !strings.Contains(html, want) {
					t.Errorf("no %q in\n%s", want, html)
				}
			}
			for _, bad := range []string{"javascript:", "知悉", "<b>& more"} {
				if strings.Contains(html, bad) && bad != "javascript:" || strings.Contains(html, `href="javascript`) || strings.Contains(text, "知悉") {
					t.Errorf("%q in\n%s", bad, html)
				}
			}
			if found["权益.csv"] != "\xef\xbb\xbfa,b\r\n" || found["d.ics"] != "BEGIN:VCALENDAR\r\n" {
				t.Errorf("files %q", found)
			}
		})
	}
}

func TestDoor_ATryAgainIsTheSameMail(t *testing.T) {
	s := server(t, mailsim.Options{User: "desk", Password: password})
	d := door(t, s, nil)
	s.Fail("END", mailsim.DropAfter) // it arrived, but nobody knows
	_, err := d.Send(t.Context(), aPost())
	if fault, ok := errors.AsType[*bot.SendError](err); !ok || fault.Fault != bot.FaultAmbiguous {
		t.Fatalf("got %v", err)
	}
	if _, err := d.Send(t.Context(), aPost()); err != nil {
		t.Fatal(err)
	}
	mails := s.Mails()
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	a, _ := parts(t, mails[0].Data)
	b, _ := parts(t, mails[1].Data)
	if id := a.Header.Get("Message-ID"); id == "" || id != b.Header.Get("Message-ID") || a.Header.Get("Date") != b.Header.Get("Date") {
		t.Errorf("%s and %s", id, b.Header.Get("Message-ID"))
	}
}

func TestDoor_Faults(t *testing.T) {
	cases := []struct {
		name    string
		o       mailsim.Options
		command string
		reply   string
		change  func(*mail.Options)
		want    bot.SendFault
		step    string
	}{
		{name: "later", command: "RCPT", reply: "450 4.2.0 greylisted", want: bot.FaultRetry, step: "send"},
		{name: "no such address", command: "RCPT", reply: "550 5.1.1 no such user chen@example.net", want: bot.FaultPermanent, step: "send"},
		{name: "refused content", command: "END", reply: "554 5.6.0 refused", want: bot.FaultPermanent, step: "send"},
		{name: "full", command: "END", reply: "452 4.3.1 no room", want: bot.FaultRetry, step: "send"},
		{name: "cut off before the mail", command: "MAIL", reply: mailsim.Drop, want: bot.FaultAmbiguous, step: "send"},
		{name: "cut off at the login", command: "AUTH", reply: mailsim.Drop, want: bot.FaultRetry, step: "login"},
		{name: "wrong password", change: func(o *mail.Options) { o.Password = "other" }, want: bot.FaultRetry, step: "login"},
		{name: "a certificate nobody knows", change: func(o *mail.Options) { o.Roots = x509.NewCertPool() }, want: bot.FaultRetry, step: "tls"},
		{name: "a name that is not in the certificate", o: mailsim.Options{Name: "mail.example.org"}, want: bot.FaultRetry, step: "tls"},
		{name: "no TLS to be had", o: mailsim.Options{NoTLS: true}, want: bot.FaultRetry, step: "tls"},
		{name: "sent away", command: "STARTTLS", reply: "454 4.7.0 not now", want: bot.FaultRetry, step: "connect"},
		{name: "nobody there", change: func(o *mail.Options) { o.Server = "127.0.0.1:1" }, want: bot.FaultRetry, step: "connect"},
		{name: "TLS at a port without", o: mailsim.Options{NoTLS: true}, change: func(o *mail.Options) { o.Mode = mail.Implicit }, want: bot.FaultRetry, step: "tls"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.o.User, c.o.Password = "desk", password
			s := server(t, c.o)
			if c.command != "" {
				s.Fail(c.command, c.reply, c.reply)
			}
			d := door(t, s, c.change)
			_, err := d.Send(t.Context(), aPost())
			fault, ok := errors.AsType[*bot.SendError](err)
			if !ok || fault.Fault != c.want || mail.Step(err) != c.step {
				t.Errorf("got %v (%v, step %q), want %v, step %q", err, fault, mail.Step(err), c.want, c.step)
			}
			if len(s.Mails()) != 0 {
				t.Errorf("%d mails arrived", len(s.Mails()))
			}
			for _, secret := range []string{password, "chen@", "desk@"} {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("the error says %s: %v", secret, err)
				}
			}
		})
	}
}

func TestDoor_NothingGoesWithoutTLS(t *testing.T) {
	s := server(t, mailsim.Options{NoTLS: true})
	d := door(t, s, func(o *mail.Options) { o.User = "" })
	if _, err := d.Send(t.Context(), aPost()); err == nil || len(s.Mails()) != 0 {
		t.Errorf("got %v, %d mails", err, len(s.Mails()))
	}
}

func TestDoor_Check(t *testing.T) {
	s := server(t, mailsim.Options{User: "desk", Password: password})
	if err := door(t, s, nil).Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := door(t, s, func(o *mail.Options) { o.Password = "no" }).Check(t.Context()); mail.Step(err) != "login" {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := door(t, s, nil).Check(ctx); err == nil {
		t.Error("checked with a context that is over")
	}
}

func TestNew_Faults(t *testing.T) {
	for name, o := range map[string]mail.Options{
		"no port": {Server: "mail.example.com", From: "a@b.cn"}, "no sender": {Server: "m:25"}, "no such mode": {Server: "m:25", From: "a@b.cn", Mode: "plain"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := mail.New(o); err == nil {
				t.Error("made")
			}
		})
	}
	if got := fmt.Sprintf("%v %#v %s", mail.Secret(password), mail.Secret(password), mail.Secret(password)); strings.Contains(got, password) {
		t.Errorf("the password prints as %s", got)
	}
}
