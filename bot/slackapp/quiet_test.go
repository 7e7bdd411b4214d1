package slackapp_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/slackapp"
)

func TestAway(t *testing.T) {
	d := open(t, slackapp.Socket, nil)
	away := func(team, user string) time.Time {
		t.Helper()
		until, err := d.app.Away(t.Context(), bot.PersonID{Team: team, User: user})
		if err != nil {
			t.Fatal(err)
		}
		return until
	}
	now := time.Now()
	until := now.Add(time.Hour).Truncate(time.Second)
	if err := d.ws.SetQuiet("lilei", now.Add(-time.Minute), until); err != nil {
		t.Fatal(err)
	}
	if err := d.ws.SetQuiet("alice", now.Add(time.Hour), now.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := away(team, "U0LILEI"); !got.Equal(until) {
		t.Errorf("in his quiet hours he is away until %v, want %v", got, until)
	}
	for who, id := range map[string][2]string{"before her quiet hours": {team, "U0ALICE"}, "without any": {team, "U0GUEST"}, "nobody": {team, "U0NOBODY"}, "of another workspace": {"T0OTHER", "U0EXT"}} {
		if got := away(id[0], id[1]); !got.IsZero() {
			t.Errorf("%s: away until %v", who, got)
		}
	}
}

func TestAway_Remembered(t *testing.T) {
	f := newFar(t)
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	f.on("dnd.info", ok(`"dnd_enabled":true,"next_dnd_start_ts":1795165200,"next_dnd_end_ts":1795168800`)) // 09:00 to 10:00
	var log safeBuffer
	a := f.app(t, func(o *slackapp.Options) {
		o.Now = func() time.Time { return now }
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	id := bot.PersonID{Team: "T1", User: "U1"}
	for range 3 {
		if until, err := a.Away(t.Context(), id); err != nil || until.Hour() != 10 {
			t.Fatalf("got %v, %v", until, err)
		}
	}
	if f.count("dnd.info") != 1 {
		t.Errorf("asked %d times, want once", f.count("dnd.info"))
	}
	now = now.Add(time.Hour)
	if until, err := a.Away(t.Context(), id); err != nil || !until.IsZero() || f.count("dnd.info") != 2 {
		t.Errorf("after the quiet hours: %v, %v, asked %d times", until, err, f.count("dnd.info"))
	}
	now = now.Add(10 * time.Minute)
	f.on("dnd.info", status(503, ""))
	if _, err := a.Away(t.Context(), id); err == nil {
		t.Error("slack being down is no answer")
	}
	f.on("dnd.info", says("missing_scope"))
	for range 3 {
		if until, err := a.Away(t.Context(), id); err != nil || !until.IsZero() {
			t.Errorf("without the scope: %v, %v", until, err)
		}
	}
	if f.count("dnd.info") != 4 || strings.Count(log.String(), "dnd:read") != 1 {
		t.Errorf("without the scope asked %d times; log %s", f.count("dnd.info")-3, log.String())
	}
}
