package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// Quotas and what a distributor gives of them: partner API sheet, sections 4.2
// and 4.6 to 4.9, 2026-11-20.

// quota is a right to issue coupons. MinFace and MaxFace bound the face value, 0
// means no bound; Cap bounds the coupons of one customer, Sum their face values;
// Designated, when not empty, are the only customers it is for; FirstTime limits it
// to customers that never had a coupon.
type quota struct {
	ID, Owner, Parent string
	Type, Status      int
	Value, Balance    fen
	MinFace, MaxFace  fen
	Cap               int
	Sum               fen
	Designated        []string
	FirstTime         bool
	Services          []string
	Created, Updated  time.Time
	From, To          time.Time
}

const (
	quotaNormal    = 0
	quotaVoid      = 3
	quotaReclaimed = 6
)

// quotaRecord is one line of the log of gifts and reclaims.
type quotaRecord struct {
	ID, Kind, Quota, Parent, Reseller, Remark string
	Amount                                    fen
	At                                        time.Time
}

func (w *world) quota(id string) *quota {
	for _, q := range w.Quotas {
		if q.ID == id {
			return q
		}
	}
	return nil
}

type limitValue struct {
	Value string `json:"value1"`
	Name  string `json:"value2,omitempty"`
}

type limitInfo struct {
	Key    string       `json:"limit_key"`
	Values []limitValue `json:"limit_values"`
}

type quotaRow struct {
	ID       string      `json:"quota_id"`
	Type     int         `json:"quota_type"`
	Created  string      `json:"create_time"`
	Updated  string      `json:"last_update_time"`
	Value    quoted      `json:"quota_value"`
	Status   int         `json:"quota_status"`
	Balance  quoted      `json:"balance"`
	Measure  int         `json:"measure_id"`
	Currency string      `json:"currency"`
	From     string      `json:"effective_time"`
	To       string      `json:"expire_time"`
	Limits   []limitInfo `json:"limit_infos"`
	Reseller string      `json:"indirect_partner_id,omitempty"`
	RAccount string      `json:"indirect_partner_account_name,omitempty"`
	RName    string      `json:"indirect_partner_name,omitempty"`
	Parent   string      `json:"parent_quota_id,omitempty"`
}

func (q *quota) row() quotaRow {
	limits := []limitInfo{}
	if len(q.Services) > 0 {
		l := limitInfo{Key: "cloudServiceType"}
		for _, s := range q.Services {
			l.Values = append(l.Values, limitValue{Value: s})
		}
		limits = append(limits, l)
	}
	return quotaRow{
		ID: q.ID, Type: q.Type, Created: stamp(q.Created), Updated: stamp(q.Updated), Value: quoted(q.Value), Status: q.Status,
		Balance: quoted(q.Balance), Measure: 1, Currency: "CNY", From: stamp(q.From), To: stamp(q.To), Limits: limits,
	}
}

func (c *call) quotas() (any, error) {
	var in struct {
		IDs        []string `json:"quota_ids"`
		Status     []int    `json:"quota_status_list"`
		Type       int      `json:"quota_type"`
		CreateFrom string   `json:"create_time_begin"`
		CreateTo   string   `json:"create_time_end"`
		ExpireFrom string   `json:"expire_time_begin"`
		ExpireTo   string   `json:"expire_time_end"`
		Offset     *int     `json:"offset"`
		Limit      *int     `json:"limit"`
		Reseller   string   `json:"indirect_partner_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.IDs) > 50 || len(in.Status) > 5 || in.Type != 0 && in.Type != 1 {
		return nil, bad("quota_ids, quota_status_list, quota_type")
	}
	p, err := c.payer(in.Reseller)
	if err != nil {
		return nil, err
	}
	created, err := between(in.CreateFrom, in.CreateTo)
	if err != nil {
		return nil, err
	}
	expires, err := between(in.ExpireFrom, in.ExpireTo)
	if err != nil {
		return nil, err
	}
	all := []quotaRow{}
	for _, q := range c.Quotas {
		if q.Owner != p.ID || q.Status == quotaReclaimed || q.Type != in.Type || !created(q.Created) || !expires(q.To) ||
			len(in.IDs) > 0 && !slices.Contains(in.IDs, q.ID) || len(in.Status) > 0 && !slices.Contains(in.Status, q.Status) {
			continue
		}
		all = append(all, q.row())
	}
	page, err := window(all, in.Offset, in.Limit, 100)
	return map[string]any{"total_count": len(all), "quotas": page}, err
}

// usable checks a quota of p for issuing or giving; state is the code for a
// status that forbids it.
func (c *call) usable(p *party, id, state string) (*quota, error) {
	q := c.quota(id)
	switch {
	case q == nil || q.Owner != p.ID:
		return nil, refuse(http.StatusBadRequest, "CBC.99000012")
	case c.now.Before(q.From) || !c.now.Before(q.To):
		return nil, refuse(http.StatusBadRequest, "CBC.99000017")
	case q.Status != quotaNormal:
		return nil, refuse(http.StatusBadRequest, state)
	}
	return q, nil
}

// detail is one refused part of a batch.
type detail struct {
	ID   string `json:"id"`
	Code string `json:"error_code"`
	Msg  string `json:"error_msg"`
}

func (c *call) giveQuota() (any, error) {
	var in struct {
		Quota     string   `json:"quota_id"`
		Resellers []string `json:"indirect_partner_ids"`
		Amount    amount   `json:"quota_amount"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Quota == "" || len(in.Resellers) < 1 || len(in.Resellers) > 100 || !in.Amount.ok {
		return nil, bad("quota_id, indirect_partner_ids, quota_amount")
	}
	q, err := c.usable(c.Parties[c.Operator], in.Quota, "CBC.99000015")
	if err != nil {
		return nil, err
	}
	if q.Balance < in.Amount.fen*fen(len(in.Resellers)) {
		return nil, refuse(http.StatusBadRequest, "CBC.99000013")
	}
	type done struct {
		ID    string `json:"id"`
		Quota string `json:"quota_id"`
	}
	ok, failed := []done{}, []detail{}
	for _, id := range in.Resellers {
		p, err := c.payer(id)
		if err != nil {
			failed = append(failed, c.detail(id, "CBC.99000037"))
			continue
		}
		if p.Leaving {
			failed = append(failed, c.detail(id, "CBC.50010105"))
			continue
		}
		child := &quota{
			ID: "Q" + c.hex(20), Owner: p.ID, Parent: q.ID, Value: in.Amount.fen, Balance: in.Amount.fen, MinFace: q.MinFace, MaxFace: q.MaxFace,
			Cap: q.Cap, Services: q.Services, Created: c.now, Updated: c.now, From: q.From, To: q.To,
		}
		c.Quotas = append(c.Quotas, child)
		q.Balance -= in.Amount.fen
		q.Updated = c.now
		c.QuotaLog = append(c.QuotaLog, quotaRecord{ID: c.hex(16), Kind: "10", Quota: child.ID, Parent: q.ID, Reseller: p.ID, Amount: in.Amount.fen, At: c.now})
		ok = append(ok, done{p.ID, child.ID})
	}
	return map[string]any{"simple_quota_infos": ok, "error_details": failed}, nil
}

func (c *call) detail(id, code string) detail {
	return detail{ID: id, Code: code, Msg: c.say(code)}
}

func (c *call) reclaimQuotas() (any, error) {
	var in struct {
		Quotas []string `json:"quota_ids"`
		Remark string   `json:"remark"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Quotas) < 1 || len(in.Quotas) > 10 || tooLong(256, in.Remark) {
		return nil, bad("quota_ids, remark")
	}
	type done struct {
		Quota   string `json:"quota_id"`
		Balance quoted `json:"quota_balance"`
	}
	ok, failed := []done{}, []detail{}
	for _, id := range in.Quotas {
		q := c.quota(id)
		if q == nil || q.Parent == "" || q.Status == quotaReclaimed {
			failed = append(failed, c.detail(id, "CBC.99000012"))
			continue
		}
		if parent := c.quota(q.Parent); parent != nil {
			parent.Balance += q.Balance
		}
		c.QuotaLog = append(c.QuotaLog, quotaRecord{
			ID: c.hex(16), Kind: "11", Quota: q.ID, Parent: q.Parent, Reseller: q.Owner, Amount: q.Balance, Remark: in.Remark, At: c.now,
		})
		q.Balance, q.Status, q.Updated = 0, quotaReclaimed, c.now
		ok = append(ok, done{q.ID, quoted(q.Balance)})
	}
	return map[string]any{"simple_quota_infos": ok, "error_details": failed}, nil
}

func (c *call) givenQuotas() (any, error) {
	f, err := c.filters("quota_id", "indirect_partner_id", "parent_quota_id")
	if err != nil {
		return nil, err
	}
	if _, err := c.payer(f["indirect_partner_id"]); err != nil {
		return nil, err
	}
	all := []quotaRow{}
	for _, q := range c.Quotas {
		if q.Parent == "" || f["quota_id"] != "" && q.ID != f["quota_id"] || f["parent_quota_id"] != "" && q.Parent != f["parent_quota_id"] ||
			f["indirect_partner_id"] != "" && q.Owner != f["indirect_partner_id"] {
			continue
		}
		r, p := q.row(), c.Parties[q.Owner]
		r.Reseller, r.RAccount, r.RName, r.Parent = p.ID, p.Account, p.Name, q.Parent
		all = append(all, r)
	}
	page, err := c.page(len(all), 100)
	if err != nil {
		return nil, err
	}
	return map[string]any{"total_count": len(all), "quotas": all[page.from:page.to]}, nil
}

func (c *call) quotaLog() (any, error) {
	f, err := c.filters("indirect_partner_id", "quota_id", "parent_quota_id", "operation_time_begin", "operation_time_end", "operation_type")
	if err != nil {
		return nil, err
	}
	if _, err := c.payer(f["indirect_partner_id"]); err != nil {
		return nil, err
	}
	inTime, err := between(f["operation_time_begin"], f["operation_time_end"])
	if err != nil {
		return nil, err
	}
	type row struct {
		ID       string `json:"id"`
		Operator string `json:"operator"`
		Kind     string `json:"operation_type"`
		Quota    string `json:"quota_id"`
		Parent   string `json:"parent_quota_id"`
		Amount   quoted `json:"amount"`
		At       string `json:"operation_time"`
		Result   string `json:"result"`
		RAccount string `json:"indirect_partner_account_name"`
		Reseller string `json:"indirect_partner_id"`
		RName    string `json:"indirect_partner_name"`
		Remark   string `json:"remark"`
	}
	all := []row{}
	for _, q := range slices.Backward(c.QuotaLog) {
		if !c.shown(q.At) || !inTime(q.At) || f["indirect_partner_id"] != "" && q.Reseller != f["indirect_partner_id"] ||
			f["quota_id"] != "" && q.Quota != f["quota_id"] || f["parent_quota_id"] != "" && q.Parent != f["parent_quota_id"] ||
			f["operation_type"] != "" && q.Kind != f["operation_type"] {
			continue
		}
		p := c.Parties[q.Reseller]
		all = append(all, row{q.ID, c.Parties[c.Operator].Account, q.Kind, q.Quota, q.Parent, quoted(q.Amount), stamp(q.At), "0", p.Account, p.ID, p.Name, q.Remark})
	}
	page, err := c.page(len(all), 100)
	if err != nil {
		return nil, err
	}
	return map[string]any{"total_count": len(all), "records": all[page.from:page.to]}, nil
}
