package importer

import "strings"

// links reads a list of names, each with the address that follows it. An address cut off at the start belongs to a name
// that is lost; one cut off at the end is said to be cut.
func links(p *piece, s string) bool {
	if parentMark.MatchString(s) || strings.ContainsAny(s, "。?？") {
		return false
	}
	found := url.FindAllStringIndex(s, -1)
	if len(found) < 2 || strings.ContainsAny(s, ";；") {
		return false
	}
	at := 0
	if head, rest, ok := strings.Cut(s, " "); ok && !hasHan(head) && found[0][0] >= len(s)-len(rest) { // the tail of an address
		p.cutStart, p.titleLost = true, true
		at = len(s) - len(rest)
	}
	var names []string
	for i, f := range found {
		name := strings.TrimSpace(s[at:f[0]])
		at = f[1]
		if name == "" {
			p.blocks = append(p.blocks, block{part: "api", text: s[f[0]:f[1]]})
			continue
		}
		address := s[f[0]:f[1]]
		b := block{part: "api", text: join(name, address)}
		if i == len(found)-1 && f[1] == len(s) && shorter(address, found, s) {
			p.cutEnd = true
			b.text = join(name, address+"…")
		}
		names = append(names, name)
		p.blocks = append(p.blocks, b)
	}
	if tail := strings.TrimSpace(s[at:]); tail != "" {
		p.cutEnd = true
		p.blocks = append(p.blocks, block{part: "api", text: tail + "…"})
		names = append(names, tail)
	}
	p.cutEnd = p.cutEnd && !strings.HasSuffix(s, ".html")
	p.title = strings.Join(names, "、")
	p.given = append(p.given, names...)
	p.titleLost = true
	return len(names) > 0
}

// shorter says that the last address has not even the depth of the others, which is what a cut leaves.
func shorter(address string, found [][]int, s string) bool {
	whole := s[found[0][0]:found[0][1]]
	return strings.Count(address, "/") < strings.Count(whole, "/") || !strings.ContainsAny(address[min(len(address), 8):], "/.")
}
