package rest

import (
	"encoding/json"
	"math/big"
	"testing"
	"time"
)

func TestParseTime_FormsSeen(t *testing.T) {
	want := time.Date(2026, 11, 20, 4, 5, 6, 0, time.UTC)
	for name, in := range map[string]string{
		"utc":                   "2026-11-20T04:05:06Z",
		"offset":                "2026-11-20T12:05:06+08:00",
		"offset with fractions": "2026-11-20T12:05:06.000+08:00",
		"offset without colon":  "2026-11-20T12:05:06+0800",
		"no zone":               "2026-11-20 12:05:06",
		"no zone with T":        "2026-11-20T12:05:06",
		"no zone, fractions":    "2026-11-20 12:05:06.0",
		"another offset":        "2026-11-20T05:05:06+01:00",
		"milliseconds":          "1795147506000",
		"space around":          " 2026-11-20T04:05:06Z ",
	} {
		t.Run(name, func(t *testing.T) {
			if got := parseTime(in); !got.Equal(want) || got.Location() != time.UTC {
				t.Errorf("%q = %s, want %s", in, got, want)
			}
		})
	}
	for _, in := range []string{"", "null", "soon", "20261120", "2026-13-40 00:00:00"} {
		if got := parseTime(in); !got.IsZero() {
			t.Errorf("%q = %s, want the zero time", in, got)
		}
	}
}

func TestLenientForms(t *testing.T) {
	var w struct {
		T text    `json:"t"`
		N number  `json:"n"`
		F flag    `json:"f"`
		D decimal `json:"d"`
	}
	tests := []struct {
		json string
		t    text
		n    int
		set  bool
		f    flag
		d    decimal
	}{
		{`{"t":"a","n":5,"f":true,"d":"0.00123"}`, "a", 5, true, true, "0.00123"},
		{`{"t":7,"n":"5","f":"1","d":1.5E-3}`, "7", 5, true, true, "0.0015"},
		{`{"t":null,"n":null,"f":null,"d":null}`, "", 0, false, false, ""},
		{`{"t":{"a":1},"n":"x","f":0,"d":""}`, "", 0, false, false, ""},
		{`{}`, "", 0, false, false, ""},
	}
	for _, tt := range tests {
		w.T, w.N, w.F, w.D = "", number{}, false, ""
		if err := json.Unmarshal([]byte(tt.json), &w); err != nil {
			t.Errorf("%s: %v", tt.json, err)
		}
		if w.T != tt.t || w.N.n != tt.n || w.N.set != tt.set || w.F != tt.f || w.D != tt.d {
			t.Errorf("%s = %+v", tt.json, w)
		}
	}
}

// Money that is accepted is exact; what is not exact in fen is refused.
func FuzzYuan(f *testing.F) {
	for _, s := range []string{"12.30", `"12.30"`, "1E+5", "0e-8", "-0.01", "12.305", "1e400", "--1", "00012.5", "1.0e1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var y yuan
		if json.Unmarshal([]byte(s), &y) != nil || !y.set {
			return
		}
		var plain text
		if err := json.Unmarshal([]byte(s), &plain); err != nil {
			t.Fatal(err)
		}
		want, ok := new(big.Rat).SetString(string(plain))
		if !ok {
			return // e.g. spaces around, which big does not take
		}
		if got := big.NewRat(int64(y.fen), 100); got.Cmp(want) != 0 {
			t.Errorf("%s = %s", s, y.fen)
		}
	})
}
