package sandbox

// Partner and customer balances: partner API sheet, sections 1 and 2, 2026-11-20.

func (c *call) balance() (any, error) {
	indirect, err := c.text("indirect_partner_id", 64)
	if err != nil {
		return nil, err
	}
	p, err := c.payer(indirect)
	if err != nil {
		return nil, err
	}
	type row struct {
		ID         string `json:"account_id"`
		Type       int    `json:"account_type"`
		Amount     fen    `json:"amount"`
		Currency   string `json:"currency"`
		Designated *fen   `json:"designated_amount,omitempty"`
		Limit      *fen   `json:"credit_amount,omitempty"`
		Measure    int    `json:"measure_id"`
	}
	short := p.ID[:12]
	rows := []row{{ID: "A1" + short, Type: 1, Amount: p.Cash, Currency: "CNY", Designated: &p.Designated, Measure: 1}}
	if p.Limit > 0 {
		rows = append(rows, row{ID: "A2" + short, Type: 2, Amount: p.Credit, Currency: "CNY", Limit: &p.Limit, Measure: 1})
	}
	rows = append(rows, row{ID: "A8" + short, Type: 8, Amount: p.Cash + p.Credit - p.Designated, Currency: "CNY", Measure: 1})
	return map[string]any{"account_balances": rows}, nil
}

func (c *call) customerBalances() (any, error) {
	var in struct {
		Customers []struct {
			ID string `json:"customer_id"`
		} `json:"customer_infos"`
		Reseller string `json:"indirect_partner_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Customers) < 1 || len(in.Customers) > 100 {
		return nil, bad("customer_infos")
	}
	p, err := c.payer(in.Reseller)
	if err != nil {
		return nil, err
	}
	type row struct {
		ID       string `json:"customer_id"`
		Debt     quoted `json:"debt_amount"`
		Amount   quoted `json:"amount"`
		Currency string `json:"currency"`
		Measure  int    `json:"measure_id"`
	}
	rows := []row{}
	for _, asked := range in.Customers {
		if asked.ID == "" || tooLong(64, asked.ID) {
			return nil, bad("customer_id")
		}
		cu := c.customer(asked.ID)
		if cu == nil || cu.Owner != p.ID || cu.Type != "2" {
			continue // dropped without a word
		}
		rows = append(rows, row{cu.ID, quoted(cu.Debt), quoted(cu.Cash), "CNY", 1})
	}
	return map[string]any{"customer_balances": rows}, nil
}
