package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Bills, catalogue, subscriptions and real-name results: partner API sheet,
// section 7, 2026-11-20.

// resource is one subscribed resource of a customer.
type resource struct {
	ID, Resource, Name, Customer, Region string
	Service                              int // index in the catalogue
	Main                                 bool
	Status, Policy                       int
	From, To                             time.Time
}

// fee is one line of consumption. Its amount is in fen times a thousand: bills
// carry more than two decimals.
type fee struct {
	ID, Customer, Party, Cycle, Resource, Name, Region string
	Service, Mode, Detail                              int
	Milli                                              int64
	At                                                 time.Time
}

// dec writes thousandths of fen as yuan with five decimals.
type dec int64

// MarshalJSON writes a quoted decimal.
func (d dec) MarshalJSON() ([]byte, error) {
	whole := fen(int64(d) / 1000).String()
	rest := []byte{'0', '0', '0'}
	for i, n := 2, int64(d)%1000; i >= 0; i-- {
		rest[i] = byte('0' + n%10)
		n /= 10
	}
	return []byte(`"` + whole + string(rest) + `"`), nil
}

// named is a name in both languages.
type named [2]string

type service struct {
	Code, Resource, Spec, Desc string
	Name, ResourceName         named
	Price                      int64
}

type catalog struct {
	Services   []service
	Categories []struct {
		ID       string
		Name     named
		Products []struct {
			ID   string
			Name named
		}
	}
	Problems []struct {
		ID, Type string
		Name     named
		Products []string
	}
	Severities, Regions []struct {
		ID   string
		Name named
	}
	Replies []named
}

// pick returns the name in the language of the call.
func (c *call) pick(n named) string {
	if c.english() {
		return n[1]
	}
	return n[0]
}

func (c *call) english() bool {
	return strings.HasPrefix(strings.ToLower(c.r.Header.Get("X-Language")), "en")
}

func cycleOf(s string) bool {
	_, err := time.Parse("2006-01", s)
	return err == nil && len(s) == 7
}

func (c *call) consumption() (any, error) {
	f, err := c.filters("bill_cycle", "customer_id", "service_type_code", "region_code", "resource_id", "resource_name", "trade_id", "association_type",
		"bill_date_begin", "bill_date_end", "indirect_partner_id")
	if err != nil {
		return nil, err
	}
	mode, err := c.integer("charging_mode", 1, 3, 10, 11)
	if err != nil {
		return nil, err
	}
	p, err := c.payer(f["indirect_partner_id"])
	if err != nil {
		return nil, err
	}
	if !cycleOf(f["bill_cycle"]) || f["customer_id"] == "" || (f["bill_date_begin"] == "") != (f["bill_date_end"] == "") {
		return nil, bad("bill_cycle, customer_id, bill_date_begin, bill_date_end")
	}
	type row struct {
		ID          string `json:"id"`
		Cycle       string `json:"bill_cycle"`
		Customer    string `json:"customer_id"`
		Association string `json:"association_type"`
		ServiceCode string `json:"service_type_code"`
		Service     string `json:"service_type_name"`
		Type        string `json:"resource_type_code"`
		TypeName    string `json:"resource_type_name"`
		Mode        int    `json:"charging_mode"`
		TradeTime   string `json:"trade_time"`
		Trade       string `json:"trade_id"`
		Detail      int    `json:"bill_detail_type"`
		Resource    string `json:"resource_id"`
		Name        string `json:"resource_name"`
		Spec        string `json:"product_spec_desc"`
		Region      string `json:"region_code"`
		ConsumeTime string `json:"consume_time"`
		Official    dec    `json:"official_amount"`
		Discount    dec    `json:"official_discount_amount"`
		Payment     dec    `json:"payment_amount"`
		Cash        dec    `json:"cash_amount"`
		Credit      dec    `json:"credit_amount"`
		Coupon      dec    `json:"coupon_amount"`
		Debt        dec    `json:"debt_amount"`
	}
	all := []row{}
	for _, b := range c.Fees {
		cu := c.customer(b.Customer)
		s := c.catalog.Services[b.Service]
		day := b.At.In(time.FixedZone("GMT+8", 8*3600)).Format(time.DateOnly)
		if b.Party != p.ID || b.Customer != f["customer_id"] || b.Cycle != f["bill_cycle"] || mode != nil && b.Mode != *mode ||
			f["service_type_code"] != "" && s.Code != f["service_type_code"] || f["region_code"] != "" && b.Region != f["region_code"] ||
			f["resource_id"] != "" && b.Resource != f["resource_id"] || f["bill_date_begin"] != "" && (day < f["bill_date_begin"] || day > f["bill_date_end"]) {
			continue
		}
		all = append(all, row{
			b.ID, b.Cycle, b.Customer, cu.Type, s.Code, c.pick(s.Name), s.Resource, c.pick(s.ResourceName), b.Mode, stamp(b.At), "TD" + b.ID[:12],
			b.Detail, b.Resource, b.Name, s.Desc, b.Region, stamp(b.At), dec(b.Milli * 10 / 8), dec(b.Milli*10/8 - b.Milli), dec(b.Milli), dec(b.Milli), 0, 0, 0,
		})
	}
	page, err := c.page(len(all), 1000)
	if err != nil {
		return nil, err
	}
	return map[string]any{"total_count": len(all), "currency": "CNY", "fee_records": all[page.from:page.to]}, nil
}

func (c *call) consumers() (any, error) {
	var in struct {
		Cycle  string `json:"bill_cycle"`
		Offset *int   `json:"offset"`
		Limit  *int   `json:"limit"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !cycleOf(in.Cycle) {
		return nil, bad("bill_cycle")
	}
	type row struct {
		ID string `json:"customer_id"`
	}
	all := []row{}
	for _, cu := range c.Customers {
		if cu.Owner == c.Operator && slices.ContainsFunc(c.Fees, func(b fee) bool { return b.Customer == cu.ID && b.Cycle == in.Cycle }) {
			all = append(all, row{cu.ID})
		}
	}
	page, err := window(all, in.Offset, in.Limit, 100)
	return map[string]any{"total_count": len(all), "sub_customers": page}, err
}

func (c *call) monthly() (any, error) {
	f, err := c.filters("cycle", "charge_mode", "bill_type", "customer_id", "indirect_partner_id")
	if err != nil {
		return nil, err
	}
	p, err := c.payer(f["indirect_partner_id"])
	if err != nil {
		return nil, err
	}
	mode, err := c.integer("charge_mode", 1, 3, 11)
	if err != nil || mode == nil || !cycleOf(f["cycle"]) {
		return nil, bad("cycle, charge_mode")
	}
	type part struct {
		Side   string `json:"balance_type"`
		Amount dec    `json:"amount"`
	}
	type row struct {
		Customer    string `json:"customer_id"`
		ServiceCode string `json:"cloud_service_type"`
		Service     string `json:"cloud_service_type_name"`
		Type        string `json:"resource_type_code"`
		TypeName    string `json:"resource_type_name"`
		BillType    string `json:"bill_type"`
		Mode        string `json:"charge_mode"`
		Amount      dec    `json:"amount"`
		Debt        dec    `json:"debt_amount"`
		Measure     int    `json:"measure_id"`
		Parts       []part `json:"account_details"`
	}
	all := []row{}
	for _, cu := range c.Customers {
		if cu.Owner != p.ID || cu.Type != "2" || f["customer_id"] != "" && cu.ID != f["customer_id"] || f["bill_type"] != "" && f["bill_type"] != "0" {
			continue
		}
		for i, s := range c.catalog.Services {
			var sum int64
			for _, b := range c.Fees {
				if b.Customer == cu.ID && b.Service == i && b.Cycle == f["cycle"] && b.Mode == *mode {
					sum += b.Milli
				}
			}
			if sum > 0 {
				all = append(all, row{cu.ID, s.Code, c.pick(s.Name), s.Resource, c.pick(s.ResourceName), "0", f["charge_mode"], dec(sum), 0, 1,
					[]part{{"BALANCE_TYPE_DEBIT", dec(sum)}}})
			}
		}
	}
	page, err := c.page(len(all), 100)
	if err != nil {
		return nil, err
	}
	return map[string]any{"count": len(all), "currency": "CNY", "bill_sums": all[page.from:page.to]}, nil
}

func (c *call) resourceTypes() (any, error) {
	type row struct {
		Code    string `json:"resource_type_code"`
		Name    string `json:"resource_type_name"`
		Desc    string `json:"resource_type_desc"`
		Service string `json:"service_type_code"`
	}
	all := []row{}
	for _, s := range c.catalog.Services {
		all = append(all, row{s.Resource, c.pick(s.ResourceName), c.pick(s.ResourceName), s.Code})
	}
	page, err := c.page(len(all), 1000)
	if err != nil {
		return nil, err
	}
	return map[string]any{"total_count": len(all), "resource_types": all[page.from:page.to]}, nil
}

func (c *call) subscriptions() (any, error) {
	var in struct {
		Customer  string   `json:"customer_id"`
		Resources []string `json:"resource_ids"`
		Main      int      `json:"only_main_resource"`
		Status    []int    `json:"status_list"`
		From      string   `json:"expire_time_begin"`
		To        string   `json:"expire_time_end"`
		Service   *string  `json:"service_type_code"`
		Offset    *int     `json:"offset"`
		Limit     *int     `json:"limit"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Resources) > 50 || len(in.Status) > 10 || in.Service != nil && *in.Service == "" {
		return nil, bad("resource_ids, status_list, service_type_code")
	}
	inTime, err := between(in.From, in.To)
	if err != nil {
		return nil, err
	}
	cu := c.customer(in.Customer)
	if in.Customer != "" && (cu == nil || cu.Owner != c.Operator && c.Parties[cu.Owner] == nil) {
		return nil, refuse(http.StatusBadRequest, "CBC.99000035")
	}
	type row struct {
		ID          string `json:"id"`
		Resource    string `json:"resource_id"`
		Name        string `json:"resource_name"`
		Region      string `json:"region_code"`
		ServiceCode string `json:"service_type_code"`
		Service     string `json:"service_type_name"`
		Type        string `json:"resource_type_code"`
		TypeName    string `json:"resource_type_name"`
		Spec        string `json:"resource_spec_code"`
		Main        int    `json:"is_main_resource"`
		Status      int    `json:"status"`
		From        string `json:"effective_time"`
		To          string `json:"expire_time"`
		Policy      int    `json:"expire_policy"`
	}
	all := []row{}
	for _, x := range c.Resources {
		s := c.catalog.Services[x.Service]
		if x.Customer != in.Customer || len(in.Resources) > 0 && !slices.Contains(in.Resources, x.Resource) || in.Main == 1 && !x.Main ||
			len(in.Status) > 0 && !slices.Contains(in.Status, x.Status) || !inTime(x.To) || in.Service != nil && s.Code != *in.Service {
			continue
		}
		main := 0
		if x.Main {
			main = 1
		}
		all = append(all, row{x.ID, x.Resource, x.Name, x.Region, s.Code, c.pick(s.Name), s.Resource, c.pick(s.ResourceName), s.Spec, main, x.Status, stamp(x.From), stamp(x.To), x.Policy})
	}
	page, err := window(all, in.Offset, in.Limit, 100)
	return map[string]any{"total_count": len(all), "data": page}, err
}

func (c *call) realName() (any, error) {
	id, err := c.text("customer_id", 64)
	if err != nil || id == "" {
		return nil, bad("customer_id")
	}
	cu := c.customer(id)
	switch {
	case cu == nil || cu.Owner != c.Operator && c.Parties[cu.Owner] == nil:
		return nil, refuse(http.StatusOK, "CBC.5002")
	case cu.Verified == "-1":
		return map[string]any{}, nil
	case cu.Verified == "1":
		return map[string]any{"review_result": 1, "opinion": "营业执照照片不清晰，请重新上传"}, nil
	case cu.Verified == "0":
		return map[string]any{"review_result": 0}, nil
	}
	return map[string]any{"review_result": 2}, nil
}
