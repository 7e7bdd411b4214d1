package desk

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/data/store"
	"partnerdesk/handlers"
	"partnerdesk/handlers/alert"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// AlertConfig are the thresholds of alerts; zero switches one off.
type AlertConfig struct {
	Balance        map[string]partner.Fen // by reseller; the operator's own under ""
	QuotaLeft      int                    // per cent
	QuotaDays      int
	UnknownMinutes int
	WindowDays     int
	VerifyDays     int // working days
	StaleHours     int
	StoreMiB       int
	DiskMiB        int
	OutboxMinutes  int
	BackupHours    int
	AgainHours     int
}

// floors reads what accounts should be able to grant: a figure for the operator,
// and RESELLER=figure for others.
func floors(c *Config, v string) error {
	made := map[string]partner.Fen{}
	for part := range strings.SplitSeq(v, ",") {
		id, figure, of := strings.Cut(strings.TrimSpace(part), "=")
		if !of {
			id, figure = "", id
		}
		f, err := partner.ParseFen(strings.TrimSpace(figure))
		if err != nil || f < 0 || f > money.MaxAmount || of && strings.TrimSpace(id) == "" {
			return errKind
		}
		if f > 0 {
			made[strings.TrimSpace(id)] = f
		}
	}
	c.Alert.Balance = made
	return nil
}

// alerts is what watches.
func (p *Program) alerts() *handlers.Alerts {
	c := p.config.Alert
	limits := handlers.AlertLimits{
		Balance: map[bot.Account]partner.Fen{}, QuotaLeft: c.QuotaLeft, QuotaEnding: c.QuotaDays, Unknown: time.Duration(c.UnknownMinutes) * time.Minute,
		Window: c.WindowDays, Verify: c.VerifyDays, Stale: time.Duration(c.StaleHours) * time.Hour, Again: time.Duration(c.AgainHours) * time.Hour,
	}
	for _, h := range []struct {
		setting string
		value   int
	}{{"store_mib", c.StoreMiB}, {"disk_mib", c.DiskMiB}, {"outbox_minutes", c.OutboxMinutes}, {"backup_hours", c.BackupHours}} {
		limits.House = append(limits.House, handlers.HouseLimit{Setting: h.setting, Value: strconv.Itoa(h.value)})
	}
	for _, id := range slices.Sorted(maps.Keys(c.Balance)) {
		of := bot.Operator()
		if id != "" {
			of = bot.Reseller(id)
		}
		limits.Balance[of] = c.Balance[id]
	}
	return &handlers.Alerts{Book: p.store, People: p.people(), Listed: p.watched, Limits: limits, Probes: p.probes(), Team: p.ownTeam, Mail: p.config.Mail.Ops}
}

// ownTeam is the operator's own Slack team.
func (p *Program) ownTeam(ctx context.Context) (string, error) {
	if team := p.Config().Team; team != "" {
		return team, nil
	}
	return p.slack.Team(ctx)
}

// probes look at what the desk stands on.
func (p *Program) probes() []handlers.Probe {
	return []handlers.Probe{
		{Name: "store", Kinds: []alert.Kind{alert.StoreLarge, alert.DiskLow}, Every: time.Minute, Read: p.probeStore},
		{Name: "outbox", Kinds: []alert.Kind{alert.PostsDead, alert.PostsOld, alert.MailDown}, Every: time.Minute, Read: p.probeOutbox},
		{Name: "seals", Kinds: []alert.Kind{alert.SealFailing}, Every: time.Minute, Read: p.probeSeals},
		{Name: "backups", Kinds: []alert.Kind{alert.BackupOld}, Every: time.Hour, Read: p.probeBackups},
	}
}

func one(t handlers.Truths, k alert.Kind, object string, args ...string) {
	t[k] = append(t[k], alert.Condition{Object: object, Args: args})
}

const mib = 1 << 20

func (p *Program) probeStore(context.Context, time.Time) (handlers.Truths, error) {
	t, c := handlers.Truths{}, p.Config().Alert
	s, err := p.db.Stats()
	if err != nil {
		return nil, err
	}
	if c.StoreMiB > 0 && s.Size > int64(c.StoreMiB)*mib {
		one(t, alert.StoreLarge, "store", "size", strconv.FormatInt(s.Size/mib, 10), "most", strconv.Itoa(c.StoreMiB))
	}
	free, known, err := diskFree(p.Config().Data)
	if err != nil {
		return nil, err
	}
	if known && free < int64(c.DiskMiB)*mib {
		one(t, alert.DiskLow, "disk", "free", strconv.FormatInt(free/mib, 10), "least", strconv.Itoa(c.DiskMiB))
	}
	return t, nil
}

func (p *Program) probeOutbox(ctx context.Context, now time.Time) (handlers.Truths, error) {
	t, c := handlers.Truths{}, p.Config().Alert
	most := time.Duration(c.OutboxMinutes) * time.Minute
	waits, err := p.store.Waits(ctx, now.Add(-most))
	if err != nil {
		return nil, err
	}
	for _, d := range waits.Dead {
		one(t, alert.PostsDead, d.ID, "time", d.At.In(p.Config().Zone).Format("2006-01-02 15:04"), "reason", clip(d.Reason, 60))
	}
	if most > 0 && waits.Old > 0 {
		one(t, alert.PostsOld, "outbox", "count", strconv.Itoa(waits.Old), "minutes", strconv.Itoa(c.OutboxMinutes))
	}
	if most > 0 && waits.OldMail > 0 {
		one(t, alert.MailDown, "mail", "count", strconv.Itoa(waits.OldMail), "minutes", strconv.Itoa(c.OutboxMinutes), "reason", clip(waits.MailReason, 60))
	}
	return t, nil
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

func (p *Program) probeSeals(context.Context, time.Time) (handlers.Truths, error) {
	t := handlers.Truths{}
	if p.seals != nil && p.seals.failing.Load() {
		one(t, alert.SealFailing, "seals")
	}
	return t, nil
}

// probeBackups looks in the audit log when the last backup was made. A desk that
// is new has as long for its first one as between two.
func (p *Program) probeBackups(ctx context.Context, now time.Time) (handlers.Truths, error) {
	t, most := handlers.Truths{}, time.Duration(p.Config().Alert.BackupHours)*time.Hour
	if most <= 0 {
		return t, nil
	}
	var first, last time.Time
	for stream, take := range map[string]func(store.AuditLine){
		"desk/admin": func(l store.AuditLine) {
			if l.Action == "backup" {
				last = l.At
			}
		},
		"desk/config": func(l store.AuditLine) {
			if first.IsZero() {
				first = l.At
			}
		},
	} {
		if err := p.store.AuditLines(ctx, "-", stream, take); err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	from := first
	if last.After(from) {
		from = last
	}
	if from.IsZero() || now.Sub(from) <= most {
		return t, nil
	}
	shown := "–"
	if !last.IsZero() {
		shown = last.In(p.Config().Zone).Format("2006-01-02 15:04")
	}
	one(t, alert.BackupOld, "backup", "time", shown)
	return t, nil
}

// watched names everybody whom a grant by id or group makes somebody who is told
// of alerts.
func (p *Program) watched(ctx context.Context) ([]bot.PersonID, error) {
	return p.named(ctx, func(r bot.Role) bool { return decides(r) || r == bot.RoleManager })
}
