package rounds

import (
	"bytes"
	"context"
	"slices"
	"time"

	"partnerdesk/bot/slacksim"
)

// What people do in a round.

// questions are asked in turn. None of their words may be logged.
var questions = []string{
	"测试券额度是多少", "who can apply for NRE?", "can prepaid money be invoiced?", "how long is a test voucher valid, exactly?", "PO是什么的缩写", "域名续费在哪里",
}

const reason = "the page has changed since"

// do has somebody ask.
func (t *runner) do(round int, i intent) {
	a := &ask{round: round, kind: i.kind, user: userID(i.user), channel: channelID(i.channel), text: questions[(round+i.user)%len(questions)]}
	p := t.town.Person(a.user).In(a.channel)
	button := "ask.wrong"
	if i.kind == kindClick {
		button = []string{"ask.helpful", "ask.handover"}[i.user%2]
	}
	switch i.kind {
	case kindClick, kindForm:
		for len(p.Modals()) > 0 { // one from an earlier round
			_ = p.CloseModal()
		}
		at := t.clickable(i, button)
		if at == "" {
			i.kind, a.kind = kindMention, kindMention
			break
		}
		a.channel = at
		p.In(at)
		if button == "ask.handover" {
			t.books.handedOver(at) // a ticket: what becomes of it is told in the same thread
		}
	}
	var err error
	switch i.kind {
	case kindCommand:
		t.books.put(a)
		switch i.user % 4 {
		case 0:
			err = p.Command("/balance", "")
		case 1:
			err = p.Command("/desk", "help")
		default:
			err = p.Command("/ask", a.text)
		}
	case kindMention:
		t.books.put(a)
		_, err = p.Say("", "<@"+botUser+"> "+a.text)
	case kindDirect:
		t.books.put(a)
		_, err = p.In("").Say("", a.text)
	case kindClick:
		t.books.put(a)
		err = p.Click(button)
	case kindForm:
		a.kind = kindClick
		t.books.put(a)
		if err = p.Click(button); err == nil {
			err = t.fillIn(p, a)
		}
	}
	if err != nil {
		t.report.fault("simulator", err.Error())
	}
}

// fillIn fills in the form that a click opened, if it did.
func (t *runner) fillIn(p *slacksim.Person, click *ask) error {
	for end := time.Now().Add(2500 * time.Millisecond); !t.formOpen(click.user); {
		if time.Now().After(end) {
			return nil // the person is told so, or was not heard, or waits longer
		}
		sleep(context.Background(), 20*time.Millisecond)
	}
	t.books.open(click)
	form := &ask{round: click.round, kind: kindForm, user: click.user, channel: click.channel}
	t.books.put(form)
	return p.Submit("", map[string]string{"reason": reason})
}

// formOpen says whether somebody has a form before them, and not just one that says to wait.
func (t *runner) formOpen(user string) bool {
	open := t.town.Person(user).Modals()
	return len(open) > 0 && !slices.Contains(t.waits, open[len(open)-1].Title)
}

// clickable is a channel where an answer with this button stands in the open; empty when there is none.
func (t *runner) clickable(i intent, button string) string {
	t.books.mu.Lock()
	var open []string
	for _, a := range t.books.all {
		if a.kind == kindMention && len(a.posts) > 0 {
			open = append(open, a.channel)
		}
	}
	t.books.mu.Unlock()
	for n := range min(20, len(open)) {
		at := open[(i.channel+n)%len(open)]
		for _, m := range slices.Backward(t.town.Person(userID(i.user)).In(at).Reads()) {
			if m.From == botUser && !m.Ephemeral && len(m.Buttons) > 0 && bytes.Contains(m.Blocks, []byte(`"`+button+`"`)) {
				return at
			}
		}
	}
	return ""
}
