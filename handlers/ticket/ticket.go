// Package ticket holds the rules of the desk's own tickets 本台工单 and of the
// Huawei cases 华为云工单 they may turn into: which step is allowed when, what a
// worker is to do at the partner center and what its results mean, what of a
// text may be shown. It reads no clock and does no I/O.
package ticket

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/partner"
)

// State is where a ticket stands.
type State string

// The states.
const (
	Draft    State = "draft"     // written; the closest answers are shown and nobody has been asked yet
	Open     State = "open"      // waits for somebody of support
	Claimed  State = "claimed"   // has an owner
	Sending  State = "sending"   // a Huawei case is being created
	Unknown  State = "unknown"   // nobody knows whether the case was created 待核对
	AtHuawei State = "at_huawei" // there is a case and Huawei Cloud works on it
	Answered State = "answered"  // the requester has an answer
	Closed   State = "closed"
)

// Urgency is how soon somebody has to look.
type Urgency string

// The urgencies, the most urgent first.
const (
	Down   Urgency = "down"   // business stands still
	High   Urgency = "high"   // business is impaired
	Normal Urgency = "normal" // a question with a date
	Low    Urgency = "low"    // whenever there is time
)

// Urgencies lists them.
func Urgencies() []Urgency { return []Urgency{Down, High, Normal, Low} }

// Within is how soon somebody should have claimed the ticket. The figures are
// the desk's own default and promise nothing on behalf of Huawei Cloud.
func (u Urgency) Within() time.Duration {
	switch u {
	case Down:
		return 30 * time.Minute
	case High:
		return 2 * time.Hour
	case Low:
		return 3 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// Lengths of what people write, in runes.
const (
	MaxWhat     = 150
	MaxCustomer = 100
	MaxDetails  = 2500
	MaxAnswer   = 2500
)

// Ticket is a request for help with an owner and a clock.
type Ticket struct {
	Team      string
	ID        string // e.g. PD-7F3K, unique in the team
	Seed      string // what the id was made from: the delivery or the question that opened it
	Account   bot.Account
	Requester bot.PersonID
	Lang      lang.Tag  // the requester's language
	Place     bot.Place // where answers go; no channel means as a direct message

	What, Customer, Details string // free text with secrets taken out; personal data
	Urgency                 Urgency

	State   State
	Owner   bot.PersonID // zero: nobody
	Opened  time.Time    // UTC
	Due     time.Time    // UTC; somebody should have claimed it by then
	Changed time.Time    // UTC
	Nudged  bool         // support has been told that nobody claimed it in time

	Works int    // how many works it has caused; numbers them
	Doubt Kind   // the work whose outcome is unknown 待核对; empty: none
	Fault string // catalog key of why Huawei Cloud did not take the latest work; empty: it did

	Case       string             // id of the Huawei case; empty: none
	CaseStatus partner.CaseStatus // counts only with Case and after Polled
	Polled     bool               // CaseStatus has been read at least once
	Seen       []string           // engineer messages already passed on, see [MessageKey]
	Urged      time.Time          // UTC; when the owner or Huawei Cloud was last urged
}

// New fills in a ticket that somebody has just written. Secrets are taken out of
// its texts; hidden counts them.
func New(t Ticket, now time.Time) (out Ticket, hidden int) {
	for _, s := range []*string{&t.What, &t.Customer, &t.Details} {
		var n int
		*s, n = Secrets(*s)
		hidden += n
	}
	if t.Urgency == "" {
		t.Urgency = Normal
	}
	t.State, t.Opened, t.Changed, t.Due = Draft, now.UTC(), now.UTC(), now.Add(t.Urgency.Within()).UTC()
	return t, hidden
}

// Live says that there is a case at Huawei Cloud on which something may still
// happen.
func (t Ticket) Live() bool {
	return t.Case != "" && t.State != Closed && (!t.Polled || !t.CaseStatus.Final())
}

// Late says that nobody has taken the ticket in time.
func (t Ticket) Late(now time.Time) bool { return t.State == Open && now.After(t.Due) }

// Nudge says whether support is to be told, once, that nobody took the ticket in
// time.
func (t Ticket) Nudge(now time.Time) bool { return t.Late(now) && !t.Nudged }

// Owned says that somebody has taken it.
func (t Ticket) Owned() bool { return t.Owner != bot.PersonID{} }

// idLetters leaves out what is easily taken for something else: I, L, O, U, 0, 1.
const idLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// ID makes a readable id out of a seed. try counts up while the id is taken by
// another ticket; from the eighth on ids are a letter longer.
func ID(prefix, seed string, try int) string {
	sum := sha256.Sum256([]byte{byte(try)})
	sum = sha256.Sum256(append(sum[:], seed...))
	n := 4 + min(try/8, 8)
	id := make([]byte, n)
	for i := range id {
		id[i] = idLetters[int(sum[i])%len(idLetters)]
	}
	return prefix + "-" + string(id)
}

// MessageKey tells messages of a case apart: by their id, else by time and words.
func MessageKey(m partner.CaseMessage) string {
	key := m.ID
	if key == "" {
		key = m.At.UTC().Format(time.RFC3339Nano) + m.Content
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8])
}
