package rota_test

import (
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/rota"
	"partnerdesk/handlers/worktime"
)

func TestTable(t *testing.T) {
	zone := time.FixedZone("Asia/Shanghai", 8*60*60)
	who := func(user string) bot.PersonID { return bot.PersonID{Team: "T", User: user} }
	away := func(person, deputy string, from, to int) rota.Stand {
		return rota.Stand{Person: who(person), Deputy: who(deputy), From: worktime.On(2026, 11, from), To: worktime.On(2026, 11, to)}
	}
	good := func(person, deputy string) rota.Stand { return rota.Stand{Person: who(person), Deputy: who(deputy)} }
	cases := map[string]struct {
		stands              []rota.Stand
		at                  time.Time // in the zone
		away, standing, any string
	}{
		"nobody":                          {at: time.Date(2026, 11, 20, 9, 0, 0, 0, zone)},
		"for good is no absence":          {stands: []rota.Stand{good("A", "B")}, at: time.Date(2026, 11, 20, 9, 0, 0, 0, zone), standing: "B", any: "B"},
		"the first day, from midnight":    {stands: []rota.Stand{away("A", "B", 20, 22)}, at: time.Date(2026, 11, 20, 0, 0, 0, 0, zone), away: "B", any: "B"},
		"the day before":                  {stands: []rota.Stand{away("A", "B", 20, 22)}, at: time.Date(2026, 11, 19, 23, 59, 0, 0, zone)},
		"the last day":                    {stands: []rota.Stand{away("A", "B", 20, 22)}, at: time.Date(2026, 11, 22, 23, 59, 0, 0, zone), away: "B", any: "B"},
		"the day after":                   {stands: []rota.Stand{away("A", "B", 20, 22)}, at: time.Date(2026, 11, 23, 0, 0, 0, 0, zone)},
		"the deputy is away too":          {stands: []rota.Stand{away("A", "B", 20, 22), away("B", "C", 20, 20)}, at: time.Date(2026, 11, 20, 9, 0, 0, 0, zone), away: "C", any: "C"},
		"each is the other's: the latter": {stands: []rota.Stand{away("A", "B", 20, 22), away("B", "A", 20, 22)}, at: time.Date(2026, 11, 20, 9, 0, 0, 0, zone), away: "B", any: "B"},
		"both sorts":                      {stands: []rota.Stand{away("A", "B", 20, 22), good("A", "C")}, at: time.Date(2026, 11, 20, 9, 0, 0, 0, zone), away: "B", standing: "C", any: "C"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			table := rota.Table{Stands: c.stands, Zone: zone}
			same := func(what string, got bot.PersonID, ok bool, want string) {
				t.Helper()
				if ok != (want != "") || ok && got != who(want) {
					t.Errorf("%s: got %s, %v, want %q", what, got, ok, want)
				}
			}
			got, ok := table.Away(who("A"), c.at.UTC())
			same("away", got, ok, c.away)
			got, ok = table.Standing(who("A"))
			same("standing", got, ok, c.standing)
			got, ok = table.Any(who("A"), c.at.UTC())
			same("any", got, ok, c.any)
		})
	}
}
