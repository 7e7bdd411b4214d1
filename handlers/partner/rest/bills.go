package rest

import (
	"context"
	"iter"
	"net/http"
	"strconv"

	"partnerdesk/handlers/partner"
)

var (
	_ partner.Bills     = (*Client)(nil)
	_ partner.Catalogue = (*Client)(nil)
)

// language is how BSS spells languages; cases spell them otherwise.
func (c *Client) language() string {
	if c.opt.English {
		return "en_US"
	}
	return "zh_CN"
}

// Consumption implements [partner.Bills].
func (c *Client) Consumption(ctx context.Context, of partner.Account, q partner.ConsumptionQuery) iter.Seq2[partner.Consumption, error] {
	return pages(ctx, "consumption", q.Most, func(ctx context.Context, offset, limit int) ([]partner.Consumption, int, error) {
		if err := field("consumption", q.CustomerID); err != nil {
			return nil, 0, err
		}
		var out struct {
			Total   number        `json:"total_count"`
			Records []wireConsume `json:"fee_records"`
		}
		k := call{op: "consumption", method: http.MethodGet, path: "/v2/bills/subcustomer-bills/res-fee-records", out: &out}
		k.query.head("X-Language", c.language())
		k.query.set("bill_cycle", q.Cycle.String())
		k.query.set("customer_id", q.CustomerID)
		k.query.set("service_type_code", q.Service)
		k.query.set("region_code", q.Region)
		k.query.code("charging_mode", q.Mode)
		k.query.set("bill_date_begin", q.FromDay)
		k.query.set("bill_date_end", q.ToDay)
		k.query.page(offset, limit)
		k.query.set("indirect_partner_id", string(of))
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		var page []partner.Consumption
		for _, w := range out.Records {
			page = append(page, w.words())
		}
		return page, out.Total.n, nil
	})
}

type wireConsume struct {
	ID          text    `json:"id"`
	Cycle       text    `json:"bill_cycle"`
	Customer    text    `json:"customer_id"`
	Association text    `json:"association_type"`
	ServiceCode text    `json:"service_type_code"`
	Service     text    `json:"service_type_name"`
	ResourceID  text    `json:"resource_id"`
	Resource    text    `json:"resource_name"`
	Type        text    `json:"resource_type_name"`
	Region      text    `json:"region_code"`
	Product     text    `json:"product_spec_desc"`
	Mode        number  `json:"charging_mode"`
	Detail      number  `json:"bill_detail_type"`
	TradeID     text    `json:"trade_id"`
	TradeTime   instant `json:"trade_time"`
	ConsumeTime instant `json:"consume_time"`
	Usage       decimal `json:"usage_amount"`
	UsageType   text    `json:"usage_type"`
	Measure     number  `json:"usage_measure_id"`
	Official    decimal `json:"official_amount"`
	Discount    decimal `json:"official_discount_amount"`
	Payment     decimal `json:"payment_amount"`
	Cash        decimal `json:"cash_amount"`
	Credit      decimal `json:"credit_amount"`
	Coupon      decimal `json:"coupon_amount"`
	Flexi       decimal `json:"flexipurchase_coupon_amount"`
	Debt        decimal `json:"debt_amount"`
}

func (w wireConsume) words() partner.Consumption {
	return partner.Consumption{
		ID: string(w.ID), Cycle: string(w.Cycle), CustomerID: string(w.Customer), Association: partner.Association(w.Association),
		ServiceCode: string(w.ServiceCode), Service: string(w.Service), ResourceID: string(w.ResourceID), Resource: string(w.Resource),
		ResourceType: string(w.Type), Region: string(w.Region), Product: string(w.Product), ChargingMode: w.Mode.n, Detail: w.Detail.n,
		TradeID: string(w.TradeID), TradeTime: w.TradeTime.Time, ConsumeTime: w.ConsumeTime.Time,
		Usage: partner.Decimal(w.Usage), UsageType: string(w.UsageType), UsageMeasure: w.Measure.n,
		Official: partner.Decimal(w.Official), Discount: partner.Decimal(w.Discount), Payment: partner.Decimal(w.Payment),
		Cash: partner.Decimal(w.Cash), Credit: partner.Decimal(w.Credit), Coupon: partner.Decimal(w.Coupon),
		Flexi: partner.Decimal(w.Flexi), Debt: partner.Decimal(w.Debt),
	}
}

// Consumers implements [partner.Bills].
func (c *Client) Consumers(ctx context.Context, m partner.Month) iter.Seq2[string, error] {
	return pages(ctx, "consumers", 0, func(ctx context.Context, offset, limit int) ([]string, int, error) {
		in := struct {
			Cycle  string `json:"bill_cycle"`
			Offset int    `json:"offset"`
			Limit  int    `json:"limit"`
		}{m.String(), offset, limit}
		var out struct {
			Total     number `json:"total_count"`
			Customers []struct {
				ID text `json:"customer_id"`
			} `json:"sub_customers"`
		}
		k := call{op: "consumers", method: http.MethodPost, path: "/v2/bills/subcustomer-bills/res-fee-records/sub-customers/query", body: in, out: &out}
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		var page []string
		for _, w := range out.Customers {
			page = append(page, string(w.ID))
		}
		return page, out.Total.n, nil
	})
}

// Monthly implements [partner.Bills]: one list per charge mode, one after another.
func (c *Client) Monthly(ctx context.Context, of partner.Account, q partner.MonthlyQuery) iter.Seq2[partner.MonthlySum, error] {
	modes := q.Modes
	if len(modes) == 0 {
		modes = []int{1, 3, 11}
	}
	return func(yield func(partner.MonthlySum, error) bool) {
		for _, mode := range modes {
			for sum, err := range c.monthly(ctx, of, q, mode) {
				if !yield(sum, err) || err != nil {
					return
				}
			}
		}
	}
}

func (c *Client) monthly(ctx context.Context, of partner.Account, q partner.MonthlyQuery, mode int) iter.Seq2[partner.MonthlySum, error] {
	return pages(ctx, "monthly", q.Most, func(ctx context.Context, offset, limit int) ([]partner.MonthlySum, int, error) {
		var out struct {
			Count number `json:"count"`
			Sums  []struct {
				Customer    text    `json:"customer_id"`
				ServiceCode text    `json:"cloud_service_type"`
				Service     text    `json:"cloud_service_type_name"`
				Type        text    `json:"resource_type_name"`
				BillType    number  `json:"bill_type"`
				Mode        number  `json:"charge_mode"`
				Amount      decimal `json:"amount"`
				Debt        decimal `json:"debt_amount"`
				Adjustment  decimal `json:"adjustment_amount"`
				Discount    decimal `json:"discount_amount"`
				Parts       []struct {
					Side   text    `json:"balance_type"`
					Amount decimal `json:"amount"`
				} `json:"account_details"`
			} `json:"bill_sums"`
		}
		k := call{op: "monthly", method: http.MethodGet, path: "/v2/bills/partner-bills/subcustomer-bills/monthly-sum", out: &out}
		k.query.set("cycle", q.Cycle.String())
		k.query.set("charge_mode", strconv.Itoa(mode))
		k.query.set("bill_type", q.BillType)
		k.query.set("customer_id", q.CustomerID)
		k.query.set("cloud_service_type", q.Service)
		k.query.set("indirect_partner_id", string(of))
		k.query.page(offset, limit)
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		var page []partner.MonthlySum
		for _, w := range out.Sums {
			sum := partner.MonthlySum{
				CustomerID: string(w.Customer), ServiceCode: string(w.ServiceCode), Service: string(w.Service), ResourceType: string(w.Type),
				BillType: w.BillType.n, Mode: mode, Amount: partner.Decimal(w.Amount), Debt: partner.Decimal(w.Debt),
				Adjustment: partner.Decimal(w.Adjustment), Discount: partner.Decimal(w.Discount),
			}
			for _, p := range w.Parts {
				sum.Parts = append(sum.Parts, partner.MonthlyPart{Side: string(p.Side), Amount: partner.Decimal(p.Amount)})
			}
			page = append(page, sum)
		}
		return page, out.Count.n, nil
	})
}

// ResourceTypes implements [partner.Catalogue].
func (c *Client) ResourceTypes(ctx context.Context) iter.Seq2[partner.ResourceType, error] {
	return pages(ctx, "resource-types", 0, func(ctx context.Context, offset, limit int) ([]partner.ResourceType, int, error) {
		var out struct {
			Total number `json:"total_count"`
			Types []struct {
				Code    text `json:"resource_type_code"`
				Name    text `json:"resource_type_name"`
				Desc    text `json:"resource_type_desc"`
				Service text `json:"service_type_code"`
			} `json:"resource_types"`
		}
		k := call{op: "resource-types", method: http.MethodGet, path: "/v2/products/resource-types", out: &out}
		k.query.head("X-Language", c.language())
		k.query.page(offset, limit)
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		var page []partner.ResourceType
		for _, w := range out.Types {
			page = append(page, partner.ResourceType{Code: string(w.Code), Name: string(w.Name), Description: string(w.Desc), ServiceCode: string(w.Service)})
		}
		return page, out.Total.n, nil
	})
}
