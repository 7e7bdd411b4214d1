package desk

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/bot/slackapp"
)

// The values of slack.canary that are not a person.
const (
	canaryAuto = "auto"
	canaryOff  = "off"
)

// canaryPerson is in whose direct message the canary lives: the one that is named,
// or the first administrator who is listed by name. Empty: nobody.
func (c Config) canaryPerson() string {
	switch c.Slack.Canary {
	case "", canaryOff:
		return ""
	case canaryAuto:
		for _, g := range c.People {
			if isPerson(g.Who) && (g.Team == "" || g.Team == c.Team) && slices.Contains(g.Roles, bot.RoleAdmin) {
				return g.Who
			}
		}
		return ""
	}
	return c.Slack.Canary
}

func isPerson(id string) bool { return strings.HasPrefix(id, "U") || strings.HasPrefix(id, "W") }

// canary is how the door finds out that events do not reach it.
func (c Config) canary(catalog *lang.Catalog) slackapp.Canary {
	words := catalog.In(cmp.Or(c.Together, lang.Chinese))
	of := c.Slack.CanaryOf
	return slackapp.Canary{
		Person: c.canaryPerson(), Every: time.Duration(c.Slack.CanarySeconds) * time.Second,
		Zone: c.Zone, Least: min(c.Slack.CanaryLeast, cmp.Or(of, c.Slack.CanaryLeast)), Of: of,
		Text: func(at string) string { return words.T("canary.text", "at", at) },
	}
}

// socketFigures are the metrics of the sockets.
func (p *Program) socketFigures() []error {
	gauge := func(name, help string, value func() float64) error { return p.meter.Gauge(name, help, value) }
	return []error{
		gauge("sockets_open", "Sockets that Slack has greeted us on.", func() float64 { n, _, _, _ := p.slack.Sockets(); return float64(n) }),
		gauge("socket_silence_seconds", "The longest time an open socket has carried nothing.", func() float64 { _, _, _, d := p.slack.Sockets(); return d.Seconds() }),
		p.meter.Counter("socket_received_bytes", "Bytes that came over sockets.", func() float64 { _, in, _, _ := p.slack.Sockets(); return float64(in) }),
		p.meter.Counter("socket_sent_bytes", "Bytes that went over sockets.", func() float64 { _, _, out, _ := p.slack.Sockets(); return float64(out) }),
	}
}
