package sandbox_test

import (
	"fmt"
	"testing"

	"partnerdesk/handlers/partner/sandbox"
)

// TestCrowd: a world may have many resellers and customers, no two of the same
// name, and those with stories are still in it.
func TestCrowd(t *testing.T) {
	d := newDesk(t, sandbox.Options{Kind: sandbox.Distributor, Resellers: 200, Customers: 1200})
	if got := len(d.s.Resellers()); got != 200 {
		t.Errorf("%d resellers", got)
	}
	names := map[string]bool{}
	read := func(path, list, name string, total int) {
		t.Helper()
		n := 0
		for offset := 0; offset < total; offset += 100 {
			rows, _ := d.do("POST", path, m{"offset": offset, "limit": 100}).body[list].([]any)
			for _, row := range rows {
				who := fmt.Sprint(row.(map[string]any)[name])
				if names[who] {
					t.Errorf("%s twice", who)
				}
				names[who], n = true, n+1
			}
		}
		if n != total {
			t.Errorf("%s: %d rows, want %d", path, n, total)
		}
	}
	read(resellers, "indirect_partners", "name", 200)
	read(customers, "customer_infos", "customer", 1200)
	if !names["深圳市艾克美科技有限公司"] || !names["合肥徽云信息技术有限公司"] {
		t.Error("the companies with stories are gone")
	}
	same := newDesk(t, sandbox.Options{Kind: sandbox.Distributor}).do("POST", customers, m{"limit": 100}).raw
	if same != newDesk(t, sandbox.Options{Kind: sandbox.Distributor, Resellers: 1, Customers: 3}).do("POST", customers, m{"limit": 100}).raw {
		t.Error("a crowd smaller than those with stories changes the world")
	}
}
