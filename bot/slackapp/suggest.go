package slackapp

import (
	"context"
	"encoding/json"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
	"partnerdesk/bot/blockkit"
)

// flatOffer and groupedOffer are the two shapes of an answer to a keystroke.
type flatOffer struct {
	Options []*slack.OptionBlockObject `json:"options"`
}

type groupedOffer struct {
	Groups []*slack.OptionGroupBlockObject `json:"option_groups"`
}

// maxOffer bounds the answer in bytes: an acknowledgement of 20,480 or more is
// dropped by Slack without a word (Slack platform sheet, section A, 2026-11-20),
// and the envelope around it takes some.
const maxOffer = 20_000

// suggest answers a keystroke. Whatever goes wrong, a list that offers nothing is
// what the person sees; the bot has logged it.
func (a *App) suggest(ctx context.Context, r bot.Request) any {
	if a.o.Suggest == nil || r.Command == "" {
		return offer(nil, 0)
	}
	list, err := a.o.Suggest(ctx, r)
	if err != nil {
		return offer(nil, 0)
	}
	for most := len(list); ; most -= max(1, most/10) {
		answer := offer(list, most)
		if text, err := json.Marshal(answer); most <= 0 || err == nil && len(text) <= maxOffer {
			return answer
		}
	}
}

func offer(list []bot.Option, most int) any {
	o := blockkit.Offered(list, max(most, 0))
	if len(o.Groups) > 0 {
		return groupedOffer{Groups: o.Groups}
	}
	if o.Options == nil {
		o.Options = []*slack.OptionBlockObject{}
	}
	return flatOffer{Options: o.Options}
}
