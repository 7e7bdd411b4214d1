package bot_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
)

func searchBot(t *testing.T, log *strings.Builder, seen *[]bot.Request) *bot.Bot {
	t.Helper()
	offer := func(_ context.Context, r bot.Request) ([]bot.Option, error) {
		*seen = append(*seen, r)
		return []bot.Option{{Value: "1", Text: r.Text}}, nil
	}
	many := make([]bot.Option, 250)
	b, err := bot.New(bot.Options{
		Default: "ask", People: town{"U1": {Locale: "zh-CN"}, "U2": {Deactivated: true}}, Access: gate{}, Store: &memory{fail: errors.New("nothing is kept")},
		Catalog: catalog(t), Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now,
		Commands: []bot.Command{{Name: "ask", Needs: bot.RightAsk, Run: func(context.Context, bot.Request) (bot.Outcome, error) { return bot.Outcome{}, nil },
			Suggests: map[string]bot.Suggestion{
				"good":    {Run: offer},
				"approve": {Needs: bot.RightApprove, Run: offer},
				"panic":   {Run: func(context.Context, bot.Request) ([]bot.Option, error) { panic("secret value") }},
				"broken":  {Run: func(context.Context, bot.Request) ([]bot.Option, error) { return many, errors.New("no answer") }},
				"many":    {Run: func(context.Context, bot.Request) ([]bot.Option, error) { return many, nil }},
				"slow": {Run: func(ctx context.Context, _ bot.Request) ([]bot.Option, error) {
					if at, ok := ctx.Deadline(); !ok || time.Until(at) > 3*time.Second {
						return nil, errors.New("has all the time in the world")
					}
					return nil, context.DeadlineExceeded
				}},
			}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSuggest(t *testing.T) {
	for _, c := range []struct {
		name, user, action string
		want               int
		err                string
	}{
		{"what fits", "U1", "good", 1, ""},
		{"no right", "U1", "approve", 0, "refused"},
		{"left the company", "U2", "good", 0, "refused"},
		{"nobody we know", "U9", "good", 0, "refused"},
		{"a panic", "U1", "panic", 0, "panic"},
		{"an error", "U1", "broken", 0, "no answer"},
		{"too slow", "U1", "slow", 0, "deadline"},
		{"more than can be shown", "U1", "many", bot.MostSuggested, ""},
		{"of an older version", "U1", "gone", 0, "no such"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log strings.Builder
			var seen []bot.Request
			b := searchBot(t, &log, &seen)
			got, err := b.Suggest(t.Context(), bot.Request{Door: "test", Person: bot.PersonID{Team: "T1", User: c.user}, Command: "ask", Action: c.action, Text: "青禾"})
			if len(got) != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Fatalf("got %d, %v; want %d, %q", len(got), err, c.want, c.err)
			}
			if c.want == 1 && (len(seen) != 1 || seen[0].Actor.Person.ID.User != "U1" || seen[0].Lang != lang.Chinese || seen[0].Text != "青禾") {
				t.Errorf("asked with %+v", seen)
			}
			if c.want == 0 && len(seen) > 0 {
				t.Error("somebody without the right was searched for")
			}
			if strings.Contains(log.String(), "青禾") || c.err != "" && !strings.Contains(log.String(), "nothing suggested") {
				t.Errorf("log: %s", log.String())
			}
		})
	}
	var log strings.Builder
	var seen []bot.Request
	if got, err := searchBot(t, &log, &seen).Suggest(t.Context(), bot.Request{Command: "nosuch", Action: "x", Person: bot.PersonID{User: "U1"}}); len(got) != 0 || err == nil {
		t.Errorf("a command of nobody's: %v, %v", got, err)
	}
}
