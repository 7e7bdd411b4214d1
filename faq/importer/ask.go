package importer

import (
	"regexp"
	"strings"
)

// this matches a subject that points at the page itself.
var this = regexp.MustCompile(`^(?:该|本|此|其)?(?:接口|功能|页面|操作|章节)$`)

// mostAsks is how many ways of asking a draft gets.
const mostAsks = 34

// asks collects ways of asking, each once.
type asks struct {
	seen map[string]bool
	list []string
}

func (a *asks) add(s string) {
	s = strings.TrimSpace(strings.Trim(s, "，,、：:；;。 "))
	n := runes(s)
	if n < 2 || n > 60 || len(a.list) >= mostAsks {
		return
	}
	if key := plain(s); key != "" && !a.seen[key] {
		a.seen[key] = true
		a.list = append(a.list, s)
	}
}

func (a *asks) forms(forms []string, subject string) {
	if runes(subject) < 2 || runes(subject) > 40 {
		return
	}
	for _, f := range forms {
		a.add(put(f, subject))
	}
}

// asks derives further ways of asking for a draft. Nobody has written any, so they come from the heading, from what the
// sentences say may, must or cannot be done, and from what they name.
func (im *run) asks(p *piece, question, kind, object string) []string {
	r := im.rules
	a := &asks{seen: map[string]bool{plain(question): true}}
	for _, g := range p.given {
		a.add(g)
	}
	title := strings.TrimRight(p.title, "?？ ")
	subject := stem(p.title)
	if subject == "" {
		subject = object
	}
	if p.asked {
		for _, q := range strings.FieldsFunc(title, func(c rune) bool { return strings.ContainsRune(",，?？", c) }) {
			if im.asking(q) && runes(q) >= 6 {
				a.add(q)
			}
		}
	}
	for i, q := range strings.FieldsFunc(p.title, func(c rune) bool { return c == '?' || c == '？' }) {
		if i > 0 || strings.Count(p.title, "?")+strings.Count(p.title, "？") > 1 {
			a.add(q)
		}
	}
	if subject != title {
		a.add(subject)
	}
	if s := unbracket(title); s != title {
		a.add(s)
	}
	if p.parent != "" && subject != "" && !strings.Contains(subject, unbracket(p.parent)) {
		a.add(unbracket(p.parent) + " " + subject)
	}
	if who := party.FindString(p.parent); who != "" && who != "伙伴" && who != "合作伙伴" && subject != "" && !strings.Contains(subject, who) {
		a.add(who + subject)
	}
	if who := im.actor(p); who != "" {
		if subject != "" && !strings.Contains(question, who) {
			a.add(who + strings.TrimSuffix(question, "？"))
			a.add(who + subject)
		}
	}
	for _, s := range alternatives(title) {
		a.add(s)
	}
	for _, m := range calls.FindAllStringSubmatch(p.said(), -1) {
		a.forms(r.Asks["name"], strings.TrimSpace(m[1]))
	}
	if p.title == "" && listed(p) >= 3 {
		for _, k := range append([]string{im.actor(p)}, p.phrases()...) {
			if runes(k) >= 3 {
				a.forms(r.Asks["need"], k)
			}
		}
	}
	im.askByAlias(a, question)
	im.askByCode(a, p)
	im.askByKind(a, p, kind, subject)
	im.askByFigure(a, p, subject)
	im.askBySentence(a, p, kind, subject)
	if !p.asked {
		a.add(title)
	}
	thing := subject
	words, menus := quoted(p.said())
	for _, m := range menus {
		if parts := strings.Split(m, ">"); len(parts) > 1 {
			a.add(strings.TrimSpace(parts[len(parts)-1]) + "在哪个菜单")
		}
	}
	for _, w := range words {
		if runes(w) >= 4 && hasHan(w) && im.common[plain(w)] <= 3 {
			a.add(under(p, thing, w))
		}
	}
	if w := ends(thing, r.Nouns); w != "" && runes(thing) > runes(w)+2 {
		thing = strings.TrimSuffix(thing, w)
	}
	for _, b := range p.blocks {
		if b.head != "" {
			a.forms(r.Asks["row"], b.head)
			a.add(thing + " " + b.head)
		}
	}
	for _, k := range p.phrases() {
		if runes(k) >= 4 && im.common[plain(k)] <= 3 {
			a.add(under(p, thing, k))
		}
	}
	return a.list
}

func (im *run) askByKind(a *asks, p *piece, kind, subject string) {
	r := im.rules
	if kind == kindAPI {
		subject = strings.TrimSuffix(subject, "接口")
	}
	action := !p.asked && ends(subject, r.Nouns) == ""
	switch kind {
	case kindAPI:
		a.forms(r.Asks["api"], subject)
		if said := p.said(); strings.Contains(said, "AK/SK") || strings.Contains(said, "Token") {
			a.forms(r.Asks["constraint"], subject)
		}
		if m := callLine.FindStringSubmatch(p.said()); m != nil {
			a.forms(r.Asks["uri"], subject)
			a.add(m[1] + " " + m[2])
		}
	case kindHowTo:
		if p.title == "" {
			a.forms(r.Asks["howto"][1:], subject)
		} else if action || asksHow.MatchString(p.title) {
			a.forms(r.Asks["howto"], subject)
		}
	case kindDefinition:
		if ends(subject, r.Nouns) != "" {
			a.forms(r.Asks["thing"], subject)
			break
		}
		a.forms(r.Asks["definition"], subject)
	case kindPolicy:
		if !p.asked && p.title != "" {
			a.forms(r.Asks["policy"], subject)
			if action {
				a.forms(r.Asks["howto"][:1], subject)
			}
		}
	}
	if p.has("need") {
		a.forms(r.Asks["need"], subject)
	}
}

// thisOr is the subject to put in front of a clause that has none of its own.
func (im *run) thisOr(part string, p *piece) string {
	if rhythm.FindStringIndex(part)[0] > 0 || p.title == "" {
		return ""
	}
	return stem(p.title)
}

// under puts a word that stands in a text under the name of the text, because alone it may mean anything.
func under(p *piece, thing, word string) string {
	if p.title == "" || runes(thing) < 2 || strings.Contains(thing, word) {
		return word
	}
	return thing + " " + word
}

// listed counts the blocks that are numbered.
func listed(p *piece) int {
	n := 0
	for _, b := range p.blocks {
		if lead.MatchString(b.text) {
			n++
		}
	}
	return n
}

// askBySentence turns what the sentences say into questions.
func (im *run) askBySentence(a *asks, p *piece, kind, subject string) {
	r := im.rules
	n, figures := 0, 0
	for _, b := range p.blocks {
		for _, s := range sentences(b.text) {
			if n++; n > 9 {
				return
			}
			if im.common[plain(s)] > 2 || ends(s, r.Arrive) != "" || runes(s) < 6 {
				continue
			}
			c := r.analyse(s)
			subj := c.subj
			if this.MatchString(subj) && p.title != "" && !p.asked {
				subj = p.title
			}
			if m := deadline(s, c); m != "" {
				if h := holder.FindStringSubmatch(subj); h != nil {
					a.forms(r.Asks["when"], h[1]+im.due(c, m))
				}
				a.forms(r.Asks["when"], subj+im.due(c, m))
			}
			if m := listing.FindStringSubmatch(s); m != nil {
				for _, item := range strings.FieldsFunc(strings.TrimRight(m[1], "等"), func(c rune) bool { return strings.ContainsRune("、,，和及", c) }) {
					a.add(item)
				}
			}
			if s := amountOf(s); s != "" {
				a.add(put(r.Forms["amount"], s))
				a.forms(r.Asks["amount"], s)
			}
			if m := rhythm.FindString(s); m != "" {
				for _, part := range clauses(s) {
					if strings.Contains(part, m) && !limit.MatchString(part) {
						a.add(im.thisOr(part, p) + strings.Replace(part, m, "多久", 1))
					}
				}
			}
			if q := howLong(s); q != "" {
				a.add(put(r.Forms["howlong"], q))
				a.add(q + "几天")
			}
			for _, part := range clauses(s) {
				if q := howMany(part); q != "" && figures < 4 {
					figures++
					if short := runes(subject) <= 12 && p.title != "" && !strings.Contains(q, subject); short {
						a.add(subject + q)
						if m := money(part); m != "" {
							a.add(subject + m)
						}
					}
					a.add(q)
					a.add(oneEach(q))
					a.add(money(part))
				}
			}
			if c.cond != "" {
				a.add(c.cond + "怎么办")
				a.add(c.cond + c.main)
			}
			switch {
			case c.class == "no" && c.modal == "没有" && runes(c.pred) >= 2:
				a.add(subj + "有" + c.pred + "吗")
				a.add(subj + "为什么没有" + c.pred)
				a.add(subj + "没有" + c.pred)
			case c.class == "no" && c.modal == "不" && runes(c.pred) >= 2:
				a.add(subj + c.pred + "吗")
				a.add(subj + c.modal + c.pred)
			case c.class == "no" && runes(c.pred) >= 2:
				a.add(subj + "可以" + c.pred + "吗")
				a.add(subj + "能不能" + c.pred)
				if noun := enjoyed(c.pred); noun != "" {
					a.add(subj + "有" + noun + "吗")
					a.add(subj + "有没有" + noun)
				}
				a.add(subj + c.modal + c.pred)
			case c.class == "may" && runes(c.pred) >= 3:
				a.add(subj + "可以" + c.pred + "吗")
				a.add(subj + "怎么" + c.pred)
			case c.class == "must" && runes(c.pred) >= 3:
				a.add(subj + "需要" + c.pred + "吗")
			case c.class == "only" && runes(c.pred) >= 3:
				a.add(subj + c.modal + c.pred + "吗")
				if verb := []rune(c.pred); subj != "" && len(verb) >= 6 && partyWord.MatchString(c.pred) {
					a.forms(r.Asks["who"], string(verb[len(verb)-2:])+subj)
					a.add(subj + "谁可以" + string(verb[len(verb)-2:]))
				}
			case c.class == "is" && c.cond == "" && runes(subj) <= 20 && (kind == kindDefinition || p.title == ""):
				a.forms(r.Asks["definition"][:2], subj)
			case !has(s, r.Steps) && runes(c.main) >= 6:
				a.add(begin(bare(c.main), 40))
			}
			if m := outcome.FindStringSubmatch(bare(s)); m != nil && c.class != "may" {
				a.forms(r.Asks["outcome"], strings.TrimRight(m[1], ",，"))
			}
			im.askByClause(a, s)
			if in := inBracket.FindString(s); in != "" && c.subj != "" && strings.Contains(s, c.subj+in) { // another name of the subject
				alias := strings.Trim(in, "()（）")
				if c.class == "no" {
					if noun := enjoyed(c.pred); noun != "" {
						a.add(alias + "有" + noun + "吗")
					}
					a.add(alias + "能" + c.pred + "吗")
				}
			}
		}
	}
}

// askByClause adds what the later clauses of a sentence say of subjects of their own.
func (im *run) askByClause(a *asks, s string) {
	for i, part := range clauses(s) {
		c := im.rules.analyse(part)
		if i == 0 {
			continue
		}
		if runes(c.pred) < 4 || runes(c.subj) < 2 {
			if t := unlink(part); runes(t) >= 8 && runes(t) <= 40 && !has(t, im.rules.Steps) {
				a.add(t)
			}
			continue
		}
		switch c.class {
		case "may":
			a.add(c.subj + "可以" + c.pred + "吗")
		case "no", "must", "only":
			a.add(c.subj + c.modal + c.pred)
		}
	}
}

// enjoyed returns what somebody has or gets by a predicate.
func enjoyed(pred string) string {
	for _, w := range [...]string{"享受", "享有", "获得", "获取", "领取", "得到", "拥有"} {
		if rest, ok := strings.CutPrefix(pred, w); ok && runes(rest) >= 2 {
			return rest
		}
	}
	return ""
}
