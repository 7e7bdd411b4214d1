package alert

import (
	"slices"
	"time"
)

// Kind is what an alert is about. Names are fixed for life: rows hold them.
type Kind string

// The kinds.
const (
	CenterDown    Kind = "center-down"    // the partner center does not answer
	CenterRefused Kind = "center-refused" // the partner center refuses our key
	SourceStale   Kind = "source-stale"   // something that is watched could not be read for long
	PostsDead     Kind = "posts-dead"     // messages that were given up
	PostsOld      Kind = "posts-old"      // messages that wait for long
	MailDown      Kind = "mail-down"      // mails that wait for long
	StoreLarge    Kind = "store-large"    // the file of the rows
	DiskLow       Kind = "disk-low"       // room where the rows lie
	SealFailing   Kind = "seal-failing"   // the audit log is not sealed or not witnessed
	BackupOld     Kind = "backup-old"     // the last backup, or none at all
	FewApprovers  Kind = "few-approvers"  // fewer than two people can approve
	BalanceLow    Kind = "balance-low"    // what an account can grant
	Arrears       Kind = "arrears"        // customers that owe
	Frozen        Kind = "frozen"         // customers that are frozen
	QuotaLow      Kind = "quota-low"      // a coupon quota that is nearly used up
	QuotaEnding   Kind = "quota-ending"   // a coupon quota that ends with something left
	MoneyUnknown  Kind = "money-unknown"  // operations whose outcome nobody knows
	WindowUnused  Kind = "window-unused"  // an incentive or benefit whose window closes
	LeadWaiting   Kind = "ho-waiting"     // an opportunity from Huawei that nobody accepted
	VerifyEnding  Kind = "verify-ending"  // a certification or verification that runs out
)

// Class says who hears of an alert.
type Class string

// The classes.
const (
	Private Class = "private" // lead and approvers
	Shared  Class = "shared"  // also the ecosystem manager, without names and amounts
	Ops     Class = "ops"     // the administrators
)

// Spec is what a kind declares.
type Spec struct {
	Kind   Kind
	Class  Class         // empty: Private
	For    time.Duration // how long something must have been true before it is told
	Cool   time.Duration // between two notices of the kind there is at least this long
	Again  time.Duration // after which it is told once more, while it is true and nobody has acknowledged it
	Urgent bool          // it is told at any hour; ops always is
	Under  []Kind        // while one of these is true, this one is muted
}

const day = 24 * time.Hour

// Specs lists what every kind declares, the kinds that mute others first.
func Specs() []Spec {
	all := declared()
	for i := range all {
		all[i].Urgent = all[i].Urgent || all[i].Class == Ops
	}
	return all
}

func declared() []Spec {
	center := []Kind{CenterDown, CenterRefused}
	return []Spec{
		{Kind: CenterDown, Class: Ops, For: 4 * time.Minute, Cool: 30 * time.Minute, Again: 4 * time.Hour},
		{Kind: CenterRefused, Class: Ops, Cool: time.Hour, Again: day},
		{Kind: DiskLow, Class: Ops, For: 2 * time.Minute, Cool: time.Hour, Again: 12 * time.Hour},
		{Kind: StoreLarge, Class: Ops, For: 2 * time.Minute, Cool: day, Again: 7 * day},
		{Kind: MailDown, Class: Ops, Cool: 2 * time.Hour, Again: day},
		{Kind: PostsOld, Class: Ops, For: 2 * time.Minute, Cool: time.Hour, Again: 12 * time.Hour},
		{Kind: PostsDead, Class: Ops, Cool: time.Hour, Again: 3 * day},
		{Kind: SealFailing, Class: Ops, For: 3 * time.Minute, Cool: time.Hour, Again: day, Under: []Kind{DiskLow}},
		{Kind: BackupOld, Class: Ops, Cool: day, Again: 3 * day},
		{Kind: SourceStale, Class: Ops, Cool: 6 * time.Hour, Again: day, Under: center},
		{Kind: FewApprovers, Cool: day, Again: 3 * day},
		{Kind: BalanceLow, Cool: 12 * time.Hour, Again: 2 * day, Under: center},
		{Kind: Arrears, Cool: 12 * time.Hour, Again: 3 * day, Under: center},
		{Kind: Frozen, Cool: 12 * time.Hour, Again: 7 * day, Under: center},
		{Kind: QuotaLow, Cool: 12 * time.Hour, Again: 7 * day, Under: center},
		{Kind: QuotaEnding, Cool: day, Again: 7 * day, Under: center},
		{Kind: MoneyUnknown, Urgent: true, Cool: time.Hour, Again: 12 * time.Hour, Under: center},
		{Kind: WindowUnused, Class: Shared, Cool: day, Again: 7 * day},
		{Kind: LeadWaiting, Class: Shared, Cool: day, Again: 3 * day},
		{Kind: VerifyEnding, Class: Shared, Cool: day, Again: 7 * day},
	}
}

// SpecOf is what a kind declares; ok is false for a kind that there is not. What
// is not declared is private.
func SpecOf(k Kind) (s Spec, ok bool) {
	all := Specs()
	if i := slices.IndexFunc(all, func(s Spec) bool { return s.Kind == k }); i >= 0 {
		s, ok = all[i], true
	}
	if s.Class == "" {
		s.Class = Private
	}
	return s, ok
}
