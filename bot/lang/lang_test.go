package lang_test

import (
	"strings"
	"testing"

	"partnerdesk/bot/lang"
)

func TestMatch(t *testing.T) {
	for locale, want := range map[string]lang.Tag{
		"": lang.Chinese, "zh-CN": lang.Chinese, "zh_TW": lang.Chinese, "ZH": lang.Chinese,
		"en-US": lang.English, "ja-JP": lang.English, "de": lang.English,
	} {
		if got := lang.Match(locale); got != want {
			t.Errorf("Match(%q) = %s, want %s", locale, got, want)
		}
	}
}

func TestOf(t *testing.T) {
	for text, want := range map[string]lang.Tag{
		"": lang.Chinese, "🙂": lang.Chinese, "测试券": lang.Chinese, "voucher怎么发": lang.Chinese, "how to issue": lang.English, "PO": lang.English,
	} {
		if got := lang.Of(text); got != want {
			t.Errorf("Of(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestNew_NamesEveryFault(t *testing.T) {
	_, err := lang.New(map[lang.Tag]map[string]string{
		lang.Chinese: {"a": "甲 {name}", "b": "乙"},
		lang.English: {"a": "a {nam}", "c": "c"},
	})
	if err == nil {
		t.Fatal("differing catalogs were accepted")
	}
	for _, want := range []string{`"a"`, `"b" is missing in en`, `"c" is missing in zh-CN`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not name %s: %v", want, err)
		}
	}
}

func TestText(t *testing.T) {
	c, err := lang.New(map[lang.Tag]map[string]string{
		lang.Chinese: {"hello": "你好，{name}"},
		lang.English: {"hello": "Hello, {name}"},
	})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		tag  lang.Tag
		key  string
		args []string
		want string
	}{
		{"filled in", lang.English, "hello", []string{"name", "Li"}, "Hello, Li"},
		{"a value is not filled in again", lang.English, "hello", []string{"name", "{name}"}, "Hello, {name}"},
		{"a missing value stays visible", lang.Chinese, "hello", nil, "你好，{name}"},
		{"an unknown key is seen", lang.Chinese, "no.such", nil, "[no.such]"},
		{"a percent sign is a percent sign", lang.English, "hello", []string{"name", "100%d"}, "Hello, 100%d"},
		{"an unknown language is Chinese", lang.Tag("xx"), "hello", []string{"name", "李"}, "你好，李"},
	}
	for _, c2 := range cases {
		t.Run(c2.name, func(t *testing.T) {
			if got := c.Text(c2.tag, c2.key, c2.args...); got != c2.want {
				t.Errorf("got %q, want %q", got, c2.want)
			}
		})
	}
}
