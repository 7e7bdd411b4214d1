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
