package slacksim

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// places says in which blocks an element may stand.
func places(kind string) string {
	switch kind {
	case "button", "overflow":
		return "section actions"
	case "image":
		return "section"
	case "static_select", "external_select", "users_select", "conversations_select", "channels_select",
		"datepicker", "timepicker", "radio_buttons", "checkboxes":
		return "section actions input"
	case "multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select":
		return "section input"
	case "datetimepicker":
		return "actions input"
	case "plain_text_input", "number_input", "email_text_input", "url_text_input", "file_input":
		return "input"
	}
	return ""
}

// own lists the fields of an element beside type, action_id, confirm, placeholder and focus_on_load.
func own(kind string) string {
	switch kind {
	case "button":
		return "text url value style accessibility_label"
	case "image":
		return "image_url alt_text slack_file"
	case "overflow":
		return "options"
	case "static_select":
		return "options option_groups initial_option"
	case "multi_static_select":
		return "options option_groups initial_options max_selected_items"
	case "external_select":
		return "initial_option min_query_length"
	case "multi_external_select":
		return "initial_options min_query_length max_selected_items"
	case "users_select":
		return "initial_user"
	case "multi_users_select":
		return "initial_users max_selected_items"
	case "conversations_select":
		return "initial_conversation default_to_current_conversation response_url_enabled filter"
	case "multi_conversations_select":
		return "initial_conversations default_to_current_conversation max_selected_items filter"
	case "channels_select":
		return "initial_channel response_url_enabled"
	case "multi_channels_select":
		return "initial_channels max_selected_items"
	case "datepicker":
		return "initial_date"
	case "timepicker":
		return "initial_time timezone"
	case "datetimepicker":
		return "initial_date_time"
	case "radio_buttons":
		return "options initial_option"
	case "checkboxes":
		return "options initial_options"
	case "plain_text_input":
		return "initial_value multiline min_length max_length dispatch_action_config"
	case "number_input":
		return "initial_value is_decimal_allowed min_value max_value dispatch_action_config"
	case "email_text_input", "url_text_input":
		return "initial_value dispatch_action_config"
	case "file_input":
		return "filetypes max_files"
	}
	return ""
}

// element checks one interactive element in a section, actions or input block.
func (k *checker) element(v any, place, p string, ids map[string]bool) {
	o, ok := v.(obj)
	if !ok {
		k.bad(p, "must provide an object")
		return
	}
	kind := text(o, "type")
	if !slices.Contains(strings.Fields(places(kind)), place) {
		k.bad(p+"/type", "unsupported type: %s", kind)
		return
	}
	k.only(o, p, "type action_id confirm placeholder focus_on_load "+own(kind))
	if kind == "image" {
		k.image(o, p)
		return
	}
	if text(o, "action_id") == "" && o["action_id"] == nil {
		o["action_id"] = secret(3)
	}
	k.id(o, "action_id", maxActionID, p, ids)
	k.maybeText(o, "placeholder", maxPlaceholder, "plain_text", p)
	if c, there := o["confirm"]; there && c != nil {
		k.confirm(c, p+"/confirm")
	}
	if on, _ := o["focus_on_load"].(bool); on {
		if k.focus++; k.focus > 1 {
			k.bad(p+"/focus_on_load", "only one element may have focus")
		}
	}
	switch kind {
	case "button":
		k.button(o, p)
	case "overflow":
		k.options(o, "options", maxOverflow, p, anyText)
	case "radio_buttons":
		k.options(o, "options", maxRadio, p, anyText)
		k.initial(o, p)
	case "checkboxes":
		k.options(o, "options", maxCheckboxes, p, anyText)
		k.initial(o, p)
	case "static_select", "multi_static_select":
		k.selection(o, p)
		k.initial(o, p)
	case "plain_text_input":
		if n, ok := o["max_length"].(float64); ok && (int(n) > limit(maxInputLength).Max || n < 1) {
			k.bad(p+"/max_length", "must be between 1 and %d", limit(maxInputLength).Max)
		}
	case "file_input":
		if n, ok := o["max_files"].(float64); ok && (n < 1 || n > 10) {
			k.bad(p+"/max_files", "must be between 1 and 10")
		}
	case "datepicker":
		k.moment(o, "initial_date", time.DateOnly, p)
	case "timepicker":
		k.moment(o, "initial_time", "15:04", p)
	}
}

func (k *checker) moment(o obj, key, layout, p string) {
	if s := text(o, key); s != "" {
		if _, err := time.Parse(layout, s); err != nil {
			k.bad(p+"/"+key, "invalid date or time")
		}
	}
}

func (k *checker) button(o obj, p string) {
	k.text(o["text"], maxButtonText, "plain_text", p+"/text")
	k.optional(o, "value", maxButtonValue, p)
	k.optional(o, "accessibility_label", maxAccessibility, p)
	if s := text(o, "url"); s != "" {
		k.address(s, maxButtonURL, p+"/url")
	}
	if s := text(o, "style"); s != "" && s != "primary" && s != "danger" {
		k.bad(p+"/style", "must be one of: primary danger")
	}
}

func (k *checker) confirm(v any, p string) {
	o, ok := v.(obj)
	if !ok {
		k.bad(p, "must provide an object")
		return
	}
	k.only(o, p, "title text confirm deny style")
	k.text(o["title"], maxConfirmTitle, "plain_text", p+"/title")
	k.text(o["text"], maxConfirmText, anyText, p+"/text")
	k.text(o["confirm"], maxConfirmButton, "plain_text", p+"/confirm")
	k.text(o["deny"], maxConfirmButton, "plain_text", p+"/deny")
}

func (k *checker) options(o obj, key, name, p, kinds string) {
	values := map[string]bool{}
	for i, v := range k.list(o, key, name, p) {
		op := fmt.Sprintf("%s/%s/%d", p, key, i)
		opt, ok := v.(obj)
		if !ok {
			k.bad(op, "must provide an object")
			continue
		}
		k.option(opt, op, kinds)
		if val := text(opt, "value"); values[val] {
			k.bad(op+"/value", "option value %q already exists", val)
		} else {
			values[val] = true
		}
	}
}

func (k *checker) option(o obj, p, kinds string) {
	k.only(o, p, "text value description url")
	k.text(o["text"], maxOptionText, kinds, p+"/text")
	k.maybeText(o, "description", maxOptionDesc, kinds, p)
	s, ok := o["value"].(string)
	switch l := limit(maxOptionValue); {
	case !ok:
		k.bad(p, "missing required field: value")
	case utf8.RuneCountInString(s) > l.Max:
		k.bad(p+"/value", "must be less than %d characters", l.Max+1)
	}
}

// selection checks a static select: options or groups, not both.
func (k *checker) selection(o obj, p string) {
	if o["option_groups"] == nil {
		k.options(o, "options", maxOptions, p, "plain_text")
		return
	}
	if o["options"] != nil {
		k.bad(p, "only one of options and option_groups allowed")
	}
	for i, v := range k.list(o, "option_groups", maxGroups, p) {
		gp := fmt.Sprintf("%s/option_groups/%d", p, i)
		g, ok := v.(obj)
		if !ok {
			k.bad(gp, "must provide an object")
			continue
		}
		k.only(g, gp, "label options")
		k.text(g["label"], maxGroupLabel, "plain_text", gp+"/label")
		k.options(g, "options", maxOptions, gp, "plain_text")
	}
}

// initial checks that what is chosen beforehand can be chosen.
func (k *checker) initial(o obj, p string) {
	known := map[string]bool{}
	add := func(list any) {
		l, _ := list.([]any)
		for _, v := range l {
			opt, _ := v.(obj)
			known[text(opt, "value")] = true
		}
	}
	add(o["options"])
	groups, _ := o["option_groups"].([]any)
	for _, g := range groups {
		grp, _ := g.(obj)
		add(grp["options"])
	}
	chosen, _ := o["initial_options"].([]any)
	if one, ok := o["initial_option"].(obj); ok {
		chosen = append(chosen, one)
	}
	for _, v := range chosen {
		if opt, _ := v.(obj); !known[text(opt, "value")] {
			k.bad(p, "initial option %q is not among the options", text(opt, "value"))
		}
	}
}
