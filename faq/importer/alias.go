package importer

import (
	"regexp"
	"strings"
)

// alias is a short Latin name for something Chinese, as the texts themselves give it.
type alias struct{ long, short string }

var (
	shortName = regexp.MustCompile(`([\p{Han}]{4,16})\s*[(（](?:[A-Za-z][A-Za-z \-]+[,，]\s*)?(?:简称(?:为)?[:：“"]?\s*)?([A-Z][A-Za-z]{1,7})[”"]?[)）]`)
	errorCode = regexp.MustCompile(`\b([A-Z][A-Za-z]*[.\-_]\d{3,})\b[\s:：]*([\p{Han}]{2,20})?`)
)

// learn collects the short names that texts, titles and parents introduce.
func (im *run) learn(pieces []*piece) {
	seen := map[alias]bool{}
	for _, p := range pieces {
		for _, s := range [...]string{p.title, p.parent, p.said()} {
			for _, m := range shortName.FindAllStringSubmatch(s, -1) {
				if a := (alias{m[1], m[2]}); !seen[a] {
					seen[a] = true
					im.aliases = append(im.aliases, a)
				}
			}
		}
	}
}

// askByAlias asks the question of a piece with every name replaced by its other name.
func (im *run) askByAlias(a *asks, question string) {
	for _, n := range im.aliases {
		if strings.Contains(question, n.short) {
			continue
		}
		for r := []rune(n.long); len(r) >= 4; r = r[1:] { // the long name may have more in front of it than others say
			if strings.Contains(question, string(r)) {
				a.add(strings.TrimSuffix(strings.Replace(question, string(r), n.short, 1), "？"))
				break
			}
		}
	}
}

// askByCode asks for the error codes a piece explains.
func (im *run) askByCode(a *asks, p *piece) {
	for i, m := range errorCode.FindAllStringSubmatch(p.said(), 12) {
		if i >= 6 {
			return
		}
		a.forms(im.rules.Asks["code"], m[1])
		if m[2] != "" {
			a.add(m[1] + " " + m[2])
			a.forms(im.rules.Asks["code_of"], m[2])
		}
	}
}
