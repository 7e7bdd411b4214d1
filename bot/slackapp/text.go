package slackapp

import (
	"strings"
)

// withoutMention takes the mention of the desk out of a message: the first of
// our own, or, when we do not know our own name yet, one at the beginning.
func withoutMention(text string, own []string) string {
	for _, id := range own {
		if id == "" {
			continue
		}
		if i := strings.Index(text, "<@"+id); i >= 0 {
			rest := text[i+len("<@"+id):]
			if end := strings.IndexByte(rest, '>'); end >= 0 && (end == 0 || rest[0] == '|') {
				return strings.TrimSpace(strings.TrimRight(text[:i], " ") + " " + strings.TrimLeft(rest[end+1:], " ,，:："))
			}
		}
	}
	trimmed := strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(trimmed, "<@"); ok && !anyOf(own) {
		if end := strings.IndexByte(rest, '>'); end >= 0 {
			return strings.TrimSpace(strings.TrimLeft(rest[end+1:], " ,，:："))
		}
	}
	return trimmed
}

func anyOf(ids []string) bool {
	for _, id := range ids {
		if id != "" {
			return true
		}
	}
	return false
}

// plainText undoes Slack's encoding of what a person typed: mentions, channels,
// links and the three escaped characters.
func plainText(s string) string {
	var out strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		end := strings.IndexByte(s[i:], '>')
		if end < 0 {
			break
		}
		out.WriteString(s[:i])
		out.WriteString(token(s[i+1 : i+end]))
		s = s[i+end+1:]
	}
	out.WriteString(s)
	return strings.TrimSpace(strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(out.String()))
}

// token words what stood between angle brackets. What is none of Slack's tokens
// was typed that way: commands arrive without the escaping messages have.
func token(t string) string {
	target, label, labelled := strings.Cut(t, "|")
	if target == "" || !strings.Contains("@#!", target[:1]) && !strings.Contains(target, ":") {
		return "<" + t + ">"
	}
	sign := target[0]
	switch {
	case sign == '@' && labelled && label != "":
		return "@" + strings.TrimPrefix(label, "@")
	case sign == '#' && labelled && label != "":
		return "#" + strings.TrimPrefix(label, "#")
	case sign == '@' || sign == '#':
		return target
	case sign == '!' && labelled && label != "":
		return label
	case sign == '!':
		return "@" + target[1:]
	case !labelled || label == "":
		return target
	case strings.HasSuffix(target, label):
		return label
	}
	return label + " " + target
}
