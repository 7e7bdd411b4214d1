package handlers

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"partnerdesk/handlers/partner"
)

// mostScanned is how many customers or resellers of an account are looked
// through when the partner center's own search finds none, and when a list is
// made.
const mostScanned = 1000

// findCustomers looks customers of one account up by id, login or real name. One
// that is meant exactly wins over partial ones; two with the same real name are
// both returned, for a person to choose from. Spaces, case, full-width signs and
// the legal form of a company do not matter. The closest come first; more says
// that not all are returned.
func (d *Deps) findCustomers(ctx context.Context, of partner.Account, name string) (found []partner.Customer, more bool, err error) {
	if fold(name) == "" {
		return nil, false, nil
	}
	var all picked[partner.Customer]
	take := func(q partner.CustomerQuery) (sure bool, err error) {
		for c, err := range d.Center.Customers(ctx, of, q) {
			if err != nil {
				return false, center(err)
			}
			if all.add(closeness(name, c.ID, c.Account, c.Name), c.ID, c) {
				return true, nil
			}
		}
		return false, nil
	}
	typed := nameFilter(name)
	asked := [][]partner.CustomerQuery{{{Name: typed}, {Account: typed}}, {}, {}}
	if looksLikeID(name) {
		asked[0] = slices.Insert(asked[0], 0, partner.CustomerQuery{ID: name})
	}
	for _, other := range []string{nameFilter(fold(name)), nameFilter(core(name))} {
		if other != typed && other != "" {
			asked[1] = append(asked[1], partner.CustomerQuery{Name: other}, partner.CustomerQuery{Account: other})
		}
	}
	for _, round := range asked {
		for _, q := range round {
			q.Most = 4 * mostMatches
			if sure, err := take(q); err != nil || sure {
				return all.sure(), false, err
			}
		}
		if len(all.list) > 0 {
			found, more = all.best()
			return found, more, nil
		}
	}
	for c, err := range d.Center.Customers(ctx, of, partner.CustomerQuery{Most: mostScanned}) {
		if err != nil {
			return nil, false, center(err)
		}
		if closeness(name, c.ID, c.Account, c.Name) < farAway {
			all.add(closeness(name, c.ID, c.Account, c.Name), c.ID, c)
		}
	}
	found, more = all.best()
	return found, more, nil
}

// How close a name is to what was typed.
const (
	meant    = iota // the id or the login: there is only one
	same            // the real name, which two accounts of a company may share
	similar         // the real name but for the company's legal form
	partly          // a part of either
	farAway         // not by anything we can see
	sureness = meant
)

func closeness(typed, id, login, name string) int {
	typed = strings.TrimSpace(typed)
	plain, short := fold(typed), core(typed)
	switch {
	case strings.EqualFold(typed, id), strings.EqualFold(strings.ReplaceAll(typed, " ", ""), login):
		return meant
	case plain != "" && plain == fold(name):
		return same
	case short != "" && short == core(name):
		return similar
	case plain != "" && (strings.Contains(fold(name), plain) || strings.Contains(fold(login), plain)),
		short != "" && strings.Contains(core(name), short):
		return partly
	}
	return farAway
}

// picked collects what a name may mean.
type picked[T any] struct {
	list []near[T]
	seen map[string]bool
}

type near[T any] struct {
	one T
	far int
}

// add keeps one; it returns true when no other can be meant.
func (p *picked[T]) add(far int, id string, one T) bool {
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	if !p.seen[id] {
		p.seen[id] = true
		p.list = append(p.list, near[T]{one, far})
	}
	return far == sureness
}

func (p *picked[T]) sure() (list []T) {
	for _, n := range p.list {
		if n.far == sureness {
			return []T{n.one}
		}
	}
	return nil
}

// best returns the ones that fit, the closest first: those of the very name
// only, when there are any.
func (p *picked[T]) best() (list []T, more bool) {
	if one := p.sure(); one != nil {
		return one, false
	}
	slices.SortStableFunc(p.list, func(a, b near[T]) int { return a.far - b.far })
	for _, n := range p.list {
		if p.list[0].far == same && n.far != same {
			break
		}
		list = append(list, n.one)
	}
	if len(list) > mostMatches {
		return list[:mostMatches], true
	}
	return list, false
}

// fold makes names comparable: half-width, lower case, letters and digits only.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// core is a folded name without the legal form of the company; the whole name
// when nothing else would be left.
func core(s string) string {
	s = fold(s)
	for _, form := range []string{
		"股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "分公司", "公司", "集团",
		"coltd", "companylimited", "limited", "ltd", "inc", "corporation", "corp", "llc",
	} {
		if rest, cut := strings.CutSuffix(s, form); cut && rest != "" {
			return rest
		}
	}
	return s
}

// about says that a text typed by somebody names the customer.
func about(c partner.Customer, text string) bool {
	typed, short := fold(text), core(text)
	name, login := core(c.Name), fold(c.Account)
	switch {
	case typed == "":
		return false
	case typed == login, strings.Contains(typed, fold(c.ID)):
		return true
	case name == "":
		return len(login) >= 4 && strings.Contains(typed, login)
	}
	return strings.Contains(typed, name) || len([]rune(short)) >= 2 && strings.Contains(name, short)
}
