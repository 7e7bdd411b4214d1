package handlers_test

import (
	"strings"
	"testing"

	"partnerdesk/bot"
	"partnerdesk/data/kv"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
)

func TestDesk_AuditAndApprovals(t *testing.T) {
	o := newFront(t, access.SolutionProvider, money.Policy{})
	o.deps.History = o.Store
	o.grants = append(o.grants, access.Grant{Who: "UAUDIT", Roles: []bot.Role{bot.RoleAuditor}})
	eve := bot.PersonID{Team: "T1", User: "UAUDIT"}
	read := o.asks(t, anna, "12.50")
	id, _, _ := strings.Cut(button(t, read[boris], "funds.approve").Value, "|")
	reads := func(who bot.PersonID, line string) string {
		t.Helper()
		o.says(t, who, "desk", line)
		return words(o.reads(t)[who])
	}
	if got := reads(chen, "approvals"); !strings.Contains(got, id) || !strings.Contains(got, "12.50") {
		t.Errorf("approvals: %s", got)
	}
	o.clicks(t, boris, button(t, read[boris], "funds.approve"))
	o.round(t)
	o.reads(t)
	got := reads(eve, "audit "+strings.ToLower(id))
	for _, want := range []string{"起草", "提交", "批准", "得到结果", "UANNA", "UBORIS", "本台", "没有断"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in: %s", want, got)
		}
	}
	for who, line := range map[bot.PersonID]string{anna: "audit " + id, boris: "audit " + id} {
		if got := reads(who, line); !strings.Contains(got, "审计") || strings.Contains(got, "起草") {
			t.Errorf("%s reads: %s", who, got)
		}
	}
	for line, want := range map[string]string{"audit": "MO-…", "audit MO-NOSUCH": "没有 MO-NOSUCH", "audit operation/x": "MO-…"} {
		if got := reads(eve, line); !strings.Contains(got, want) {
			t.Errorf("%q reads: %s", line, got)
		}
	}
	// Whoever changes an entry is found out when somebody looks.
	key := ""
	for row, err := range kv.All(t.Context(), o.db, kv.Range{Prefix: "audit/"}) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(row.Key, id) && strings.Contains(string(row.Value), "money.approve") {
			key = row.Key
		}
	}
	err := o.db.Update(t.Context(), func(tx kv.Tx) error {
		value, _, err := tx.Get(key)
		if err != nil {
			return err
		}
		return tx.Put(key, []byte(strings.Replace(string(value), "approver", "auditor0", 1)))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := reads(eve, "audit "+id); !strings.Contains(got, "断了") {
		t.Errorf("after the change: %s", got)
	}
}

// What a reseller asked for is told in words as well.
func TestDesk_AuditOfARequest(t *testing.T) {
	a := newAcross(t, money.Policy{})
	a.deps.History = a.Store
	read := a.asked(t, rita, "funds", "300")
	a.clicks(t, boris, button(t, read[boris], "funds.request_approve"))
	a.reads(t)
	a.says(t, chen, "desk", "audit "+a.requests(t)[0].ID)
	if got := words(a.reads(t)[chen]); strings.Contains(got, "money.request.") || !strings.Contains(got, "approved") {
		t.Errorf("chen reads: %s", got)
	}
}
