package slacksim

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// checker holds blocks to Slack's rules and collects what is wrong, each with a JSON pointer as Slack gives it.
type checker struct {
	surface  string // message, modal or home
	faults   []string
	blockIDs map[string]bool
	chars    int // in all texts
	markdown int // in markdown blocks
	tables   int
	focus    int
	inputs   int
}

// checkMessageBlocks checks the blocks of a message and gives ids to those without.
func checkMessageBlocks(blocks []any) ([]obj, error) {
	k := &checker{surface: "message", blockIDs: map[string]bool{}}
	out := k.blocks(blocks, maxMessageBlocks, "/blocks")
	if len(k.faults) > 0 {
		return nil, refusal{code: codeBlocks, messages: k.faults}
	}
	if l := limit(maxBlocksTotal); k.chars > l.Max {
		return nil, refusal{code: l.Code}
	}
	return out, nil
}

func (k *checker) bad(path, format string, args ...any) {
	k.faults = append(k.faults, "[ERROR] "+fmt.Sprintf(format, args...)+" [json-pointer:"+path+"]")
}

// length checks a text against a limit in characters; every text here needs at least one.
func (k *checker) length(s, name, path string) {
	l := limit(name)
	switch {
	case over(s, l):
		k.bad(path, "must be less than %d characters", l.Max+1)
	case s == "":
		k.bad(path, "must be more than 0 characters")
	}
}

func (k *checker) count(n int, name, path string) {
	if l := limit(name); n > l.Max {
		k.bad(path, "no more than %d items allowed", l.Max)
	}
}

// optional checks a string field that may be absent.
func (k *checker) optional(o obj, key, name, path string) {
	v, there := o[key]
	if !there || v == nil {
		return
	}
	s, ok := v.(string)
	if !ok {
		k.bad(path+"/"+key, "must be a string")
		return
	}
	if over(s, limit(name)) {
		k.bad(path+"/"+key, "must be less than %d characters", limit(name).Max+1)
	}
}

// only reports fields Slack does not know at this place. fields is a list with spaces.
func (k *checker) only(o obj, path, fields string) {
	known := strings.Fields(fields)
	for key := range o {
		if !slices.Contains(known, key) {
			k.bad(path, "invalid additional property: %s", key)
		}
	}
}

// text checks a text object. kinds is "plain_text" or "plain_text mrkdwn".
func (k *checker) text(v any, name, kinds, path string) {
	o, ok := v.(obj)
	if !ok {
		k.bad(path, "must provide an object")
		return
	}
	kind := text(o, "type")
	if !slices.Contains(strings.Fields(kinds), kind) {
		k.bad(path+"/type", "must be one of: %s", kinds)
	}
	if kind == "mrkdwn" {
		k.only(o, path, "type text verbatim")
	} else {
		k.only(o, path, "type text emoji")
	}
	s, ok := o["text"].(string)
	if !ok {
		k.bad(path, "missing required field: text")
		return
	}
	k.chars += utf8.RuneCountInString(s)
	k.length(s, name, path+"/text")
}

func (k *checker) maybeText(o obj, key, name, kinds, path string) {
	if v, there := o[key]; there && v != nil {
		k.text(v, name, kinds, path+"/"+key)
	}
}

// address checks a link or image address.
func (k *checker) address(s, name, path string) {
	k.length(s, name, path)
	u, err := url.Parse(s)
	if err != nil || u.Host == "" && u.Scheme != "mailto" || !slices.Contains([]string{"http", "https", "mailto", "slack"}, u.Scheme) {
		k.bad(path, "invalid url")
	}
}

// id checks block_id or action_id.
func (k *checker) id(o obj, key, name, path string, seen map[string]bool) {
	k.optional(o, key, name, path)
	if s := text(o, key); s != "" {
		if seen[s] {
			k.bad(path+"/"+key, "%s %q already exists", key, s)
		}
		seen[s] = true
	}
}

// blocks checks a list of blocks and returns copies with every block_id set.
func (k *checker) blocks(list []any, most, path string) []obj {
	k.count(len(list), most, path)
	var out []obj
	for i, v := range list {
		p := fmt.Sprintf("%s/%d", path, i)
		o, ok := v.(obj)
		if !ok {
			k.bad(p, "must provide an object")
			continue
		}
		o = clone(o)
		k.id(o, "block_id", maxBlockID, p, k.blockIDs)
		k.block(o, p)
		if text(o, "block_id") == "" {
			o["block_id"] = secret(3)
		}
		out = append(out, o)
	}
	return out
}

const anyText = "plain_text mrkdwn"

func (k *checker) block(o obj, p string) {
	ids := map[string]bool{} // action ids are unique within a block
	switch kind := text(o, "type"); kind {
	case "section":
		k.only(o, p, "type block_id text fields accessory expand")
		k.maybeText(o, "text", maxSectionText, anyText, p)
		fields, _ := o["fields"].([]any)
		k.count(len(fields), maxFields, p+"/fields")
		for i, f := range fields {
			k.text(f, maxFieldText, anyText, fmt.Sprintf("%s/fields/%d", p, i))
		}
		if o["text"] == nil && len(fields) == 0 {
			k.bad(p, "missing required field: text")
		}
		if a, there := o["accessory"]; there && a != nil {
			k.element(a, "section", p+"/accessory", ids)
		}
	case "header":
		k.only(o, p, "type block_id text level")
		k.text(o["text"], maxHeaderText, "plain_text", p+"/text")
	case "divider":
		k.only(o, p, "type block_id")
	case "context":
		k.only(o, p, "type block_id elements")
		k.context(o, p)
	case "actions":
		k.only(o, p, "type block_id elements")
		for i, e := range k.list(o, "elements", maxActions, p) {
			k.element(e, "actions", fmt.Sprintf("%s/elements/%d", p, i), ids)
		}
	case "input":
		k.inputs++
		k.only(o, p, "type block_id label element hint optional dispatch_action")
		k.text(o["label"], maxInputLabel, "plain_text", p+"/label")
		k.maybeText(o, "hint", maxInputHint, "plain_text", p)
		k.element(o["element"], "input", p+"/element", ids)
	case "markdown":
		k.only(o, p, "type block_id text")
		s := text(o, "text")
		n := utf8.RuneCountInString(s)
		k.chars += n
		k.markdown += n
		switch l := limit(maxMarkdown); {
		case s == "":
			k.bad(p, "missing required field: text")
		case k.markdown > l.Max:
			k.bad(p+"/text", "must be less than %d characters over all markdown blocks", l.Max+1)
		}
		if k.surface != "message" {
			k.bad(p+"/type", "unsupported type: markdown")
		}
	case "image":
		k.only(o, p, "type block_id image_url alt_text title slack_file")
		k.image(o, p)
		k.maybeText(o, "title", maxImageTitle, "plain_text", p)
	case "table":
		k.table(o, p)
	case "rich_text":
		k.only(o, p, "type block_id elements")
		k.rich(o, p)
	default:
		k.bad(p+"/type", "unsupported type: %s", kind)
	}
}

// list reads a list that needs at least one item.
func (k *checker) list(o obj, key, name, path string) []any {
	l, ok := o[key].([]any)
	if !ok {
		k.bad(path, "missing required field: %s", key)
		return nil
	}
	if len(l) == 0 {
		k.bad(path+"/"+key, "no fewer than 1 items allowed")
	}
	k.count(len(l), name, path+"/"+key)
	return l
}

func (k *checker) context(o obj, p string) {
	for i, v := range k.list(o, "elements", maxContext, p) {
		ep := fmt.Sprintf("%s/elements/%d", p, i)
		e, _ := v.(obj)
		if text(e, "type") == "image" {
			k.only(e, ep, "type image_url alt_text slack_file")
			k.image(e, ep)
			continue
		}
		k.text(v, maxSectionText, anyText, ep)
	}
}

func (k *checker) image(o obj, p string) {
	if o["slack_file"] == nil {
		k.address(text(o, "image_url"), maxImageURL, p+"/image_url")
	}
	k.length(text(o, "alt_text"), maxImageAlt, p+"/alt_text")
}

func (k *checker) table(o obj, p string) {
	k.only(o, p, "type block_id rows column_settings")
	k.tables++
	if k.tables > limit(maxTables).Max {
		k.bad(p, "only one table allowed")
	}
	if k.surface != "message" {
		k.bad(p+"/type", "unsupported type: table")
	}
	for i, r := range k.list(o, "rows", maxTableRows, p) {
		rp := fmt.Sprintf("%s/rows/%d", p, i)
		row, ok := r.([]any)
		if !ok {
			k.bad(rp, "must provide an array")
			continue
		}
		k.count(len(row), maxTableCells, rp)
		for j, v := range row {
			cp := fmt.Sprintf("%s/%d", rp, j)
			cell, _ := v.(obj)
			switch text(cell, "type") {
			case "raw_text":
				k.only(cell, cp, "type text")
				s, ok := cell["text"].(string)
				if !ok {
					k.bad(cp, "missing required field: text")
				}
				k.chars += utf8.RuneCountInString(s)
			case "rich_text":
				k.rich(cell, cp)
			default:
				k.bad(cp+"/type", "unsupported type: %s", text(cell, "type"))
			}
		}
	}
	settings, _ := o["column_settings"].([]any)
	k.count(len(settings), maxTableCells, p+"/column_settings")
}
