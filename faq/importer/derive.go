package importer

import (
	"regexp"
	"slices"
	"strings"
)

// The kinds of drafts, as faq.Kind names them.
const (
	kindPolicy     = "policy"
	kindHowTo      = "howto"
	kindAPI        = "api"
	kindDefinition = "definition"
	kindUnknown    = "unknown"
)

var (
	callLine = regexp.MustCompile(`\b(GET|POST|PUT|DELETE|PATCH) (/[\w\-./{}]+)`)
	asksWhat = regexp.MustCompile(`^什么(?:是|叫)|(?:是|指)什么|什么意思|的?定义$|含义`)
	asksHow  = regexp.MustCompile(`^(?:[^,，]{0,12})?(?:如何|怎么|怎样)`)
	// what is left of a question without its question words
	askHead = regexp.MustCompile(`^(?:请问)?(?:什么是|什么叫|为什么(?:我)?|为何|如何|怎么|怎样|是否可以|是否能|是否|能否|可否|哪些|哪个|什么|伙伴如何|合作伙伴如何)`)
	askTail = regexp.MustCompile(`(?:[,，]?(?:该|应)?(?:如何|怎么|怎样)(?:处理|办|操作|做|解决|计算|产生|申请)?的?|(?:分别)?(?:是|有)(?:什么|哪些|多少|怎样的)(?:条件|要求)?|吗|呢|多少|是谁)[?？]*$`)
	askMid  = regexp.MustCompile(`如何|怎么|怎样|是否可以|是否|能否|可否|能不能|可不可以`)
	serves  = regexp.MustCompile(`(?:用于|用来)([\p{Han}A-Za-z/]{4,30})`)
	doing   = regexp.MustCompile(`(?:进行|发起|办理|开展)([\p{Han}]{2,12})`)
)

// kind guesses what sort of fact a piece states.
func (im *run) kind(p *piece) string {
	all := p.title + " " + p.said()
	api := p.has("api") || callLine.MatchString(all) || strings.Contains(all, "AK/SK") && strings.Contains(all, "调用")
	switch {
	case len(p.blocks) == 0:
		return kindUnknown
	case p.asked && asksWhat.MatchString(p.title):
		return kindDefinition
	case api && !p.asked:
		return kindAPI
	case p.has("steps"):
		return kindHowTo
	case p.asked && asksHow.MatchString(p.title) && im.instructs(p) >= 1:
		return kindHowTo
	case p.asked:
		return kindPolicy
	case im.instructs(p) >= 2:
		return kindHowTo
	}
	if c := im.rules.analyse(im.opening(p)); c.class == "is" && c.cond == "" && (p.title == "" || strings.Contains(p.title, c.subj)) {
		return kindDefinition
	}
	return kindPolicy
}

// instructs counts the sentences that tell what to click.
func (im *run) instructs(p *piece) int {
	n := 0
	for _, b := range p.blocks {
		for _, s := range sentences(b.text) {
			if has(s, im.rules.Steps) {
				n++
			}
		}
	}
	return n
}

// instructions is what the steps of a piece say, or everything when it has none.
func instructions(p *piece) string {
	var s strings.Builder
	for _, b := range p.blocks {
		if b.part == "steps" {
			s.WriteString(b.text + " ")
		}
	}
	if s.Len() == 0 {
		return p.said()
	}
	return s.String()
}

// opening is the sentence a question is derived from when there is no title: the first one that has a frame, else the
// first that is whole.
func (im *run) opening(p *piece) string {
	fallback := ""
	n := 0
	for _, b := range p.blocks {
		if b.part == "need" || b.part == "note" {
			continue
		}
		for i, s := range sentences(b.text) {
			fragment := i == 0 && b.text == p.blocks[0].text && p.cutStart
			if fragment || runes(s) <= 6 {
				continue
			}
			if fallback == "" {
				fallback = s
			}
			if n++; n <= 4 && (p.title != "" || im.framed(s)) {
				return s
			}
		}
	}
	if fallback != "" {
		return fallback
	}
	if len(p.blocks) > 0 {
		return p.blocks[0].text
	}
	return ""
}

// actor is the party that a piece speaks of first, when it is one kind of partner and not partners in general.
func (im *run) actor(p *piece) string {
	n := 0
	for _, b := range p.blocks {
		for _, s := range sentences(b.text) {
			if n++; n > 3 {
				return ""
			}
			who := strings.TrimPrefix(im.rules.analyse(s).subj, "华为云")
			if m := party.FindString(who); m != "" && m == who && !strings.ContainsAny(who, "的被") && who != "伙伴" && who != "合作伙伴" && who != "客户" {
				return who
			}
		}
	}
	return ""
}

// framed says that a sentence states something that can be asked for.
func (im *run) framed(s string) bool {
	c := im.rules.analyse(s)
	return runes(s) >= 12 && (c.class != "" || c.cond != "" || amountOf(s) != "")
}

// stem is the subject of a question or heading without its question words.
func stem(title string) string {
	s := strings.TrimRight(strings.TrimSpace(title), "?？。 ")
	if i := strings.IndexAny(s, "?？"); i > 0 {
		s = s[:i]
	}
	s = strings.TrimSpace(s)
	for {
		t := strings.TrimSpace(askTail.ReplaceAllString(askHead.ReplaceAllString(s, ""), ""))
		if t == s || runes(t) < 2 {
			return strings.TrimRight(askMid.ReplaceAllString(s, ""), ",，的")
		}
		s = t
	}
}

// question is the canonical question of a piece, and how it came about: given as it stands, or derived.
func (im *run) question(p *piece, kind string) string {
	r := im.rules
	switch {
	case p.asked:
		return strings.TrimRight(strings.ReplaceAll(p.title, "?", "？"), "？ ") + "？"
	case p.title != "" && p.titleLost: // a list of links
		return put(r.Forms["api_list"], begin(p.title, 40))
	case p.title != "" && kind == kindDefinition:
		// a heading that only contains what is defined is the name of the page
		if c := r.analyse(im.opening(p)); runes(c.subj) >= 3 && c.class == "is" && c.subj != p.title && strings.Contains(p.title, c.subj) {
			return put(r.Forms["definition"], c.subj)
		}
		return im.fromHeading(p.title, kind, false)
	case p.title != "":
		return im.fromHeading(p.title, kind, p.has("steps"))
	}
	return im.fromText(p, kind)
}

func (im *run) fromHeading(title, kind string, steps bool) string {
	r := im.rules
	switch {
	case kind == kindAPI:
		return put(r.Forms["api"], strings.TrimSuffix(title, "接口"))
	case kind == kindHowTo && (steps || ends(title, r.Nouns) == ""):
		return put(r.Forms["howto"], title)
	case ends(title, r.Nouns) != "" || kind == kindDefinition:
		return put(r.Forms["what"], title)
	}
	return put(r.Forms["policy"], title)
}

// fromText derives a question from what a text says when its title is lost.
func (im *run) fromText(p *piece, kind string) string {
	r := im.rules
	open := im.opening(p)
	c := r.analyse(open)
	if kind == kindHowTo || kind == kindAPI {
		switch {
		case kind == kindAPI && serves.MatchString(open):
			return put(r.Forms["api"], serves.FindStringSubmatch(open)[1])
		case c.class == "may" && (c.subj != "" || c.cond == "") && runes(c.pred) >= 3:
			return c.subj + "怎么" + c.pred + "？"
		case kind == kindAPI && !has(open, r.Steps) && p.blocks[0].label == "" && c.main != "":
			return put(r.Forms["policy"], begin(c.main, 24))
		case kind == kindHowTo && doing.MatchString(open):
			return put(r.Forms["howto"], doing.FindStringSubmatch(open)[1])
		}
		if object := im.object(p); object != "" {
			if kind == kindAPI {
				return put(r.Forms["policy"], object)
			}
			return put(r.Forms["howto"], object)
		}
	}
	if listed(p) >= 3 {
		for _, k := range p.phrases() {
			if runes(k) >= 4 && im.common[plain(k)] <= 6 {
				return put(r.Forms["need"], k)
			}
		}
	}
	if m := deadline(open, c); m != "" {
		return put(r.Forms["when"], c.subj+im.due(c, m))
	}
	if s := amountOf(open); s != "" {
		return put(r.Forms["amount"], s)
	}
	if limit.MatchString(c.main) || c.class == "" && howLong(c.main) == "" {
		if q := howMany(c.main); q != "" {
			return q + "？"
		}
	}
	if q := howLong(open); q != "" && (c.class == "must" || c.class == "") {
		return put(r.Forms["howlong"], q)
	}
	if at := strings.Index(c.main, "为"); at > 0 && ends(c.main[:at], r.Nouns) != "" && runes(c.main[at:]) <= 14 {
		return put(r.Forms["what"], c.main[:at])
	}
	switch {
	case c.class == "is":
		return put(r.Forms["definition"], c.subj)
	case c.class == "no" && c.modal == "没有" && runes(c.pred) >= 2:
		return c.subj + "有" + c.pred + "吗？"
	case c.class == "no" && c.modal == "不" && runes(c.pred) >= 2:
		return c.subj + c.pred + "吗？"
	case c.class == "no" && slices.Contains([]string{"无需", "不需要", "不用"}, c.modal) && runes(c.pred) >= 2:
		return c.subj + "需要" + c.pred + "吗？"
	case c.class == "no" && runes(c.pred) >= 2:
		return c.subj + "能" + c.pred + "吗？"
	case c.class == "no":
		return c.subj + c.modal + "吗？"
	case c.cond != "":
		return put(r.Forms["handle"], c.cond)
	case c.class == "may" && runes(c.pred) >= 2:
		return c.subj + "可以" + c.pred + "吗？"
	case c.class == "must" && runes(c.pred) >= 2:
		return c.subj + "需要" + c.pred + "吗？"
	case c.class == "only" && runes(c.pred) >= 2:
		return c.subj + c.modal + c.pred + "吗？"
	}
	return put(r.Forms["policy"], begin(c.main, 28))
}

// due words what has to be done before a date.
func (im *run) due(c clause, date string) string {
	pred := c.pred
	if i := strings.Index(pred, date); i >= 0 {
		pred = strings.TrimPrefix(pred[i+len(date):], "前")
	}
	pred = strings.TrimPrefix(pred, "完成")
	return unbracket(pred)
}

// amountOf returns what a figure is said of: "测试券额度上升为10万" gives "测试券额度".
func amountOf(s string) string {
	s = lead.ReplaceAllString(s, "")
	m := amount.FindStringSubmatchIndex(s)
	if m == nil || strings.HasSuffix(s[m[4]:m[5]], "年") || strings.HasSuffix(s[m[4]:m[5]], "月") && strings.HasPrefix(s[m[5]:], "1") || strings.HasPrefix(s[m[5]:], "级") {
		return ""
	}
	head := s[:m[0]]
	if i := strings.LastIndexAny(head, ",，。;；:："); i >= 0 {
		head = head[i:]
	}
	head = strings.Trim(unbracket(head), ",，。;；:： ")
	if strings.HasSuffix(head, "次") || len(head) > 9 && strings.HasPrefix(head[len(head)-6:], "每") {
		return ""
	}
	if n := runes(head); n < 3 || n > 20 || !hasHan(head) {
		return ""
	}
	return head
}

// object names what a text without a title is about: in instructions the last thing that is opened or pressed and says
// something, else what is quoted first, else a phrase that comes again and again.
func (im *run) object(p *piece) string {
	said := p.said()
	if p.has("steps") || im.instructs(p) > 0 {
		object := ""
		for _, w := range inQuotes(instructions(p)) {
			if parts := strings.Split(w, ">"); len(parts) > 1 {
				w = strings.TrimSpace(parts[len(parts)-1])
			} else if runes(w) < 4 || im.common[plain(w)] > 3 {
				continue
			}
			if runes(w) >= 2 && hasHan(w) && !strings.ContainsFunc(w, stop) {
				object = w
			}
		}
		if object != "" {
			return object
		}
	}
	words, _ := quoted(said)
	for _, w := range words {
		if runes(w) >= 4 && hasHan(w) {
			return w
		}
	}
	for _, k := range p.phrases() {
		if im.common[plain(k)] <= 6 {
			return k
		}
	}
	return ""
}

// repeated returns the phrases of three characters or more that a text repeats, longest first.
func repeated(s string) []string {
	r := []rune(s)
	var out []string
	for n := 12; n >= 3; n-- {
		seen, loose := map[string]int{}, map[string]bool{}
		for i := 0; i+n <= len(r); i++ {
			w := string(r[i : i+n])
			if strings.ContainsFunc(w, func(c rune) bool { return !han(c) }) || strings.ContainsAny(w, "的了在和或是为由将可以及与该请您") {
				continue
			}
			if seen[w]++; seen[w] > 1 && !bounded(r, i, n) && !loose[w] {
				seen[w]-- // inside the same longer word again
			}
			loose[w] = loose[w] || bounded(r, i, n)
		}
		for i := 0; i+n <= len(r); i++ {
			w := string(r[i : i+n])
			if seen[w] >= 2 && loose[w] && !slices.ContainsFunc(out, func(o string) bool { return strings.Contains(o, w) }) {
				out = append(out, w)
				seen[w] = 0
			}
		}
	}
	return out
}

// bounded says that a run of characters begins and ends where a word can.
func bounded(r []rune, i, n int) bool {
	open := func(c rune) bool {
		return !han(c) || strings.ContainsRune("的了在和或是为由将可以及与该请您对从向把被、", c)
	}
	return (i == 0 || open(r[i-1])) && (i+n == len(r) || open(r[i+n]))
}
