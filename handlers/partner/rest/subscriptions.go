package rest

import (
	"context"
	"iter"
	"net/http"

	"partnerdesk/handlers/partner"
)

var (
	_ partner.Subscriptions = (*Client)(nil)
	_ partner.RealNames     = (*Client)(nil)
)

// Subscriptions implements [partner.Subscriptions]. The path is spelled as the
// center spells it.
func (c *Client) Subscriptions(ctx context.Context, q partner.SubscriptionQuery) iter.Seq2[partner.Subscription, error] {
	in := struct {
		Customer   string                   `json:"customer_id"`
		Resources  []string                 `json:"resource_ids,omitempty"`
		Order      string                   `json:"order_id,omitempty"`
		Main       int                      `json:"only_main_resource"`
		Status     []partner.ResourceStatus `json:"status_list,omitempty"`
		ExpireFrom string                   `json:"expire_time_begin,omitempty"`
		ExpireTo   string                   `json:"expire_time_end,omitempty"`
		Service    string                   `json:"service_type_code,omitempty"`
		Offset     int                      `json:"offset"`
		Limit      int                      `json:"limit"`
	}{Customer: q.CustomerID, Resources: q.ResourceIDs, Order: q.OrderID, Status: q.Status, ExpireFrom: stamp(q.ExpireFrom), ExpireTo: stamp(q.ExpireTo), Service: q.Service}
	if q.OnlyMain {
		in.Main = 1
	}
	return pages(ctx, "subscriptions", q.Most, func(ctx context.Context, offset, limit int) ([]partner.Subscription, int, error) {
		if err := errFirst(field("subscriptions", q.CustomerID), atMost("subscriptions", len(q.ResourceIDs), partner.MaxResources)); err != nil {
			return nil, 0, err
		}
		in.Offset, in.Limit = offset, limit
		var out struct {
			Total number `json:"total_count"`
			Data  []struct {
				ID          text    `json:"id"`
				Resource    text    `json:"resource_id"`
				Name        text    `json:"resource_name"`
				Region      text    `json:"region_code"`
				ServiceCode text    `json:"service_type_code"`
				Service     text    `json:"service_type_name"`
				Type        text    `json:"resource_type_name"`
				Spec        text    `json:"resource_spec_code"`
				Main        flag    `json:"is_main_resource"`
				Status      number  `json:"status"`
				From        instant `json:"effective_time"`
				Expires     instant `json:"expire_time"`
				Policy      number  `json:"expire_policy"`
				Project     struct {
					Name text `json:"name"`
				} `json:"enterprise_project"`
			} `json:"data"`
		}
		if err := c.do(ctx, call{op: "subscriptions", method: http.MethodPost, path: "/v2/orders/suscriptions/resources/query", body: in, out: &out}); err != nil {
			return nil, 0, err
		}
		var page []partner.Subscription
		for _, w := range out.Data {
			page = append(page, partner.Subscription{
				ID: string(w.ID), ResourceID: string(w.Resource), Name: string(w.Name), Region: string(w.Region), ServiceCode: string(w.ServiceCode),
				Service: string(w.Service), Type: string(w.Type), Spec: string(w.Spec), Main: bool(w.Main), Status: partner.ResourceStatus(w.Status.n),
				From: w.From.Time, Expires: w.Expires.Time, Policy: partner.ExpirePolicy(w.Policy.n), Project: string(w.Project.Name),
			})
		}
		return page, out.Total.n, nil
	})
}

// RealName implements [partner.RealNames].
func (c *Client) RealName(ctx context.Context, customerID string) (partner.RealNameResult, error) {
	if err := field("real-name", customerID); err != nil {
		return partner.RealNameResult{}, err
	}
	var out struct {
		Result  number `json:"review_result"`
		Opinion text   `json:"opinion"`
	}
	k := call{op: "real-name", method: http.MethodGet, path: "/v2/customers/realname-auths/result", out: &out}
	k.query.set("customer_id", customerID)
	if err := c.do(ctx, k); err != nil {
		return partner.RealNameResult{}, err
	}
	res := partner.RealNameResult{Filed: out.Result.set, Opinion: string(out.Opinion)}
	switch {
	case !out.Result.set:
	case out.Result.n == 0:
		res.State = partner.UnderReview
	case out.Result.n == 1:
		res.State = partner.Rejected
	case out.Result.n == 2:
		res.State = partner.Verified
	}
	return res, nil
}
