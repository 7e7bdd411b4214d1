package desk

import "partnerdesk/bot/lang"

// Described is one row of the settings table, in words.
type Described struct{ Key, Env, Default, Meaning string }

// Describe lists every setting for help and README.
func Describe(w lang.Words) []Described {
	var rows []Described
	for _, s := range settings() {
		d := Described{Key: s.key, Env: s.env, Default: s.def, Meaning: w.T("setting." + s.key)}
		if s.def == "" {
			d.Default = "–"
		}
		if s.secret {
			d.Meaning += " 🔒"
		}
		rows = append(rows, d)
	}
	return rows
}

// Source is where a setting's value comes from.
type Source string

// The sources, the strongest first; none is a setting that is not set.
const (
	FromFlag    Source = "flag"
	FromEnv     Source = "env"
	FromFile    Source = "file"
	FromDefault Source = "default"
)

// Value is what a setting is now. Text is empty where nobody said anything and
// dots where it is a secret.
type Value struct {
	Key, Text string
	From      Source
}

func (v *Value) take(s setting, text string, from Source) {
	if text == "" {
		return
	}
	v.Text, v.From = text, from
	if s.secret {
		v.Text = Secret(text).String()
	}
}
