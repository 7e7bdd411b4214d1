package bot

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"partnerdesk/bot/lang"
)

// say is a way of speaking that means a command's action, for people who have no
// slash commands: "request funds 30000", "申请拨款 3万". The catalog lists them
// per language under command.NAME.SUB.say, separated by |; what stands behind =>
// goes before the rest of the words.
type say struct {
	phrase, command, sub, adds string
	area                       Area
}

func (b *Bot) readSays(c *Command) {
	for sub, a := range c.Subs {
		for _, tag := range lang.Tags() {
			key := "command." + c.Name + "." + sub + ".say"
			if !b.o.Catalog.Has(key) {
				continue
			}
			for one := range strings.SplitSeq(b.o.Catalog.Text(tag, key), "|") {
				phrase, adds, _ := strings.Cut(one, "=>")
				b.says = append(b.says, say{strings.ToLower(strings.TrimSpace(phrase)), c.Name, sub, strings.TrimSpace(adds), cmp.Or(a.Area, c.Area)})
			}
		}
	}
	// the longest first, so that none hides behind its own beginning
	slices.SortFunc(b.says, func(x, y say) int {
		return cmp.Or(cmp.Compare(len(y.phrase), len(x.phrase)), strings.Compare(x.phrase+x.command, y.phrase+y.command))
	})
}

// spoken finds what free text asks the desk to do, in the words of a command:
// its name, its action and what follows. A question is never taken for one, nor
// what the operator does not offer.
func (b *Bot) spoken(text string) (command, words string, ok bool) {
	if len([]rune(text)) > 300 || strings.ContainsAny(text, "?？吗怎") || strings.Contains(text, "如何") || strings.Contains(text, "什么") {
		return "", "", false
	}
	text = strings.TrimSpace(text)
	for {
		rest := b.unled(text)
		if rest == text {
			break
		}
		text = rest
	}
	for _, s := range b.says {
		if len(text) < len(s.phrase) || !strings.EqualFold(text[:len(s.phrase)], s.phrase) || !b.o.Access.Offers(s.area) {
			continue
		}
		rest := text[len(s.phrase):]
		first := []rune(rest + " ")[0]
		if unicode.IsLetter(first) && (first < unicode.MaxLatin1 || !strings.ContainsRune("零一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾", first) && !strings.HasPrefix(rest, "人民币")) {
			continue // the phrase is only the beginning of another word
		}
		rest = strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，:：、", r) })
		return s.command, strings.TrimSpace(s.sub + " " + strings.TrimSpace(s.adds+" "+rest)), true
	}
	return "", "", false
}

// unled takes one polite word from the front: 请, 我们想, please, we would like to.
func (b *Bot) unled(text string) string {
	for _, tag := range lang.Tags() {
		if !b.o.Catalog.Has("say.lead") {
			return text
		}
		for lead := range strings.SplitSeq(b.o.Catalog.Text(tag, "say.lead"), "|") {
			lead = strings.TrimSpace(lead)
			if lead == "" || len(text) <= len(lead) || !strings.EqualFold(text[:len(lead)], lead) {
				continue
			}
			rest := text[len(lead):]
			if first := []rune(rest)[0]; lead[len(lead)-1] < 0x80 && (unicode.IsLetter(first) || unicode.IsDigit(first)) {
				continue
			}
			return strings.TrimLeftFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",，!！。.", r) })
		}
	}
	return text
}
