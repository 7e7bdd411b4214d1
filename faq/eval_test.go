package faq_test

import (
	"strings"
	"testing"

	"partnerdesk/faq"
)

func TestEval(t *testing.T) {
	d := desk(t, small())
	in := `{"id":"a","q":"食堂午餐几点开始供应","lang":"zh","kind":"keyword","must":["午餐.*答案"]}
{"id":"b","q":"食堂午餐几点开始供应","lang":"zh","kind":"keyword","must":["晚餐"]}
{"id":"c","q":"食堂午餐几点开始供应","lang":"zh","must":["午餐"],"must_not":["答案"]}
{"id":"d","q":"机房空调温度如何调节","entry":["weather"]}

{"id":"e","q":"zzzz","kind":"far"}
{"id":"f","q":"食堂午餐几点开始供应","kind":"near"}
`
	cases, err := faq.ReadCases("in", strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	r, err := faq.Eval(t.Context(), d, cases)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []faq.Result{faq.Right, faq.Wrong, faq.Wrong, faq.Right, faq.Quiet, faq.Wrong} {
		if got := r.Outcomes[i].Result; got != want {
			t.Errorf("case %s: got %s (%s %.2f), want %s", cases[i].ID, got, r.Outcomes[i].Answer.Verdict, r.Outcomes[i].Confidence, want)
		}
	}
	if all := r.Tallies[0]; all.Group != "all" || !all.Scope || all.Cases != 4 || all.Share(faq.Right) != 0.5 {
		t.Errorf("got %+v", all)
	}
	if got := len(r.Misses()); got != 3 {
		t.Errorf("%d misses", got)
	}
}

func TestReadCases_FaultsNameTheLine(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"no JSON":          {"{}\n{", "f:2"},
		"a broken pattern": {`{"must":["("]}`, "f:1: must"},
		"a broken refusal": {`{"must_not":["("]}`, "f:1: must_not"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := faq.ReadCases("f", strings.NewReader(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
