package slacksim_test

import (
	"sync"
	"testing"
	"time"

	"partnerdesk/bot/slacksim"
)

// both runs a story over Socket Mode and over signed HTTP.
func both(t *testing.T, change func(*slacksim.Options), story func(t *testing.T, ws *slacksim.Workspace, b *echoBot)) {
	t.Helper()
	for _, transport := range []string{slacksim.TransportSocket, slacksim.TransportHTTP} {
		t.Run(transport, func(t *testing.T) {
			ws, b := start(t, transport, change)
			story(t, ws, b)
		})
	}
}

func TestStory_Command(t *testing.T) {
	both(t, nil, func(t *testing.T, ws *slacksim.Workspace, _ *echoBot) {
		alice := ws.Person("Alice").Test(t).In("#sales")
		alice.Command("/echo", "hello <b> & @lilei")
		got, _ := alice.Sees("echo: hello <b>")
		if !got.Ephemeral {
			t.Error("an answer without response_type is not ephemeral")
		}
		if n := len(ws.Person("U0LILEI").In("#sales").Reads()); n != 0 {
			t.Errorf("somebody else sees %d messages, want 0", n)
		}
	})
}

func TestStory_MentionIsAnsweredInThread(t *testing.T) {
	both(t, nil, func(t *testing.T, ws *slacksim.Workspace, _ *echoBot) {
		lilei := ws.Person("李雷").Test(t)
		ts, _ := lilei.Say("#sales", "@echo 你好")
		got, _ := lilei.Sees("you said:", "你好")
		if got.Thread != ts {
			t.Errorf("answer is in thread %q, want %q", got.Thread, ts)
		}
	})
}

func TestStory_DirectMessageAndButtons(t *testing.T) {
	both(t, nil, func(t *testing.T, ws *slacksim.Workspace, _ *echoBot) {
		lilei := ws.Person("李雷").Test(t)
		lilei.Say("", "早")
		lilei.Sees("早", "Again", "Banana")
		lilei.Choose("Pick one", "Banana")
		lilei.Sees("picked b")
		lilei.Click("Again")
		lilei.Sees("clicked by @李雷")
	})
}

func TestStory_ModalWithErrorThenAccepted(t *testing.T) {
	both(t, nil, func(t *testing.T, ws *slacksim.Workspace, _ *echoBot) {
		alice := ws.Person("U0ALICE").Test(t).In("#sales")
		alice.Command("/form", "")
		alice.SeesModal("A form", "Amount")
		alice.Submit("A form", map[string]string{"Amount": ""})
		alice.SeesModal("Please fill in this field.")
		alice.Submit("", map[string]string{"amount": "3"})
		alice.SeesModal("not twelve")
		alice.Submit("A form", map[string]string{"amount_block": "12"})
		alice.SeesNoModal()
	})
}

func TestStory_HomeAndShortcut(t *testing.T) {
	both(t, nil, func(t *testing.T, ws *slacksim.Workspace, _ *echoBot) {
		alice := ws.Person("U0ALICE").Test(t).In("#sales")
		alice.OpenHome()
		alice.SeesHome("home", "Open form")
		alice.Click("Open form")
		alice.SeesModal("A form")
		alice.CloseModal()
		alice.In("#sales")
		ts, _ := alice.Say("", "remember this")
		alice.Shortcut("Echo this", ts)
		alice.Sees("message was: remember this")
	})
}

func TestStory_AppFails(t *testing.T) {
	fast := func(o *slacksim.Options) {
		o.AckWithin = 700 * time.Millisecond
		o.RetryAfter = []time.Duration{0}
	}
	both(t, fast, func(t *testing.T, ws *slacksim.Workspace, b *echoBot) {
		b.mute(true)
		lilei := ws.Person("李雷").Test(t).In("#sales")
		lilei.Command("/echo", "anybody?")
		lilei.Sees("/echo", "执行失败")
		b.mute(false)
		lilei.Command("/form", "")
		lilei.SeesModal("A form")
		b.mute(true)
		lilei.Submit("", map[string]string{"amount": "12"})
		lilei.SeesModal("无法连接")
		lilei.CloseModal()
		lilei.Say("#sales", "@echo 在吗")
		receive(t, b.seen) // the submission
		if first, second := receive(t, b.seen), receive(t, b.seen); first != "app_mention" || second != "app_mention" {
			t.Errorf("got %s and %s, want the mention and its retry", first, second)
		}
		ids := b.ids()
		if len(ids) != 2 || ids[0] != ids[1] {
			t.Errorf("event ids %v, want the same one twice", ids)
		}
	})
}

func TestStory_DuplicateDelivery(t *testing.T) {
	both(t, nil, func(t *testing.T, ws *slacksim.Workspace, b *echoBot) {
		alice := ws.Person("U0ALICE").Test(t)
		alice.Say("#sales", "@echo once")
		alice.Sees("you said:")
		if err := ws.Redeliver(); err != nil {
			t.Fatal(err)
		}
		if ids := b.ids(); len(ids) != 2 || ids[0] != ids[1] {
			t.Errorf("event ids %v, want the same one twice", ids)
		}
		d := ws.Deliveries()
		if last := d[len(d)-1]; last.Retry != 1 || last.What != "app_mention" {
			t.Errorf("last delivery %+v, want the retried mention", last)
		}
	})
}

func TestStory_Reconnect(t *testing.T) {
	for name, cut := range map[string]func(*slacksim.Workspace){
		"refresh": (*slacksim.Workspace).Refresh, "broken": (*slacksim.Workspace).DropSockets,
	} {
		t.Run(name, func(t *testing.T) {
			ws, _ := start(t, slacksim.TransportSocket, nil)
			cut(ws)
			waitFor(t, func() bool {
				p := ws.Person("U0ALICE").In("#sales")
				_ = p.Command("/echo", "back")
				_, err := p.Within(100 * time.Millisecond).Sees("echo: back")
				return err == nil
			})
		})
	}
}

// waitFor polls a condition with a deadline.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain")
		}
	}
}

func TestStory_URLVerification(t *testing.T) {
	ws, _ := start(t, slacksim.TransportHTTP, nil)
	if err := ws.VerifyURL(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStory_WhereCommandsDoNotWork(t *testing.T) {
	ws, _ := start(t, slacksim.TransportSocket, nil)
	alice := ws.Person("U0ALICE").Test(t).In("#sales")
	ts, _ := alice.Say("", "a thread begins")
	alice.InThread(ts).Command("/echo", "x")
	alice.Sees("does not work inside a thread")
	alice.InThread("").Command("/nonsense", "")
	alice.Sees("/nonsense", "not a command")
	ws.Person("U0EXT").Test(t).Command("/echo", "x")
	if got := ws.Deliveries(); len(got) != 0 {
		t.Errorf("delivered %v, want nothing", got)
	}
}

// One person clicking in two windows: what is being delivered must not change under way (run with -race).
func TestStory_TwoWindows(t *testing.T) {
	both(t, nil, func(t *testing.T, ws *slacksim.Workspace, b *echoBot) {
		alice := ws.Person("U0ALICE").Test(t)
		alice.Say("", "choose")
		alice.Sees("Banana")
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				again := ws.Person("U0ALICE")
				for _, fruit := range []string{"Apple", "Banana", "Apple", "Banana"} {
					if err := again.Choose("Pick one", fruit); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		alice.Sees("picked b")
	})
}
