package slacksim

import "unicode/utf8"

// checkView checks a modal or Home tab and returns its blocks with every block_id set.
func checkView(o obj, kind string) ([]obj, error) {
	k := &checker{surface: kind, blockIDs: map[string]bool{}}
	if got := text(o, "type"); got != kind {
		k.bad("/view/type", "must be %s", kind)
	}
	k.optional(o, "private_metadata", maxMeta, "/view")
	k.optional(o, "callback_id", maxCallbackID, "/view")
	k.optional(o, "external_id", maxExternalID, "/view")
	if kind == "modal" {
		k.only(o, "/view", "type title blocks close submit private_metadata callback_id clear_on_close notify_on_close external_id submit_disabled")
		k.text(o["title"], maxTitle, "plain_text", "/view/title")
		k.maybeText(o, "submit", maxSubmit, "plain_text", "/view")
		k.maybeText(o, "close", maxClose, "plain_text", "/view")
	} else {
		k.only(o, "/view", "type blocks private_metadata callback_id external_id title close submit clear_on_close notify_on_close")
	}
	list, ok := o["blocks"].([]any)
	if !ok {
		k.bad("/view", "missing required field: blocks")
	}
	blocks := k.blocks(list, maxViewBlocks, "/view/blocks")
	if kind == "modal" && k.inputs > 0 && o["submit"] == nil {
		k.bad("/view", "missing required field: submit")
	}
	if len(k.faults) > 0 {
		return nil, refusal{code: codeArguments, messages: k.faults}
	}
	return blocks, nil
}

// rich checks a rich_text block or a rich_text cell of a table: the shapes, not every style.
func (k *checker) rich(o obj, p string) {
	l, ok := o["elements"].([]any)
	if !ok {
		k.bad(p, "missing required field: elements")
		return
	}
	for _, v := range l {
		e, _ := v.(obj)
		switch text(e, "type") {
		case "rich_text_section", "rich_text_quote", "rich_text_preformatted":
			k.richInline(e, p)
		case "rich_text_list":
			items, _ := e["elements"].([]any)
			for _, it := range items {
				sec, _ := it.(obj)
				k.richInline(sec, p)
			}
		default:
			k.bad(p+"/elements", "unsupported type: %s", text(e, "type"))
		}
	}
}

func (k *checker) richInline(o obj, p string) {
	l, ok := o["elements"].([]any)
	if !ok {
		k.bad(p, "missing required field: elements")
	}
	for _, v := range l {
		e, _ := v.(obj)
		switch text(e, "type") {
		case "text":
			if text(e, "text") == "" {
				k.bad(p, "must be more than 0 characters")
			}
			k.chars += utf8.RuneCountInString(text(e, "text"))
		case "link":
			k.chars += utf8.RuneCountInString(text(e, "text"))
			k.address(text(e, "url"), maxButtonURL, p+"/url")
		case "user", "channel", "usergroup", "broadcast", "emoji", "date", "color", "team":
		default:
			k.bad(p, "unsupported type: %s", text(e, "type"))
		}
	}
}
