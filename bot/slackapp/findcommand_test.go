package slackapp_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/bot/slackapp"
)

// find is a command with a search box and a form that searches in two fields.
func find() bot.Command {
	say := func(_ context.Context, r bot.Request) (bot.Outcome, error) {
		return bot.Outcome{Reply: bot.Say(bot.Text("found " + r.Value + r.Values["one"] + "/" + strings.ReplaceAll(r.Values["many"], "\n", "+")))}, nil
	}
	return bot.Command{Name: "find", Needs: bot.RightAsk,
		Run: func(context.Context, bot.Request) (bot.Outcome, error) {
			return bot.Outcome{Reply: bot.Reply{Blocks: []bot.Block{
				bot.Search{Action: "find.show", From: "find.fruit", Text: "Find fruit"},
				bot.Search{Action: "find.show", From: "find.secret", Text: "Find secrets"},
				bot.Search{Action: "find.show", From: "find.grouped", Text: "Find by kind"},
				bot.Search{Action: "find.show", From: "find.large", Text: "Find long names"},
				bot.Search{Action: "find.show", From: "find.broken", Text: "Find trouble"},
				bot.Buttons{Items: []bot.Button{{Action: "find.form", Text: "Fill in"}}},
			}}}, nil
		},
		Actions: map[string]bot.Action{"show": {Run: say}, "form": {Opens: true, Run: func(context.Context, bot.Request) (bot.Outcome, error) {
			return bot.Outcome{Reply: bot.Reply{Form: &bot.Form{Name: "find.form", Title: "Fruit", Submit: "Go", Close: "No", Fields: []bot.FormField{
				{Name: "one", Label: "One", Kind: bot.FieldSearch, Search: "find.fruit", Chosen: []bot.Option{{Value: "fig", Text: "Fig"}}},
				{Name: "many", Label: "Many", Kind: bot.FieldSearchMany, Search: "find.fruit", Most: 2, Optional: true},
			}}}}, nil
		}}},
		Forms: map[string]bot.Submission{"form": {Run: say}},
		Suggests: map[string]bot.Suggestion{
			"fruit":  {Run: fruit},
			"secret": {Needs: bot.RightApprove, Run: fruit},
			"broken": {Run: func(context.Context, bot.Request) ([]bot.Option, error) { return nil, errors.New("out of order") }},
			"grouped": {Run: func(context.Context, bot.Request) ([]bot.Option, error) {
				return []bot.Option{{Value: "1", Text: "Apple", Group: "Sweet"}, {Value: "2", Text: "Lemon", Group: "Sour"}}, nil
			}},
			"large": {Run: func(context.Context, bot.Request) (list []bot.Option, err error) {
				for i := range 150 {
					list = append(list, bot.Option{Value: strings.Repeat("v", 70) + strconv.Itoa(i), Text: strings.Repeat("很长的名字", 15)})
				}
				return list, nil
			}},
		},
	}
}

func fruit(_ context.Context, r bot.Request) (list []bot.Option, err error) {
	for _, name := range []string{"Apple", "Apricot", "Fig", "苹果"} {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(r.Text)) {
			list = append(list, bot.Option{Value: strings.ToLower(name), Text: name})
		}
	}
	return list, nil
}

func searchBox(t *testing.T, d *desk) {
	alice := d.ws.Person("U0ALICE").Test(t).In("#sales")
	alice.Command("/find", "")
	alice.Sees("Fill in")
	for _, c := range []struct {
		box, typed string
		want       []string
	}{
		{"Find fruit", "", []string{"Apple", "Apricot", "Fig", "苹果"}},
		{"Find fruit", "ap", []string{"Apple", "Apricot"}},
		{"Find fruit", "苹", []string{"苹果"}},
		{"Find fruit", "zzz", []string{}},
		{"Find secrets", "ap", []string{}}, // Alice may not, and does not learn what there is
		{"Find trouble", "ap", []string{}},
		{"Find by kind", "", []string{"Apple", "Lemon"}},
	} {
		if got, _ := alice.Suggest(c.box, c.typed); !slices.Equal(got, c.want) {
			t.Errorf("%q typed into %s offers %q, want %q", c.typed, c.box, got, c.want)
		}
	}
	if got, _ := alice.Suggest("Find long names", "x"); len(got) < 20 || len(got) > 100 {
		t.Errorf("%d long names are offered", len(got))
	}
	if n := d.meter.of("deliveries interactive suggestion"); n != 8 {
		t.Errorf("%d suggestions counted, want 8", n)
	}
	if strings.Contains(d.log.String(), `"ap"`) {
		t.Error("what was typed is in the log")
	}
	alice.Choose("Find fruit", "Apricot")
	alice.Sees("found apricot/")
}

func searchForm(t *testing.T, d *desk) {
	lilei := d.ws.Person("U0LILEI").Test(t).In("#sales")
	lilei.Command("/find", "")
	lilei.Sees("Fill in")
	lilei.Click("Fill in")
	lilei.SeesModal("Fruit", "One", "Many")
	lilei.Submit("Fruit", map[string]string{"Many": "苹果\nApple"})
	lilei.Sees("found fig/苹果+apple")
	lilei.Click("Fill in")
	lilei.SeesModal("Fruit")
	lilei.Submit("Fruit", map[string]string{"One": "apr"})
	lilei.Sees("found apricot/")
}

// A suggestion takes no longer than Slack waits, and leaves nothing in the inbox.
func TestSuggest_LeavesNoRow(t *testing.T) {
	d := open(t, slackapp.Socket, nil)
	alice := d.ws.Person("U0ALICE").Test(t).In("#sales")
	alice.Command("/find", "")
	alice.Sees("Fill in")
	d.broken.Store(true) // nothing can be committed
	if got, _ := alice.Suggest("Find fruit", "f"); fmt.Sprint(got) != "[Fig]" {
		t.Errorf("offered %q while the store is down", got)
	}
}
