package desk_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot/mailsim"
	"partnerdesk/cmd/desk"
	"partnerdesk/data/witness"
)

// withMail lets a configuration send to a catcher of its own.
func withMail(t *testing.T, c desk.Config) (desk.Config, *mailsim.Server) {
	t.Helper()
	s, err := mailsim.New(mailsim.Options{User: "desk", Password: "pass-7F3K"})
	must(t, err)
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(ca, s.PEM(), 0o600))
	c.Mail = desk.MailConfig{Server: s.Addr(), User: "desk", Password: "pass-7F3K", From: "desk@example.com", CA: ca}
	c.Audit.Mail = "auditor@example.net"
	return c, s
}

// TestMail_ASealIsAWitness: the desk mails its latest seal, and the mail as it was
// saved proves the log; another desk's does not.
func TestMail_ASealIsAWitness(t *testing.T) {
	c, post := withMail(t, place(t))
	post.Fail("MAIL", "451 4.3.0 later", mailsim.Drop) // it is tried again
	running(t, c)
	var m mailsim.Mail
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if list := post.Mails(); len(list) > 0 {
			m = list[0]
			break
		}
		if time.Now().After(until) {
			t.Fatal("no mail")
		}
	}
	subject, _, err := m.Open()
	if err != nil || !strings.HasPrefix(subject, "[partnerdesk-audit] ") || m.To[0] != "auditor@example.net" {
		t.Errorf("got %q to %v, %v", subject, m.To, err)
	}
	lines, err := witness.Lines(bytes.NewReader(m.Data))
	must(t, err)
	text, err := io.ReadAll(lines)
	must(t, err)
	verify := func(seal []byte) (v desk.VerifyInfo) {
		t.Helper()
		resp, err := admin(t, c).Do(t.Context(), http.MethodPost, "/audit/verify", url.Values{"witness": {"given"}}, "", bytes.NewReader(seal))
		must(t, err)
		must(t, desk.ReadAnswer(resp, &v))
		return v
	}
	if v := verify(text); !v.OK || v.Proven == 0 {
		t.Errorf("the mail proves %+v", v)
	}
	if v := verify(bytes.Replace(text, []byte("sign"), []byte("sigm"), 1)); v.OK {
		t.Error("a seal that was changed proves something")
	}
}

func TestCheck_Mail(t *testing.T) {
	c, post := withMail(t, place(t))
	look := func(change func(*desk.MailConfig)) desk.Finding {
		t.Helper()
		one := c
		change(&one.Mail)
		p := parts(t, io.Discard)
		found := desk.Check(t.Context(), one, desk.CheckOptions{Catalog: p.Catalog, Words: p.Catalog.In("zh-CN"), Parts: map[string]bool{desk.PartMail: true}, Now: time.Now})
		if len(found) != 1 {
			t.Fatalf("got %+v", found)
		}
		return found[0]
	}
	cases := []struct {
		name   string
		change func(*desk.MailConfig)
		state  desk.State
		text   string
	}{
		{"all is well", func(*desk.MailConfig) {}, desk.StateFine, "能登录"},
		{"none is set", func(m *desk.MailConfig) { m.Server = "" }, desk.StateNote, "不发邮件"},
		{"wrong password", func(m *desk.MailConfig) { m.Password = "x" }, desk.StateBroken, "不让登录"},
		{"a certificate nobody knows", func(m *desk.MailConfig) { m.CA = "" }, desk.StateBroken, "TLS 不能用"},
		{"nobody there", func(m *desk.MailConfig) { m.Server = "127.0.0.1:1" }, desk.StateBroken, "连不上"},
		{"no such file", func(m *desk.MailConfig) { m.CA = "/no/such.pem" }, desk.StateBroken, "不能用"},
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			f := look(one.change)
			if f.State != one.state || !strings.Contains(f.Text, one.text) || one.state == desk.StateBroken && f.Fix == "" {
				t.Errorf("got %+v", f)
			}
		})
	}
	if len(post.Mails()) != 0 {
		t.Error("a check sent mail")
	}
}
