package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/access"
)

// rules are the access rules that count at this moment.
// Which team is ours is asked from Slack when the configuration does not say,
// and nobody is let in before that is known.
type rules struct {
	now  atomic.Pointer[access.Rules]
	team func(ctx context.Context) (string, error)
}

var _ bot.Authorizer = (*rules)(nil)

// Authorize implements [bot.Authorizer].
func (r *rules) Authorize(ctx context.Context, p bot.Person, needs bot.Right, area bot.Area) (bot.Actor, error) {
	made, err := r.known(ctx)
	if err != nil {
		return bot.Actor{}, err
	}
	return made.Authorize(ctx, p, needs, area)
}

// known are the rules with our own team in them.
func (r *rules) known(ctx context.Context) (*access.Rules, error) {
	made := r.now.Load()
	if made.Team() != "" {
		return made, nil
	}
	ours, err := r.team(ctx)
	if err != nil {
		return nil, fmt.Errorf("which team is ours: %w", err)
	}
	known := made.In(ours)
	r.now.CompareAndSwap(made, known)
	return known, nil
}

// Admit implements [bot.Authorizer].
func (r *rules) Admit(a bot.Actor, area bot.Area, in bot.Place) error {
	return r.now.Load().Admit(a, area, in)
}

// Offers implements [bot.Authorizer].
func (r *rules) Offers(area bot.Area) bool { return r.now.Load().Offers(area) }

// readers is a directory that knows what people of other workspaces read: Slack
// does not tell their locale, the configuration may.
type readers struct {
	bot.Directory
	rules *rules
}

// Find implements [bot.Directory].
func (r readers) Find(ctx context.Context, id bot.PersonID) (bot.Person, error) {
	who, err := r.Directory.Find(ctx, id)
	if err == nil && who.External && who.Locale == "" {
		who.Locale = r.rules.now.Load().Language(id)
	}
	return who, err
}

// people is everybody Slack knows.
func (p *Program) people() bot.Directory { return readers{p.slack.People(), p.rules} }

// swappable are the settings that a running desk takes over; every other needs
// a restart.
var swappable = []string{"People", "FAQ.Sure", "FAQ.Maybe", "LogLevel"}

// prints returns a fingerprint of every field of the configuration, secrets
// included, by the field's name.
func (c Config) prints() map[string]string {
	all := map[string]string{}
	fingerprint(reflect.ValueOf(c), "", all)
	return all
}

// Hash is the fingerprint of the whole configuration. It tells nothing of what
// is in it, but it differs when anything does.
func (c Config) Hash() string {
	all := c.prints()
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(sum, "%s=%s\n", name, all[name])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func fingerprint(v reflect.Value, name string, into map[string]string) {
	if zone, ok := v.Interface().(*time.Location); ok {
		into[name] = zone.String()
		return
	}
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			fingerprint(v.Field(i), strings.TrimPrefix(name+"."+v.Type().Field(i).Name, "."), into)
		}
		return
	}
	text := fmt.Sprintf("%v", v.Interface())
	if s, ok := v.Interface().(Secret); ok {
		text = string(s)
	}
	sum := sha256.Sum256([]byte(text))
	into[name] = hex.EncodeToString(sum[:])
}

// changed lists the fields in which two configurations differ, those that can
// be swapped and those that cannot.
func changed(a, b Config) (swap, restart []string) {
	x, y := a.prints(), b.prints()
	for _, name := range slices.Sorted(maps.Keys(x)) {
		if x[name] == y[name] {
			continue
		}
		if slices.Contains(swappable, name) {
			swap = append(swap, name)
		} else {
			restart = append(restart, name)
		}
	}
	if !slices.Equal(a.groups(), b.groups()) {
		restart = append(restart, "People (new user groups)")
	}
	return swap, restart
}

// Config returns the configuration in force.
func (p *Program) Config() Config {
	p.reloading.Lock()
	defer p.reloading.Unlock()
	return p.config
}

// Reload takes over what it can of a new configuration: all of it or, when any
// of it does not work, nothing. What needs a restart is said in the log and left
// as it is. Either way it is an audit entry. loadErr is why there is no new
// configuration to speak of.
func (p *Program) Reload(ctx context.Context, next Config, loadErr error) error {
	p.reloading.Lock()
	defer p.reloading.Unlock()
	now := p.config
	swap, restart := changed(now, next)
	if loadErr == nil {
		loadErr = p.swap(ctx, next)
	}
	if loadErr != nil {
		p.log.Error("configuration refused, the old one stays in force", "err", loadErr)
		return errors.Join(loadErr, p.auditConfig(ctx, "config.reload", "refused", map[string]string{"config": now.Hash()}))
	}
	// What was not taken over is still to be done, and differs again next time.
	now.People, now.FAQ.Sure, now.FAQ.Maybe, now.LogLevel = next.People, next.FAQ.Sure, next.FAQ.Maybe, next.LogLevel
	p.config = now
	p.log.Info("configuration reloaded", "changed", swap, "config", now.Hash())
	if len(restart) > 0 {
		p.log.Warn("these settings need a restart and are as they were", "settings", restart)
	}
	return p.auditConfig(ctx, "config.reload", "ok", map[string]string{
		"config": now.Hash(), "changed": strings.Join(swap, " "), "restart": strings.Join(restart, " "),
	})
}

// swap makes everything new first, so that nothing is half changed.
func (p *Program) swap(ctx context.Context, next Config) error {
	o := p.config.accessOptions()
	o.Grants = next.People
	made, err := access.New(o)
	if err != nil {
		return err
	}
	if next.FAQ.Sure != p.config.FAQ.Sure || next.FAQ.Maybe != p.config.FAQ.Maybe {
		if err := p.live.Retune(ctx, next.FAQ.Sure, next.FAQ.Maybe); err != nil {
			return err
		}
	}
	p.rules.now.Store(made)
	if p.level != nil {
		p.level.Set(next.LogLevel)
	}
	return nil
}

func (p *Program) auditConfig(ctx context.Context, action, outcome string, facts map[string]string) error {
	maps.DeleteFunc(facts, func(_, v string) bool { return v == "" })
	e := bot.Entry{Stream: "desk/config", Action: action, Outcome: outcome, At: p.now(), Facts: facts}
	if err := p.store.Update(ctx, func(tx bot.Tx) error { return tx.Audit(e) }); err != nil {
		return fmt.Errorf("audit configuration: %w", err)
	}
	return nil
}
