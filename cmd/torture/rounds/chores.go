package rounds

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"partnerdesk/bot/slacksim"
	"partnerdesk/handlers/partner/sandbox"
)

// Chores are what people leave with the desk: each makes one row, which must be there afterwards and there once. The
// support people turn tickets into cases at the partner center, where a case is worth as much as a row.

// The kinds of chore.
const (
	choreDeadline    = "deadline"
	choreTicket      = "ticket"
	choreOpportunity = "opportunity"
)

// What people leave with the desk and must not come out of it anywhere but before them.
const (
	plantedPhone = "13912340177"
	plantedMail  = "planted.wang@customer.example"
	plantedWord  = "Planted@9871"
)

// chore is one row that somebody wanted. The word tells it from all others.
type chore struct {
	kind, user, word string
	at               *ask // that carried it
}

// doChore has somebody leave something with the desk.
func (t *runner) doChore(round int, i intent) {
	c := &chore{kind: i.kind, user: writerID(i.user), word: fmt.Sprintf("zq%dq%d", round, i.user)}
	first := &ask{round: round, kind: kindCommand, user: c.user, channel: channelID(i.channel), several: true, opens: i.kind != choreDeadline}
	p := t.town.Person(c.user).In(first.channel)
	for len(p.Modals()) > 0 { // one from an earlier round
		_ = p.CloseModal()
	}
	t.books.put(first)
	var err error
	switch i.kind {
	case choreDeadline:
		c.at = first
		t.books.keep(c)
		err = p.Command("/deadline", "add 12月31日 交材料"+c.word)
	case choreTicket:
		if err = p.Command("/ticket", "new"); err == nil {
			err = t.fillInChore(p, first, c, map[string]string{"what": "xqz " + c.word + " xqz", "customer": "acme", "details": "电话 " + plantedPhone + "，密码：" + plantedWord})
		}
	case choreOpportunity:
		if err = p.Command("/opportunity", "share"); err == nil {
			err = t.fillInChore(p, first, c, map[string]string{
				"company": "深圳市" + c.word + "有限公司", "location": "广东 深圳", "need": "客户要把订单系统搬到云上，并做同城容灾", "budget": "50 万元/年",
				"timeline": "2027 年 3 月上线", "authority": "CTO", "revenue": "yes", "presales": "拜访客户，方案交流", "services": "弹性云服务器",
				"contact_name": "王小明", "contact_phone": plantedPhone, "contact_mail": plantedMail, "consent": "yes",
			})
		}
	}
	if err != nil {
		t.report.fault("simulator", err.Error())
	}
}

// fillInChore fills in the form that a command opened, if it did.
func (t *runner) fillInChore(p *slacksim.Person, first *ask, c *chore, values map[string]string) error {
	if !t.opened(first) {
		return nil // the person is told so, or was not heard, or waits longer
	}
	c.at = &ask{round: first.round, kind: kindForm, user: first.user, channel: first.channel, several: true}
	t.books.put(c.at)
	t.books.keep(c)
	return p.Submit("", values)
}

// opened waits for the form that a question asked for.
func (t *runner) opened(a *ask) bool {
	for end := time.Now().Add(2500 * time.Millisecond); !t.formOpen(a.user); {
		if time.Now().After(end) || !sleep(context.Background(), 20*time.Millisecond) {
			return false
		}
	}
	t.books.open(a)
	return true
}

// support has somebody of support take the newest ticket and make a case of it, as far as the desk lets them.
func (t *runner) support() {
	if t.o.Brief {
		return
	}
	p := t.town.Person(supporter).In(triage).Within(1500 * time.Millisecond)
	for len(p.Modals()) > 0 {
		_ = p.CloseModal()
	}
	_ = p.Click("ticket.claim") // without one, there may be one that was claimed and got no further
	for _, step := range []struct {
		button string
		values map[string]string
	}{
		{"ticket.send", map[string]string{"product": "产品技术 / 弹性云服务器"}},
		{"ticket.problem", map[string]string{"problem": "无法登录或连接（报障）"}},
		{"ticket.case", map[string]string{"region": "华北-北京四", "severity": "重要"}},
	} {
		if p.Click(step.button) != nil || !t.opened(&ask{user: supporter}) || p.Submit("", step.values) != nil {
			return // the desk died meanwhile, or said no
		}
	}
}

// trouble is what the partner center does to the creation of a case, besides what Slack does.
var trouble = []string{
	sandbox.Throttle, sandbox.ErrorBefore, sandbox.ErrorAfter, sandbox.GatewayAfter, sandbox.DropBefore, sandbox.DropAfter,
	sandbox.Truncate, sandbox.Internal200, sandbox.Empty200, sandbox.Latency, sandbox.Latency, sandbox.Latency,
}

// keep notes a chore.
func (l *ledger) keep(c *chore) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.chores = append(l.chores, c)
}

var errNoReference = errors.New("a case has no reference")

// reference is the ticket that a case was made of.
func reference(description string) (string, error) {
	_, rest, ok := strings.Cut(description, "[")
	id, _, closed := strings.Cut(rest, "]")
	if !ok || !closed {
		return "", fmt.Errorf("%w: %.40s", errNoReference, description)
	}
	return id, nil
}
