package desk

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"partnerdesk/bot/lang"
	"partnerdesk/faq"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
)

// Config is everything the desk is told from outside.
type Config struct {
	OperatorKind access.OperatorKind
	Team         string // our Slack team id; empty: learnt from Slack at start
	Zone         *time.Location
	Profile      faq.Profile // what the operator is in the programme, as far as somebody said; Kind is not used
	Admin        string      // who people are sent to when something is refused
	Together     lang.Tag    // language of what several people read at once
	Triage       string      // Slack channel where support sees tickets; empty: only in /ticket list
	Shared       string      // Slack channel shared with the ecosystem manager, where the weekly text goes; empty: none
	Data         string      // data directory
	Addr         string      // the one HTTP listener
	Slack        SlackConfig
	Partner      PartnerConfig
	FAQ          FAQConfig
	Audit        AuditConfig
	Money        money.Policy // zero limits mean the defaults
	Alert        AlertConfig
	Mail         MailConfig
	Name         string // of the operator, as others know it
	LogLevel     slog.Level
	LogFormat    string
	People       []access.Grant
}

// SlackConfig is how to reach Slack.
type SlackConfig struct {
	Transport        string // socket or http
	APIURL           string
	BotToken         Secret
	AppToken         Secret
	SigningSecret    Secret
	SigningSecretOld Secret // still accepted during a rotation
	Sockets          int    // held at once; zero: the door's default, as for the figures below
	SilenceSeconds   int    // a socket that carries nothing for so long is replaced
	Canary           string // in whose direct message the canary lives: a user id, auto, or off; empty is off
	CanarySeconds    int    // between two canaries
	CanaryLeast      int    // of the last CanaryOf so many must come back
	CanaryOf         int
}

// PartnerConfig is how to reach the partner center.
type PartnerConfig struct {
	Endpoint       string
	TicketEndpoint string
	AK, SK         Secret
	AKOld, SKOld   Secret // still valid during a rotation
	MoneyAK        Secret // for calls that move value; empty: none are made
	MoneySK        Secret
	DomainID       string
}

// FAQConfig tunes the answers. Zero thresholds mean the fitted ones.
type FAQConfig struct {
	Corpus      string // a directory of entries used instead of the shipped ones
	Sure, Maybe float64
}

// AuditConfig says what makes the audit log provable from outside.
type AuditConfig struct {
	Key     string // file of the key that seals are signed with; empty: nothing is sealed
	Witness string // file that gets a copy of every seal; empty: none
	Channel string // Slack channel that gets the hash of every seal; empty: none
	Mail    string // address that gets the latest seal once a day; empty: none
}

// Input is where settings come from, the strongest first: Set (from flags),
// Getenv, File, the table's defaults.
type Input struct {
	Set    map[string]string
	Getenv func(string) string
	File   string // path; empty: none
	Words  lang.Words
}

// Load reads the configuration. All faults come back together, each naming the
// setting and what to do; see [ConfigError].
func Load(in Input) (Config, error) {
	c, _, err := Read(in)
	return c, err
}

// Read is [Load] with what every setting is now and where that comes from, which
// is told even when something is at fault.
func Read(in Input) (Config, []Value, error) {
	var c Config
	var values []Value
	var faults []string
	fault := func(key string, args ...string) { faults = append(faults, in.Words.T(key, args...)) }

	file, people, open := readFile(in, fault)
	known := map[string]bool{}
	for _, s := range settings() {
		known[s.key] = true
		values = append(values, Value{Key: s.key})
		value, from, source := s.def, "", FromDefault
		if v, ok := file[s.key]; ok {
			value, from, source = v, in.File, FromFile
			if s.secret && v != "" && open {
				fault("config.fault.secret_file", "key", s.key, "file", in.File, "env", s.env)
			}
		}
		if v := in.Getenv(s.env); v != "" {
			value, from, source = v, s.env, FromEnv
		}
		if path := in.Getenv(s.env + "_FILE"); s.secret && path != "" {
			v, err := readSecret(path)
			if err != nil {
				fault("config.fault.secret_read", "key", s.key, "env", s.env+"_FILE", "reason", err.Error())
			}
			value, from, source = v, s.env+"_FILE", FromEnv
		}
		if v, ok := in.Set[s.key]; ok {
			if s.secret {
				fault("config.fault.secret_flag", "key", s.key, "env", s.env)
				continue
			}
			value, from, source = v, "--set", FromFlag
		}
		values[len(values)-1].take(s, value, source)
		if value == "" {
			continue
		}
		if err := s.set(&c, value); err != nil {
			shown := value
			if s.secret {
				shown = Secret(value).String()
			}
			fault("config.fault.value", "key", s.key, "value", shown, "from", from, "kind", s.expected(in.Words))
		}
	}
	for _, key := range slices.Concat(slices.Sorted(maps.Keys(file)), slices.Sorted(maps.Keys(in.Set))) {
		if !known[key] {
			fault("config.fault.unknown", "key", key, "near", nearestKey(key))
		}
	}
	c.People = people
	if c.Data == "" {
		c.Data = defaultData(in.Getenv)
	}
	c.Audit = c.Audit.orDefault(in.Getenv, c.Data)
	for i, made := range values {
		if later := map[string]string{"data": c.Data, "audit.key": c.Audit.Key, "audit.witness": c.Audit.Witness}[made.Key]; made.Text == "" && later != "" {
			values[i] = Value{Key: made.Key, Text: later, From: FromDefault}
		}
	}
	if within(c.Data, c.Audit.Key) {
		fault("config.fault.audit_key", "key", "audit.key", "value", c.Audit.Key, "data", c.Data)
	}
	if c.Mail.wanted(c.Audit) && (c.Mail.Server == "" || c.Mail.From == "") {
		for key, s := range map[string]string{"mail.server": c.Mail.Server, "mail.from": c.Mail.From} {
			if s == "" {
				fault("config.fault.mail", "key", key)
			}
		}
	}
	if (len(c.Mail.Manager) > 0 || c.Shared != "") && c.Name == "" {
		fault("config.fault.mail_name", "key", "operator.name")
	}
	for _, f := range c.peopleFaults() {
		fault(f.Key, f.Args...)
	}
	if len(faults) > 0 {
		return c, values, &ConfigError{Faults: faults}
	}
	return c, values, nil
}

// ForSlack checks what only a desk on Slack needs.
func (c Config) ForSlack(w lang.Words) error {
	var faults []string
	need := func(ok bool, key string) {
		if !ok {
			i := slices.IndexFunc(settings(), func(s setting) bool { return s.key == key })
			s := settings()[i]
			faults = append(faults, w.T("config.fault.missing", "key", s.key, "env", s.env, "kind", s.kind))
		}
	}
	need(c.Slack.BotToken != "", "slack.bot_token")
	if c.Slack.Transport == "socket" {
		need(c.Slack.AppToken != "", "slack.app_token")
	} else {
		need(c.Slack.SigningSecret != "", "slack.signing_secret")
	}
	for _, pair := range c.Partner.pairs() {
		if (pair.ak == "") != (pair.sk == "") {
			need(pair.ak != "", "partner."+pair.name)
			need(pair.sk != "", "partner."+strings.Replace(pair.name, "ak", "sk", 1))
		}
	}
	if len(c.People) == 0 {
		faults = append(faults, w.T("config.fault.people"))
	}
	if len(faults) > 0 {
		return &ConfigError{Faults: faults}
	}
	return nil
}

// ConfigError lists every fault of a configuration, in words.
type ConfigError struct{ Faults []string }

func (e *ConfigError) Error() string { return strings.Join(e.Faults, "\n") }

// readFile reads the YAML file into flat keys and grants. open says that others
// than the owner may read it.
func readFile(in Input, fault func(string, ...string)) (flat map[string]string, people []access.Grant, open bool) {
	flat = map[string]string{}
	if in.File == "" {
		return flat, nil, false
	}
	raw, err := os.ReadFile(in.File)
	if err != nil {
		fault("config.fault.file", "file", in.File, "reason", plainReason(err))
		return flat, nil, false
	}
	if info, err := os.Stat(in.File); err == nil {
		open = info.Mode().Perm()&0o077 != 0
	}
	var top map[string]any
	if err := yaml.Unmarshal(raw, &top); err != nil {
		fault("config.fault.yaml", "file", in.File, "reason", yaml.FormatError(err, false, false)) // without the lines around, which may hold a secret
		return flat, nil, open
	}
	if list, ok := top["people"]; ok {
		delete(top, "people")
		people = readPeople(in, list, fault)
	}
	flatten("", top, flat)
	return flat, people, open
}

func flatten(prefix string, m map[string]any, into map[string]string) {
	for k, v := range m {
		key := prefix + k
		switch v := v.(type) {
		case map[string]any:
			flatten(key+".", v, into)
		case nil:
		default:
			into[key] = fmt.Sprint(v)
		}
	}
}

// readSecret reads a secret from a file that only its owner can read.
func readSecret(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%s: chmod 600", path)
	}
	raw, err := os.ReadFile(path)
	return strings.TrimSpace(string(raw)), err
}

func plainReason(err error) string {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

func nearestKey(key string) string {
	best, most := "", -1
	for _, s := range settings() {
		n := 0
		for n < len(key) && n < len(s.key) && key[n] == s.key[n] {
			n++
		}
		_, tail, _ := strings.Cut(s.key, ".")
		if strings.HasSuffix(key, tail) && tail != "" {
			n += len(tail)
		}
		if n > most {
			best, most = s.key, n
		}
	}
	return best
}

// defaultData is $XDG_STATE_HOME/partnerdesk, or its usual place.
func defaultData(getenv func(string) string) string {
	if dir := getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "partnerdesk")
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "partnerdesk")
	}
	return filepath.Join(os.TempDir(), "partnerdesk")
}
