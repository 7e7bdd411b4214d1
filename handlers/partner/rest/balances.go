package rest

import (
	"context"
	"net/http"
	"slices"

	"partnerdesk/handlers/partner"
)

var (
	_ partner.Accounts         = (*Client)(nil)
	_ partner.CustomerAccounts = (*Client)(nil)
)

// Balance implements [partner.Accounts].
func (c *Client) Balance(ctx context.Context, of partner.Account) (partner.Balance, error) {
	var out struct {
		Rows []struct {
			ID         text   `json:"account_id"`
			Type       number `json:"account_type"`
			Amount     yuan   `json:"amount"`
			Designated yuan   `json:"designated_amount"`
			Limit      yuan   `json:"credit_amount"`
			Memo       text   `json:"memo"`
		} `json:"account_balances"`
	}
	q := call{op: "balance", method: http.MethodGet, path: "/v2/accounts/partner-accounts/balances", out: &out}
	q.query.set("indirect_partner_id", string(of))
	if err := c.do(ctx, q); err != nil {
		return partner.Balance{}, err
	}
	b := partner.Balance{At: c.opt.Now().UTC()}
	for _, r := range out.Rows {
		b.Rows = append(b.Rows, partner.BalanceRow{
			ID: string(r.ID), Type: partner.AccountType(r.Type.n), Amount: r.Amount.fen,
			Designated: r.Designated.fen, Limit: r.Limit.fen, Memo: string(r.Memo),
		})
	}
	return b, nil
}

// CustomerBalances implements [partner.CustomerAccounts].
func (c *Client) CustomerBalances(ctx context.Context, of partner.Account, ids []string) (partner.CustomerBalances, error) {
	all := partner.CustomerBalances{At: c.opt.Now().UTC()}
	for _, id := range ids {
		if err := field("customer-balances", id); err != nil {
			return all, err
		}
	}
	for chunk := range slices.Chunk(dedupe(ids), partner.MaxBalances) {
		found, err := c.customerBalances(ctx, of, chunk)
		if err != nil {
			return all, err
		}
		all.At = c.opt.Now().UTC()
		for _, id := range chunk {
			if b, ok := found[id]; ok {
				all.Found = append(all.Found, b)
				continue
			}
			all.Dropped = append(all.Dropped, id)
		}
	}
	return all, nil
}

func (c *Client) customerBalances(ctx context.Context, of partner.Account, ids []string) (map[string]partner.CustomerBalance, error) {
	type customer struct {
		ID string `json:"customer_id"`
	}
	in := struct {
		Customers []customer `json:"customer_infos"`
		Account   string     `json:"indirect_partner_id,omitempty"`
	}{Account: string(of)}
	for _, id := range ids {
		in.Customers = append(in.Customers, customer{id})
	}
	var out struct {
		Balances []struct {
			ID     text `json:"customer_id"`
			Debt   yuan `json:"debt_amount"`
			Amount yuan `json:"amount"`
		} `json:"customer_balances"`
	}
	q := call{op: "customer-balances", method: http.MethodPost, path: "/v2/accounts/customer-accounts/balances/batch-query", body: in, out: &out}
	if err := c.do(ctx, q); err != nil {
		return nil, err
	}
	found := map[string]partner.CustomerBalance{}
	for _, b := range out.Balances {
		found[string(b.ID)] = partner.CustomerBalance{
			CustomerID: string(b.ID), Spendable: b.Amount.fen, HasSpendable: b.Amount.set, Debt: b.Debt.fen, HasDebt: b.Debt.set,
		}
	}
	return found, nil
}

// maxID is the longest identifier the center takes (partner API sheet, table
// legends, 2026-11-20).
const maxID = 64

// field refuses an identifier that cannot be one, before anything is sent.
func field(op, id string) error {
	if id == "" || len([]rune(id)) > maxID {
		return &partner.Error{Op: op, Class: partner.BadInput, Code: partner.CodeField}
	}
	return nil
}

func dedupe(ids []string) []string {
	seen := map[string]bool{}
	var all []string
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			all = append(all, id)
		}
	}
	return all
}
