package importer

import (
	"regexp"
	"strings"
)

var (
	// a figure with its unit, and not a part of a name, an address or a date
	figure   = regexp.MustCompile(`(^|[^\w.\-/:])(\d+(?:\.\d+)?)(万元|万|元|%|％|个|次|张|天|工作日|位|条|年|小时|分钟|分|家|人|份|字符|倍|级)`)
	monthDay = regexp.MustCompile(`(?:\d{4}年)?\d{1,2}月\d{1,2}日|(?:每月|次月|当月)\d{1,2}日`)
	span     = regexp.MustCompile(`[\d一二两三五]+(?:\s*[-–~至]\s*\d+)?\s*个?(?:工作日|自然日|天|小时|分钟|个月)(?:之?内|以内)?`)
	rhythm   = regexp.MustCompile(`每(?:个|一)?(?:季度|月|年|周|天|日|半年)`)
	price    = regexp.MustCompile(`\d+(?:\.\d+)?\s*(?:万元|元)(?:/[\p{Han}])?`)
	percent  = regexp.MustCompile(`\d+(?:\.\d+)?\s*[%％]`)
	limit    = regexp.MustCompile(`最多|至多|最长|最大|不超过|不得超过|至少|不少于|不低于|上限`)
	hedge    = regexp.MustCompile(`(?:一般|通常|约|大约|需要|必须|应当|需|须|应|会|将|在|为|是)+$`)
)

// clauses are the parts of a sentence between its pauses.
func clauses(s string) []string {
	return strings.FieldsFunc(bare(s), func(c rune) bool { return strings.ContainsRune(",，;；：:。", c) })
}

// howMany asks for the first figure of a clause: "最多可以添加5个邮箱" gives "最多可以添加多少个邮箱".
func howMany(clause string) string {
	if strings.Contains(clause, "http") || runes(clause) > 44 {
		return ""
	}
	if m := monthDay.FindString(clause); m != "" {
		return strings.Replace(clause, m, "几号", 1)
	}
	at := figure.FindStringSubmatchIndex(clause)
	if at == nil || !hasHan(clause) || runes(clause) < 5 {
		return ""
	}
	word := "多少"
	if unit := clause[at[6]:at[7]]; unit == "年" && len(clause[at[4]:at[5]]) == 4 || unit == "级" {
		return ""
	}
	return clause[:at[4]] + word + clause[at[5]:]
}

// money words a figure of money or a share as people ask for it.
func money(clause string) string {
	for _, w := range [...]struct {
		re   *regexp.Regexp
		word string
	}{{price, "多少钱"}, {percent, "多少比例"}} {
		if m := w.re.FindString(clause); m != "" {
			return strings.Replace(clause, m, w.word, 1)
		}
	}
	return ""
}

// howLong takes the time out of a clause that states one: "审核需要3个工作日" gives "审核".
func howLong(s string) string {
	for _, c := range clauses(s) {
		at := span.FindStringIndex(c)
		if at == nil || strings.Contains(c, "http") {
			continue
		}
		head := hedge.ReplaceAllString(strings.TrimSpace(c[:at[0]]), "")
		q := head + strings.TrimSpace(c[at[1]:])
		if n := runes(q); n >= 4 && n <= 36 && hasHan(q) && !limit.MatchString(head) && !strings.HasSuffix(head, "每") && !strings.HasSuffix(head, "前") && !strings.HasSuffix(head, "近") && !strings.HasSuffix(head, "连续") {
			return q
		}
	}
	return ""
}

// deadline returns the time before which something must be done, when a sentence states one.
func deadline(s string, c clause) string {
	m := dueDate.FindString(s)
	if m == "" || c.class == "" || strings.HasSuffix(m, "内") && c.class != "must" {
		return ""
	}
	return m
}

var (
	// what happens by itself, and to what
	outcome = regexp.MustCompile(`^([^。；;]{4,32}?)(?:由系统|系统|将|会|则|即)*(?:自动|视为|失效|作废|被|不予|暂停|取消|清除|扣除|扣)`)

	partyWord = regexp.MustCompile(`伙伴|账号|角色|成员|客户|经销商|提供商|服务商|用户|人员`)
	// of whom a deadline holds: what they have got is what people ask with
	holder   = regexp.MustCompile(`^(?:已|未)?(?:获得|完成|加入|通过|达到|参与|申请)(.{2,20}?)的(?:合作)?(?:伙伴|客户|商家|用户|企业|人员)$`)
	listing  = regexp.MustCompile(`[（(](?:包括|包含|含|如|例如)([^（()）]{2,40})[)）]`)
	mayTitle = regexp.MustCompile(`可以|能够|能`)
)

// oneEach says "a day" for "each day", as people do when they ask.
func oneEach(s string) string {
	return strings.NewReplacer("每天", "一天", "每年", "一年", "每个月", "一个月", "每月", "一个月", "每次", "一次", "最多可以", "能", "最多", "能").Replace(s)
}

// askByFigure asks for the figures of an answer under the name of its question.
func (im *run) askByFigure(a *asks, p *piece, subject string) {
	said := p.said()
	if subject == "" || runes(subject) > 24 {
		return
	}
	r := im.rules
	if span.MatchString(said) {
		if !p.asked {
			a.forms(r.Asks["howlong"], subject)
		} else if mayTitle.MatchString(p.title) {
			a.add(mayTitle.ReplaceAllString(strings.TrimRight(p.title, "?？吗"), "多久可以"))
		}
	}
	if monthDay.MatchString(said) && !p.asked {
		a.forms(r.Asks["date"], subject)
	}
	if price.MatchString(said) && !p.has("api") && !p.asked {
		a.add(subject + money(price.FindString(said)))
	}
}
