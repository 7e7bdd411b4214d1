package rounds

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"partnerdesk/bot/slacksim"
	"partnerdesk/handlers/partner"
)

// What people want of the money desk.
const (
	wishVoucher = "vouchers"
	wishGrant   = "grant"
	wishReclaim = "reclaim"
	wishReturn  = "voucher back"
	wishList    = "list"
	wishRequest = "request" // of a reseller's person, for cash
	wishQuota   = "quota"   // the same for a quota
)

// wish is one operation that somebody will want, drawn by lot.
type wish struct {
	kind, who string
	to        []partner.Customer
	quota     string
	amount    partner.Fen
	at        time.Duration // after the round began
	twice     bool          // the button is pressed twice at once
	withdraw  bool          // and then thinks better of it
	rival     bool          // somebody does the same in the partner center's own pages
	rivalAt   time.Duration
}

// crowd are the people of one bank and what they have done so far.
type crowd struct {
	bank   *bank
	fault  func(what, text string)
	serial atomic.Int64 // of amounts
}

// amount is one that no operation had before.
func (c *crowd) amount() partner.Fen { return partner.Fen(100 + c.serial.Add(1)) }

// wants draws what people want in a round.
func (c *crowd) wants(r *rand.Rand) []wish {
	var list []wish
	for i := range requesters {
		w := wish{
			kind: one(r, wishVoucher, wishVoucher, wishVoucher, wishGrant, wishGrant, wishGrant, wishReclaim, wishReturn, wishList), who: requesterID(i),
			quota: one(r, c.bank.quotas...), at: drawn(r, 0, 900*time.Millisecond),
			twice: r.IntN(3) == 0, withdraw: r.IntN(12) == 0, rival: r.IntN(4) == 0, rivalAt: drawn(r, 500*time.Millisecond, 4*time.Second),
		}
		several := 1
		if w.kind == wishList || w.kind == wishVoucher && r.IntN(2) == 0 {
			several = 2 + r.IntN(2)
		}
		for _, n := range r.Perm(len(c.bank.parties))[:several] {
			w.to = append(w.to, c.bank.parties[n])
		}
		list = append(list, w)
	}
	if r.IntN(2) == 0 {
		list = append(list, wish{kind: one(r, wishRequest, wishQuota), who: visitor, at: drawn(r, 0, 900*time.Millisecond), twice: r.IntN(3) == 0})
	}
	return list
}

// ask has somebody ask for what they want, as often as it takes until the desk has heard it, or until they give up.
func (c *crowd) ask(ctx context.Context, w wish, coupon func() string) {
	p := c.bank.Person(w.who).In(moneyRoom)
	for range 4 {
		for len(p.Modals()) > 0 {
			_ = p.CloseModal()
		}
		w.amount = c.amount()
		if button := c.fill(p, w, coupon); button != "" && ctx.Err() == nil && c.press(p.Within(2*time.Second), button) {
			if w.twice {
				go func() { _ = c.bank.Person(w.who).In(moneyRoom).Within(10 * time.Millisecond).Click(button) }()
			}
			for range 3 { // the button goes when the desk has heard; until then it is pressed again
				if !sleep(ctx, 300*time.Millisecond) || !c.press(p.Within(20*time.Millisecond), button) {
					break
				}
			}
			if w.rival && sleep(ctx, w.rivalAt) {
				if err := c.bank.byHand(w); err != nil && !strings.Contains(err.Error(), "by hand: 0 coupons") {
					c.fault("second actor", err.Error())
				}
			}
			if w.withdraw {
				c.press(p.Within(20*time.Millisecond), strings.Split(button, ".")[0]+".withdraw")
			}
			return
		}
		if !sleep(ctx, 200*time.Millisecond) {
			return
		}
	}
}

func (c *crowd) press(p *slacksim.Person, button string) bool { return p.Click(button) == nil }

// fill goes from the command to the preview, and returns the button that submits it; empty when the desk was not there.
func (c *crowd) fill(p *slacksim.Person, w wish, coupon func() string) string {
	var names []string
	for _, to := range w.to {
		names = append(names, to.Account)
	}
	amount := w.amount.String()
	switch w.kind {
	case wishVoucher:
		if c.form(p, "/voucher", "issue", map[string]string{"quota": w.quota, "customers": strings.Join(names, "\n"), "amount": amount}) {
			return "voucher.submit"
		}
	case wishGrant:
		if c.form(p, "/funds", "grant", map[string]string{"name": names[0], "amount": amount}) {
			return "funds.submit"
		}
	case wishReclaim:
		if c.form(p, "/funds", "reclaim", map[string]string{"name": names[0], "amount": amount}) {
			return "funds.submit"
		}
	case wishReturn:
		if id := coupon(); id != "" && p.Command("/voucher", "reclaim "+id) == nil {
			return "voucher.submit"
		}
	case wishRequest:
		if p.Command("/funds", "request "+amount+" 备货") == nil {
			return "funds.request_send"
		}
	case wishQuota:
		if p.Command("/voucher", "request "+amount+" 备货") == nil {
			return "voucher.request_send"
		}
	case wishList:
		return c.sheet(p, names)
	}
	return ""
}

// form opens a form by a command and fills it in.
func (c *crowd) form(p *slacksim.Person, command, arg string, values map[string]string) bool {
	return p.Command(command, arg) == nil && c.opened(p) && p.Submit("", values) == nil
}

// opened waits for a form with something to fill in.
func (c *crowd) opened(p *slacksim.Person) bool {
	for end := time.Now().Add(2500 * time.Millisecond); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if open := p.Modals(); len(open) > 0 && strings.Contains(string(open[len(open)-1].Blocks), `"input"`) {
			return true
		}
	}
	return false
}

// sheet hands over a table of customers and amounts.
func (c *crowd) sheet(p *slacksim.Person, names []string) string {
	table := "客户,金额\n"
	for _, name := range names {
		table += fmt.Sprintf("%s,%s\n", name, c.amount())
	}
	id, err := p.Upload("list.csv", []byte(table))
	if err != nil {
		c.fault("simulator", err.Error())
		return ""
	}
	if p.Command("/funds", "import") == nil && c.press(p.Within(2*time.Second), "funds.upload") && c.opened(p) && p.Submit("", map[string]string{"file": id}) == nil {
		return "funds.sheet-submit"
	}
	return ""
}

// decide has somebody approve, or now and then decline, whatever waits for them, until ctx ends.
func (c *crowd) decide(ctx context.Context, who string, r *rand.Rand) {
	p := c.bank.Person(who).Within(30 * time.Millisecond)
	for sleep(ctx, drawn(r, 100*time.Millisecond, 300*time.Millisecond)) {
		for len(p.Modals()) > 0 {
			_ = p.CloseModal()
		}
		if r.IntN(15) == 0 {
			if c.press(p, one(r, "voucher.decline", "funds.decline", "funds.request_decline", "voucher.request_decline", "funds.sheet-decline")) && c.opened(p) {
				_ = p.Submit("", map[string]string{"reason": "先查欠费"})
			}
			continue
		}
		for _, button := range []string{"voucher.approve", "funds.approve", "funds.request_approve", "funds.sheet-approve"} {
			c.press(p, button)
		}
		if c.press(p, "voucher.request_approve") && c.opened(p) {
			_ = p.Submit("", nil) // out of the quota that is offered first
		}
	}
}

// judgement has an approver look at what is unknown: they know which records are of those who worked in the partner
// center's pages, say which one is the desk's, and release what has none.
func (c *crowd) judgement(who string, s *snapshot) {
	p := c.bank.Person(who).Within(30 * time.Millisecond)
	for len(p.Modals()) > 0 {
		_ = p.CloseModal()
	}
	free := true
	for _, o := range s.unknown() {
		own := slices.DeleteFunc(slices.Clone(o.Candidates), func(claim string) bool { return c.bank.isForeign(claim) || s.claimed[claim] != "" })
		if len(own) > 0 {
			free = false
			c.press(p, own[0][strings.IndexByte(own[0], '/')+1:])
		}
		free = free && o.Releasable(s.policy, c.bank.clock.Now())
	}
	if !free {
		return // the newest card with the button might be that of another one
	}
	for _, button := range []string{"voucher.release", "funds.release"} {
		if c.press(p, button) && c.opened(p) {
			_ = p.Submit("", map[string]string{"reason": "调账记录里没有"})
			return
		}
	}
}

func (b *bank) isForeign(claim string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.foreign[claim]
}

// freeze stops all sends, and thaw ends that, which takes two.
func (c *crowd) freeze() { _ = c.bank.Person(approverA).Command("/desk", "freeze") }

func (c *crowd) thaw(ctx context.Context) {
	for _, who := range []string{approverA, approverB} {
		_ = c.bank.Person(who).Command("/desk", "thaw")
		sleep(ctx, 400*time.Millisecond)
	}
}
