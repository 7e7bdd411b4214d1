package ticket_test

import (
	"strings"
	"testing"

	"partnerdesk/handlers/ticket"
)

func TestSecrets(t *testing.T) {
	const h = ticket.Hidden
	for _, c := range []struct{ name, in, want string }{
		{"nothing to hide", "acme 的云服务器连不上，区域 cn-north-4", "acme 的云服务器连不上，区域 cn-north-4"},
		{"password in Chinese", "账号 root，密码：Abc@12345，请看", "账号 root，密码：" + h + "，请看"},
		{"password after 是", "密码是hunter22 谢谢", "密码是" + h + " 谢谢"},
		{"password in English", `password = "hunter22"`, `password = "` + h + `"`},
		{"an access key by its name", "AK: ABCD1234", "AK: " + h},
		{"an access key by its look", "key HPUA1B2C3D4E5F6G7H8I here", "key " + h + " here"},
		{"a secret key by its look", "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7b", h},
		{"a customer id stays", "客户 0a1b2c3d4e5f60718293a4b5c6d7e8f9", "客户 0a1b2c3d4e5f60718293a4b5c6d7e8f9"},
		{"an order number stays", "订单 CS20112012345678901234", "订单 CS20112012345678901234"},
		{"a Slack token", "xoxb-1234567890-abcdef", h},
		{"a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----!", h + "!"},
		{"the word alone", "忘记密码怎么办", "忘记密码怎么办"},
		{"asking what it is", "what is an AK/SK pair", "what is an AK/SK pair"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, n := ticket.Secrets(c.in)
			if got != c.want || (n > 0) != (c.in != c.want) {
				t.Errorf("got %q, %d, want %q", got, n, c.want)
			}
		})
	}
}

func TestContacts(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a mobile number", "电话13812345678找李雷", "电话138****5678找李雷"},
		{"with country code", "+86 138 1234 5678", "+86 138 **** 5678"},
		{"a mail address", "mail lilei@example.com.cn now", "mail l***@example.com.cn now"},
		{"a landline", "0755-12345678", "0755-****5678"},
		{"an id of digits stays", "201812345678901234", "201812345678901234"},
		{"an amount stays", "¥12,840.50", "¥12,840.50"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ticket.Contacts(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzSecrets(f *testing.F) {
	f.Add("密码：Abc@12345 AK HPUA1B2C3D4E5F6G7H8I")
	f.Add("-----BEGIN PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, s string) {
		once, _ := ticket.Secrets(s)
		if twice, _ := ticket.Secrets(once); strings.Count(twice, ticket.Hidden) != strings.Count(once, ticket.Hidden) {
			t.Errorf("hiding twice hides more: %q, %q", once, twice)
		}
	})
}
