package desk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot/slackapp"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/rest"
)

// Windows outside of which a signature is refused (partner API sheet, section
// 9.1, and Slack platform sheet, 2026-11-20).
const (
	partnerWindow = 15 * time.Minute
	slackWindow   = 5 * time.Minute
)

// partner looks at the partner center: first the way there and the clock, which
// cost no signature, then the keys, then what they may do.
func (r *report) partner(ctx context.Context) {
	p := r.c.Partner
	if p.AK == "" || p.SK == "" {
		r.add("keys", StateWarning, "partner.unset")
		return
	}
	rights := r.c.OperatorKind == access.SolutionProvider || r.c.OperatorKind == access.Distributor
	if !rights {
		r.add("kind", StateNote, "partner.no_rights", "kind", string(r.c.OperatorKind))
	}
	hosts := []string{p.TicketEndpoint}
	if rights && p.Endpoint != p.TicketEndpoint {
		hosts = []string{p.Endpoint, p.TicketEndpoint}
	}
	sane := true
	for _, address := range hosts {
		skew, known, ok := r.reach(ctx, address)
		if ok && known {
			ok = r.clock(hostOf(address), skew, partnerWindow)
		}
		sane = sane && ok
	}
	if !sane {
		r.add("keys", StateNote, "partner.not_tried")
		return
	}
	good := r.keys(ctx, rights)
	if len(good) == 0 {
		return
	}
	client, err := r.c.partnerCenter(r.english(), r.o.Now, good, nil)
	if err != nil {
		r.add("keys", StateBroken, "partner.key.untried", "name", "partner.ak", "reason", err.Error())
		return
	}
	defer client.Close()
	r.calls(ctx, client, rights)
	r.caseRights(ctx, client)
}

func (r *report) english() bool { return r.o.Words.Tag() == "en" }

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// keys signs one harmless read with each key and returns the read keys that were
// accepted.
func (r *report) keys(ctx context.Context, rights bool) (good []aksk.Key) {
	for _, pair := range r.c.Partner.pairs() {
		if pair.ak == "" || pair.sk == "" {
			continue
		}
		key := aksk.Key{AK: string(pair.ak), SK: aksk.Secret(pair.sk)}
		name := "partner." + pair.name
		client, err := r.c.partnerCenter(r.english(), r.o.Now, []aksk.Key{key}, nil)
		if err != nil {
			r.add("keys", StateBroken, "partner.key.untried", "name", name, "reason", err.Error())
			continue
		}
		if rights {
			_, err = client.Balance(ctx, partner.Operator)
		} else {
			_, err = client.CaseAgreement(ctx)
		}
		client.Close()
		switch e, _ := errors.AsType[*partner.Error](err); {
		case err == nil:
		case e != nil && (e.Status == http.StatusUnauthorized || e.Code == partner.CodeCredentials):
			state := StateBroken
			if pair.name == "ak_old" && len(good) > 0 {
				state = StateWarning // its time is over
			}
			r.failed("keys", state, err, "partner.key.refused", "name", name)
			continue
		case e == nil || e.Class == partner.Broken || e.Class == partner.Throttled:
			r.failed("keys", StateBroken, err, "partner.key.untried", "name", name)
			continue
		case e.Code == "CBC.5001": // signed well, but by no partner
			r.failed("keys", StateBroken, err, "partner.key.other", "name", name)
			continue
		}
		r.add("keys", StateFine, "partner.key.fine", "name", name)
		if !strings.HasPrefix(pair.name, "money") {
			good = append(good, key)
		}
	}
	if rights && r.c.Partner.MoneyAK == "" {
		r.add("keys", StateNote, "partner.money_unset")
	}
	return good
}

// calls tries the harmless reads and says which commands miss which items.
func (r *report) calls(ctx context.Context, client *rest.Client, rights bool) {
	uses := r.uses()
	fine := 0
	for _, p := range client.Probe(ctx) {
		if p.Err == nil {
			fine++
			continue
		}
		state := StateWarning
		args := []string{"op", p.Op, "title", titleOf(p.Op), "uses", r.o.Words.T("check.partner.call.unused")}
		if len(uses[p.Op]) > 0 {
			state = StateBroken
			args[5] = strings.Join(uses[p.Op], ", ")
		}
		key := "partner.call"
		if e, ok := errors.AsType[*partner.Error](p.Err); ok && e.Item != "" {
			key = "partner.call.item"
			args = append(args, "items", strings.Join(strings.Fields(e.Item), " / "))
		}
		r.failed("calls", state, p.Err, key, args...)
	}
	if fine > 0 {
		r.add("calls", StateFine, "partner.calls", "count", strconv.Itoa(fine))
	}
	if rights && r.c.Partner.MoneyAK != "" {
		r.add("calls", StateNote, "partner.writes")
	}
}

// uses says which commands need which calls.
func (r *report) uses() map[string][]string {
	rules, err := access.New(r.c.accessOptions())
	if err != nil {
		return nil
	}
	uses := map[string][]string{}
	for _, c := range handlers.Commands(&handlers.Deps{Catalog: r.o.Catalog, Access: rules}) {
		for _, op := range c.Calls {
			uses[op] = append(uses[op], "/"+c.Name)
		}
	}
	return uses
}

func titleOf(op string) string {
	all := partner.Operations()
	if i := slices.IndexFunc(all, func(o partner.Operation) bool { return o.Name == op }); i >= 0 {
		return all[i].Title
	}
	return op
}

// caseRights looks at what a person has to settle at the console.
func (r *report) caseRights(ctx context.Context, client *rest.Client) {
	for _, q := range []struct {
		key   string
		state State
		ask   func(context.Context) (bool, error)
	}{
		{"partner.agreement", StateBroken, client.CaseAgreement},
		{"partner.cases", StateBroken, client.MayCreateCases},
		{"partner.customer_cases", StateWarning, client.MayProcessCustomerCases},
	} {
		if yes, err := q.ask(ctx); err == nil && !yes { // a failed call has been reported with the others
			r.add("cases", q.state, q.key)
		}
	}
}

// slack looks at Slack: tokens, scopes, channels, groups.
func (r *report) slack(ctx context.Context) {
	s := r.c.Slack
	if s.BotToken == "" {
		state := StateNote // reported with the settings
		if r.o.Parts != nil && !r.o.Parts[PartConfig] {
			state = StateBroken
		}
		r.add("tokens", state, "slack.unset")
		return
	}
	o := slackapp.CheckOptions{
		BotToken: slackapp.Secret(s.BotToken), APIURL: s.APIURL, Team: r.c.Team, Scopes: Scopes(), Groups: r.c.groups(), Now: r.o.Now,
		Channels: r.c.channels(),
	}
	if s.Transport == "socket" {
		o.AppToken = slackapp.Secret(s.AppToken)
	}
	for _, f := range slackapp.Check(ctx, o) {
		r.slackFinding(f)
	}
}

// channels are those the desk posts to by itself.
func (c Config) channels() []string {
	var list []string
	for _, id := range []string{c.Triage, c.Shared, c.Audit.Channel} {
		if id != "" && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

func (r *report) slackFinding(f slackapp.Finding) {
	switch {
	case f.Check == slackapp.CheckClock:
		r.clock("Slack", f.Skew, slackWindow)
		return
	case f.Code == slackapp.CodeUnreachable:
		r.add(f.Check, StateBroken, "unreachable"+wayOut(f.Err), "url", r.c.Slack.APIURL, "reason", cause(f.Err))
		return
	}
	key, state := "slack."+f.Check, StateFine
	if f.Code != "" {
		state = StateBroken
		if named := key + "." + f.Code; r.o.Words.Has("check." + named) {
			key = named
		} else {
			key += ".fault"
		}
	}
	switch f.Code {
	case slackapp.CodeExtra:
		state = StateWarning
	case slackapp.CodeUnsaid:
		state = StateNote
	}
	w := r.add(f.Check, state, key, "subject", f.Subject, "code", f.Code)
	switch f.Code {
	case slackapp.CodeExtra, slackapp.CodeUnsaid, slackapp.CodeMissing, slackapp.CodeOther:
	default:
		w.Code = f.Code
	}
}
