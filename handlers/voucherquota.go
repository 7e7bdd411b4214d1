package handlers

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
)

// What /voucher quota shows at most, and how far it looks.
const (
	mostQuotaRows   = 30
	mostTakeButtons = 10
	quotaLogDays    = 90
	lapseDays       = 30
)

// quotaWords is /voucher quota and what may stand behind it: the log of what was
// given and taken back, quotas of resellers that are about to lapse, and the two
// ways to move quota, which are buttons here because they need another right.
func (v voucherer) quotaWords(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if r.Kind == bot.KindClick {
		word, rest, _ := strings.Cut(r.Value, " ")
		r.Text = word + " " + rest
	}
	word, rest, _ := strings.Cut(oneLine(r.Text), " ")
	w := v.d.words(r)
	switch strings.ToLower(word) {
	case "":
		return v.quotas(ctx, r)
	case "log", "记录", "history":
		return v.quotaLog(ctx, r, rest)
	case "expiring", "到期", "lapsing":
		return v.lapsing(ctx, r, rest)
	case "grant", "give", "发放":
		if err := v.distributor(r); err != nil {
			return bot.Outcome{}, err
		}
		return offerForm(w, "voucher.give", "voucher.give.title", url.Values{"resellers": {rest}}), nil
	case "reclaim", "take", "回收", "收回":
		if err := v.distributor(r); err != nil {
			return bot.Outcome{}, err
		}
		reply := private(bot.Text(w.T("voucher.take.ask")))
		reply.Blocks = append(reply.Blocks, bot.Buttons{Items: []bot.Button{{Action: "voucher.take", Text: w.T("voucher.take.title"), Value: clip(rest, 64)}}})
		return bot.Outcome{Reply: reply}, nil
	}
	return bot.Outcome{}, bot.User("voucher.quota.what", "text", clip(r.Text, 40))
}

// quotaLog is what was given to resellers and taken back, the latest first, as the
// partner center recorded it.
func (v voucherer) quotaLog(ctx context.Context, r bot.Request, name string) (bot.Outcome, error) {
	if err := v.distributor(r); err != nil {
		return bot.Outcome{}, err
	}
	q := partner.QuotaLogQuery{From: v.d.Now().AddDate(0, 0, -quotaLogDays), Most: 500}
	if name != "" {
		parties, err := v.resellers(ctx, []string{name})
		if err != nil {
			return bot.Outcome{}, err
		}
		q.Reseller = partner.Account(parties[0].ID)
	}
	var list []partner.QuotaRecord
	for rec, err := range v.d.Money.Center.QuotaLog(ctx, q) {
		if err != nil {
			return bot.Outcome{}, center(err)
		}
		list = append(list, rec)
	}
	w := v.d.words(r)
	if len(list) == 0 {
		return bot.Outcome{Reply: private(bot.Text(w.T("voucher.quota.log.none", "days", strconv.Itoa(quotaLogDays))))}, nil
	}
	slices.SortFunc(list, func(a, b partner.QuotaRecord) int { return b.At.Compare(a.At) })
	table := bot.Table{Columns: []bot.Column{{Title: w.T("money.col.time")}, {Title: w.T("voucher.col.what")}, {Title: w.T("voucher.col.reseller")}, {Title: w.T("voucher.col.amount"), Numeric: true},
		{Title: w.T("voucher.col.quota")}, {Title: w.T("voucher.col.by")}, {Title: w.T("money.col.state")}}}
	for _, rec := range list[:min(len(list), mostQuotaRows)] {
		what, result := "voucher.log.take", "voucher.log.ok"
		if rec.Give {
			what = "voucher.log.give"
		}
		if !rec.Succeeded {
			result = "voucher.log.failed"
		}
		table.Rows = append(table.Rows, []string{v.d.clock(rec.At), w.T(what), rec.ResellerName, yuan(rec.Amount), rec.QuotaID, clip(rec.Operator, 20), w.T(result)})
	}
	note := w.T("voucher.quota.log.note", "days", strconv.Itoa(quotaLogDays), "count", count(len(list)), "shown", count(len(table.Rows)))
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: []bot.Block{bot.Heading{Text: w.T("voucher.quota.log")}, table, bot.Note{Inlines: []bot.Inline{bot.Text(note)}}}}}, nil
}

// lapsing are the quotas given to resellers that end soon with something left: what
// is not taken back by then is lost to both.
func (v voucherer) lapsing(ctx context.Context, r bot.Request, text string) (bot.Outcome, error) {
	if err := v.distributor(r); err != nil {
		return bot.Outcome{}, err
	}
	days := lapseDays
	if text != "" {
		n, err := strconv.Atoi(strings.TrimSpace(strings.TrimRight(strings.ToLower(text), "天days ")))
		if err != nil || n < 1 || n > 366 {
			return bot.Outcome{}, bot.User("voucher.quota.days", "text", clip(text, 20))
		}
		days = n
	}
	now := v.d.Now()
	end := now.AddDate(0, 0, days)
	var list []partner.Quota
	for q, err := range v.d.Money.Center.GivenQuotas(ctx, partner.GivenQuery{Most: 1000}) {
		if err != nil {
			return bot.Outcome{}, center(err)
		}
		if q.Status == partner.QuotaNormal && q.Balance > 0 && q.To.After(now) && !q.To.After(end) {
			list = append(list, q)
		}
	}
	w := v.d.words(r)
	if len(list) == 0 {
		return bot.Outcome{Reply: private(bot.Text(w.T("voucher.lapse.none", "days", strconv.Itoa(days))))}, nil
	}
	slices.SortFunc(list, func(a, b partner.Quota) int { return a.To.Compare(b.To) })
	table := bot.Table{Columns: []bot.Column{{Title: w.T("voucher.col.until")}, {Title: w.T("voucher.lapse.col.left")}, {Title: w.T("voucher.col.reseller")}, {Title: w.T("voucher.col.left"), Numeric: true}, {Title: w.T("voucher.col.quota")}}}
	var sum partner.Fen
	var buttons bot.Buttons
	for i, q := range list {
		sum += q.Balance
		if i < mostQuotaRows {
			table.Rows = append(table.Rows, []string{v.d.clock(q.To), w.T("voucher.lapse.days", "days", strconv.Itoa(int(q.To.Sub(now)/(24*time.Hour)))), q.ResellerName, yuan(q.Balance), q.ID})
		}
		if i < mostTakeButtons {
			buttons.Items = append(buttons.Items, bot.Button{Action: "voucher.take", Text: w.T("voucher.lapse.take", "name", clip(q.ResellerName, 12), "left", yuan(q.Balance)), Value: q.ID})
		}
	}
	return bot.Outcome{Reply: bot.Reply{Private: true, Blocks: []bot.Block{
		bot.Heading{Text: w.T("voucher.lapse", "days", strconv.Itoa(days))},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("voucher.lapse.sum", "count", count(len(list)), "sum", yuan(sum)))}},
		table, buttons, bot.Note{Inlines: []bot.Inline{bot.Text(w.T("voucher.lapse.note"))}},
	}}}, nil
}

// limitText says what a quota or a coupon is restricted to, in words where the key
// is one we know (partner API sheet, section 4.2, 2026-11-20), else as it stands.
func (v voucherer) limitText(r bot.Request, limits []partner.Limit) string {
	w := v.d.words(r)
	var list []string
	for _, l := range limits {
		var values []string
		for _, x := range l.Values {
			switch {
			case x.Name != "":
				values = append(values, x.Name)
			case x.Value != "":
				values = append(values, x.Value)
			}
		}
		value := clip(strings.Join(values, w.T("money.and")), 120)
		switch l.Key {
		case "productId", "regionCode", "cycleNum", "minConsumeDiscount", "usageTimes":
			list = append(list, w.T("voucher.limit."+l.Key, "value", value))
		case "firstOrderInService":
			list = append(list, w.T("voucher.limit.firstOrderInService", "value", value))
		case "cycleType", "simultaneousUseWithEmpowerDiscount":
			if value == "0" || value == "1" || value == "2" && l.Key == "cycleType" {
				list = append(list, w.T("voucher.limit."+l.Key+"."+value))
				continue
			}
			list = append(list, l.Key+"="+value)
		default:
			if strings.HasPrefix(value, "hws.") {
				list = append(list, w.T("voucher.limit.services", "value", value))
				continue
			}
			list = append(list, l.Key+"="+value)
		}
	}
	return strings.Join(list, " · ")
}
