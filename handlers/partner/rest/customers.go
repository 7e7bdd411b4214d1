package rest

import (
	"context"
	"iter"
	"net/http"
	"strings"

	"partnerdesk/handlers/partner"
)

var _ partner.Customers = (*Client)(nil)

// Customers implements [partner.Customers]. A name of several words is asked for
// by its longest one and narrowed here to those that hold every word, since the
// center takes no spaces.
func (c *Client) Customers(ctx context.Context, of partner.Account, q partner.CustomerQuery) iter.Seq2[partner.Customer, error] {
	type body struct {
		Account     string `json:"account_name,omitempty"`
		Name        string `json:"customer,omitempty"`
		Label       string `json:"label,omitempty"`
		Association string `json:"association_type,omitempty"`
		From        string `json:"associated_on_begin,omitempty"`
		To          string `json:"associated_on_end,omitempty"`
		ID          string `json:"customer_id,omitempty"`
		Reseller    string `json:"indirect_partner_id,omitempty"`
		Offset      int    `json:"offset"`
		Limit       int    `json:"limit"`
	}
	in := body{
		Account: longestWord(q.Account), Name: longestWord(q.Name), Label: q.Label, Association: string(q.Association),
		From: stamp(q.From), To: stamp(q.To), ID: q.ID, Reseller: string(of),
	}
	most, narrow := q.Most, in.Account != q.Account || in.Name != q.Name
	if narrow {
		most = 0 // counted after narrowing
	}
	all := pages(ctx, "customers", most, func(ctx context.Context, offset, limit int) ([]partner.Customer, int, error) {
		for _, s := range []string{in.Account, in.Name, in.Label, in.ID} {
			if s != "" {
				if err := field("customers", s); err != nil {
					return nil, 0, err
				}
			}
		}
		in.Offset, in.Limit = q.Skip+offset, limit
		var out struct {
			Count     number         `json:"count"`
			Customers []wireCustomer `json:"customer_infos"`
		}
		if err := c.do(ctx, call{op: "customers", method: http.MethodPost, path: "/v2/partners/sub-customers/query", body: in, out: &out}); err != nil {
			return nil, 0, err
		}
		page := make([]partner.Customer, 0, len(out.Customers))
		for _, w := range out.Customers {
			page = append(page, w.words())
		}
		return page, max(0, out.Count.n-q.Skip), nil
	})
	if !narrow {
		return all
	}
	return func(yield func(partner.Customer, error) bool) {
		given := 0
		for cu, err := range all {
			if err == nil && !(holds(cu.Name, q.Name) && holds(cu.Account, q.Account)) {
				continue
			}
			if !yield(cu, err) {
				return
			}
			if given++; given == q.Most {
				return
			}
		}
	}
}

type wireCustomer struct {
	Name        text    `json:"customer"`
	Account     text    `json:"account_name"`
	ID          text    `json:"customer_id"`
	Associated  instant `json:"associated_on"`
	Association text    `json:"association_type"`
	Label       text    `json:"label"`
	Phone       text    `json:"telephone"`
	Country     text    `json:"country_code"`
	Mail        text    `json:"email"`
	Verified    text    `json:"verified_status"`
	Type        number  `json:"customer_type"`
	Frozen      number  `json:"is_frozen"`
	Managers    []struct {
		Account text `json:"account_name"`
	} `json:"account_managers"`
	Level text `json:"customer_level"`
}

func (w wireCustomer) words() partner.Customer {
	cu := partner.Customer{
		ID: string(w.ID), Name: string(w.Name), Account: string(w.Account), Associated: w.Associated.Time,
		Association: partner.Association(w.Association), Label: string(w.Label), CountryCode: string(w.Country),
		Phone: string(w.Phone), Mail: string(w.Mail), Verification: partner.Verification(w.Verified),
		Enterprise: w.Type.n == 1, Frozen: w.Frozen.n, Level: string(w.Level),
	}
	if len(w.Managers) > 0 {
		cu.Manager = string(w.Managers[0].Account)
	}
	return cu
}

func longestWord(s string) string {
	longest := ""
	for _, w := range strings.Fields(s) {
		if len(w) > len(longest) {
			longest = w
		}
	}
	return longest
}

func holds(s, words string) bool {
	for _, w := range strings.Fields(words) {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}
