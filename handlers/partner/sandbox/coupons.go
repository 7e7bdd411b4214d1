package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Coupons and their log: partner API sheet, sections 4.1 and 4.3 to 4.5, 2026-11-20.

// coupon is one coupon in a customer's hands.
type coupon struct {
	ID, Customer, Quota, Party string
	Type, Status               int
	Face, Balance              fen
	From, To, Created, Used    time.Time
	Order                      string
	Services                   []string
}

const (
	couponUsable    = 2
	couponUsed      = 3
	couponExpired   = 4
	couponReclaimed = 5
)

// couponRecord is one line of the coupon log.
type couponRecord struct {
	ID                      string
	Kind                    int
	Quota, Coupon, Customer string
	Party                   string
	Amount                  fen
	At                      time.Time
	Remark                  string
}

// pass lets time do its work: coupons and quotas run out.
func (w *world) pass(now time.Time) {
	for _, cp := range w.Coupons {
		if cp.Status == couponUsable && !now.Before(cp.To) {
			cp.Status = couponExpired
			if q := w.quota(cp.Quota); q != nil {
				q.Balance += cp.Balance
			}
			w.CouponLog = append(w.CouponLog, couponRecord{
				ID: w.hex(16), Kind: 4, Quota: cp.Quota, Coupon: cp.ID, Customer: cp.Customer, Party: cp.Party, Amount: cp.Balance, At: cp.To,
			})
			cp.Balance = 0
		}
	}
	for _, q := range w.Quotas {
		if q.Status == quotaNormal && !now.Before(q.To) {
			q.Status = quotaVoid
		}
	}
}

func (c *call) issue() (any, error) {
	var in struct {
		Quota     string   `json:"quota_id"`
		Customers []string `json:"customer_ids"`
		Face      amount   `json:"face_value"`
		From      string   `json:"valid_time"`
		To        string   `json:"expire_time"`
		Services  []string `json:"cloud_service_types"`
		Products  []string `json:"product_ids"`
		Memo      string   `json:"memo"`
		Reseller  string   `json:"indirect_partner_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Quota == "" || len(in.Customers) < 1 || len(in.Customers) > 100 || !in.Face.ok || len(in.Services) > 10 || len(in.Products) > 10 || tooLong(64, in.Memo) {
		return nil, bad("quota_id, customer_ids, face_value, cloud_service_types, product_ids, memo")
	}
	p, err := c.payer(in.Reseller)
	if err != nil {
		return nil, err
	}
	q, err := c.usable(p, in.Quota, "CBC.99000012")
	if err != nil {
		return nil, err
	}
	from, to := q.From, q.To
	for s, t := range map[string]*time.Time{in.From: &from, in.To: &to} {
		if s == "" {
			continue
		}
		if *t, err = time.Parse("2006-01-02T15:04:05Z", s); err != nil {
			return nil, bad("valid_time, expire_time")
		}
	}
	switch {
	case in.Face.fen < q.MinFace:
		return nil, refuse(http.StatusBadRequest, "CBC.99000018")
	case q.MaxFace > 0 && in.Face.fen > q.MaxFace:
		return nil, refuse(http.StatusBadRequest, "CBC.99000019")
	case !from.Before(to) || from.Before(q.From) || to.After(q.To):
		return nil, bad("valid_time, expire_time")
	case len(q.Designated) > 0 && slices.ContainsFunc(in.Customers, func(id string) bool { return !slices.Contains(q.Designated, id) }):
		return nil, refuse(http.StatusBadRequest, "CBC.50000020")
	case q.FirstTime && slices.ContainsFunc(in.Customers, c.hadCoupon):
		return nil, refuse(http.StatusBadRequest, "CBC.99000022")
	case slices.Contains(in.Customers, p.ID):
		return nil, refuse(http.StatusBadRequest, "CBC.99000025")
	case slices.ContainsFunc(in.Services, func(s string) bool { return !c.serviceExists(s) }):
		return nil, refuse(http.StatusBadRequest, "CBC.50000055")
	case len(q.Services) > 0 && slices.ContainsFunc(in.Services, func(s string) bool { return !slices.Contains(q.Services, s) }):
		return nil, refuse(http.StatusBadRequest, "CBC.99000023")
	}
	type done struct {
		ID     string `json:"id"`
		Coupon string `json:"coupon_id"`
	}
	ok, failed := []done{}, []detail{}
	for _, id := range in.Customers {
		cu := c.customer(id)
		code := ""
		switch {
		case cu == nil || cu.Owner != p.ID:
			code = "CBC.99000035"
		case cu.Type != "2":
			code = "CBC.99000014"
		case q.Cap > 0 && c.held(q.ID, id) >= q.Cap:
			code = "CBC.99000020"
		case q.Sum > 0 && c.heldSum(q.ID, id)+in.Face.fen > q.Sum:
			code = "CBC.99000021"
		case q.Balance < in.Face.fen:
			code = "CBC.99000013"
		}
		if code != "" {
			failed = append(failed, c.detail(id, code))
			continue
		}
		cp := &coupon{
			ID: "CP" + c.now.Format("060102") + c.hex(16), Customer: id, Quota: q.ID, Party: p.ID, Type: 1 + 3*q.Type, Status: couponUsable,
			Face: in.Face.fen, Balance: in.Face.fen, From: from, To: to, Created: c.now, Services: append(slices.Clone(in.Services), q.Services...),
		}
		slices.Sort(cp.Services)
		cp.Services = slices.Compact(cp.Services)
		c.Coupons = append(c.Coupons, cp)
		q.Balance -= in.Face.fen
		q.Updated = c.now
		c.logCoupon(1, cp, in.Face.fen, in.Memo)
		ok = append(ok, done{id, cp.ID})
	}
	return map[string]any{"coupon_infos": ok, "error_details": failed}, nil
}

// held counts the coupons of a quota that a customer has had.
func (c *call) held(quota, customer string) (n int) {
	for _, cp := range c.Coupons {
		if cp.Quota == quota && cp.Customer == customer && cp.Status != couponReclaimed {
			n++
		}
	}
	return n
}

// heldSum adds the face values of them.
func (c *call) heldSum(quota, customer string) (sum fen) {
	for _, cp := range c.Coupons {
		if cp.Quota == quota && cp.Customer == customer && cp.Status != couponReclaimed {
			sum += cp.Face
		}
	}
	return sum
}

func (c *call) hadCoupon(customer string) bool {
	return slices.ContainsFunc(c.Coupons, func(cp *coupon) bool { return cp.Customer == customer })
}

func (c *call) serviceExists(code string) bool {
	return slices.ContainsFunc(c.catalog.Services, func(s service) bool { return s.Code == code })
}

func (c *call) logCoupon(kind int, cp *coupon, sum fen, remark string) {
	c.CouponLog = append(c.CouponLog, couponRecord{
		ID: c.hex(16), Kind: kind, Quota: cp.Quota, Coupon: cp.ID, Customer: cp.Customer, Party: cp.Party, Amount: sum, At: c.now, Remark: remark,
	})
}

func (c *call) reclaimCoupon() (any, error) {
	var in struct {
		Coupon   string  `json:"coupon_id"`
		Reseller *string `json:"indirect_partner_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Coupon == "" || tooLong(64, in.Coupon) || in.Reseller != nil && *in.Reseller == "" {
		return nil, bad("coupon_id, indirect_partner_id")
	}
	indirect := ""
	if in.Reseller != nil {
		indirect = *in.Reseller
	}
	p, err := c.payer(indirect)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(c.Coupons, func(cp *coupon) bool { return cp.ID == in.Coupon && cp.Party == p.ID })
	if i < 0 {
		return nil, bad("coupon_id")
	}
	cp := c.Coupons[i]
	if cu := c.customer(cp.Customer); cu != nil && cu.Type != "2" {
		return nil, refuse(http.StatusOK, "CBC.99000045")
	}
	if cp.Status != couponUsable {
		return nil, refuse(http.StatusOK, "CBC.99000048")
	}
	if q := c.quota(cp.Quota); q != nil {
		q.Balance += cp.Balance
		q.Updated = c.now
	}
	c.logCoupon(2, cp, cp.Balance, "")
	cp.Balance, cp.Status = 0, couponReclaimed
	return empty{}, nil
}

func (c *call) coupons() (any, error) {
	f, err := c.filters("coupon_id", "customer_id", "order_id", "create_time_begin", "create_time_end", "effective_time_begin", "effective_time_end",
		"expire_time_begin", "expire_time_end", "indirect_partner_id")
	if err != nil {
		return nil, err
	}
	p, err := c.payer(f["indirect_partner_id"])
	if err != nil {
		return nil, err
	}
	kind, err := c.integer("coupon_type", 1, 4)
	if err != nil {
		return nil, err
	}
	status, err := c.integer("status", 1, 2, 3, 4, 5)
	if err != nil {
		return nil, err
	}
	created, err := between(f["create_time_begin"], f["create_time_end"])
	if err != nil {
		return nil, err
	}
	expires, err := between(f["expire_time_begin"], f["expire_time_end"])
	if err != nil {
		return nil, err
	}
	type limit struct {
		Key   string `json:"limit_key"`
		Value string `json:"value1"`
	}
	type row struct {
		ID       string  `json:"coupon_id"`
		Status   int     `json:"status"`
		Customer string  `json:"customer_id"`
		Type     int     `json:"coupon_type"`
		Measure  int     `json:"measure_id"`
		Face     quoted  `json:"face_value"`
		From     string  `json:"effective_time"`
		To       string  `json:"expire_time"`
		Order    string  `json:"order_id,omitempty"`
		Plan     string  `json:"promotion_plan_name"`
		Media    int     `json:"media_type"`
		Fetch    int     `json:"fetch_method"`
		Limits   []limit `json:"use_limits"`
		Used     string  `json:"last_used_time,omitempty"`
		Created  string  `json:"create_time"`
		Balance  quoted  `json:"balance"`
		Frozen   string  `json:"is_frozen"`
	}
	all := []row{}
	for _, cp := range slices.Backward(c.Coupons) {
		if cp.Party != p.ID || f["coupon_id"] != "" && cp.ID != f["coupon_id"] || f["customer_id"] != "" && cp.Customer != f["customer_id"] ||
			f["order_id"] != "" && cp.Order != f["order_id"] || kind != nil && cp.Type != *kind || status != nil && cp.Status != *status ||
			!created(cp.Created) || !expires(cp.To) || !c.shown(cp.Created) {
			continue
		}
		limits := []limit{}
		for _, s := range cp.Services {
			limits = append(limits, limit{"cloudServiceType", s})
		}
		all = append(all, row{
			cp.ID, cp.Status, cp.Customer, cp.Type, 1, quoted(cp.Face), stamp(cp.From), stamp(cp.To), cp.Order, "伙伴代金券", 1, 3, limits,
			stamp(cp.Used), stamp(cp.Created), quoted(cp.Balance), "0",
		})
	}
	page, err := c.page(len(all), 100)
	if err != nil {
		return nil, err
	}
	return map[string]any{"total_count": len(all), "user_coupons": all[page.from:page.to]}, nil
}

func (c *call) couponLog() (any, error) {
	f, err := c.filters("quota_id", "customer_id", "operation_time_begin", "operation_time_end", "result", "indirect_partner_id")
	if err != nil {
		return nil, err
	}
	p, err := c.payer(f["indirect_partner_id"])
	if err != nil {
		return nil, err
	}
	inTime, err := between(f["operation_time_begin"], f["operation_time_end"])
	if err != nil {
		return nil, err
	}
	kinds, ids := c.r.URL.Query()["operation_types"], c.r.URL.Query()["coupon_ids"]
	if len(kinds) > 8 || len(ids) > 100 || f["result"] != "" && f["result"] != "0" && f["result"] != "-1" {
		return nil, bad("operation_types, coupon_ids, result")
	}
	type row struct {
		ID       string `json:"id"`
		Kind     string `json:"operation_type"`
		Quota    string `json:"quota_id"`
		Type     int    `json:"quota_type"`
		Coupon   string `json:"coupon_id"`
		Customer string `json:"customer_id"`
		Amount   quoted `json:"operation_amount"`
		At       string `json:"operation_time"`
		Result   string `json:"result"`
		Remark   string `json:"remark"`
	}
	all := []row{}
	for _, l := range slices.Backward(c.CouponLog) {
		if l.Party != p.ID || !c.shown(l.At) || !inTime(l.At) || f["quota_id"] != "" && l.Quota != f["quota_id"] ||
			f["customer_id"] != "" && l.Customer != f["customer_id"] || f["result"] == "-1" ||
			len(kinds) > 0 && !slices.Contains(kinds, strconv.Itoa(l.Kind)) || len(ids) > 0 && !slices.Contains(ids, l.Coupon) {
			continue
		}
		kind := 0
		if q := c.quota(l.Quota); q != nil {
			kind = q.Type
		}
		all = append(all, row{l.ID, strconv.Itoa(l.Kind), l.Quota, kind, l.Coupon, l.Customer, quoted(l.Amount), stamp(l.At), "0", l.Remark})
	}
	page, err := c.page(len(all), 100)
	if err != nil {
		return nil, err
	}
	return map[string]any{"total_count": len(all), "records": all[page.from:page.to]}, nil
}
