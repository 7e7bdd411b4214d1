package slacksim_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"partnerdesk/bot/slacksim"
)

// echoBot is a tiny app on slack-go, an independent client: it proves that the wire protocol is one somebody
// else's library understands. It does every kind of thing an app does, over both transports.
type echoBot struct {
	t      *testing.T
	api    *slack.Client
	muted  bool // acknowledges nothing
	mu     sync.Mutex
	events []string // event ids received, guarded by mu
	seen   chan string
}

const (
	botToken = "xoxb-test"
	appToken = "xapp-test"
	secret   = "shh"
)

func options() slacksim.Options {
	return slacksim.Options{
		Team: slacksim.Team{ID: "T0TEST", Name: "云帆伙伴", Domain: "yunfan"},
		App: slacksim.App{
			ID: "A0TEST", Name: "Echo", BotID: "B0ECHO", BotUserID: "U0ECHO", BotName: "echo",
			BotToken: botToken, AppToken: appToken, SigningSecret: secret, HomeTab: true,
			Commands: []slacksim.SlashCommand{
				{Name: "/echo", DescriptionZH: "复述", DescriptionEN: "say it again", UsageHint: "[text]"},
				{Name: "/form", DescriptionZH: "表单", DescriptionEN: "a form"},
			},
			Shortcuts: []slacksim.Shortcut{{Name: "Echo this", CallbackID: "echo_this", OnMessage: true}},
			Events:    []string{"app_mention", "message.im", "app_home_opened", "reaction_added"},
		},
		Users: []slacksim.User{
			{ID: "U0LILEI", Name: "lilei", RealName: "李雷", Locale: "zh-CN"},
			{ID: "U0ALICE", Name: "alice", RealName: "Alice", Locale: "en-US"},
			{ID: "U0EXT", Name: "zhao", RealName: "赵四", Locale: "zh-CN", TeamID: "T0OTHER"},
		},
		Channels: []slacksim.Channel{
			{ID: "C0SALES", Name: "sales", Members: []string{"U0LILEI", "U0ALICE", "U0ECHO"}},
			{ID: "C0QUIET", Name: "quiet", Members: []string{"U0LILEI", "U0ALICE"}},
			{ID: "G0LEADS", Name: "leads", Private: true, Members: []string{"U0ALICE", "U0ECHO"}},
		},
		Groups:   []slacksim.Group{{ID: "S0APPR", Handle: "approvers", Name: "Approvers", Users: []string{"U0ALICE"}}},
		Patience: 3 * time.Second,
	}
}

// start runs a workspace and the echo bot joined to it.
func start(t *testing.T, transport string, change func(*slacksim.Options)) (*slacksim.Workspace, *echoBot) {
	t.Helper()
	o := options()
	o.App.Transport = transport
	if change != nil {
		change(&o)
	}
	ws, err := slacksim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(ws.Handler())
	ws.SetURL(srv.URL)
	t.Cleanup(srv.Close)
	t.Cleanup(ws.Close)
	b := &echoBot{t: t, seen: make(chan string, 100)}
	b.api = slack.New(botToken, slack.OptionAPIURL(srv.URL+"/api/"), slack.OptionAppLevelToken(appToken))
	if transport == slacksim.TransportHTTP {
		app := httptest.NewServer(http.HandlerFunc(b.serveHTTP))
		t.Cleanup(app.Close)
		ws.SetRequestURLs(slacksim.RequestURLs{Commands: app.URL + "/c", Interactivity: app.URL + "/i", Events: app.URL + "/e"})
		return ws, b
	}
	ctx, cancel := context.WithCancel(t.Context())
	client := socketmode.New(b.api)
	var wg sync.WaitGroup
	wg.Go(func() { _ = client.RunContext(ctx) })
	wg.Go(func() { b.pump(ctx, client) })
	t.Cleanup(func() { cancel(); ws.DropSockets(); wg.Wait() })
	if err := ws.WaitConnected(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	return ws, b
}

func (b *echoBot) pump(ctx context.Context, c *socketmode.Client) {
	for {
		select {
		case <-ctx.Done():
			return
		case ev := <-c.Events:
			var ack any
			switch data := ev.Data.(type) {
			case slackevents.EventsAPIEvent:
				b.event(data)
			case slack.SlashCommand:
				ack = b.command(data)
			case slack.InteractionCallback:
				ack = b.interaction(data)
			default:
				if ev.Type == socketmode.EventTypeErrorBadMessage {
					b.t.Errorf("slack-go could not read a message: %v", ev.Data)
				}
				continue
			}
			if b.isMuted() {
				continue
			}
			var err error
			if ack != nil {
				err = c.Ack(*ev.Request, ack)
			} else {
				err = c.Ack(*ev.Request)
			}
			if err != nil {
				b.t.Errorf("ack: %v", err)
			}
		}
	}
}

func (b *echoBot) serveHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v, err := slack.NewSecretsVerifier(r.Header, secret)
	if err == nil {
		_, _ = v.Write(body)
		err = v.Ensure()
	}
	if err != nil {
		b.t.Errorf("signature: %v", err)
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	var ack any
	switch r.URL.Path {
	case "/e":
		ev, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		if err != nil {
			b.t.Errorf("event: %v", err)
			return
		}
		if ev.Type == slackevents.URLVerification {
			var c slackevents.ChallengeResponse
			_ = json.Unmarshal(body, &c)
			_, _ = io.WriteString(w, c.Challenge)
			return
		}
		b.event(ev)
	case "/c":
		c, err := slack.SlashCommandParse(r)
		if err != nil {
			b.t.Errorf("command: %v", err)
		}
		ack = b.command(c)
	case "/i":
		ic, err := slack.InteractionCallbackParse(r)
		if err != nil {
			b.t.Errorf("interaction: %v", err)
		}
		ack = b.interaction(ic)
	}
	if b.isMuted() {
		http.Error(w, "muted", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if ack != nil {
		_ = json.NewEncoder(w).Encode(ack)
	}
}

func (b *echoBot) event(ev slackevents.EventsAPIEvent) {
	cb := ev.Data.(*slackevents.EventsAPICallbackEvent)
	b.mu.Lock()
	b.events = append(b.events, cb.EventID)
	muted := b.muted
	b.mu.Unlock()
	b.seen <- ev.InnerEvent.Type
	if muted {
		return
	}
	var err error
	switch e := ev.InnerEvent.Data.(type) {
	case *slackevents.AppMentionEvent:
		_, _, err = b.api.PostMessage(e.Channel, slack.MsgOptionTS(e.TimeStamp), slack.MsgOptionText("you said: "+e.Text, false))
	case *slackevents.MessageEvent:
		if e.BotID == "" && e.SubType == "" {
			_, _, err = b.api.PostMessage(e.Channel, slack.MsgOptionText("dm: "+e.Text, false), slack.MsgOptionBlocks(buttons(e.Text)...))
		}
	case *slackevents.AppHomeOpenedEvent:
		_, err = b.api.PublishView(e.User, slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: buttons("home")}}, "")
	}
	if err != nil {
		b.t.Errorf("answering an event: %v", err)
	}
}

func buttons(text string) []slack.Block {
	return []slack.Block{
		slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "*"+text+"*", false, false), nil, nil),
		slack.NewActionBlock("acts",
			slack.NewButtonBlockElement("again", "1", slack.NewTextBlockObject("plain_text", "Again", false, false)),
			slack.NewButtonBlockElement("form", "2", slack.NewTextBlockObject("plain_text", "Open form", false, false)),
			slack.NewOptionsSelectBlockElement("static_select", slack.NewTextBlockObject("plain_text", "Pick one", false, false), "pick",
				slack.NewOptionBlockObject("a", slack.NewTextBlockObject("plain_text", "Apple", false, false), nil),
				slack.NewOptionBlockObject("b", slack.NewTextBlockObject("plain_text", "Banana", false, false), nil))),
	}
}

func (b *echoBot) command(c slack.SlashCommand) any {
	if c.Command == "/form" {
		b.open(c.TriggerID)
		return nil
	}
	return map[string]any{"text": "echo: " + c.Text, "response_type": "ephemeral"}
}

func (b *echoBot) open(trigger string) {
	in := slack.NewPlainTextInputBlockElement(slack.NewTextBlockObject("plain_text", "a number", false, false), "amount")
	_, err := b.api.OpenView(trigger, slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "form", PrivateMetadata: "kept",
		Title:  slack.NewTextBlockObject("plain_text", "A form", false, false),
		Submit: slack.NewTextBlockObject("plain_text", "Send", false, false),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("amount_block", slack.NewTextBlockObject("plain_text", "Amount", false, false), nil, in)}},
	})
	if err != nil {
		b.t.Errorf("open: %v", err)
	}
}

func (b *echoBot) interaction(ic slack.InteractionCallback) any {
	b.seen <- string(ic.Type)
	switch ic.Type {
	case slack.InteractionTypeBlockActions:
		act := ic.ActionCallback.BlockActions[0]
		switch act.ActionID {
		case "form":
			b.open(ic.TriggerID)
		case "again":
			if ic.View.ID != "" {
				return nil
			}
			err := slack.PostWebhook(ic.ResponseURL, &slack.WebhookMessage{Text: "clicked by <@" + ic.User.ID + ">", ReplaceOriginal: true})
			if err != nil {
				b.t.Errorf("response_url: %v", err)
			}
		case "pick":
			_ = slack.PostWebhook(ic.ResponseURL, &slack.WebhookMessage{Text: "picked " + act.SelectedOption.Value})
		}
	case slack.InteractionTypeViewSubmission:
		val := ic.View.State.Values["amount_block"]["amount"].Value
		if ic.View.PrivateMetadata != "kept" {
			b.t.Errorf("private_metadata = %q", ic.View.PrivateMetadata)
		}
		if val != "12" {
			return slack.NewErrorsViewSubmissionResponse(map[string]string{"amount_block": "not twelve"})
		}
	case slack.InteractionTypeMessageAction:
		_ = slack.PostWebhook(ic.ResponseURL, &slack.WebhookMessage{Text: "message was: " + ic.Message.Text})
	}
	return nil
}

func (b *echoBot) mute(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.muted = on
}

func (b *echoBot) isMuted() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.muted
}

func (b *echoBot) ids() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, b.events...)
}
