package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// Grants, reclaims and their records: partner API sheet, section 3, 2026-11-20.

// adjustment is cash granted or taken back.
type adjustment struct {
	Trans, Party, Subject, Name, Kind string
	Amount                            fen
	At                                time.Time
}

// change is one line of a party's statement.
type change struct {
	ID, Party, Side, Detail, Trade, TradeID string
	At                                      time.Time
	Amount, After                           fen
	Income                                  bool
	Customer, Account                       string
}

const (
	kindGrant   = "SOURCE_OPERATION_BEADJUST"
	kindReclaim = "SOURCE_OPERATION_BERETRIEVE"
	kindUnbind  = "SOURCE_OPERATION_BEUNBIND"
)

type transfer struct {
	Customer string `json:"customer_id"`
	Reseller string `json:"indirect_partner_id"`
	Amount   amount `json:"amount"`
}

func (c *call) transfer() (transfer, error) {
	var in transfer
	if err := c.decode(&in); err != nil {
		return in, err
	}
	if !in.Amount.ok {
		return in, bad("amount")
	}
	if tooLong(64, in.Customer, in.Reseller) {
		return in, bad("customer_id, indirect_partner_id")
	}
	return in, nil
}

func notEnough() *refusal { return refuse(http.StatusBadRequest, "CBC.99005003") }

func (c *call) grantReseller() (any, error) {
	in, err := c.transfer()
	if err != nil {
		return nil, err
	}
	if in.Reseller == "" {
		return nil, bad("indirect_partner_id")
	}
	to, err := c.payer(in.Reseller)
	if err != nil {
		return nil, err
	}
	from := c.Parties[c.Operator]
	if from.Cash-from.Designated < in.Amount.fen {
		return nil, notEnough()
	}
	from.Cash -= in.Amount.fen
	to.Cash += in.Amount.fen
	id := c.adjust(from, to.ID, to.Name, to.Account, kindGrant, in.Amount.fen)
	c.note(to, "BEADJUST", kindGrant, id, in.Amount.fen, true, "", "")
	return map[string]string{"transfer_id": id}, nil
}

func (c *call) reclaimReseller() (any, error) {
	in, err := c.transfer()
	if err != nil {
		return nil, err
	}
	if in.Reseller == "" {
		return nil, bad("indirect_partner_id")
	}
	from, err := c.payer(in.Reseller)
	if err != nil {
		return nil, err
	}
	if from.Cash < in.Amount.fen {
		return nil, notEnough()
	}
	to := c.Parties[c.Operator]
	from.Cash -= in.Amount.fen
	to.Cash += in.Amount.fen
	id := c.adjust(to, from.ID, from.Name, from.Account, kindReclaim, in.Amount.fen)
	c.note(from, "BERETRIEVE", kindReclaim, id, in.Amount.fen, false, "", "")
	return map[string]string{"trans_id": id}, nil
}

// resale returns the party that acts and its resale customer.
func (c *call) resale(in transfer) (*party, *customer, error) {
	if in.Customer == "" {
		return nil, nil, bad("customer_id")
	}
	p, err := c.payer(in.Reseller)
	if err != nil {
		return nil, nil, err
	}
	cu := c.customer(in.Customer)
	switch {
	case cu == nil || cu.Owner != p.ID && in.Reseller != "":
		return nil, nil, refuse(http.StatusBadRequest, "CBC.99000035")
	case cu.Owner != p.ID:
		return nil, nil, refuse(http.StatusBadRequest, "CBC.99000000")
	case cu.Type != "2":
		return nil, nil, refuse(http.StatusOK, "CBC.5021")
	}
	return p, cu, nil
}

func (c *call) grantCustomer() (any, error) {
	in, err := c.transfer()
	if err != nil {
		return nil, err
	}
	p, cu, err := c.resale(in)
	if err != nil {
		return nil, err
	}
	if p.Cash-p.Designated < in.Amount.fen {
		return nil, notEnough()
	}
	p.Cash -= in.Amount.fen
	cu.Cash += in.Amount.fen
	cu.Granted += in.Amount.fen
	return map[string]string{"transfer_id": c.adjust(p, cu.ID, cu.Name, cu.Account, kindGrant, in.Amount.fen)}, nil
}

func (c *call) reclaimCustomer() (any, error) {
	in, err := c.transfer()
	if err != nil {
		return nil, err
	}
	p, cu, err := c.resale(in)
	if err != nil {
		return nil, err
	}
	if cu.Granted == 0 {
		return nil, refuse(http.StatusBadRequest, "CBC.99000047")
	}
	if min(cu.Granted, cu.Cash) < in.Amount.fen {
		return nil, notEnough()
	}
	cu.Cash -= in.Amount.fen
	cu.Granted -= in.Amount.fen
	p.Cash += in.Amount.fen
	return map[string]string{"trans_id": c.adjust(p, cu.ID, cu.Name, cu.Account, kindReclaim, in.Amount.fen)}, nil
}

// adjust writes the record of a move of cash and the payer's statement line.
func (c *call) adjust(p *party, subject, name, account, kind string, sum fen) string {
	id := "TR" + c.now.Format("20060102") + c.hex(18)
	c.Adjustments = append(c.Adjustments, adjustment{Trans: id, Party: p.ID, Subject: subject, Name: name, Kind: kind, Amount: sum, At: c.now})
	trade := map[string]string{kindGrant: "BEADJUST", kindReclaim: "BERETRIEVE", kindUnbind: "BEUNBIND"}[kind]
	c.note(p, trade, kind, id, sum, kind != kindGrant, subject, account)
	return id
}

// note writes a line of a party's cash statement; the balance is moved already.
func (c *call) note(p *party, trade, detail, id string, sum fen, income bool, customer, account string) {
	c.Changes = append(c.Changes, change{
		ID: "AC" + c.hex(20), Party: p.ID, Side: "BALANCE_TYPE_DEBIT", Detail: detail, Trade: trade, TradeID: id, At: c.now,
		Amount: sum, After: p.Cash, Income: income, Customer: customer, Account: account,
	})
}

// shown says whether a record is already visible.
func (c *call) shown(at time.Time) bool { return !at.Add(c.Lag).After(c.now) }

func (c *call) adjustments() (any, error) {
	f, err := c.filters("customer_id", "operation_type", "operation_time_begin", "operation_time_end", "trans_id", "indirect_partner_id")
	if err != nil {
		return nil, err
	}
	p, err := c.payer(f["indirect_partner_id"])
	if err != nil {
		return nil, err
	}
	if k := f["operation_type"]; k != "" && !slices.Contains([]string{kindGrant, kindReclaim, kindUnbind}, k) {
		return nil, bad("operation_type")
	}
	inTime, err := between(f["operation_time_begin"], f["operation_time_end"])
	if err != nil {
		return nil, err
	}
	type row struct {
		Customer string `json:"customer_id"`
		Name     string `json:"customer_name"`
		Kind     string `json:"operation_type"`
		Amount   quoted `json:"amount"`
		Currency string `json:"currency"`
		Scene    string `json:"apply_scene"`
		At       string `json:"operation_time"`
		Measure  int    `json:"measure_id"`
		Trans    string `json:"trans_id"`
	}
	all := []row{}
	for _, a := range slices.Backward(c.Adjustments) {
		if a.Party != p.ID || !c.shown(a.At) || !inTime(a.At) || f["customer_id"] != "" && a.Subject != f["customer_id"] ||
			f["operation_type"] != "" && a.Kind != f["operation_type"] || f["trans_id"] != "" && a.Trans != f["trans_id"] {
			continue
		}
		all = append(all, row{a.Subject, a.Name, a.Kind, quoted(a.Amount), "CNY", "", stamp(a.At), 1, a.Trans})
	}
	page, err := c.page(len(all), 100)
	if err != nil {
		return nil, err
	}
	return map[string]any{"total_count": len(all), "records": all[page.from:page.to]}, nil
}

func (c *call) statement() (any, error) {
	f, err := c.filters("balance_type", "trade_type", "trade_time_begin", "trade_time_end", "indirect_partner_id")
	if err != nil {
		return nil, err
	}
	p, err := c.payer(f["indirect_partner_id"])
	if err != nil {
		return nil, err
	}
	if s := f["balance_type"]; s != "BALANCE_TYPE_DEBIT" && s != "BALANCE_TYPE_CREDIT" {
		return nil, bad("balance_type")
	}
	china := time.FixedZone("GMT+8", 8*3600)
	from, to := c.now.AddDate(-1, 0, 0), c.now
	for name, t := range map[string]*time.Time{"trade_time_begin": &from, "trade_time_end": &to} {
		if f[name] == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, f[name], china)
		if err != nil {
			return nil, bad(name)
		}
		if *t = day; name == "trade_time_end" {
			*t = day.AddDate(0, 0, 1).Add(-time.Second)
		}
	}
	type row struct {
		ID       string `json:"account_change_id"`
		Detail   string `json:"trade_detail_type"`
		At       string `json:"trade_time"`
		Trade    string `json:"trade_id"`
		Change   quoted `json:"change_amount"`
		After    quoted `json:"balance_after_change"`
		Type     string `json:"type"`
		Customer string `json:"customer_id,omitempty"`
		Account  string `json:"account_name,omitempty"`
	}
	all := []row{}
	for _, ch := range slices.Backward(c.Changes) {
		if ch.Party != p.ID || ch.Side != f["balance_type"] || ch.At.Before(from) || ch.At.After(to) || !c.shown(ch.At) ||
			f["trade_type"] != "" && ch.Trade != f["trade_type"] {
			continue
		}
		kind := "2"
		if ch.Income {
			kind = "1"
		}
		all = append(all, row{ch.ID, ch.Detail, stamp(ch.At), ch.TradeID, quoted(ch.Amount), quoted(ch.After), kind, ch.Customer, ch.Account})
	}
	page, err := c.page(len(all), 100)
	if err != nil {
		return nil, err
	}
	return map[string]any{"total_count": len(all), "currency": "CNY", "records": all[page.from:page.to]}, nil
}
