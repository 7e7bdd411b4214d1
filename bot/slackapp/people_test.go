package slackapp_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/slackapp"
)

func TestPeople(t *testing.T) {
	d := open(t, slackapp.HTTP, nil)
	tests := []struct {
		user, inTeam string
		check        func(p bot.Person) bool
	}{
		{"U0LILEI", team, func(p bot.Person) bool {
			return p.Locale == "zh-CN" && p.Zone == "Asia/Shanghai" && p.Name == "李雷" && !p.Guest && !p.External && len(p.Groups) == 0
		}},
		{"U0ALICE", team, func(p bot.Person) bool { return p.Locale == "en-US" && slices.Equal(p.Groups, []string{"S0APPR"}) }},
		{"U0GUEST", team, func(p bot.Person) bool { return p.Guest }},
		{"U0GONE", team, func(p bot.Person) bool { return p.Deactivated }},
		{"U0DESK", team, func(p bot.Person) bool { return p.Bot }},
		{"U0EXT", "T0OTHER", func(p bot.Person) bool { return p.External && len(p.Groups) == 0 }},
	}
	for _, tt := range tests {
		id := bot.PersonID{Team: tt.inTeam, User: tt.user}
		p, err := d.app.People().Find(t.Context(), id)
		if err != nil || p.ID != id || !tt.check(p) {
			t.Errorf("%s: got %+v, %v", tt.user, p, err)
		}
	}
	if _, err := d.app.People().Find(t.Context(), bot.PersonID{Team: team, User: "U0NOBODY"}); !errors.Is(err, bot.ErrNoPerson) {
		t.Errorf("nobody: got %v", err)
	}
}

func TestPeople_Remembered(t *testing.T) {
	f := newFar(t)
	f.on("users.info", ok(`"user":{"id":"U1","team_id":"T1","locale":"en-US"}`))
	f.on("usergroups.users.list", ok(`"users":["U1"]`))
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	a := f.app(t, func(o *slackapp.Options) {
		o.Now = func() time.Time { return now }
		o.Groups = []string{"S1"}
	})
	find := func() (bot.Person, error) {
		return a.People().Find(t.Context(), bot.PersonID{Team: "T1", User: "U1"})
	}
	for range 3 {
		if p, err := find(); err != nil || len(p.Groups) != 1 {
			t.Fatalf("got %+v, %v", p, err)
		}
	}
	if f.count("users.info") != 1 || f.count("usergroups.users.list") != 1 {
		t.Errorf("asked %v, want each once", f.calls)
	}
	now = now.Add(6 * time.Minute)
	f.on("usergroups.users.list", status(503, ""))
	if p, err := find(); err != nil || len(p.Groups) != 1 || f.count("users.info") != 2 {
		t.Errorf("got %+v, %v; want the person asked anew and the group as it was", p, err)
	}
	now = now.Add(time.Hour)
	if _, err := find(); err == nil {
		t.Error("a group nobody has read for an hour still counted")
	}
	now = now.Add(time.Hour)
	f.on("users.info", status(503, ""))
	if _, err := find(); err == nil || errors.Is(err, bot.ErrNoPerson) {
		t.Errorf("got %v, want an error that is not about the person", err)
	}
}

// A clock that was ahead for a while does not let an old answer count for as long.
func TestPeople_ClockSetBack(t *testing.T) {
	f := newFar(t)
	f.on("users.info", ok(`"user":{"id":"U1","team_id":"T1","locale":"en-US"}`))
	f.on("usergroups.users.list", ok(`"users":["U1"]`))
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	a := f.app(t, func(o *slackapp.Options) {
		o.Now = func() time.Time { return now }
		o.Groups = []string{"S1"}
	})
	find := func() (bot.Person, error) {
		return a.People().Find(t.Context(), bot.PersonID{Team: "T1", User: "U1"})
	}
	if p, err := find(); err != nil || len(p.Groups) != 1 {
		t.Fatalf("got %+v, %v", p, err)
	}
	now = now.Add(-3 * time.Hour)
	f.on("usergroups.users.list", ok(`"users":[]`))
	if p, err := find(); err != nil || len(p.Groups) != 0 || f.count("users.info") != 2 {
		t.Errorf("got %+v, %v; want both asked anew", p, err)
	}
	now = now.Add(-3 * time.Hour)
	f.on("usergroups.users.list", status(503, ""))
	if _, err := find(); err == nil {
		t.Error("a group that was read nobody knows when still counted")
	}
}
