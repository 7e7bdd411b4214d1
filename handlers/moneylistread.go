package handlers

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
)

// mostSheetRows is how many rows of a file are looked at, so that one that is too
// long can be told how long it is.
const mostSheetRows = 5000

// The lengths a remark may have: a coupon's travels with our reference in the
// memo, a grant's stays here.
const (
	mostMemoWords = partner.MaxMemo - 20
	mostNoteWords = 100
)

// sheetRows reads the rows of an uploaded file. What is wrong with the file as a
// whole is a user error; what is wrong with a row stands in the row.
func (d *Deps) sheetRows(name string, data []byte, kind money.Kind) ([]money.Row, error) {
	name = clip(oneLine(name), 60)
	grids, err := d.Sheets.Read(name, data, mostSheetRows)
	switch {
	case errors.Is(err, ErrSheetLarge):
		return nil, bot.User("sheet.no.large", "name", name, "most", count(money.MaxRows)).Because(err)
	case errors.Is(err, ErrSheetText):
		return nil, bot.User("sheet.no.text", "name", name).Because(err)
	case errors.Is(err, ErrSheetFormat):
		return nil, bot.User("sheet.no.format", "name", name).Because(err)
	case err != nil:
		return nil, err
	}
	seen := ""
	for _, g := range grids {
		columns, found := d.columns(g.Header)
		if !found {
			if seen == "" {
				seen = clip(strings.Join(g.Header, " · "), 80)
			}
			continue
		}
		switch n := len(g.Rows) + len(g.Bad); {
		case n == 0:
			return nil, bot.User("sheet.no.rows")
		case n > money.MaxRows:
			return nil, bot.User("sheet.no.many", "count", count(n), "most", count(money.MaxRows))
		}
		return rowsOf(g, columns, kind), nil
	}
	if seen == "" {
		return nil, bot.User("sheet.no.empty", "name", name)
	}
	return nil, bot.User("sheet.no.header", "seen", seen)
}

// columns are where the parts of a row stand; -1: nowhere.
type columns struct{ id, party, amount, remark, operation int }

// columns finds them by their titles, in either language.
func (d *Deps) columns(header []string) (c columns, found bool) {
	titles := func(key string) (list []string) {
		for _, tag := range lang.Tags() {
			for _, t := range strings.Split(d.Catalog.In(tag).T(key), "|") {
				list = append(list, plainTitle(t))
			}
		}
		return list
	}
	where := func(key string) int {
		known := titles(key)
		return slices.IndexFunc(header, func(h string) bool { return slices.Contains(known, plainTitle(h)) })
	}
	c = columns{where("sheet.header.id"), where("sheet.header.party"), where("sheet.header.amount"), where("sheet.header.remark"), where("sheet.header.operation")}
	return c, (c.id >= 0 || c.party >= 0) && c.amount >= 0
}

// plainTitle is a title without what dresses it: case, blanks, a unit in brackets.
func plainTitle(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), ""))
	if i := strings.IndexAny(s, "(（"); i > 0 {
		s = s[:i]
	}
	return strings.Trim(s, "*：:")
}

func rowsOf(g Grid, c columns, kind money.Kind) []money.Row {
	cell := func(row []string, at int) string {
		if at < 0 || at >= len(row) {
			return ""
		}
		return oneLine(row[at])
	}
	var list []money.Row
	for i, row := range g.Rows {
		r := money.Row{Line: g.Lines[i], Typed: cell(row, c.id), Said: clip(cell(row, c.amount), 40), Remark: cell(row, c.remark)}
		if r.Typed == "" {
			r.Typed = cell(row, c.party)
		}
		r.Typed = clip(r.Typed, 64)
		most := mostNoteWords
		if kind == money.IssueCoupon {
			most = mostMemoWords
		}
		amount, key := amountKey(cell(row, c.amount))
		done := cell(row, c.operation)
		switch {
		case done != "":
			r.Field, r.Fault, r.Args = "row", "sheet.fault.done", []string{"id", clip(done, 20)}
		case r.Typed == "":
			r.Field, r.Fault = "party", "sheet.fault.empty"
		case key != "":
			r.Field, r.Fault = "amount", key
		case len([]rune(r.Remark)) > most:
			r.Field, r.Fault, r.Args = "remark", "sheet.fault.remark", []string{"most", count(most)}
		}
		r.Amount, r.Remark = amount, clip(r.Remark, most)
		list = append(list, r)
	}
	for _, line := range g.Bad {
		list = append(list, money.Row{Line: line, Field: "row", Fault: "sheet.fault.unreadable"})
	}
	slices.SortStableFunc(list, func(a, b money.Row) int { return a.Line - b.Line })
	return list
}

// amountKey reads an amount as people write it, or names what is wrong with it.
func amountKey(text string) (partner.Fen, string) {
	v, err := input.Amount(text)
	for is, key := range map[error]string{input.ErrEmpty: "empty", input.ErrNumber: "number", input.ErrZero: "zero", input.ErrNegative: "negative", input.ErrDecimals: "decimals",
		input.ErrLarge: "large", input.ErrCurrency: "currency", input.ErrExponent: "exponent"} {
		if errors.Is(err, is) {
			return 0, "money.fault." + key
		}
	}
	return v, ""
}

// mostLookups bounds how many names of a list are asked for one by one, where the
// customers are too many to be known all at once.
const mostLookups = 30

// findParties finds who is meant by the rows, live. Every row without a fault has
// its party afterwards.
func (m moneyer) findParties(ctx context.Context, l *money.List) ([]partner.Customer, error) {
	if l.Kind == money.GrantReseller {
		return nil, m.findResellers(ctx, l)
	}
	cache := &customerCache{d: m.d} // of this list alone: nothing in it is older than the list
	cache.load(ctx, l.Account)
	known, _ := cache.known(l.Account)
	lookups := 0
	var customers []partner.Customer
	for i := range l.Rows {
		r := &l.Rows[i]
		if r.Typed == "" {
			continue
		}
		found := match(known.list, r.Typed)
		if len(found) == 0 && !known.all && lookups < mostLookups {
			lookups++
			var err error
			if found, _, err = m.d.findCustomers(ctx, books(l.Account), r.Typed); err != nil {
				return nil, center(err)
			}
		}
		var are []string
		for _, c := range found {
			are = append(are, labelOf(c))
		}
		if len(found) == 1 {
			r.Party = money.Party{ID: found[0].ID, Name: clip(labelOf(found[0]), 60)}
		}
		if r.Fault != "" {
			continue
		}
		switch {
		case len(found) == 0:
			r.Field, r.Fault = "party", "sheet.fault.nobody"
		case len(found) > 1:
			r.Field, r.Fault, r.Args = "party", "sheet.fault.several", []string{"count", count(len(found)), "list", clip(strings.Join(are[:min(len(are), 5)], " · "), 120)}
		case found[0].Association != partner.Resale:
			r.Field, r.Fault = "party", "sheet.fault.referral"
		case found[0].Frozen != 0:
			r.Field, r.Fault = "party", "sheet.fault.frozen"
		default:
			customers = append(customers, found[0])
		}
	}
	return customers, nil
}

func (m moneyer) findResellers(ctx context.Context, l *money.List) error {
	all, err := m.everyReseller(ctx)
	if err != nil {
		return err
	}
	for i := range l.Rows {
		r := &l.Rows[i]
		found := matchResellers(all, r.Typed)
		if len(found) == 1 && r.Typed != "" {
			r.Party = money.Party{ID: string(found[0].ID), Name: clip(found[0].Name, 60)}
		}
		if r.Fault != "" {
			continue
		}
		switch {
		case len(found) == 0:
			r.Field, r.Fault = "party", "sheet.fault.no_reseller"
		case len(found) > 1:
			r.Field, r.Fault, r.Args = "party", "sheet.fault.several", []string{"count", strconv.Itoa(len(found)), "list", clip(found[0].Name+" · "+found[1].Name, 120)}
		}
	}
	return nil
}

// matchResellers finds the resellers that a name, a login or an id may mean; as
// [match] does for customers.
func matchResellers(all []partner.Reseller, name string) []partner.Reseller {
	var whole, found []partner.Reseller
	for _, s := range all {
		if string(s.ID) == name || strings.EqualFold(s.Account, name) {
			return []partner.Reseller{s}
		}
		if s.Name == name {
			whole = append(whole, s)
		}
		if strings.Contains(s.Name, name) || strings.Contains(strings.ToLower(s.Account), strings.ToLower(name)) {
			found = append(found, s)
		}
	}
	if len(whole) > 0 {
		return whole
	}
	return found
}
