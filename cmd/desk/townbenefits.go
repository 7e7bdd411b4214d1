package desk

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/worktime"
)

// stockRegister puts one row of each kind into the demo's register of benefits,
// when it is empty, so that there is something to look at.
func (p *Program) stockRegister(ctx context.Context) error {
	there, err := p.store.Benefits(ctx, townTeam, bot.Operator())
	if err != nil || len(there) > 0 {
		return err
	}
	now := p.now()
	err = p.store.Update(ctx, func(tx bot.Tx) error {
		for i, b := range townBenefits(worktime.DateIn(now, p.config.Zone)) {
			rule, known := p.deps.Register.Policy.Rule(b.Kind)
			if !known {
				return fmt.Errorf("no rule for %s", b.Kind)
			}
			b.Team, b.Account, b.ID, b.Seed = townTeam, bot.Operator(), "BF-DEM"+strconv.Itoa(i+1), "town/"+strconv.Itoa(i)
			for n := range b.Counts {
				b.Counts[n].By, b.Counts[n].At = b.Owner, now.UTC()
			}
			for n := range b.Ticks {
				b.Ticks[n].By, b.Ticks[n].At = b.Owner, now.UTC()
			}
			if err := p.store.PutBenefit(tx, rule.Open(b, b.Owner, benefit.Opened, now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("stock the demo's register: %w", err)
	}
	return nil
}

func townBenefits(today worktime.Date) []benefit.Benefit {
	person := func(user string) bot.PersonID { return bot.PersonID{Team: townTeam, User: user} }
	in := func(days int) string { return today.Add(days).String() }
	quarter := strconv.Itoa(today.Year) + "-Q" + strconv.Itoa((int(today.Month)+2)/3)
	label := worktime.On(today.Year, time.January, 9)
	return []benefit.Benefit{
		{Kind: benefit.Label, Owner: person(townLiLei), State: "open", Values: map[string]string{"name": "大数据", "obtained": label.String()}, Ticks: []benefit.Tick{{Box: "training"}}},
		{Kind: benefit.TestCoupon, Owner: person(townLiLei), State: "cloud", Values: map[string]string{"name": "订单协同方案", "until": worktime.On(today.Year, time.December, 31).String()},
			Counts: []benefit.Count{{Amount: partner.Yuan(20000), Note: "认证前申请"}, {Amount: partner.Yuan(50000), Note: "认证后补发"}, {Use: true, Amount: partner.Yuan(35000), Note: "压测"}}},
		{Kind: benefit.NRE, Owner: person(townAlice), State: "filed", Values: map[string]string{"name": "订单协同方案", "next": in(20)}, Ticks: []benefit.Tick{{Box: "path"}, {Box: "certified"}, {Box: "filed"}}},
		{Kind: benefit.FH, Owner: person(townLin), State: "preparing", Values: map[string]string{"name": quarter, "people": "3", "due": in(25)}},
		{Kind: benefit.Certificate, Owner: person(townAlice), State: "valid", Values: map[string]string{"name": "HCIE 云计算", "holder": "李雷", "expires": in(40)}},
		{Kind: benefit.Registration, Owner: person(townLiLei), State: "registered", Values: map[string]string{"name": "苏州澜湾精密制造有限公司", "registered": in(-6)}},
		{Kind: benefit.Invoice, Owner: person(townLin), State: "pending", Values: map[string]string{"name": "三季度激励", "form": "paper", "amount": "12800.00", "submitted": today.String()}},
		{Kind: benefit.MDF, Owner: person(townAlice), State: "approved", Values: map[string]string{"name": "新春客户沙龙", "amount": "30000.00", "until": in(60)}},
	}
}
