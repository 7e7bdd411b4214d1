package blockkit_test

import (
	"strconv"
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/bot/blockkit"
)

func TestSearch_Golden(t *testing.T) {
	blocks, fallback := blockkit.Message(bot.Reply{Blocks: []bot.Block{
		para(bot.Text("客户")), bot.Search{Action: "customer.show", From: "customer.find", Text: "找客户<!channel>"},
		bot.Search{Action: "customer.show", From: "customer.find", Text: "再找一家"},
	}})
	golden(t, "search", rendered{Text: fallback, Blocks: blocks})
	golden(t, "searchform", blockkit.Modal(bot.Form{Name: "voucher.issue", Title: "下发", Submit: "预览", Fields: []bot.FormField{
		{Name: "name", Label: "客户", Kind: bot.FieldSearch, Search: "voucher.customer", Placeholder: "输入名称", Chosen: []bot.Option{{Value: "acme", Text: "艾克美"}, {Value: "b", Text: "多余"}}},
		{Name: "customers", Label: "客户", Kind: bot.FieldSearchMany, Search: "voucher.customer", Most: 2, Optional: true,
			Chosen: []bot.Option{{Value: "a", Text: "A"}, {Value: "a", Text: "again"}, {Value: "", Text: "nothing"}, {Value: "b", Text: "B"}, {Value: "c", Text: "C"}}},
	}}))
}

func TestParseSearchID(t *testing.T) {
	for _, tt := range []struct {
		id, command, suggestion string
		ok, field               bool
	}{
		{"customer.show?customer.find", "customer", "find", true, false},
		{"customer.show?customer.find:2", "customer", "find", true, false},
		{"v?voucher.customer", "voucher", "customer", true, true},
		{"v", "", "", false, true},
		{"customer.show", "", "", false, false},
		{"x?", "", "", false, false},
		{"x?a.", "", "", false, false},
		{"x?.a", "", "", false, false},
		{"", "", "", false, false},
	} {
		command, suggestion, ok := blockkit.ParseSearchID(tt.id)
		if ok != tt.ok || ok && (command != tt.command || suggestion != tt.suggestion) || blockkit.IsField(tt.id) != tt.field {
			t.Errorf("%q: got %q %q %v, field %v", tt.id, command, suggestion, ok, blockkit.IsField(tt.id))
		}
	}
	if c, a, ok := blockkit.ParseActionID("customer.show?customer.find:2"); !ok || c != "customer" || a != "show" {
		t.Errorf("a choice is %q %q %v", c, a, ok)
	}
}

func TestOffered(t *testing.T) {
	var list []bot.Option
	for i := range 150 {
		list = append(list, bot.Option{Value: strconv.Itoa(i), Text: strings.Repeat("长", 90)})
	}
	if o := blockkit.Offered(list, 500); o.Len() != 100 || units(o.Options[0].Text.Text) > 75 {
		t.Errorf("offers %d of %d characters", o.Len(), units(o.Options[0].Text.Text))
	}
	if o := blockkit.Offered(list, 7); o.Len() != 7 {
		t.Errorf("offers %d, want 7", o.Len())
	}
	if o := blockkit.Offered(nil, 100); o.Len() != 0 {
		t.Errorf("offers %d of nothing", o.Len())
	}
	o := blockkit.Offered([]bot.Option{{Value: "1", Text: "a", Group: "客户"}, {Value: "2", Text: "b", Group: "云经销商"}, {Value: "3", Text: "c", Group: "客户"},
		{Value: "1", Text: "again", Group: "客户"}, {Value: strings.Repeat("x", 76), Text: "too long", Group: "客户"}}, 100)
	if len(o.Groups) != 2 || len(o.Groups[0].Options) != 2 || o.Len() != 3 || o.Groups[1].Label.Text != "云经销商" {
		t.Errorf("offers %+v", o)
	}
}
