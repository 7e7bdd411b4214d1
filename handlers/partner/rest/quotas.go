package rest

import (
	"context"
	"iter"
	"net/http"

	"partnerdesk/handlers/partner"
)

var (
	_ partner.Quotas         = (*Client)(nil)
	_ partner.ResellerQuotas = (*Client)(nil)
	_ partner.Resellers      = (*Client)(nil)
)

type wireQuota struct {
	ID      text    `json:"quota_id"`
	Type    number  `json:"quota_type"`
	Created instant `json:"create_time"`
	Updated instant `json:"last_update_time"`
	Value   yuan    `json:"quota_value"`
	Status  number  `json:"quota_status"`
	Balance yuan    `json:"balance"`
	From    instant `json:"effective_time"`
	To      instant `json:"expire_time"`
	Limits  []struct {
		Key    text `json:"limit_key"`
		Values []struct {
			Value text `json:"value1"`
			Name  text `json:"value2"`
		} `json:"limit_values"`
	} `json:"limit_infos"`
	Reseller text `json:"indirect_partner_id"`
	Name     text `json:"indirect_partner_name"`
	Parent   text `json:"parent_quota_id"`
}

func (w wireQuota) words() partner.Quota {
	q := partner.Quota{
		ID: string(w.ID), Type: partner.QuotaType(w.Type.n), Status: partner.QuotaStatus(w.Status.n), Value: w.Value.fen, Balance: w.Balance.fen,
		Created: w.Created.Time, Updated: w.Updated.Time, From: w.From.Time, To: w.To.Time,
		Reseller: partner.Account(w.Reseller), ResellerName: string(w.Name), ParentID: string(w.Parent),
	}
	if !w.Type.set { // given quotas are vouchers' and may not say so
		q.Type = partner.VoucherQuota
	}
	for _, l := range w.Limits {
		limit := partner.Limit{Key: string(l.Key)}
		for _, v := range l.Values {
			limit.Values = append(limit.Values, partner.LimitValue{Value: string(v.Value), Name: string(v.Name)})
		}
		q.Limits = append(q.Limits, limit)
	}
	return q
}

type quotaPage struct {
	Total  number      `json:"total_count"`
	Quotas []wireQuota `json:"quotas"`
}

func (p quotaPage) words() ([]partner.Quota, int, error) {
	var page []partner.Quota
	for _, w := range p.Quotas {
		page = append(page, w.words())
	}
	return page, p.Total.n, nil
}

// Quotas implements [partner.Quotas].
func (c *Client) Quotas(ctx context.Context, of partner.Account, q partner.QuotaQuery) iter.Seq2[partner.Quota, error] {
	in := struct {
		IDs        []string              `json:"quota_ids,omitempty"`
		Status     []partner.QuotaStatus `json:"quota_status_list,omitempty"`
		Type       int                   `json:"quota_type"`
		ExpireFrom string                `json:"expire_time_begin,omitempty"`
		ExpireTo   string                `json:"expire_time_end,omitempty"`
		Offset     int                   `json:"offset"`
		Limit      int                   `json:"limit"`
		Reseller   string                `json:"indirect_partner_id,omitempty"`
	}{IDs: q.IDs, Status: q.Status, Type: int(q.Type), ExpireFrom: stamp(q.ExpireFrom), ExpireTo: stamp(q.ExpireTo), Reseller: string(of)}
	return pages(ctx, "quotas", q.Most, func(ctx context.Context, offset, limit int) ([]partner.Quota, int, error) {
		if err := atMost("quotas", len(q.IDs), partner.MaxQuotaIDs); err != nil {
			return nil, 0, err
		}
		in.Offset, in.Limit = offset, limit
		var out quotaPage
		if err := c.do(ctx, call{op: "quotas", method: http.MethodPost, path: "/v2/partners/coupon-quotas/query", body: in, out: &out}); err != nil {
			return nil, 0, err
		}
		return out.words()
	})
}

// GivenQuotas implements [partner.ResellerQuotas].
func (c *Client) GivenQuotas(ctx context.Context, q partner.GivenQuery) iter.Seq2[partner.Quota, error] {
	return pages(ctx, "quotas-given", q.Most, func(ctx context.Context, offset, limit int) ([]partner.Quota, int, error) {
		var out quotaPage
		k := call{op: "quotas-given", method: http.MethodGet, path: "/v2/partners/issued-coupon-quotas", out: &out}
		k.query.set("quota_id", q.QuotaID)
		k.query.set("indirect_partner_id", string(q.Reseller))
		k.query.set("parent_quota_id", q.ParentID)
		k.query.page(offset, limit)
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		return out.words()
	})
}

type quotaBatch struct {
	Done []struct {
		Reseller text `json:"id"`
		Quota    text `json:"quota_id"`
		Balance  yuan `json:"quota_balance"`
	} `json:"simple_quota_infos"`
	Failed failures `json:"error_details"`
}

// GiveQuota implements [partner.ResellerQuotas].
func (c *Client) GiveQuota(ctx context.Context, g partner.QuotaGift) (partner.QuotaResult, error) {
	const op = "quota-give"
	in := struct {
		Quota     string   `json:"quota_id"`
		Resellers []string `json:"indirect_partner_ids"`
		Amount    string   `json:"quota_amount"`
	}{Quota: g.QuotaID, Amount: g.Amount.String()}
	for _, r := range g.Resellers {
		if err := field(op, string(r)); err != nil {
			return partner.QuotaResult{}, err
		}
		in.Resellers = append(in.Resellers, string(r))
	}
	if err := errFirst(field(op, g.QuotaID), value(op, g.Amount), batch(op, in.Resellers, partner.MaxResellers)); err != nil {
		return partner.QuotaResult{}, err
	}
	var out quotaBatch
	at, err := c.write(ctx, call{op: op, method: http.MethodPost, path: "/v2/partners/coupon-quotas/indirect-partner-adjust", body: in, out: &out})
	if err != nil {
		return partner.QuotaResult{}, err
	}
	res := partner.QuotaResult{Failed: out.Failed.words(), SignedAt: at}
	for _, d := range out.Done {
		res.Done = append(res.Done, partner.QuotaDone{ID: string(d.Quota), To: partner.Account(d.Reseller)})
	}
	res.Missing = missing(in.Resellers, res.Failed, func(yield func(string) bool) {
		for _, d := range res.Done {
			if !yield(string(d.To)) {
				return
			}
		}
	})
	if len(res.Missing) == len(in.Resellers) {
		return res, unclear(op, at)
	}
	return res, nil
}

// ReclaimQuotas implements [partner.ResellerQuotas].
func (c *Client) ReclaimQuotas(ctx context.Context, ids []string, remark string) (partner.QuotaResult, error) {
	const op = "quota-reclaim"
	in := struct {
		Quotas []string `json:"quota_ids"`
		Remark string   `json:"remark,omitempty"`
	}{ids, remark}
	for _, id := range ids {
		if err := field(op, id); err != nil {
			return partner.QuotaResult{}, err
		}
	}
	if err := errFirst(batch(op, ids, partner.MaxQuotaReclaim), length(op, remark, partner.MaxRemark)); err != nil {
		return partner.QuotaResult{}, err
	}
	var out quotaBatch
	at, err := c.write(ctx, call{op: op, method: http.MethodPost, path: "/v2/partners/coupon-quotas/indirect-partner-reclaim", body: in, out: &out})
	if err != nil {
		return partner.QuotaResult{}, err
	}
	res := partner.QuotaResult{Failed: out.Failed.words(), SignedAt: at}
	for _, d := range out.Done {
		res.Done = append(res.Done, partner.QuotaDone{ID: string(d.Quota), Balance: d.Balance.fen})
	}
	res.Missing = missing(ids, res.Failed, func(yield func(string) bool) {
		for _, d := range res.Done {
			if !yield(d.ID) {
				return
			}
		}
	})
	if len(res.Missing) == len(ids) {
		return res, unclear(op, at)
	}
	return res, nil
}

// QuotaLog implements [partner.ResellerQuotas].
func (c *Client) QuotaLog(ctx context.Context, q partner.QuotaLogQuery) iter.Seq2[partner.QuotaRecord, error] {
	return pages(ctx, "quota-log", q.Most, func(ctx context.Context, offset, limit int) ([]partner.QuotaRecord, int, error) {
		var out struct {
			Total   number `json:"total_count"`
			Records []struct {
				ID       text    `json:"id"`
				Operator text    `json:"operator"`
				Kind     text    `json:"operation_type"`
				Quota    text    `json:"quota_id"`
				Parent   text    `json:"parent_quota_id"`
				Amount   yuan    `json:"amount"`
				At       instant `json:"operation_time"`
				Result   text    `json:"result"`
				Reseller text    `json:"indirect_partner_id"`
				Name     text    `json:"indirect_partner_name"`
				Remark   text    `json:"remark"`
			} `json:"records"`
		}
		k := call{op: "quota-log", method: http.MethodGet, path: "/v2/partners/coupon-quotas/records", out: &out}
		k.query.set("indirect_partner_id", string(q.Reseller))
		k.query.set("quota_id", q.QuotaID)
		k.query.set("parent_quota_id", q.ParentID)
		k.query.set("operation_time_begin", stamp(q.From))
		k.query.set("operation_time_end", stamp(q.To))
		k.query.page(offset, limit)
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		var page []partner.QuotaRecord
		for _, r := range out.Records {
			page = append(page, partner.QuotaRecord{
				ID: string(r.ID), Operator: string(r.Operator), Give: r.Kind == "10", QuotaID: string(r.Quota), ParentID: string(r.Parent), Amount: r.Amount.fen,
				At: r.At.Time, Succeeded: r.Result == "0", Reseller: partner.Account(r.Reseller), ResellerName: string(r.Name), Remark: string(r.Remark),
			})
		}
		return page, out.Total.n, nil
	})
}

// Resellers implements [partner.Resellers].
func (c *Client) Resellers(ctx context.Context, q partner.ResellerQuery) iter.Seq2[partner.Reseller, error] {
	in := struct {
		Account string `json:"account_name,omitempty"`
		From    string `json:"associated_on_begin,omitempty"`
		To      string `json:"associated_on_end,omitempty"`
		ID      string `json:"indirect_partner_id,omitempty"`
		Offset  int    `json:"offset"`
		Limit   int    `json:"limit"`
	}{Account: q.Account, From: stamp(q.From), To: stamp(q.To), ID: string(q.ID)}
	return pages(ctx, "resellers", q.Most, func(ctx context.Context, offset, limit int) ([]partner.Reseller, int, error) {
		in.Offset, in.Limit = offset, limit
		var out struct {
			Count     number `json:"count"`
			Resellers []struct {
				ID      text    `json:"indirect_partner_id"`
				Phone   text    `json:"mobile_phone"`
				Mail    text    `json:"email"`
				Account text    `json:"account_name"`
				Name    text    `json:"name"`
				Since   instant `json:"associated_on"`
				Manager text    `json:"account_manager_id"`
				MName   text    `json:"account_manager_name"`
			} `json:"indirect_partners"`
		}
		if err := c.do(ctx, call{op: "resellers", method: http.MethodPost, path: "/v2/partners/indirect-partners/query", body: in, out: &out}); err != nil {
			return nil, 0, err
		}
		var page []partner.Reseller
		for _, r := range out.Resellers {
			page = append(page, partner.Reseller{
				ID: partner.Account(r.ID), Name: string(r.Name), Account: string(r.Account), Phone: string(r.Phone), Mail: string(r.Mail),
				Associated: r.Since.Time, ManagerID: string(r.Manager), ManagerName: string(r.MName),
			})
		}
		return page, out.Count.n, nil
	})
}
