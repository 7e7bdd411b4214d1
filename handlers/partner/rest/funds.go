package rest

import (
	"context"
	"iter"
	"net/http"
	"time"

	"partnerdesk/handlers/partner"
)

var (
	_ partner.Funds   = (*Client)(nil)
	_ partner.Records = (*Client)(nil)
)

// GrantCustomer implements [partner.Funds].
func (c *Client) GrantCustomer(ctx context.Context, payer partner.Account, customerID string, amount partner.Fen) (partner.Receipt, error) {
	return c.transfer(ctx, "customer-grant", "/v2/accounts/partner-accounts/adjust-amount", customerID, payer, amount)
}

// ReclaimCustomer implements [partner.Funds].
func (c *Client) ReclaimCustomer(ctx context.Context, payer partner.Account, customerID string, amount partner.Fen) (partner.Receipt, error) {
	return c.transfer(ctx, "customer-reclaim", "/v2/accounts/partner-accounts/reclaim", customerID, payer, amount)
}

// GrantReseller implements [partner.Funds].
func (c *Client) GrantReseller(ctx context.Context, to partner.Account, amount partner.Fen) (partner.Receipt, error) {
	return c.transfer(ctx, "reseller-grant", "/v2/accounts/partner-accounts/indirect-partner-adjust", "", to, amount)
}

// ReclaimReseller implements [partner.Funds].
func (c *Client) ReclaimReseller(ctx context.Context, from partner.Account, amount partner.Fen) (partner.Receipt, error) {
	return c.transfer(ctx, "reseller-reclaim", "/v2/accounts/partner-accounts/indirect-partner-reclaim", "", from, amount)
}

func (c *Client) transfer(ctx context.Context, op, path, customer string, account partner.Account, sum partner.Fen) (partner.Receipt, error) {
	in := struct {
		Customer string `json:"customer_id,omitempty"`
		Reseller string `json:"indirect_partner_id,omitempty"`
		Amount   string `json:"amount"`
	}{customer, string(account), sum.String()}
	subject := customer
	if op == "reseller-grant" || op == "reseller-reclaim" {
		subject = string(account)
	}
	if err := field(op, subject); err != nil {
		return partner.Receipt{}, err
	}
	if err := value(op, sum); err != nil {
		return partner.Receipt{}, err
	}
	var out struct {
		Transfer text `json:"transfer_id"` // grants
		Trans    text `json:"trans_id"`    // reclaims
	}
	at, err := c.write(ctx, call{op: op, method: http.MethodPost, path: path, body: in, out: &out})
	if err != nil {
		return partner.Receipt{}, err
	}
	id := string(out.Transfer)
	if id == "" {
		id = string(out.Trans)
	}
	if id == "" {
		return partner.Receipt{}, unclear(op, at)
	}
	return partner.Receipt{ID: id, SignedAt: at}, nil
}

// most is the largest amount a call may move: far above any real one, far below
// an overflow.
const most = partner.Fen(1e13)

// value refuses an amount that the center would not take, before it is sent.
func value(op string, v partner.Fen) error {
	if v <= 0 || v > most {
		return &partner.Error{Op: op, Class: partner.BadInput, Code: partner.CodeAmount}
	}
	return nil
}

// Adjustments implements [partner.Records].
func (c *Client) Adjustments(ctx context.Context, of partner.Account, q partner.AdjustmentQuery) iter.Seq2[partner.Adjustment, error] {
	return pages(ctx, "adjustments", q.Most, func(ctx context.Context, offset, limit int) ([]partner.Adjustment, int, error) {
		var out struct {
			Total   number `json:"total_count"`
			Records []struct {
				Customer text    `json:"customer_id"`
				Name     text    `json:"customer_name"`
				Kind     text    `json:"operation_type"`
				Amount   yuan    `json:"amount"`
				Scene    text    `json:"apply_scene"`
				At       instant `json:"operation_time"`
				Trans    text    `json:"trans_id"`
				Memo     text    `json:"memo"`
			} `json:"records"`
		}
		k := call{op: "adjustments", method: http.MethodGet, path: "/v3/accounts/partner-accounts/adjust-records", out: &out}
		k.query.set("customer_id", q.CustomerID)
		k.query.set("operation_type", string(q.Kind))
		k.query.set("operation_time_begin", stamp(q.From))
		k.query.set("operation_time_end", stamp(q.To))
		k.query.set("trans_id", q.TransID)
		k.query.page(offset, limit)
		k.query.set("indirect_partner_id", string(of))
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		var page []partner.Adjustment
		for _, r := range out.Records {
			page = append(page, partner.Adjustment{
				TransID: string(r.Trans), CustomerID: string(r.Customer), CustomerName: string(r.Name), Kind: partner.AdjustmentKind(r.Kind),
				Amount: r.Amount.fen, At: r.At.Time, Scene: string(r.Scene), Memo: string(r.Memo),
			})
		}
		return page, out.Total.n, nil
	})
}

// Statement implements [partner.Records].
func (c *Client) Statement(ctx context.Context, of partner.Account, q partner.StatementQuery) iter.Seq2[partner.StatementRow, error] {
	return pages(ctx, "statement", q.Most, func(ctx context.Context, offset, limit int) ([]partner.StatementRow, int, error) {
		if q.Side == "" {
			return nil, 0, &partner.Error{Op: "statement", Class: partner.BadInput, Code: partner.CodeField}
		}
		var out struct {
			Total   number `json:"total_count"`
			Records []struct {
				ID       text    `json:"account_change_id"`
				Detail   text    `json:"trade_detail_type"`
				At       instant `json:"trade_time"`
				Trade    text    `json:"trade_id"`
				Change   yuan    `json:"change_amount"`
				After    yuan    `json:"balance_after_change"`
				Type     text    `json:"type"`
				Customer text    `json:"customer_id"`
				Account  text    `json:"account_name"`
			} `json:"records"`
		}
		k := call{op: "statement", method: http.MethodGet, path: "/v2/accounts/partner-accounts/account-change-records", out: &out}
		k.query.set("balance_type", string(q.Side))
		k.query.set("trade_type", q.Trade)
		k.query.set("trade_time_begin", day(q.From))
		k.query.set("trade_time_end", day(q.To))
		k.query.page(offset, limit)
		k.query.set("indirect_partner_id", string(of))
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		var page []partner.StatementRow
		for _, r := range out.Records {
			page = append(page, partner.StatementRow{
				ID: string(r.ID), Detail: string(r.Detail), At: r.At.Time, TradeID: string(r.Trade), Change: r.Change.fen, After: r.After.fen,
				Income: r.Type == "1", CustomerID: string(r.Customer), Account: string(r.Account),
			})
		}
		return page, out.Total.n, nil
	})
}

// day writes a day of UTC+8; empty for zero.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(china()).Format(time.DateOnly)
}
