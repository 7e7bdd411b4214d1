package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Draft is an entry as the importer makes it: Chinese only, marked as a draft, its text that of the source.
type Draft struct {
	ID         string
	File       string // where it was read
	Line       int
	Name       string // what it is filed under
	Kind       string // policy, howto, api, definition or unknown
	TopicID    string
	Topic      string
	Parent     string
	Question   string
	Ask        []string
	Fact       string
	Conditions []string
	NotStated  string
	Notes      []string
	Title      string // of the source
	Cut        string // none, start, end or both
}

var (
	leadIn = regexp.MustCompile(`(?:如下|以下[^。]{0,16})?[:：]$`)
	vague  = regexp.MustCompile(`^(?:本章节?|本文|本节|本页|以下|下面)`)
	yesNo  = regexp.MustCompile(`^(?:不?可以|不?能|不?需要|不?会|不?支持|是的?|不是|没有|有|无需|可|否)[。,，!！]?$`)
	latin  = regexp.MustCompile(`[A-Za-z][A-Za-z0-9]+`)
)

func (im *run) draft(p *piece) Draft {
	r := im.rules
	kind := im.kind(p)
	q := im.question(p, kind)
	object := ""
	if c := r.analyse(im.opening(p)); p.title == "" && kind != kindHowTo && kind != kindAPI && c.class != "" && runes(c.subj) >= 2 && runes(c.subj) <= 14 {
		object = c.subj
	} else if m := serves.FindStringSubmatch(im.opening(p)); p.title == "" && kind == kindAPI && m != nil {
		object = m[1]
	} else if p.title == "" {
		object = im.object(p)
	}
	d := Draft{
		File: p.path, Line: p.line, Name: p.name, Kind: kind, Parent: p.parent, Question: q, Notes: p.notes, Title: p.title, Cut: "none",
		Ask: im.asks(p, q, kind, object),
	}
	switch {
	case p.cutStart && p.cutEnd:
		d.Cut, d.NotStated = "both", r.Text["cut_both"]
	case p.cutStart:
		d.Cut, d.NotStated = "start", r.Text["cut_start"]
	case p.cutEnd:
		d.Cut, d.NotStated = "end", r.Text["cut_end"]
	}
	if p.titleLost {
		d.Title = put(r.Text["title_lost"], strings.TrimRight(q, "？"))
	}
	d.Topic = p.topic
	if p.parent != "" {
		d.Topic = p.parent
	}
	if d.Topic == "" {
		d.Topic = r.Text["untitled"]
	}
	d.TopicID = "draft-" + slug(d.Topic, 3)
	im.say(&d, p)
	sum := sha256.Sum256([]byte(plain(p.title + "\x00" + p.said())))
	d.ID = strings.TrimRight("draft-"+kind+"-"+ascii(p.title+" "+p.said(), 2), "-") + "-" + hex.EncodeToString(sum[:])[:8]
	return d
}

// say fills in fact and conditions: everything the piece says, the decisive sentence first.
func (im *run) say(d *Draft, p *piece) {
	r := im.rules
	if len(p.blocks) == 0 {
		d.Fact = r.Text["no_answer"]
		d.NotStated = r.Text["no_answer_not_stated"]
		return
	}
	at, n, fact, taken := im.decisive(p, d.Kind)
	subject := stem(p.title)
	switch {
	case fact == "": // steps only: say where, then how
		_, menus := quoted(p.said())
		fact = join(subject, strings.Join(menus, "；"))
		if len(menus) == 0 {
			fact = join(subject, p.blocks[0].text)
			at, n = 0, len(sentences(p.blocks[0].text))
		}
		if p.title == "" {
			fact = strings.TrimPrefix(fact, "：")
		}
	case p.title != "" && !p.asked && !strings.Contains(plain(fact), plain(subject)) && !p.titleLost,
		p.asked && runes(fact) < 24 && runes(subject) >= 4 && im.names(p.title, subject) && !strings.Contains(plain(fact), plain(subject)):
		fact = join(subject, fact)
	case p.asked && runes(fact) < 14 && strings.ContainsAny(fact, "不是可能会需有无"): // yes or no: says nothing without its question
		fact = d.Question + fact
	}
	d.Fact = fact
	if d.Fact == "" {
		d.Fact = p.blocks[0].written()
	}
	for i, b := range p.blocks {
		text := b.text
		if i > at && i <= at+taken { // stands in the fact already
			continue
		}
		if i == at && n > 0 {
			s := sentences(b.text)
			text = strings.Join(append([]string{}, s[min(n, len(s)):]...), "")
			if skip := im.before(p, i); skip > 0 { // the fact was not the first sentence
				text = strings.Join(s[:skip], "") + strings.Join(s[min(skip+n, len(s)):], "")
			}
			if text == "" && b.label == "" && b.head == "" {
				continue
			}
			b.label = strings.TrimSpace(b.label)
			if text == "" {
				continue
			}
			if b.part == "api" || b.part == "lead" {
				b.label = ""
			}
		}
		b.text = text
		d.Conditions = append(d.Conditions, b.written())
	}
	if p.cutStart && p.title == "" && len(d.Conditions) > 0 && at != 0 {
		d.Conditions[0] = "…" + d.Conditions[0]
	}
	if p.cutEnd && len(d.Conditions) > 0 {
		if i := len(d.Conditions) - 1; !final(last(d.Conditions[i])) && last(d.Conditions[i]) != '…' {
			d.Conditions[i] += "…"
		}
	}
}

// names says that a question stripped of its question words still names what the answer is about: it was no yes-or-no
// question and asked for one thing.
func (im *run) names(title, subject string) bool {
	bare := strings.TrimRight(title, "?？ ")
	return plain(subject) != plain(bare) && !strings.ContainsAny(bare, "?？") && !strings.HasSuffix(bare, "吗") &&
		!has(bare, []string{"是否", "能否", "可否", "能不能"}) && !has(subject, im.rules.Asking)
}

// before is how many sentences of block i stand before the decisive one.
func (im *run) before(p *piece, i int) int {
	if i == 0 && p.cutStart && len(sentences(p.blocks[0].text)) > 1 {
		return 1
	}
	return 0
}

// decisive picks the sentences that answer: block, number of sentences, text. An empty text says that there are only
// steps.
func (im *run) decisive(p *piece, kind string) (at, n int, fact string, taken int) {
	pick := -1
	for i, b := range p.blocks {
		if b.part == "need" || b.part == "note" || b.part == "steps" || b.text == "" || b.part == "row" || b.part == "who" {
			continue
		}
		if i == 0 && len(p.blocks) > 1 && vague.MatchString(b.text) && p.blocks[1].part == "" {
			continue
		}
		if i == 0 && p.cutStart && p.title == "" && len(sentences(b.text)) == 1 && len(p.blocks) > 1 && p.blocks[1].part != "need" && p.blocks[1].part != "steps" {
			continue
		}
		pick = i
		break
	}
	if pick < 0 {
		if kind == kindHowTo {
			return -1, 0, "", 0
		}
		pick = 0
	}
	b := p.blocks[pick]
	s := sentences(b.text)
	if len(s) == 0 {
		return -1, 0, "", 0
	}
	skip := im.before(p, pick)
	n = 1
	fact = s[skip]
	if yesNo.MatchString(fact) && skip+1 < len(s) {
		n, fact = 2, fact+s[skip+1]
	}
	if b.head != "" && pick == 0 {
		fact = join(b.head, fact)
	}
	// a lead-in says nothing without its list
	list := lead.MatchString(fact) && pick+1 < len(p.blocks) && lead.MatchString(p.blocks[pick+1].text) && p.blocks[pick+1].label == ""
	if (list || leadIn.MatchString(fact) || strings.Contains(fact, " | ")) && skip+n == len(s) && pick+1 < len(p.blocks) {
		rest := ""
		for _, x := range p.blocks[pick+1:] {
			if x.label != "" || runes(rest)+runes(x.written()) > 130 {
				break
			}
			rest += x.written()
			taken++
		}
		if rest != "" {
			if strings.Contains(fact, " | ") {
				fact += "；"
			}
			fact += strings.TrimRight(rest, ";； ")
		}
	}
	return pick, n, fact, taken
}

// apart gives drafts whose ids collide numbers, which takes two texts with the same letters.
func (im *run) apart(in []Draft) []Draft {
	seen := map[string]int{}
	for i := range in {
		id := in[i].ID
		if seen[id]++; seen[id] > 1 {
			in[i].ID = fmt.Sprintf("%s-%d", id, seen[id])
		}
	}
	return in
}

// ascii returns up to n Latin words of s as a slug.
func ascii(s string, n int) string {
	var out []string
	for _, w := range latin.FindAllString(url.ReplaceAllString(s, " "), -1) {
		w = strings.ToLower(w)
		if len(w) > 12 || len(out) > 0 && out[len(out)-1] == w {
			continue
		}
		if out = append(out, w); len(out) == n {
			break
		}
	}
	return strings.Join(out, "-")
}

// slug names s in small Latin letters: its Latin words and a hash.
func slug(s string, n int) string {
	sum := sha256.Sum256([]byte(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)))
	return strings.TrimLeft(ascii(s, n)+"-"+hex.EncodeToString(sum[:])[:6], "-")
}
