package store_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"partnerdesk/bot"
)

// What may still name a person after an erasure: deliveries and posts on their
// way, which go by themselves, and who answers for money. Every other family, one
// added later included, has to be taken care of in Erase.
var keepsNames = []string{"inbox", "inbox-body", "inbox-wait", "outbox", "outbox-conv", "outbox-head", "outbox-way", "outbox-dead", "inbox-dead", "expiry",
	"operation", "money-day", "money-freeze", "money-night"}

func TestErase_EveryFamily(t *testing.T) {
	d := newDesk(t)
	everything(t, d)
	if _, err := d.Erase(t.Context(), bot.PersonID{Team: "T1", User: "U1"}, operator, noon); err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`\bU1\b`)
	for _, k := range d.rows(t, "") {
		family, _, _ := strings.Cut(k, "/")
		value, _, err := d.db.Get(t.Context(), k)
		ok(t, err)
		if !slices.Contains(keepsNames, family) && name.MatchString(k+" "+string(value)) {
			t.Errorf("%s still says %s", k, value)
		}
	}
	if v := verify(t, d, nil); !v.OK() {
		t.Errorf("got %+v", v)
	}
}
