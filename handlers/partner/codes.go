package partner

import "slices"

const keyPrefix = "partner.err."

// Codes of our own, for what is refused before it is sent.
const (
	CodeCredentials = "desk.credentials" // no usable key, or the last ones were refused
	CodeNoMoneyKey  = "desk.money_key"   // writes need the second credential
	CodeCircuit     = "desk.circuit"     // the host failed repeatedly; calls pause
	CodeAmount      = "desk.amount"      // zero, negative, or over what the center takes
	CodeTooMany     = "desk.too_many"    // more items in one call than the documented maximum
	CodeField       = "desk.field"       // a field is empty, too long or malformed
	CodeReferral    = "desk.referral"    // money and coupons are for resale customers
	CodePages       = "desk.pages"       // a list did not end
	CodeKind        = "desk.kind"        // the operator's kind has no such call
	CodeDecode      = "desk.decode"      // an answer we cannot read
)

// code is one row of the table of what the partner center answers.
type code struct {
	name  string
	class Class
	slug  string // key of its own; empty means the class's text is enough
}

// codes is the table (partner API sheet, sections 4, 6.11, 9.5 and 10,
// 2026-11-20). It is a function so that nothing can change it.
func codes() []code {
	return []code{
		{"CBC.0100", BadInput, ""}, {"CBC.0101", BadInput, ""}, {"CBC.0199", BadInput, ""},
		{"CBC.0105", NotAllowed, "credentials"}, {"CBC.0154", NotAllowed, "credentials"},
		{"APIGW.0301", NotAllowed, "credentials"}, {"APIG.0301", NotAllowed, "credentials"},
		{"OSM.0002", NotAllowed, "credentials"}, {"APIG.0308", Throttled, ""},
		{"CBC.0150", NotAllowed, ""}, {"CBC.0151", NotAllowed, "item"}, {"CBC.0155", NotAllowed, "item"},
		{"CBC.0156", NotAllowed, "other_site"},
		{"CBC.0250", Throttled, ""},
		{"CBC.0999", Broken, ""},
		{"CBC.5001", NotAllowed, "not_a_partner"},
		{"CBC.5002", NotFound, "no_customer"},
		{"CBC.5003", NotEnough, "balance"}, {"CBC.99005003", NotEnough, "balance"},
		{"CBC.5004", NotAllowed, "not_your_customer"}, {"CBC.99000000", NotAllowed, "not_your_customer"},
		{"CBC.99000035", NotAllowed, "not_your_customer"},
		{"CBC.5021", NotAllowed, "referral"}, {"CBC.5023", NotAllowed, "referral"},
		{"CBC.18000016", NotAllowed, "item"},
		{"CBC.99000037", NotAllowed, "not_your_reseller"},
		{"CBC.99000047", NotAllowed, "nothing_to_reclaim"},
		{"CBC.99005035", NotAllowed, "test_account"},
		{"CBC.99000012", NotFound, "no_quota"},
		{"CBC.99000013", NotEnough, "quota"},
		{"CBC.99000014", NotAllowed, "referral"},
		{"CBC.99000015", NotAllowed, "quota_state"},
		{"CBC.99000017", NotAllowed, "quota_time"},
		{"CBC.99000018", BadInput, "face_low"}, {"CBC.99000019", BadInput, "face_high"},
		{"CBC.99000020", NotAllowed, "coupon_cap"}, {"CBC.99000021", NotAllowed, "coupon_cap"},
		{"CBC.99000022", NotAllowed, "first_time_only"},
		{"CBC.99000023", BadInput, "quota_limits"}, {"CBC.99000024", BadInput, "quota_limits"},
		{"CBC.99000025", BadInput, "to_oneself"},
		{"CBC.99000045", NotAllowed, "referral"},
		{"CBC.99000048", NotAllowed, "coupon_gone"},
		{"CBC.50000010", NotAllowed, "coupon_mode"},
		{"CBC.50000020", NotAllowed, "quota_designated"}, {"CBC.50000021", NotAllowed, "quota_designated"},
		{"CBC.50000034", NotAllowed, "hosted_child"},
		{"CBC.50000045", NotAllowed, "quota_busy"},
		{"CBC.50000054", BadInput, "no_product"}, {"CBC.50000055", BadInput, "no_product"},
		{"CBC.50010105", NotAllowed, "reseller_leaving"},
		{"OSM.0001", BadInput, ""}, {"OSM.0003", NotAllowed, "case_rights"}, {"OSM.0004", Broken, ""},
		{"OSM.01010001", BadInput, ""}, {"OSM.01010002", NotAllowed, "case_rights"},
		{"OSM.01010003", NotAllowed, "credentials"}, {"OSM.01010004", NotAllowed, "urged_too_often"},
		{"OSM.01010005", NotEnough, "attachments"}, {"OSM.01010006", BadInput, "severity"},
		{"OSM.01010007", NotAllowed, "case_rights"}, {"OSM.01010008", BadInput, "mail"},
		{"OSM.01010009", NotAllowed, "support_plan"}, {"OSM.01010010", BadInput, "contact"},
		{"OSM.01010011", NotAllowed, "case_rights"}, {"OSM.01010012", BadInput, ""},
		{"OSM.01010013", BadInput, ""}, {"OSM.01010014", Broken, ""},
		{"OSM.01010015", NotFound, "no_case"}, {"OSM.01010016", BadInput, ""},
		{"OSM.01010017", NotAllowed, "case_state"}, {"OSM.01010018", NotAllowed, "case_rights"},
		{"OSM.01010058", NotAllowed, "case_rights"}, {"OSM.01010059", NotAllowed, "support_plan"},
		{CodeCredentials, NotAllowed, "credentials"},
		{CodeNoMoneyKey, NotAllowed, "money_key"},
		{CodeCircuit, Broken, "circuit"},
		{CodeAmount, BadInput, "amount"},
		{CodeTooMany, BadInput, "too_many"},
		{CodeField, BadInput, "field"},
		{CodeReferral, NotAllowed, "referral"},
		{CodePages, Broken, ""},
		{CodeKind, NotAllowed, "kind"},
		{CodeDecode, Broken, ""},
	}
}

// ClassOfCode returns the class of a code of the partner center, and whether the
// code is known.
func ClassOfCode(name string) (Class, bool) {
	for _, c := range codes() {
		if c.name == name {
			return c.class, true
		}
	}
	return "", false
}

func slugOf(name string) string {
	for _, c := range codes() {
		if c.name == name {
			return c.slug
		}
	}
	return ""
}

// Keys lists every catalog key an [Error] can ask for, sorted: one per class and
// one per code with a text of its own.
func Keys() []string {
	var keys []string
	for _, c := range []Class{BadInput, NotAllowed, NotEnough, Throttled, NotFound, Ambiguous, Broken} {
		keys = append(keys, keyPrefix+string(c))
	}
	for _, c := range codes() {
		if c.slug != "" {
			keys = append(keys, keyPrefix+c.slug)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
