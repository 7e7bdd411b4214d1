package desk

import (
	"fmt"
	"log/slog"
	"net"
	netmail "net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot/lang"
	"partnerdesk/bot/mail"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// setting is one row of the table that the help, the README and the validation
// share. Its meaning in words is the catalog message setting.KEY.
type setting struct {
	key    string                      // as in the file, dots for nesting
	env    string                      // environment variable
	def    string                      // value when nobody says anything
	secret bool                        // from the environment or a 0600 file only; never shown
	kind   string                      // what a right value looks like, for messages: an example, or if
	exact  bool                        // this is set, the values or the range that there are
	set    func(*Config, string) error // parse and keep
}

// settings is the table, in the order in which it is shown.
func settings() []setting {
	return []setting{
		{key: "operator.kind", env: "PARTNERDESK_OPERATOR_KIND", def: string(access.SolutionProvider), kind: kinds(), exact: true, set: func(c *Config, v string) error {
			c.OperatorKind = access.OperatorKind(v)
			if !slices.Contains(access.OperatorKinds(), c.OperatorKind) {
				return errKind
			}
			return nil
		}},
		{key: "operator.team", env: "PARTNERDESK_TEAM", kind: "T0123ABCD", set: text(func(c *Config) *string { return &c.Team })},
		{key: "operator.name", env: "PARTNERDESK_OPERATOR_NAME", kind: "星河云科技", set: text(func(c *Config) *string { return &c.Name })},
		{key: "operator.paths", env: "PARTNERDESK_PATHS", kind: "software, service", set: list(func(c *Config) *[]string { return &c.Profile.Paths })},
		{key: "operator.stages", env: "PARTNERDESK_STAGES", kind: "role-validated, certified, differentiated", set: list(func(c *Config) *[]string { return &c.Profile.Stages })},
		{key: "operator.plans", env: "PARTNERDESK_PLANS", kind: "pce", set: list(func(c *Config) *[]string { return &c.Profile.Plans })},
		{key: "operator.zone", env: "PARTNERDESK_ZONE", def: "Asia/Shanghai", kind: "Asia/Shanghai", set: func(c *Config, v string) (err error) {
			c.Zone, err = time.LoadLocation(v)
			return err
		}},
		{key: "operator.admin", env: "PARTNERDESK_ADMIN", kind: "王小明", set: text(func(c *Config) *string { return &c.Admin })},
		{key: "desk.language", env: "PARTNERDESK_LANGUAGE", def: "zh", kind: "zh, en", exact: true, set: func(c *Config, v string) error {
			c.Together = lang.Match(v)
			if v != "zh" && v != "en" {
				return errKind
			}
			return nil
		}},
		{key: "desk.triage_channel", env: "PARTNERDESK_TRIAGE_CHANNEL", kind: "C0123ABCD", set: text(func(c *Config) *string { return &c.Triage })},
		{key: "desk.manager_channel", env: "PARTNERDESK_MANAGER_CHANNEL", kind: "C0123ABCD", set: text(func(c *Config) *string { return &c.Shared })},
		{key: "data", env: "PARTNERDESK_DATA", kind: "/var/lib/partnerdesk", set: text(func(c *Config) *string { return &c.Data })},
		{key: "web.addr", env: "PARTNERDESK_ADDR", def: "127.0.0.1:8080", kind: "127.0.0.1:8080", set: func(c *Config, v string) error {
			c.Addr = v
			_, _, err := net.SplitHostPort(v)
			return err
		}},
		{key: "slack.transport", env: "SLACK_TRANSPORT", def: "socket", kind: "socket, http", exact: true, set: func(c *Config, v string) error {
			c.Slack.Transport = v
			if v != "socket" && v != "http" {
				return errKind
			}
			return nil
		}},
		{key: "slack.api_url", env: "SLACK_API_URL", def: "https://slack.com/api/", kind: "https://slack.com/api/", set: endpoint(func(c *Config) *string { return &c.Slack.APIURL })},
		{key: "slack.bot_token", env: "SLACK_BOT_TOKEN", secret: true, kind: "xoxb-…", set: prefixed("xoxb-", func(c *Config) *Secret { return &c.Slack.BotToken })},
		{key: "slack.app_token", env: "SLACK_APP_TOKEN", secret: true, kind: "xapp-…", set: prefixed("xapp-", func(c *Config) *Secret { return &c.Slack.AppToken })},
		{key: "slack.signing_secret", env: "SLACK_SIGNING_SECRET", secret: true, kind: "8f3a…", set: prefixed("", func(c *Config) *Secret { return &c.Slack.SigningSecret })},
		{key: "slack.signing_secret_old", env: "SLACK_SIGNING_SECRET_OLD", secret: true, kind: "8f3a…", set: prefixed("", func(c *Config) *Secret { return &c.Slack.SigningSecretOld })},
		{key: "slack.sockets", env: "SLACK_SOCKETS", def: "2", kind: "1..10", exact: true, set: between(1, 10, func(c *Config) *int { return &c.Slack.Sockets })},
		{key: "slack.silence_seconds", env: "SLACK_SILENCE_SECONDS", def: "25", kind: "5..600", exact: true, set: between(5, 600, func(c *Config) *int { return &c.Slack.SilenceSeconds })},
		{key: "slack.canary", env: "SLACK_CANARY", def: canaryAuto, kind: "auto, off, U0123ABCD", set: func(c *Config, v string) error {
			c.Slack.Canary = v
			if v != canaryAuto && v != canaryOff && !isPerson(v) {
				return errKind
			}
			return nil
		}},
		{key: "slack.canary_seconds", env: "SLACK_CANARY_SECONDS", def: "15", kind: "5..3600", exact: true, set: between(5, 3600, func(c *Config) *int { return &c.Slack.CanarySeconds })},
		{key: "slack.canary_least", env: "SLACK_CANARY_LEAST", def: "3", kind: "1..100", exact: true, set: between(1, 100, func(c *Config) *int { return &c.Slack.CanaryLeast })},
		{key: "slack.canary_of", env: "SLACK_CANARY_OF", def: "5", kind: "1..100", exact: true, set: between(1, 100, func(c *Config) *int { return &c.Slack.CanaryOf })},
		{key: "partner.endpoint", env: "PARTNER_ENDPOINT", def: "https://bss.myhuaweicloud.com", kind: "https://bss.myhuaweicloud.com", set: endpoint(func(c *Config) *string { return &c.Partner.Endpoint })},
		{key: "partner.ticket_endpoint", env: "PARTNER_TICKET_ENDPOINT", def: "https://osm.cn-south-1.myhuaweicloud.com", kind: "https://osm.cn-south-1.myhuaweicloud.com", set: endpoint(func(c *Config) *string { return &c.Partner.TicketEndpoint })},
		{key: "partner.ak", env: "PARTNER_AK", secret: true, kind: "AK", set: prefixed("", func(c *Config) *Secret { return &c.Partner.AK })},
		{key: "partner.sk", env: "PARTNER_SK", secret: true, kind: "SK", set: prefixed("", func(c *Config) *Secret { return &c.Partner.SK })},
		{key: "partner.ak_old", env: "PARTNER_AK_OLD", secret: true, kind: "AK", set: prefixed("", func(c *Config) *Secret { return &c.Partner.AKOld })},
		{key: "partner.sk_old", env: "PARTNER_SK_OLD", secret: true, kind: "SK", set: prefixed("", func(c *Config) *Secret { return &c.Partner.SKOld })},
		{key: "partner.money_ak", env: "PARTNER_MONEY_AK", secret: true, kind: "AK", set: prefixed("", func(c *Config) *Secret { return &c.Partner.MoneyAK })},
		{key: "partner.money_sk", env: "PARTNER_MONEY_SK", secret: true, kind: "SK", set: prefixed("", func(c *Config) *Secret { return &c.Partner.MoneySK })},
		{key: "partner.domain_id", env: "PARTNER_DOMAIN_ID", kind: "0123456789abcdef…", set: text(func(c *Config) *string { return &c.Partner.DomainID })},
		{key: "faq.corpus", env: "PARTNERDESK_CORPUS", kind: "/etc/partnerdesk/faq", set: text(func(c *Config) *string { return &c.FAQ.Corpus })},
		{key: "faq.sure", env: "PARTNERDESK_SURE", kind: "0..1", exact: true, set: share(func(c *Config) *float64 { return &c.FAQ.Sure })},
		{key: "faq.maybe", env: "PARTNERDESK_MAYBE", kind: "0..1", exact: true, set: share(func(c *Config) *float64 { return &c.FAQ.Maybe })},
		{key: "audit.key", env: "PARTNERDESK_AUDIT_KEY", kind: "/etc/partnerdesk/audit.key", set: text(func(c *Config) *string { return &c.Audit.Key })},
		{key: "audit.witness", env: "PARTNERDESK_AUDIT_WITNESS", kind: "/mnt/other/seals.jsonl", set: text(func(c *Config) *string { return &c.Audit.Witness })},
		{key: "audit.channel", env: "PARTNERDESK_AUDIT_CHANNEL", kind: "C0123ABCD", set: text(func(c *Config) *string { return &c.Audit.Channel })},
		{key: "audit.mail", env: "PARTNERDESK_AUDIT_MAIL", kind: "auditor@example.net", set: addresses(1, func(c *Config, a []string) { c.Audit.Mail = a[0] })},
		{key: "money.threshold", env: "PARTNERDESK_MONEY_THRESHOLD", def: "0", kind: "0.." + money.MaxAmount.String(), exact: true, set: amount(func(c *Config) *partner.Fen { return &c.Money.Threshold })},
		{key: "money.per_operation", env: "PARTNERDESK_MONEY_PER_OPERATION", def: "200000", kind: "0.." + money.MaxAmount.String(), exact: true, set: amount(func(c *Config) *partner.Fen { return &c.Money.PerOperation })},
		{key: "money.per_person", env: "PARTNERDESK_MONEY_PER_PERSON", def: "500000", kind: "0.." + money.MaxAmount.String(), exact: true, set: amount(func(c *Config) *partner.Fen { return &c.Money.PerPerson })},
		{key: "money.per_party", env: "PARTNERDESK_MONEY_PER_PARTY", def: "500000", kind: "0.." + money.MaxAmount.String(), exact: true, set: amount(func(c *Config) *partner.Fen { return &c.Money.PerParty })},
		{key: "money.per_day", env: "PARTNERDESK_MONEY_PER_DAY", def: "2000000", kind: "0.." + money.MaxAmount.String(), exact: true, set: amount(func(c *Config) *partner.Fen { return &c.Money.PerDay })},
		{key: "alert.balance", env: "PARTNERDESK_ALERT_BALANCE", def: "1000", kind: "5000, 0a1b2c=2000", set: floors},
		{key: "alert.quota_left", env: "PARTNERDESK_ALERT_QUOTA_LEFT", def: "10", kind: "0..100", exact: true, set: whole(100, func(c *Config) *int { return &c.Alert.QuotaLeft })},
		{key: "alert.quota_days", env: "PARTNERDESK_ALERT_QUOTA_DAYS", def: "14", kind: "0..365", exact: true, set: whole(365, func(c *Config) *int { return &c.Alert.QuotaDays })},
		{key: "alert.unknown_minutes", env: "PARTNERDESK_ALERT_UNKNOWN_MINUTES", def: "60", kind: "0..10080", exact: true, set: whole(10080, func(c *Config) *int { return &c.Alert.UnknownMinutes })},
		{key: "alert.window_days", env: "PARTNERDESK_ALERT_WINDOW_DAYS", def: "45", kind: "0..365", exact: true, set: whole(365, func(c *Config) *int { return &c.Alert.WindowDays })},
		{key: "alert.verify_days", env: "PARTNERDESK_ALERT_VERIFY_DAYS", def: "3", kind: "0..30", exact: true, set: whole(30, func(c *Config) *int { return &c.Alert.VerifyDays })},
		{key: "alert.stale_hours", env: "PARTNERDESK_ALERT_STALE_HOURS", def: "8", kind: "0..720", exact: true, set: whole(720, func(c *Config) *int { return &c.Alert.StaleHours })},
		{key: "alert.store_mib", env: "PARTNERDESK_ALERT_STORE_MIB", def: "2048", kind: "0..1048576", exact: true, set: whole(1<<20, func(c *Config) *int { return &c.Alert.StoreMiB })},
		{key: "alert.disk_mib", env: "PARTNERDESK_ALERT_DISK_MIB", def: "500", kind: "0..1048576", exact: true, set: whole(1<<20, func(c *Config) *int { return &c.Alert.DiskMiB })},
		{key: "alert.outbox_minutes", env: "PARTNERDESK_ALERT_OUTBOX_MINUTES", def: "15", kind: "0..10080", exact: true, set: whole(10080, func(c *Config) *int { return &c.Alert.OutboxMinutes })},
		{key: "alert.backup_hours", env: "PARTNERDESK_ALERT_BACKUP_HOURS", def: "72", kind: "0..8760", exact: true, set: whole(8760, func(c *Config) *int { return &c.Alert.BackupHours })},
		{key: "alert.again_hours", env: "PARTNERDESK_ALERT_AGAIN_HOURS", def: "0", kind: "0..720", exact: true, set: whole(720, func(c *Config) *int { return &c.Alert.AgainHours })},
		{key: "mail.server", env: "PARTNERDESK_MAIL_SERVER", kind: "smtp.example.com:465", set: func(c *Config, v string) error {
			c.Mail.Server = v
			_, _, err := net.SplitHostPort(v)
			return err
		}},
		{key: "mail.tls", env: "PARTNERDESK_MAIL_TLS", kind: "starttls, implicit", exact: true, set: func(c *Config, v string) error {
			c.Mail.TLS = mail.Mode(v)
			if c.Mail.TLS != mail.StartTLS && c.Mail.TLS != mail.Implicit {
				return errKind
			}
			return nil
		}},
		{key: "mail.user", env: "PARTNERDESK_MAIL_USER", kind: "desk@example.com", set: text(func(c *Config) *string { return &c.Mail.User })},
		{key: "mail.password", env: "PARTNERDESK_MAIL_PASSWORD", secret: true, kind: "8f3a…", set: prefixed("", func(c *Config) *Secret { return &c.Mail.Password })},
		{key: "mail.from", env: "PARTNERDESK_MAIL_FROM", kind: "partnerdesk <desk@example.com>", set: addresses(1, func(c *Config, a []string) { c.Mail.From = a[0] })},
		{key: "mail.ca", env: "PARTNERDESK_MAIL_CA", kind: "/etc/partnerdesk/mail-ca.pem", set: text(func(c *Config) *string { return &c.Mail.CA })},
		{key: "mail.ops", env: "PARTNERDESK_MAIL_OPS", kind: "ops@example.com", set: addresses(3, func(c *Config, a []string) { c.Mail.Ops = a })},
		{key: "mail.manager", env: "PARTNERDESK_MAIL_MANAGER", kind: "manager@example.net", set: addresses(3, func(c *Config, a []string) { c.Mail.Manager = a })},
		{key: "mail.manager_language", env: "PARTNERDESK_MAIL_MANAGER_LANGUAGE", def: "zh", kind: "zh, en", exact: true, set: func(c *Config, v string) error {
			c.Mail.Lang = lang.Match(v)
			if v != "zh" && v != "en" {
				return errKind
			}
			return nil
		}},
		{key: "log.level", env: "PARTNERDESK_LOG", def: "info", kind: "debug, info, warn, error", exact: true, set: func(c *Config, v string) error {
			return c.LogLevel.UnmarshalText([]byte(v))
		}},
		{key: "log.format", env: "PARTNERDESK_LOG_FORMAT", def: "text", kind: "text, json", exact: true, set: func(c *Config, v string) error {
			c.LogFormat = v
			if v != "text" && v != "json" {
				return errKind
			}
			return nil
		}},
	}
}

// expected is what a right value looks like, in words.
func (s setting) expected(w lang.Words) string {
	if s.exact {
		return s.kind
	}
	return w.T("config.kind.example", "value", s.kind)
}

// errKind says only that a value is not of the kind its setting names.
var errKind = fmt.Errorf("not of the expected kind")

func kinds() string {
	var names []string
	for _, k := range access.OperatorKinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error { *field(c) = v; return nil }
}

func list(field func(*Config) *[]string) func(*Config, string) error {
	return func(c *Config, v string) error {
		values := []string{}
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				values = append(values, part)
			}
		}
		*field(c) = values
		return nil
	}
}

func prefixed(prefix string, field func(*Config) *Secret) func(*Config, string) error {
	return func(c *Config, v string) error {
		if v != "" && !strings.HasPrefix(v, prefix) {
			return errKind
		}
		*field(c) = Secret(v)
		return nil
	}
}

func endpoint(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error {
		*field(c) = v
		u, err := url.Parse(v)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return errKind
		}
		return nil
	}
}

func share(field func(*Config) *float64) func(*Config, string) error {
	return func(c *Config, v string) error {
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || f < 0 || f > 1 {
			return errKind
		}
		*field(c) = f
		return nil
	}
}

// amount reads yuan, at most what one operation can move at all.
func amount(field func(*Config) *partner.Fen) func(*Config, string) error {
	return func(c *Config, v string) error {
		f, err := partner.ParseFen(v)
		if err != nil || f < 0 || f > money.MaxAmount {
			return errKind
		}
		*field(c) = f
		return nil
	}
}

// whole reads a whole number from 0 to most.
func whole(most int, field func(*Config) *int) func(*Config, string) error {
	return between(0, most, field)
}

// between reads a whole number from least to most.
func between(least, most int, field func(*Config) *int) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < least || n > most {
			return errKind
		}
		*field(c) = n
		return nil
	}
}

// addresses reads up to most mail addresses, separated by commas.
func addresses(most int, take func(c *Config, list []string)) func(*Config, string) error {
	return func(c *Config, v string) error {
		list, err := netmail.ParseAddressList(v)
		if err != nil || len(list) > most {
			return errKind
		}
		var texts []string
		for _, a := range list {
			if most > 1 || a.Name == "" {
				texts = append(texts, a.Address)
			} else {
				texts = append(texts, a.String())
			}
		}
		take(c, texts)
		return nil
	}
}

// Secret is a value that prints as dots.
type Secret string

// String hides the secret.
func (Secret) String() string { return "•••" }

// GoString hides the secret.
func (Secret) GoString() string { return "•••" }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue("•••") }

// MarshalText hides the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("•••"), nil }
