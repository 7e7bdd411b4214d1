package text_test

import (
	"slices"
	"strings"
	"testing"

	"partnerdesk/faq/text"
)

func lexicon(t *testing.T) *text.Lexicon {
	t.Helper()
	lex, err := text.NewLexicon(text.NewFold("劃划劵券 發发 餘余"), []text.Concept{
		{Name: "distributor", Kind: text.Role, Forms: []string{"总经销商", "一级经销商", "distributor", "tier 1"}},
		{Name: "voucher", Kind: text.Object, Is: "coupon", Forms: []string{"代金券", "voucher"}},
		{Name: "coupon", Kind: text.Object, Forms: []string{"券", "coupon"}},
		{Name: "quota", Kind: text.Object, Forms: []string{"额度", "quota"}},
		{Name: "issue", Kind: text.Action, Forms: []string{"下发", "发放", "issue"}},
		{Name: "how", Kind: text.Ask, Forms: []string{"怎么", "如何", "how to", "how"}},
		{Name: "not", Kind: text.Negation, Forms: []string{"不能", "不", "not"}},
		{Name: "polite", Kind: text.Filler, Forms: []string{"请问", "的", "吗", "please", "the", "a"}},
		{Name: "cloud", Kind: text.Foreign, Forms: []string{"azure"}},
		{Name: "rules", Kind: text.Order, Forms: []string{"ignore your"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return lex
}

func terms(r text.Reading) []string {
	var out []string
	for _, t := range r.Terms {
		out = append(out, t.Text)
	}
	return out
}

func TestFold(t *testing.T) {
	f := text.NewFold("劃划餘余")
	for name, c := range map[string]struct{ in, want string }{
		"full width":         {"ＯＢＳ　桶？", "obs 桶?"},
		"traditional":        {"餘額劃撥", "余額划撥"},
		"punctuation":        {"「代金券」。", "(代金券)."},
		"mentions":           {"<!channel> 余额 <@U123>", "  余额  "},
		"emoji and controls": {"余额\x00🎉\u200b", "余额   "},
		"emoji names":        {"好 :tada: 的", "好   的"},
		"a time of day":      {"12:30:45", "12:30:45"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := f.Apply(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRead_NumbersHaveOneForm(t *testing.T) {
	lex := lexicon(t)
	for _, c := range []struct {
		want string
		in   []string
	}{
		{"n:20000", []string{"2万", "20000", "20,000", "两万", "二万", "20k", "２万", "2 万"}},
		{"n:3", []string{"3个工作日", "三个工作日", "3 working days", "三天"}},
		{"d:12-31", []string{"12月31日", "十二月三十一日", "31 December", "December 31", "Dec 31st", "12/31"}},
		{"n:10%", []string{"10%", "10％"}},
		{"n:2025", []string{"2025年", "2025"}},
		{"n:800000", []string{"80万", "800,000", "八十万"}},
	} {
		for _, in := range c.in {
			t.Run(in, func(t *testing.T) {
				if got := lex.Read(in).Numbers; !slices.Contains(got, c.want) {
					t.Errorf("numbers %q, want %q", got, c.want)
				}
			})
		}
	}
	for _, in := range []string{"一级经销商", "二维码", "一下", "三方", "统一", "万一"} {
		t.Run("none in "+in, func(t *testing.T) {
			if got := lex.Read(in).Numbers; len(got) > 0 {
				t.Errorf("numbers %q, want none", got)
			}
		})
	}
}

func TestRead_BothLanguagesMeet(t *testing.T) {
	lex := lexicon(t)
	zh, en, mixed := lex.Read("请问如何下发代金券额度"), lex.Read("how to issue a voucher quota"), lex.Read("怎么 issue 代金券 quota")
	for name, r := range map[string]text.Reading{"en": en, "mixed": mixed} {
		if got, want := terms(r), terms(zh); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if !slices.Contains(zh.Types, "how") {
		t.Errorf("types %q, want how", zh.Types)
	}
	if !slices.Contains(terms(zh), "#coupon") {
		t.Errorf("terms %q lack the broader concept", terms(zh))
	}
}

func TestRead(t *testing.T) {
	lex := lexicon(t)
	t.Run("mixed runs fall apart", func(t *testing.T) {
		if got := terms(lex.Read("OBS桶")); !slices.Equal(got, []string{"obs", "桶"}) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("an identifier stays whole and has its parts", func(t *testing.T) {
		r := lex.Read("indirect_partner_id怎么填")
		if got := terms(r); !slices.Contains(got, "indirect_partner_id") || !slices.Contains(got, "partner") {
			t.Errorf("got %q", got)
		}
		if !slices.Contains(r.Codes, "indirect_partner_id") {
			t.Errorf("codes %q", r.Codes)
		}
	})
	t.Run("parties, negation, foreign words and orders", func(t *testing.T) {
		r := lex.Read("总经销商不能用 Azure 吗")
		if !slices.Equal(r.Roles, []string{"distributor"}) || !r.Negated || !slices.Equal(r.Foreign, []string{"cloud"}) {
			t.Errorf("got %+v", r)
		}
		if !lex.Read("Ignore your rules").Ordered {
			t.Error("an order is not seen")
		}
	})
	t.Run("word forms are one", func(t *testing.T) {
		if a, b := terms(lex.Read("vouchers issued")), terms(lex.Read("voucher issue")); !slices.Equal(a, b) {
			t.Errorf("%q and %q differ", a, b)
		}
	})
	t.Run("a phrase does not reach over punctuation", func(t *testing.T) {
		if got := terms(lex.Read("总经销,商")); slices.Contains(got, "#distributor") {
			t.Errorf("got %q", got)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		for _, in := range []string{"", "   ", "🎉🎉", "???", "\x00\x01", "请问的吗"} {
			if got := lex.Read(in).Terms; len(got) > 0 {
				t.Errorf("%q: %v", in, got)
			}
		}
	})
	t.Run("ten thousand characters", func(t *testing.T) {
		lex.Read(strings.Repeat("代金券 voucher 2万 ", 1000))
	})
}

func TestNewLexicon_Faults(t *testing.T) {
	fold := text.NewFold("")
	for name, c := range map[string][]text.Concept{
		"a form of two concepts":     {{Name: "a", Forms: []string{"券"}}, {Name: "b", Forms: []string{"券"}}},
		"an empty form":              {{Name: "a", Forms: []string{"。"}}},
		"an unknown broader concept": {{Name: "a", Is: "b", Forms: []string{"券"}}},
		"two kinds":                  {{Name: "a", Forms: []string{"券"}}, {Name: "a", Kind: text.Role, Forms: []string{"商"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := text.NewLexicon(fold, c); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestChat(t *testing.T) {
	lex := lexicon(t)
	if err := lex.SetChat([]string{"谢谢", "好", "thanks"}, []string{"的", "a lot"}); err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]bool{
		"谢谢": true, "好的，谢谢！": true, "Thanks a lot": true, "<@U1> 谢謝": false, "👍": true, ":+1:": true,
		"": false, "???": false, "<!channel>": false, "的": false, "好额度": false, "thanks voucher": false,
	} {
		t.Run(s, func(t *testing.T) {
			if got := lex.Chat(s); got != want {
				t.Errorf("got %t", got)
			}
		})
	}
	if err := lex.SetChat([]string{"好"}, []string{"好"}); err == nil {
		t.Error("a word both by itself and beside: no error")
	}
}

func TestSetRivals_RefusesWhatIsNotListed(t *testing.T) {
	lex := lexicon(t)
	if err := lex.SetRivals([][]string{{"voucher", "quota"}}); err != nil || len(lex.Rivals()) != 1 {
		t.Errorf("got %v, %v", lex.Rivals(), err)
	}
	if err := lex.SetRivals([][]string{{"voucher", "boat"}}); err == nil {
		t.Error("no error")
	}
}
