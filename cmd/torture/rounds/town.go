package rounds

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"partnerdesk/bot/slacksim"
	"partnerdesk/data"
	"partnerdesk/handlers/partner/aksk"
	"partnerdesk/handlers/partner/sandbox"
)

// The town: a workspace large enough that every delivery of many rounds comes from another place.
const (
	people   = 220
	channels = 210
	writers  = 60 // people who leave chores

	supporter = "U0SUPPORT1"
	watcher   = "U0WATCHER1" // sees what everybody sees, and says nothing
	triage    = "C0TRIAGE01"

	team     = "T0TORTURE1"
	botUser  = "U0DESK0001"
	botToken = "xoxb-torture"
	appToken = "xapp-torture"
	signing  = "torture-signing-secret"
	keyID    = "TORTUREAK"
	keyValue = "torture-sk"
)

// town is everything around the desk.
type town struct {
	*slacksim.Workspace
	clock  clock
	world  *sandbox.Sandbox
	center string // address of the partner center
	stop   func()
}

func userID(i int) string    { return fmt.Sprintf("U0P%07d", i) }
func writerID(i int) string  { return fmt.Sprintf("U0W%07d", i) }
func channelID(i int) string { return fmt.Sprintf("C0P%07d", i) }

func openTown(c clock) (*town, error) {
	o := slacksim.Options{
		Team: slacksim.Team{ID: team, Name: "Torture", Domain: "torture"},
		App: slacksim.App{
			ID: "A0DESK0001", Name: "partnerdesk", BotID: "B0DESK0001", BotUserID: botUser, BotName: "partnerdesk",
			BotToken: botToken, AppToken: appToken, SigningSecret: signing,
			Commands: []slacksim.SlashCommand{{Name: "/ask"}, {Name: "/balance"}, {Name: "/desk"}, {Name: "/ticket"}, {Name: "/opportunity"}, {Name: "/deadline"}},
		},
		Now: c.Now, Patience: 2 * time.Second, RateLimit: true,
		// Slack's 0, 1 min and 5 min, brought closer together.
		RetryAfter: []time.Duration{0, 400 * time.Millisecond, 1500 * time.Millisecond, 4 * time.Second, 8 * time.Second, 20 * time.Second, 20 * time.Second},
	}
	members := []string{botUser}
	for i := range people {
		o.Users = append(o.Users, slacksim.User{ID: userID(i), Name: fmt.Sprintf("p%03d", i), Locale: []string{"en-US", "zh-CN"}[i%2]})
		members = append(members, userID(i))
	}
	for i := range writers {
		o.Users = append(o.Users, slacksim.User{ID: writerID(i), Name: fmt.Sprintf("w%03d", i), Locale: []string{"zh-CN", "en-US"}[i%2]})
		members = append(members, writerID(i))
	}
	for _, id := range []string{supporter, watcher} {
		o.Users = append(o.Users, slacksim.User{ID: id, Name: id, Locale: "zh-CN"})
		members = append(members, id)
	}
	o.Channels = append(o.Channels, slacksim.Channel{ID: triage, Name: "triage", Members: []string{botUser, supporter, watcher}})
	for i := range channels {
		o.Channels = append(o.Channels, slacksim.Channel{ID: channelID(i), Name: fmt.Sprintf("c%03d", i), Private: i%3 == 0, Members: members})
	}
	w, err := slacksim.New(o)
	if err != nil {
		return nil, err
	}
	world, err := sandbox.New(sandbox.Options{Seed: 1, Kind: "solution_provider", AK: keyID, SK: aksk.Secret(keyValue), Now: c.Now})
	if err != nil {
		return nil, err
	}
	var crew sync.WaitGroup
	var servers []*http.Server
	serve := func(h http.Handler) (string, error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		servers = append(servers, s)
		crew.Go(func() { _ = s.Serve(l) }) // ends with Close
		return "http://" + l.Addr().String(), nil
	}
	slack, err := serve(w.Handler())
	if err != nil {
		return nil, err
	}
	w.SetURL(slack)
	t := &town{Workspace: w, clock: c, world: world}
	if t.center, err = serve(world); err != nil {
		return nil, err
	}
	t.stop = func() {
		w.Close()
		for _, s := range servers {
			_ = s.Close()
		}
		crew.Wait()
	}
	return t, nil
}

// env is the environment of a desk in the town.
func (t *town) env(dir, transport string) []string {
	return []string{
		envChild + "=1", envClock + "=" + t.clock.String(), envFile + "=" + filepath.Join(dir, "config.yaml"),
		"PARTNERDESK_DATA=" + filepath.Join(dir, "data"), "PARTNERDESK_ADDR=127.0.0.1:0", "PARTNERDESK_TEAM=" + team,
		"PARTNERDESK_CORPUS=" + filepath.Join(dir, "corpus"),
		"PARTNERDESK_AUDIT_KEY=" + filepath.Join(dir, "audit.key"), "PARTNERDESK_AUDIT_WITNESS=" + filepath.Join(dir, "witness.jsonl"),
		"PARTNERDESK_TRIAGE_CHANNEL=" + triage,
		"SLACK_TRANSPORT=" + transport, "SLACK_API_URL=" + t.URL() + "/api/",
		"SLACK_BOT_TOKEN=" + botToken, "SLACK_APP_TOKEN=" + appToken, "SLACK_SIGNING_SECRET=" + signing,
		"PARTNER_ENDPOINT=" + t.center, "PARTNER_TICKET_ENDPOINT=" + t.center, "PARTNER_AK=" + keyID, "PARTNER_SK=" + keyValue,
	}
}

// join points the workspace at a desk that has opened.
func (t *town) join(addr string) {
	base := "http://" + addr + "/slack/"
	t.SetRequestURLs(slacksim.RequestURLs{Commands: base + "commands", Interactivity: base + "interactivity", Events: base + "events"})
}

const configText = `people:
  - who: "*"
    roles: [staff]
  - who: "` + supporter + `"
    roles: [staff, triager]
`

// topics are the part of the corpus that the desk knows here: enough to answer with, and quickly indexed, because a
// desk that is killed spends most of its life on that.
var topics = []string{"test-coupons.yaml", "nre.yaml"}

// prepare makes the directories and files of a desk.
func prepare(dir string) error {
	errs := []error{
		os.MkdirAll(filepath.Join(dir, "data"), 0o700), os.MkdirAll(filepath.Join(dir, "corpus"), 0o700),
		os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(configText), 0o600),
	}
	for _, topic := range topics {
		raw, err := fs.ReadFile(data.FAQ, "faq/"+topic)
		errs = append(errs, err, os.WriteFile(filepath.Join(dir, "corpus", topic), raw, 0o600))
	}
	return errors.Join(errs...)
}
