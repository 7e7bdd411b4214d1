package partner

import (
	"slices"
	"time"
)

// The checks below refuse before a call what the partner center would refuse
// after it, with the code it would use, so that one text serves both. They judge
// by what was read a moment ago: the center has the last word.

// CheckGrants refuses a grant of amount to each of the customers.
func CheckGrants(to []Customer, payer Balance, amount Fen) error {
	const op = "customer-grant"
	free, ok := payer.Grantable()
	switch {
	case amount <= 0:
		return local(op, CodeAmount)
	case slices.ContainsFunc(to, func(c Customer) bool { return c.Association != Resale }):
		return local(op, CodeReferral)
	case ok && (free < amount || free/amount < Fen(len(to))):
		return local(op, "CBC.99005003")
	}
	return nil
}

// CheckIssue refuses an issue of coupons that cannot work at the time now.
func CheckIssue(i Issue, from Quota, to []Customer, now time.Time) error {
	const op = "coupon-issue"
	starts, ends := i.From, i.To
	if starts.IsZero() {
		starts = from.From
	}
	if ends.IsZero() {
		ends = from.To
	}
	switch {
	case i.FaceValue <= 0:
		return local(op, CodeAmount)
	case len(i.CustomerIDs) == 0:
		return local(op, CodeField)
	case len(i.CustomerIDs) > MaxCustomers:
		return local(op, CodeTooMany)
	case slices.ContainsFunc(to, func(c Customer) bool { return c.Association != Resale }):
		return local(op, "CBC.99000014")
	case now.Before(from.From) || !now.Before(from.To):
		return local(op, "CBC.99000017")
	case from.Status != QuotaNormal:
		return local(op, "CBC.99000015")
	case from.Balance < i.FaceValue || from.Balance/i.FaceValue < Fen(len(i.CustomerIDs)):
		return local(op, "CBC.99000013")
	case !starts.Before(ends) || starts.Before(from.From) || ends.After(from.To) || !now.Before(ends):
		return local(op, CodeField)
	}
	return nil
}

// CheckGift refuses a gift of quota to resellers that cannot work at the time now.
func CheckGift(g QuotaGift, from Quota, now time.Time) error {
	const op = "quota-give"
	switch {
	case g.Amount <= 0:
		return local(op, CodeAmount)
	case len(g.Resellers) == 0:
		return local(op, CodeField)
	case len(g.Resellers) > MaxResellers:
		return local(op, CodeTooMany)
	case now.Before(from.From) || !now.Before(from.To):
		return local(op, "CBC.99000017")
	case from.Status != QuotaNormal:
		return local(op, "CBC.99000015")
	case from.Balance < g.Amount || from.Balance/g.Amount < Fen(len(g.Resellers)):
		return local(op, "CBC.99000013")
	}
	return nil
}

// CheckReclaim refuses the reclaim of a coupon that cannot work.
func CheckReclaim(c Coupon, of Customer) error {
	const op = "coupon-reclaim"
	switch {
	case of.Association != Resale:
		return local(op, "CBC.99000045")
	case c.Status != CouponUsable:
		return local(op, "CBC.99000048")
	}
	return nil
}

// local is an error that was found before anything was sent.
func local(op, code string) error {
	class, _ := ClassOfCode(code)
	return &Error{Op: op, Class: class, Code: code}
}
