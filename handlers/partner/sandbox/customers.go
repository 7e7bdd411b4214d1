package sandbox

import (
	"slices"
	"strings"
)

// Resellers and customers: partner API sheet, section 5, 2026-11-20.

func (c *call) resellers() (any, error) {
	var in struct {
		Account string `json:"account_name"`
		Begin   string `json:"associated_on_begin"`
		End     string `json:"associated_on_end"`
		ID      string `json:"indirect_partner_id"`
		Offset  *int   `json:"offset"`
		Limit   *int   `json:"limit"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	inTime, err := between(in.Begin, in.End)
	if err != nil {
		return nil, err
	}
	if tooLong(64, in.Account, in.ID) {
		return nil, bad("account_name, indirect_partner_id")
	}
	if _, err := c.payer(in.ID); err != nil {
		return nil, err
	}
	type row struct {
		ID          string `json:"indirect_partner_id"`
		Phone       string `json:"mobile_phone"`
		Mail        string `json:"email"`
		Account     string `json:"account_name"`
		Name        string `json:"name"`
		Since       string `json:"associated_on"`
		Manager     string `json:"account_manager_id"`
		ManagerName string `json:"account_manager_name"`
	}
	all := []row{}
	for _, p := range c.Parties {
		if p.ID == c.Operator || in.ID != "" && p.ID != in.ID || !contains(p.Account, in.Account) || !inTime(p.Since) {
			continue
		}
		all = append(all, row{p.ID, p.Phone, p.Mail, p.Account, p.Name, stamp(p.Since), p.Manager, p.Manager})
	}
	slices.SortFunc(all, func(a, b row) int { return strings.Compare(b.Since, a.Since) })
	page, err := window(all, in.Offset, in.Limit, 100)
	return map[string]any{"count": len(all), "indirect_partners": page}, err
}

func (c *call) customers() (any, error) {
	var in struct {
		Account  string `json:"account_name"`
		Name     string `json:"customer"`
		Label    string `json:"label"`
		Type     string `json:"association_type"`
		Begin    string `json:"associated_on_begin"`
		End      string `json:"associated_on_end"`
		ID       string `json:"customer_id"`
		Reseller string `json:"indirect_partner_id"`
		Offset   *int   `json:"offset"`
		Limit    *int   `json:"limit"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	p, err := c.payer(in.Reseller)
	if err != nil {
		return nil, err
	}
	inTime, err := between(in.Begin, in.End)
	if err != nil {
		return nil, err
	}
	if tooLong(64, in.Account, in.Name, in.Label, in.ID) || strings.ContainsAny(in.Account+in.Name, " ") || !slices.Contains([]string{"", "1", "2"}, in.Type) {
		return nil, bad("account_name, customer, label, association_type")
	}
	type manager struct {
		Account string `json:"account_name"`
	}
	type row struct {
		Name     string    `json:"customer"`
		Account  string    `json:"account_name"`
		ID       string    `json:"customer_id"`
		Since    string    `json:"associated_on"`
		Type     string    `json:"association_type"`
		Label    string    `json:"label"`
		Phone    string    `json:"telephone"`
		Country  string    `json:"country_code"`
		Mail     string    `json:"email"`
		Verified string    `json:"verified_status"`
		Kind     int       `json:"customer_type"`
		Frozen   int       `json:"is_frozen"`
		Managers []manager `json:"account_managers"`
		Level    string    `json:"customer_level"`
	}
	all := []row{}
	for _, cu := range c.Customers {
		if cu.Owner != p.ID || in.ID != "" && cu.ID != in.ID || in.Type != "" && cu.Type != in.Type ||
			!contains(cu.Account, in.Account) || !contains(cu.Name, in.Name) || !contains(cu.Label, in.Label) || !inTime(cu.Since) {
			continue
		}
		kind := 1
		if cu.Person {
			kind = 0
		}
		if cu.Verified == "-1" {
			kind = -1
		}
		all = append(all, row{
			cu.Name, cu.Account, cu.ID, stamp(cu.Since), cu.Type, cu.Label, cu.Phone, "0086", cu.Mail,
			cu.Verified, kind, cu.Frozen, []manager{{cu.Manager}}, cu.Level,
		})
	}
	page, err := window(all, in.Offset, in.Limit, 100)
	return map[string]any{"count": len(all), "customer_infos": page}, err
}
