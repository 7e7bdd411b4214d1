package desk

import (
	"time"

	"partnerdesk/data/store"
)

// What the admin socket says, as JSON. The same shapes come out of --json, so
// their names are an interface.

// StreamInfo is an audit stream.
type StreamInfo struct {
	Stream  string `json:"stream"` // with the person in it, as long as we know them
	Kept    string `json:"kept"`   // the name as it stands in the chain
	Entries uint64 `json:"entries"`
	Hash    string `json:"hash"` // of the latest entry
}

// EntryInfo is an audit entry.
type EntryInfo struct {
	Stream  string            `json:"stream"`
	Number  uint64            `json:"number"`
	At      time.Time         `json:"at"`
	Who     string            `json:"who"` // team/user; empty when nobody or when erased
	Erased  bool              `json:"erased,omitempty"`
	Account string            `json:"account,omitempty"`
	Action  string            `json:"action"`
	Object  string            `json:"object,omitempty"`
	Outcome string            `json:"outcome"`
	Facts   map[string]string `json:"facts,omitempty"`
	Actor   string            `json:"actor,omitempty"` // the salted hash of the person
	Prev    string            `json:"prev,omitempty"`
	Hash    string            `json:"hash"`
}

// VerifyInfo is the result of a verification.
type VerifyInfo struct {
	OK        bool          `json:"ok"`
	Streams   uint64        `json:"streams"`
	Entries   uint64        `json:"entries"`
	Seals     uint64        `json:"seals"`
	Unsealed  uint64        `json:"unsealed"`
	Nameless  uint64        `json:"nameless"`
	Witnessed bool          `json:"witnessed"`
	Lines     uint64        `json:"lines"`
	Proven    uint64        `json:"proven"`
	ProvenAt  time.Time     `json:"proven_at,omitzero"`
	Later     uint64        `json:"later"`
	SetAside  uint64        `json:"set_aside"`
	Faults    int           `json:"faults"`
	Findings  []FindingInfo `json:"findings"`
}

// FindingInfo is something wrong with the audit log.
type FindingInfo struct {
	What   string `json:"what"`
	Where  string `json:"where"`
	Number uint64 `json:"number,omitempty"`
}

func verifyInfo(v store.Verified) VerifyInfo {
	i := VerifyInfo{OK: v.OK(), Streams: v.Streams, Entries: v.Entries, Seals: v.Seals, Unsealed: v.Unsealed, Nameless: v.Nameless,
		Witnessed: v.Witnessed, Lines: v.Lines, Proven: v.Proven, ProvenAt: v.ProvenAt, Later: v.Later, SetAside: v.SetAside,
		Faults: v.Faults, Findings: []FindingInfo{}}
	for _, f := range v.Findings {
		i.Findings = append(i.Findings, FindingInfo{What: f.What, Where: f.Path, Number: f.Number})
	}
	return i
}

// DeliveryInfo is a delivery in the inbox, without its body.
type DeliveryInfo struct {
	ID           string    `json:"id"`
	Door         string    `json:"door"`
	Kind         string    `json:"kind"`
	Conversation string    `json:"conversation,omitempty"`
	At           time.Time `json:"at,omitzero"`
	Received     time.Time `json:"received"`
	State        string    `json:"state"`
	Attempts     int       `json:"attempts"`
	Decided      time.Time `json:"decided,omitzero"`
	Reason       string    `json:"reason,omitempty"`
}

// PostInfo is a post in the outbox, without its text.
type PostInfo struct {
	ID        string    `json:"id"`
	Target    string    `json:"target"`
	Where     string    `json:"where"`
	Lane      int       `json:"lane"`
	Object    string    `json:"object,omitempty"`
	Created   time.Time `json:"created"`
	State     string    `json:"state"`
	Attempts  int       `json:"attempts"`
	Ambiguous bool      `json:"ambiguous,omitempty"`
	Next      time.Time `json:"next,omitzero"`
	Reason    string    `json:"reason,omitempty"`
	Buried    time.Time `json:"buried,omitzero"`
}

// DBInfo is what there is to know of the store.
type DBInfo struct {
	Path       string            `json:"path"`
	Running    bool              `json:"running"` // a desk has it open
	Size       int64             `json:"size"`
	Free       int64             `json:"free"`
	Updates    uint64            `json:"updates"`
	Commits    uint64            `json:"commits"`
	Rows       map[string]uint64 `json:"rows"`   // by family
	Ledger     map[string]int64  `json:"ledger"` // operations with money by state, and what was moved, in fen
	Quarantine *QuarantineInfo   `json:"quarantine,omitempty"`
}

// QuarantineInfo says why nothing is sent.
type QuarantineInfo struct {
	Since  time.Time `json:"since"`
	Backup time.Time `json:"backup"`
	File   string    `json:"file"`
	By     string    `json:"by"`
}

// KeyInfo is the key that signs seals, as an auditor needs it.
type KeyInfo struct {
	ID      string `json:"id"`
	Old     string `json:"old,omitempty"` // after a rotation: the one before
	Public  string `json:"public"`        // PEM: the keys whose signatures count, the present one first
	Witness string `json:"witness,omitempty"`
}

// ErasedInfo is what an erasure did.
type ErasedInfo struct {
	Rows int `json:"rows"`
}
