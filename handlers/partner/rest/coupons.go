package rest

import (
	"context"
	"iter"
	"net/http"
	"strconv"

	"partnerdesk/handlers/partner"
)

var _ partner.Coupons = (*Client)(nil)

const couponsPath = "/v2/promotions/benefits/partner-coupons"

// Issue implements [partner.Coupons].
func (c *Client) Issue(ctx context.Context, of partner.Account, i partner.Issue) (partner.Issued, error) {
	const op = "coupon-issue"
	in := struct {
		Quota     string   `json:"quota_id"`
		Customers []string `json:"customer_ids"`
		Face      string   `json:"face_value"`
		From      string   `json:"valid_time,omitempty"`
		To        string   `json:"expire_time,omitempty"`
		Services  []string `json:"cloud_service_types,omitempty"`
		Products  []string `json:"product_ids,omitempty"`
		Memo      string   `json:"memo,omitempty"`
		Reseller  string   `json:"indirect_partner_id,omitempty"`
	}{i.QuotaID, i.CustomerIDs, i.FaceValue.String(), stamp(i.From), stamp(i.To), i.Services, i.Products, i.Memo, string(of)}
	for _, id := range i.CustomerIDs {
		if err := field(op, id); err != nil {
			return partner.Issued{}, err
		}
	}
	err := errFirst(field(op, i.QuotaID), value(op, i.FaceValue), batch(op, i.CustomerIDs, partner.MaxCustomers), length(op, i.Memo, partner.MaxMemo),
		atMost(op, len(i.Services), partner.MaxServices), atMost(op, len(i.Products), partner.MaxServices))
	if err != nil {
		return partner.Issued{}, err
	}
	var out struct {
		Coupons []struct {
			Customer text `json:"id"`
			Coupon   text `json:"coupon_id"`
		} `json:"coupon_infos"`
		Failed failures `json:"error_details"`
	}
	at, err := c.write(ctx, call{op: op, method: http.MethodPost, path: couponsPath, body: in, out: &out})
	if err != nil {
		return partner.Issued{}, err
	}
	res := partner.Issued{Failed: out.Failed.words(), SignedAt: at}
	for _, w := range out.Coupons {
		res.Coupons = append(res.Coupons, partner.IssuedCoupon{CustomerID: string(w.Customer), CouponID: string(w.Coupon)})
	}
	res.Missing = missing(i.CustomerIDs, res.Failed, func(yield func(string) bool) {
		for _, d := range res.Coupons {
			if !yield(d.CustomerID) {
				return
			}
		}
	})
	if len(res.Missing) == len(i.CustomerIDs) {
		return res, unclear(op, at)
	}
	return res, nil
}

// ReclaimCoupon implements [partner.Coupons].
func (c *Client) ReclaimCoupon(ctx context.Context, of partner.Account, couponID string) (partner.Receipt, error) {
	const op = "coupon-reclaim"
	if err := field(op, couponID); err != nil {
		return partner.Receipt{}, err
	}
	in := struct {
		Coupon   string `json:"coupon_id"`
		Reseller string `json:"indirect_partner_id,omitempty"`
	}{couponID, string(of)}
	at, err := c.write(ctx, call{op: op, method: http.MethodPost, path: couponsPath + "/reclaim", body: in})
	if err != nil {
		return partner.Receipt{}, err
	}
	return partner.Receipt{SignedAt: at}, nil
}

// Coupons implements [partner.Coupons].
func (c *Client) Coupons(ctx context.Context, of partner.Account, q partner.CouponQuery) iter.Seq2[partner.Coupon, error] {
	return pages(ctx, "coupons", q.Most, func(ctx context.Context, offset, limit int) ([]partner.Coupon, int, error) {
		var out struct {
			Total   number       `json:"total_count"`
			Coupons []wireCoupon `json:"user_coupons"`
		}
		k := call{op: "coupons", method: http.MethodGet, path: couponsPath, out: &out}
		k.query.set("coupon_id", q.ID)
		k.query.set("customer_id", q.CustomerID)
		k.query.set("order_id", q.OrderID)
		k.query.code("coupon_type", int(q.Type))
		k.query.code("status", int(q.Status))
		k.query.set("create_time_begin", stamp(q.CreatedFrom))
		k.query.set("create_time_end", stamp(q.CreatedTo))
		k.query.set("expire_time_begin", stamp(q.ExpireFrom))
		k.query.set("expire_time_end", stamp(q.ExpireTo))
		k.query.page(offset, limit)
		k.query.set("indirect_partner_id", string(of))
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		var page []partner.Coupon
		for _, w := range out.Coupons {
			page = append(page, w.words())
		}
		return page, out.Total.n, nil
	})
}

type wireCoupon struct {
	ID       text    `json:"coupon_id"`
	Status   number  `json:"status"`
	Customer text    `json:"customer_id"`
	Type     number  `json:"coupon_type"`
	Face     yuan    `json:"face_value"`
	From     instant `json:"effective_time"`
	To       instant `json:"expire_time"`
	Order    text    `json:"order_id"`
	Plan     text    `json:"promotion_plan_name"`
	LastUsed instant `json:"last_used_time"`
	Created  instant `json:"create_time"`
	Balance  yuan    `json:"balance"`
	Frozen   flag    `json:"is_frozen"`
	Limits   []struct {
		Key   text `json:"limit_key"`
		Value text `json:"value1"`
		Name  text `json:"value2"`
	} `json:"use_limits"`
}

func (w wireCoupon) words() partner.Coupon {
	cp := partner.Coupon{
		ID: string(w.ID), CustomerID: string(w.Customer), Type: partner.CouponType(w.Type.n), Status: partner.CouponStatus(w.Status.n),
		FaceValue: w.Face.fen, Balance: w.Balance.fen, From: w.From.Time, To: w.To.Time, Created: w.Created.Time, LastUsed: w.LastUsed.Time,
		OrderID: string(w.Order), Plan: string(w.Plan), Frozen: bool(w.Frozen),
	}
	for _, l := range w.Limits {
		cp.Limits = append(cp.Limits, partner.Limit{Key: string(l.Key), Values: []partner.LimitValue{{Value: string(l.Value), Name: string(l.Name)}}})
	}
	return cp
}

// CouponLog implements [partner.Coupons].
func (c *Client) CouponLog(ctx context.Context, of partner.Account, q partner.CouponLogQuery) iter.Seq2[partner.CouponRecord, error] {
	return pages(ctx, "coupon-log", q.Most, func(ctx context.Context, offset, limit int) ([]partner.CouponRecord, int, error) {
		if err := errFirst(atMost("coupon-log", len(q.CouponIDs), partner.MaxCustomers), atMost("coupon-log", len(q.Operations), 8)); err != nil {
			return nil, 0, err
		}
		var out struct {
			Total   number `json:"total_count"`
			Records []struct {
				ID       text    `json:"id"`
				Kind     number  `json:"operation_type"`
				Quota    text    `json:"quota_id"`
				Type     number  `json:"quota_type"`
				Coupon   text    `json:"coupon_id"`
				Customer text    `json:"customer_id"`
				Amount   yuan    `json:"operation_amount"`
				At       instant `json:"operation_time"`
				Result   text    `json:"result"`
				Remark   text    `json:"remark"`
			} `json:"records"`
		}
		k := call{op: "coupon-log", method: http.MethodGet, path: couponsPath + "/records/query", out: &out}
		for _, o := range q.Operations {
			k.query.set("operation_types", strconv.Itoa(int(o)))
		}
		for _, id := range q.CouponIDs {
			k.query.set("coupon_ids", id)
		}
		k.query.set("quota_id", q.QuotaID)
		k.query.set("customer_id", q.CustomerID)
		k.query.set("operation_time_begin", stamp(q.From))
		k.query.set("operation_time_end", stamp(q.To))
		k.query.page(offset, limit)
		k.query.set("indirect_partner_id", string(of))
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		var page []partner.CouponRecord
		for _, r := range out.Records {
			page = append(page, partner.CouponRecord{
				ID: string(r.ID), Operation: partner.CouponOperation(r.Kind.n), QuotaID: string(r.Quota), QuotaType: partner.QuotaType(r.Type.n),
				CouponID: string(r.Coupon), CustomerID: string(r.Customer), Amount: r.Amount.fen, At: r.At.Time, Succeeded: r.Result == "0", Remark: string(r.Remark),
			})
		}
		return page, out.Total.n, nil
	})
}
