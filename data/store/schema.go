package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Family is a kind of row.
type Family struct {
	Name  string // the first part of the key; fixed for life
	Key   string // the parts behind the name; the team comes first
	Value string // what the row says
	Keep  string // how long
}

// version is written into every row. Wire structs only ever gain fields, so
// that rows of the version before stay readable; fields a program does not know
// survive when it rewrites a row.
const version = 1

// schemaVersion is the version of the families as a whole; a store of a later
// one is refused.
const schemaVersion = 1

// The families.
const (
	famSchema     = "schema"
	famInbox      = "inbox"
	famInboxBody  = "inbox-body"
	famInboxWait  = "inbox-wait"
	famInboxDead  = "inbox-dead"
	famOutbox     = "outbox"
	famConv       = "outbox-conv"
	famHead       = "outbox-head"
	famWay        = "outbox-way"
	famDead       = "outbox-dead"
	famFile       = "outbox-file"
	famCard       = "card"
	famPerson     = "person"
	famHolder     = "holder"
	famAnswer     = "answer"
	famAsk        = "ask"
	famAskLast    = "ask-last"
	famRating     = "rating"
	famHandover   = "handover"
	famOverlay    = "overlay"
	famTicket     = "ticket"
	famTicketID   = "ticket-id"
	famTicketDue  = "ticket-due"
	famCaseWork   = "case-work"
	famCaseLive   = "case-live"
	famOpp        = "opportunity"
	famAudit      = "audit"
	famAuditHead  = "audit-head"
	famAuditActor = "audit-actor"
	famAuditAlias = "audit-alias"
	famAuditOpen  = "audit-open"
	famSeal       = "seal"
	famSealHead   = "seal-head"
	famQuarantine = "quarantine"
	famJob        = "job"
	famDeadline   = "deadline"
	famDigest     = "digest"
	famHabit      = "habit"
	famPulse      = "pulse"
	famExpiry     = "expiry"
	famAlert      = "alert"
	famBenefit    = "benefit"
)

// Longer names of families.
const (
	famBatch          = "deadline-batch"
	famDeadlineDue    = "deadline-due"
	famDeadlineSource = "deadline-source"
	famAlertSource    = "alert-source"
	famBenefitDraft   = "benefit-draft"
	famWeekly         = "weekly"
)

// How long rows are kept.
const (
	keepDeadline = 400 * 24 * time.Hour
	keepDigest   = 60 * 24 * time.Hour
	keepWeekly   = 400 * 24 * time.Hour
	keepBatch    = 7 * 24 * time.Hour
	keepIdentity = 7 * 24 * time.Hour
	keepConv     = 7 * 24 * time.Hour
	keepDead     = 30 * 24 * time.Hour
	keepFile     = 60 * 24 * time.Hour
	keepCard     = 400 * 24 * time.Hour
	keepRating   = 400 * 24 * time.Hour
	keepHandover = 400 * 24 * time.Hour
	keepDraft    = 7 * 24 * time.Hour
	keepTicket   = 400 * 24 * time.Hour
	keepOpp      = 800 * 24 * time.Hour
	keepBenefit  = 800 * 24 * time.Hour
	// keepAnswer and keepAsk are the defaults of Options.
	keepAnswer = 90 * 24 * time.Hour
	keepAsk    = 90 * 24 * time.Hour
)

// Schema lists every family of rows there is. Rows that belong to an account
// have it behind the team. The rows of kv.FencePrefix are not ours.
func Schema() []Family {
	return append(slices.Concat(moneyFamilies(), rotaFamilies(), requestFamilies()), []Family{
		{famSchema, "-", "version of this table", "for ever"},
		{famInbox, "team/delivery", "state received, done or abandoned; conversation, attempts", "7 days once decided"},
		{famInboxBody, "team/delivery/part", "a part of the envelope as it came, bearer secrets included", "until done; 7 days when abandoned"},
		{famInboxWait, "team/time/delivery", "index: deliveries not decided yet, by the time of the event", "until decided"},
		{famInboxDead, "team/time/delivery", "index: deliveries given up", "7 days"},
		{famOutbox, "team/post", "target, reply, lane, attempts, next try; waiting, sending or dead", "until sent; 30 days when dead"},
		{famConv, "team/conversation", "sequence and queue of the posts of one conversation", "7 days once empty"},
		{famHead, "team/lane/ready or wait/time/conversation", "index: the post whose turn it is", "until its turn is over"},
		{famWay, "team/post", "index: posts under way", "until decided"},
		{famDead, "team/time/post", "index: posts given up", "30 days"},
		{famFile, "team/post/part", "a part of the file of a post", "as long as the post; 60 days at the most"},
		{famCard, "team/object/conversation", "where the card of an object is; the post that waits to change it", "400 days after the last change"},
		{famPerson, "team/user", "locale, last seen", "until erased"},
		{famHolder, "team/person's team/user", "the roles somebody was last seen to hold, since when", "until lost or erased"},
		{famAnswer, "team/question", "entry, revision, verdict, confidence, hash and language of the question, person", "90 days, Options.KeepAnswers"},
		{famAsk, "team/question", "the words of the question, its conversation", "90 days, Options.KeepAsks"},
		{famAskLast, "team/user/conversation", "the latest question of a person there", "like ask"},
		{famRating, "team/question/user", "a person's latest mark on an answer, with the reason", "400 days"},
		{famHandover, "team/account/question", "a question given to a person", "400 days"},
		{famOverlay, "team/entry", "what editors changed of an entry, the revision it was based on, who verified it", "for ever"},
		{famTicket, "team/account/ticket", "what was asked, by whom, state, owner, clock, the Huawei case and which of its messages were passed on", "400 days once closed; 7 days as a draft"},
		{famTicketID, "team/ticket", "index: the account of a ticket", "like ticket"},
		{famTicketDue, "team/time/ticket", "index: tickets nobody has claimed, by when somebody should have", "until claimed or told"},
		{famCaseWork, "team/ticket/number", "a change wanted at the partner center: waiting, under way or in doubt", "until decided"},
		{famCaseLive, "team/ticket", "index: tickets whose case may still change", "until it may not"},
		{famOpp, "team/account/opportunity", "the form's fields with the customer's contacts, state, number, progress", "800 days after the last change"},
		{famBenefit, "team/account/benefit", "what was given or may be applied for, its owner, ticks, grants and uses, evidence, history", "800 days once it is over"},
		{famBenefitDraft, "team/account/draft", "a table that waits to be imported", "7 days"},
		{famDeadline, "team/account/deadline", "what is due when, its owner and deputy, which rungs were told to whom, where it is listed", "400 days once done"},
		{famDeadlineDue, "team/time/account/deadline", "index: when a deadline is to be looked at", "until looked at"},
		{famBatch, "team/batch", "a table of deadlines somebody handed over, as it was understood, and how far it is taken in", "7 days once taken in or not agreed to"},
		{famDeadlineSource, "team/source", "when a source of deadlines was last read, since when it cannot be", "for ever"},
		{famAlert, "team/kind", "what of a kind is wrong, what was told of it to whom, who acknowledged, took or muted it, its latest history", "for ever"},
		{famAlertSource, "team/source", "when a source of alerts was last read, since when it cannot be, when it is next", "for ever"},
		{famWeekly, "team/week", "when the weekly mail to the ecosystem manager was queued, how many lines it had", "400 days"},
		{famDigest, "team/user/day", "what a person is told on a day, in one message", "60 days"},
		{famHabit, "team/user", "the hours in which a person wants to be reminded, the kinds they muted", "until erased or as everybody's"},
		{famJob, "-/job", "when a job is due, its last run and what became of it", "for ever"},
		{famAudit, "team/stream/number", "an entry, the hash of the one before, its own hash", "for ever"},
		{famAuditHead, "team/stream", "number and hash of the latest entry", "for ever"},
		{famAuditActor, "team/stream/number", "who it was, with the salt of the hash inside the entry", "until erased"},
		{famAuditAlias, "team/user", "the name that stands for a person in the names of streams", "until erased"},
		{famAuditOpen, "team/stream", "index: streams that grew since they were last sealed", "until sealed"},
		{famSeal, "-/number", "signed heads of the streams that grew, chained", "for ever"},
		{famSealHead, "-", "number and hash of the latest seal", "for ever"},
		{famQuarantine, "-", "where the store was restored from; while it is there nothing is sent", "until released"},
		{famPulse, "-", "when the store was last probed", "for ever"},
		{famExpiry, "team/time/hash", "index: the row that expires then", "until then"},
	}...)
}

// key joins a family and parts; parts may hold any bytes.
func key(family string, parts ...string) string {
	var b strings.Builder
	b.WriteString(family)
	for _, p := range parts {
		b.WriteByte('/')
		b.WriteString(escape(p))
	}
	return b.String()
}

// prefix is the beginning of all keys that go on behind these parts.
func prefix(family string, parts ...string) string { return key(family, parts...) + "/" }

// longPart is the length from which a part is shortened and hashed.
const longPart = 160

// escape makes a part safe to stand between slashes: it is never empty, keeps
// letters and digits readable, and is different for different parts.
func escape(part string) string {
	switch part {
	case "":
		return "-"
	case "-":
		return "%2D"
	}
	var b strings.Builder
	for i := range len(part) {
		switch c := part[i]; {
		case c <= ' ', c == '/', c == '%', c == '~', c == 0x7f:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	s := b.String()
	if len(s) <= longPart {
		return s
	}
	sum := sha256.Sum256([]byte(part))
	return strings.TrimRight(s[:longPart/2], "%") + "~" + hex.EncodeToString(sum[:16])
}

// teamOf reads the team out of an id that begins with it: a delivery or a post.
func teamOf(id string) string {
	if i := strings.IndexAny(id, "/.:|"); i >= 0 {
		return id[:i]
	}
	return id
}

// timePart writes a time so that the order of parts is the order of times.
func timePart(t time.Time) string { return t.UTC().Format("20060102T150405.000000000") }

func numberPart(n uint64) string { return fmt.Sprintf("%012d", n) }
