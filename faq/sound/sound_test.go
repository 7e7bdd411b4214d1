package sound_test

import (
	"slices"
	"testing"

	"partnerdesk/faq/sound"
)

func TestReadings(t *testing.T) {
	for name, c := range map[string]struct {
		in   rune
		want []string
	}{
		"one reading":   {'券', []string{"quan"}},
		"several":       {'重', []string{"zhong"}},
		"no tone marks": {'绿', []string{"lv"}},
		"a letter":      {'a', nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := sound.Table{}.Readings(c.in)
			for _, w := range c.want {
				if !slices.Contains(got, w) {
					t.Errorf("got %q, want %q in it", got, w)
				}
			}
			if c.want == nil && got != nil {
				t.Errorf("got %q, want none", got)
			}
		})
	}
}
