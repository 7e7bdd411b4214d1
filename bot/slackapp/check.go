package slackapp

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// CheckOptions is what [Check] is to look at.
type CheckOptions struct {
	BotToken Secret
	AppToken Secret   // empty: not looked at
	APIURL   string   // empty means DefaultAPIURL
	Team     string   // our team id, where it is known beforehand
	Scopes   []string // what the bot token should have been granted
	Channels []string // ids of the channels the bot should be in
	Groups   []string // ids of the user groups that should exist
	Now      func() time.Time
}

// What a [Finding] is about.
const (
	CheckReach    = "reach"     // the way to Slack's Web API
	CheckClock    = "clock"     // our clock against Slack's
	CheckBotToken = "bot_token" // the bot token
	CheckTeam     = "team"      // the workspace the token is of
	CheckScopes   = "scopes"    // what the token may do
	CheckAppToken = "app_token" // the app token, and Socket Mode with it
	CheckChannel  = "channel"   // whether the bot is in a channel
	CheckGroup    = "group"     // whether a user group can be read
)

// Codes of our own in findings; any other is Slack's word.
const (
	CodeUnreachable = "unreachable" // no answer, or none of Slack's
	CodeMissing     = "missing"     // scopes the desk needs were not granted
	CodeExtra       = "extra"       // scopes were granted that the desk does not use
	CodeUnsaid      = "unsaid"      // Slack did not say
	CodeOther       = "other"       // the token is of another workspace
)

// Finding is one thing that was looked at.
type Finding struct {
	Check   string        // one of the names above
	Code    string        // what is wrong; empty when nothing is
	Subject string        // the workspace, the scopes, the channel or the group
	Skew    time.Duration // CheckClock only: how far Slack's clock is ahead of ours
	Err     error         // CodeUnreachable only
}

// Check looks whether Slack takes the tokens, what they may do, and whether the
// bot is where it is wanted. It changes nothing and posts nothing; it makes one
// call each, and none after the bot token was refused but that for the app token.
func Check(ctx context.Context, o CheckOptions) []Finding {
	c := checker{o: o, client: &http.Client{Timeout: callWithin}}
	c.o.APIURL = strings.TrimSuffix(cmp.Or(o.APIURL, DefaultAPIURL), "/") + "/"
	me, header, err := c.call(ctx, o.BotToken, "auth.test", nil)
	if err != nil {
		return []Finding{{Check: CheckReach, Code: CodeUnreachable, Subject: c.o.APIURL, Err: err}}
	}
	c.found(Finding{Check: CheckReach, Subject: c.o.APIURL})
	if at, err := http.ParseTime(header.Get("Date")); err == nil && o.Now != nil {
		c.found(Finding{Check: CheckClock, Skew: at.Sub(o.Now()).Round(time.Second)})
	}
	c.found(Finding{Check: CheckBotToken, Code: me.Error, Subject: me.Team})
	if me.OK {
		if o.Team != "" && o.Team != me.TeamID {
			c.found(Finding{Check: CheckTeam, Code: CodeOther, Subject: me.TeamID})
		}
		c.scopes(header)
	}
	if o.AppToken != "" {
		c.ask(ctx, o.AppToken, CheckAppToken, "", "apps.connections.open", nil)
	}
	if !me.OK {
		return c.list
	}
	for _, id := range o.Channels {
		c.ask(ctx, o.BotToken, CheckChannel, id, "conversations.history", url.Values{"channel": {id}, "limit": {"1"}})
	}
	for _, id := range o.Groups {
		c.ask(ctx, o.BotToken, CheckGroup, id, "usergroups.users.list", url.Values{"usergroup": {id}})
	}
	return c.list
}

type checker struct {
	o      CheckOptions
	client *http.Client
	list   []Finding
}

func (c *checker) found(f Finding) { c.list = append(c.list, f) }

// scopes compares what was granted, which Slack says with every answer, with
// what is needed.
func (c *checker) scopes(header http.Header) {
	granted := strings.FieldsFunc(header.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' })
	if len(granted) == 0 {
		c.found(Finding{Check: CheckScopes, Code: CodeUnsaid})
		return
	}
	missing := without(c.o.Scopes, granted)
	if len(missing) > 0 {
		c.found(Finding{Check: CheckScopes, Code: CodeMissing, Subject: strings.Join(missing, ", ")})
	}
	if extra := without(granted, c.o.Scopes); len(extra) > 0 {
		c.found(Finding{Check: CheckScopes, Code: CodeExtra, Subject: strings.Join(extra, ", ")})
	}
	if len(missing) == 0 {
		c.found(Finding{Check: CheckScopes, Subject: strings.Join(c.o.Scopes, ", ")})
	}
}

func without(list, these []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(these, s) })
}

// ask makes one call whose only result is whether it works.
func (c *checker) ask(ctx context.Context, token Secret, check, subject, method string, form url.Values) {
	answer, _, err := c.call(ctx, token, method, form)
	f := Finding{Check: check, Subject: subject, Code: answer.Error}
	if err != nil {
		f.Code, f.Err = CodeUnreachable, err
	}
	c.found(f)
}

// checkAnswer is the part of Slack's answers that a check reads.
type checkAnswer struct {
	OK     bool   `json:"ok"`
	Error  string `json:"error"`
	Team   string `json:"team"`
	TeamID string `json:"team_id"`
}

// call is a call of the Web API of which the headers are wanted too.
func (c *checker) call(ctx context.Context, token Secret, method string, form url.Values) (a checkAnswer, header http.Header, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.o.APIURL+method, strings.NewReader(form.Encode()))
	if err != nil {
		return a, nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+string(token))
	resp, err := c.client.Do(r)
	if err != nil {
		return a, nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusTooManyRequests {
		return checkAnswer{Error: "ratelimited"}, resp.Header, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err == nil {
		err = json.Unmarshal(body, &a)
	}
	if err != nil || !a.OK && a.Error == "" {
		return a, resp.Header, fmt.Errorf("%s: http %d, and not an answer of slack", method, resp.StatusCode)
	}
	return a, resp.Header, nil
}
