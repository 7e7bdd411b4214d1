package alert_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"partnerdesk/bot"
	"partnerdesk/handlers/alert"
)

var (
	start = time.Date(2026, time.November, 20, 1, 0, 0, 0, time.UTC)
	li    = bot.PersonID{Team: "T1", User: "U1"}
	spec  = alert.Spec{Kind: "test", For: 2 * time.Minute, Cool: 10 * time.Minute, Again: time.Hour}
)

// step is one look: what is true (objects separated by spaces, "?" for a source
// that cannot be read), and what comes of it.
type step struct {
	min   int
	true  string
	under bool // an inhibitor is true
	night bool // nobody works
	do    func(alert.Group, time.Time) alert.Group
	want  alert.Reason
}

func ack(until int) func(alert.Group, time.Time) alert.Group {
	return func(g alert.Group, now time.Time) alert.Group {
		return g.Ack(li, now, start.Add(time.Duration(until)*time.Minute))
	}
}

func mute(until int) func(alert.Group, time.Time) alert.Group {
	return func(g alert.Group, now time.Time) alert.Group {
		return g.Mute(li, now, start.Add(time.Duration(until)*time.Minute))
	}
}

func TestDecide(t *testing.T) {
	cases := []struct {
		name  string
		steps []step
	}{
		{"what lasts is told once", []step{{min: 0, true: "a", want: alert.Pending}, {min: 1, true: "a", want: alert.Pending}, {min: 2, true: "a", want: alert.First}, {min: 3, true: "a", want: alert.Cooling}, {min: 13, true: "a", want: alert.Told}}},
		{"a blip is not told", []step{{min: 0, true: "a", want: alert.Pending}, {min: 1, want: alert.Nothing}, {min: 2, true: "a", want: alert.Pending}}},
		{"fifty are one notice", []step{{min: 0, true: strings.Repeat("x ", 1) + "b c d", want: alert.Pending}, {min: 2, true: "x b c d", want: alert.First}}},
		{"who joins is told when the cool-down allows", []step{{min: 0, true: "a", want: alert.Pending}, {min: 2, true: "a", want: alert.First},
			{min: 3, true: "a b", want: alert.Cooling}, {min: 5, true: "a b", want: alert.Changed}, {min: 6, true: "a b", want: alert.Cooling}, {min: 12, true: "a b", want: alert.More}}},
		{"the end edits the card", []step{{min: 0, true: "a", want: alert.Pending}, {min: 2, true: "a", want: alert.First}, {min: 3, want: alert.Resolved}, {min: 4, want: alert.Nothing}}},
		{"back within the cool-down: an edit, then a notice", []step{{min: 0, true: "a", want: alert.Pending}, {min: 2, true: "a", want: alert.First}, {min: 3, want: alert.Resolved},
			{min: 4, true: "a", want: alert.Pending}, {min: 6, true: "a", want: alert.Changed}, {min: 11, true: "a", want: alert.Cooling}, {min: 12, true: "a", want: alert.First}}},
		{"an inhibitor holds it, then lets go", []step{{min: 0, true: "a", want: alert.Pending}, {min: 2, true: "a", under: true, want: alert.Inhibited}, {min: 90, true: "a", under: true, want: alert.Inhibited}, {min: 91, true: "a", want: alert.First}}},
		{"what ended under an inhibitor is never told", []step{{min: 0, true: "a", under: true, want: alert.Pending}, {min: 5, true: "a", under: true, want: alert.Inhibited}, {min: 6, under: true, want: alert.Nothing}, {min: 7, want: alert.Nothing}}},
		{"a source that cannot be read changes nothing", []step{{min: 0, true: "a", want: alert.Pending}, {min: 2, true: "a", want: alert.First}, {min: 13, true: "?", want: alert.Told}, {min: 62, true: "?", want: alert.Again}}},
		{"it is told again", []step{{min: 0, true: "a", want: alert.Pending}, {min: 2, true: "a", want: alert.First}, {min: 61, true: "a", want: alert.Told}, {min: 62, true: "a", want: alert.Again}}},
		{"who acknowledged is left alone until then", []step{{min: 0, true: "a", want: alert.Pending}, {min: 2, true: "a", want: alert.First}, {min: 3, true: "a", do: ack(180), want: alert.Cooling},
			{min: 62, true: "a", want: alert.Acknowledged}, {min: 179, true: "a", want: alert.Acknowledged}, {min: 180, true: "a", want: alert.Lifted}, {min: 195, true: "a", want: alert.Told}}},
		{"what is new is told all the same", []step{{min: 0, true: "a", want: alert.Pending}, {min: 2, true: "a", want: alert.First}, {min: 3, true: "a", do: ack(180), want: alert.Cooling},
			{min: 20, true: "a b", want: alert.Acknowledged}, {min: 22, true: "a b", want: alert.More}, {min: 40, true: "a b", want: alert.Acknowledged}}},
		{"muted is mute", []step{{min: 0, true: "a", do: mute(100), want: alert.Pending}, {min: 2, true: "a", want: alert.Muted}, {min: 99, true: "a b", want: alert.Muted}, {min: 100, true: "a b", want: alert.First}}},
		{"what can wait is told in the morning", []step{{min: 0, true: "a", want: alert.Pending}, {min: 2, true: "a", night: true, want: alert.Quiet}, {min: 600, true: "a", want: alert.First}}},
		{"one goes while another comes", []step{{min: 0, true: "a", want: alert.Pending}, {min: 2, true: "a b", want: alert.First}, {min: 4, true: "b", want: alert.Changed}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var g alert.Group
			for i, s := range c.steps {
				now := start.Add(time.Duration(s.min) * time.Minute)
				f := alert.Facts{Now: now, Known: s.true != "?", Inhibited: s.under, Closed: s.night}
				for _, o := range strings.Fields(strings.Trim(s.true, "?")) {
					f.True = append(f.True, alert.Condition{Object: o})
				}
				if s.do != nil {
					g = s.do(g, now)
				}
				var got alert.Reason
				if g, got = alert.Decide(g, spec, f); got != s.want {
					t.Fatalf("step %d, minute %d: %q, want %q; %+v", i, s.min, got, s.want, g)
				}
			}
		})
	}
}

func TestDecide_ManyAreCounted(t *testing.T) {
	f := alert.Facts{Now: start, Known: true}
	for i := range 1000 {
		f.True = append(f.True, alert.Condition{Object: string(rune('a'+i%26)) + time.Duration(i).String()})
	}
	g, why := alert.Decide(alert.Group{}, alert.Spec{}, f)
	if why != alert.First || len(g.Items) != alert.MostItems || g.Count() != 1000 {
		t.Errorf("%s with %d of %d", why, len(g.Items), g.Count())
	}
}

func TestSpecs(t *testing.T) {
	place := map[alert.Kind]int{}
	for i, s := range alert.Specs() {
		if _, twice := place[s.Kind]; twice {
			t.Errorf("%s is declared twice", s.Kind)
		}
		place[s.Kind] = i
		if s.Class == alert.Ops && !s.Urgent {
			t.Errorf("%s is not told at night", s.Kind)
		}
		if s.Cool <= 0 || s.Again < s.Cool {
			t.Errorf("%s: told again after %s, cool-down %s", s.Kind, s.Again, s.Cool)
		}
		for _, k := range s.Under {
			if _, known := place[k]; !known {
				t.Errorf("%s is muted by %s, which is decided after it", s.Kind, k)
			}
		}
		if declared, ok := alert.SpecOf(s.Kind); !ok || declared.Class == "" {
			t.Errorf("%s has no class", s.Kind)
		}
	}
	if s, ok := alert.SpecOf("no such kind"); ok || s.Class != alert.Private {
		t.Errorf("an undeclared kind is %q", s.Class)
	}
}

// oracle follows what is true by itself and knows nothing of groups.
type oracle struct {
	since map[string]time.Time // true without a break, as far as it was looked
	told  map[string]bool
	loud  time.Time
	ack   time.Time
	mute  time.Time
}

func (o *oracle) see(now time.Time, objects []string) {
	for k := range o.since {
		if !slices.Contains(objects, k) {
			delete(o.since, k)
			delete(o.told, k)
		}
	}
	for _, k := range objects {
		if _, known := o.since[k]; !known {
			o.since[k] = now
		}
	}
}

// may says whether a notice is allowed at all, must whether one is due.
func (o *oracle) may(now time.Time, under bool) bool {
	return !under && !now.Before(o.mute) && (o.loud.IsZero() || now.Sub(o.loud) >= spec.Cool)
}

func (o *oracle) must(now time.Time, under bool) bool {
	if !o.may(now, under) {
		return false
	}
	ripe := false
	for k, since := range o.since {
		if now.Sub(since) >= spec.For {
			ripe = true
			if !o.told[k] {
				return true
			}
		}
	}
	return ripe && !now.Before(o.ack) && now.Sub(o.loud) >= spec.Again
}

// TestDecide_Oracle walks at random, with restarts in between, and holds every
// decision against the oracle: never two notices within the cool-down, none while
// inhibited, muted or closed, and whatever must be told is told at the first look that
// may.
func TestDecide_Oracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := &oracle{since: map[string]time.Time{}, told: map[string]bool{}}
		var g alert.Group
		now, under, closed := start, false, false
		objects := []string{}
		for range rapid.IntRange(20, 200).Draw(t, "looks") {
			now = now.Add(time.Duration(rapid.IntRange(1, 9).Draw(t, "minutes")) * time.Minute)
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1, 2:
				objects = nil
				for _, k := range []string{"a", "b", "c"} {
					if rapid.Bool().Draw(t, k) {
						objects = append(objects, k)
					}
				}
			case 3:
				under = !under
			case 4:
				if g.Firing {
					o.ack = now.Add(time.Duration(rapid.IntRange(1, 180).Draw(t, "ack")) * time.Minute)
					g = g.Ack(li, now, o.ack)
				}
			case 5:
				o.mute = now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "mute")) * time.Minute)
				g = g.Mute(li, now, o.mute)
			case 7:
				closed = !closed
			case 6: // a restart: only what a row holds survives
				g = alert.Group{Items: slices.Clone(g.Items), Since: g.Since, Firing: g.Firing, Part: g.Part, Noticed: g.Noticed, Acked: g.Acked, Muted: g.Muted, Log: g.Log}
			}
			known := rapid.IntRange(0, 5).Draw(t, "known") > 0
			f := alert.Facts{Now: now, Known: known, Inhibited: under, Closed: closed}
			held := under || closed
			for _, k := range objects {
				f.True = append(f.True, alert.Condition{Object: k})
			}
			if known {
				o.see(now, objects)
			}
			var why alert.Reason
			firing := g.Firing
			g, why = alert.Decide(g, spec, f)
			if why.Loud() && !o.may(now, held) {
				t.Fatalf("told (%s) %s after the last notice, inhibited %t, muted until %s", why, now.Sub(o.loud), under, o.mute)
			}
			if !why.Loud() && o.must(now, held) {
				t.Fatalf("not told (%s): %v true, told %v, last notice %s ago", why, o.since, o.told, now.Sub(o.loud))
			}
			if why.Loud() {
				o.loud = now
				for k, since := range o.since {
					if now.Sub(since) >= spec.For {
						o.told[k] = true
					}
				}
			}
			if firing && !g.Firing {
				o.ack = time.Time{} // what is over is not acknowledged any more
			}
			if len(g.Log) > alert.MostLog {
				t.Fatalf("%d lines of history", len(g.Log))
			}
		}
	})
}
