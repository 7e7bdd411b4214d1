package text_test

import (
	"testing"
	"unicode/utf8"
)

func FuzzRead(f *testing.F) {
	for _, s := range []string{"如何下发代金券额度", "12月31日前 20,000 或 2万", "indirect_partner_id=1", "<@U1> :tada: \x00", "don't", "十百千万", "１２３．４％", "a_b.c'd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lex := lexicon(t)
		r := lex.Read(s)
		for _, x := range r.Terms {
			if x.Text == "" || x.Weight <= 0 {
				t.Errorf("%q: empty term %+v", s, x)
			}
			if utf8.ValidString(s) && !utf8.ValidString(x.Text) {
				t.Errorf("%q: term %q is cut in a character", s, x.Text)
			}
		}
		if again := lex.Read(s); len(again.Terms) != len(r.Terms) {
			t.Errorf("%q: reads differently the second time", s)
		}
	})
}
