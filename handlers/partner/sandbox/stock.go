package sandbox

import (
	"fmt"
	"time"
)

// stock fills the shelves of a fresh world: quotas close to their end, coupons
// in every state, subscriptions about to expire, bills of three months, records
// of earlier grants. Everything is relative to now, so that a demonstration is
// as lively next year.
func (w *world) stock(now time.Time) {
	w.stockQuotas(now)
	w.stockCoupons(now)
	w.stockRecords(now)
	w.stockResources(now)
}

func day(now time.Time, n int) time.Time { return now.AddDate(0, 0, n) }

func (w *world) addQuota(owner, parent string, value fen, from, to time.Time, change func(*quota)) *quota {
	q := &quota{ID: "Q" + w.hex(20), Owner: owner, Parent: parent, Value: value, Balance: value, Created: from, Updated: from, From: from, To: to}
	if change != nil {
		change(q)
	}
	w.Quotas = append(w.Quotas, q)
	return q
}

func (w *world) stockQuotas(now time.Time) {
	main := w.addQuota(w.Operator, "", 10000000, day(now, -60), day(now, 120), func(q *quota) { q.MaxFace = 1000000 })
	w.addQuota(w.Operator, "", 2000000, day(now, -170), day(now, 6), func(q *quota) { q.MinFace, q.MaxFace = 1000, 500000 })
	w.addQuota(w.Operator, "", 500000, day(now, -30), day(now, 25), func(q *quota) {
		q.Services, q.Cap = []string{w.catalog.Services[0].Code, w.catalog.Services[1].Code}, 1
	})
	w.addQuota(w.Operator, "", 300000, day(now, -20), day(now, 60), func(q *quota) { q.Status = 5 })
	w.addQuota(w.Operator, "", 800000, day(now, -400), day(now, -35), nil)
	w.addQuota(w.Operator, "", 600000, day(now, 10), day(now, 100), nil)
	w.addQuota(w.Operator, "", 1200000, day(now, -15), day(now, 75), func(q *quota) { q.Type = 1 })
	w.addQuota(w.Operator, "", 400000, day(now, -5), day(now, 50), func(q *quota) {
		q.Designated, q.Sum = []string{w.byAccount("qinchuan").ID, w.byAccount("coastline").ID}, 150000
	})
	w.addQuota(w.Operator, "", 250000, day(now, -10), day(now, 20), func(q *quota) { q.FirstTime, q.MaxFace = true, 50000 })
	for _, p := range w.resellersByAge() {
		child := w.addQuota(p.ID, main.ID, 800000, main.From, main.To, func(q *quota) { q.MaxFace, q.Created = main.MaxFace, day(now, -40) })
		main.Balance -= child.Value
		w.QuotaLog = append(w.QuotaLog, quotaRecord{
			ID: w.hex(16), Kind: "10", Quota: child.ID, Parent: main.ID, Reseller: p.ID, Amount: child.Value, At: day(now, -40),
		})
	}
}

// resellersByAge returns the resellers in a fixed order, oldest first.
func (w *world) resellersByAge() []*party {
	var all []*party
	for _, p := range w.Parties {
		if p.ID != w.Operator {
			all = append(all, p)
		}
	}
	for i := range all {
		for k := range i {
			if all[i].Since.Before(all[k].Since) {
				all[i], all[k] = all[k], all[i]
			}
		}
	}
	return all
}

func (w *world) stockCoupons(now time.Time) {
	plan := []struct {
		customer  string
		face      fen
		age, left int // days
		status    int
		spent     fen
	}{
		{"acme", 200000, 50, 70, couponUsable, 0},
		{"acme", 50000, 40, 5, couponUsable, 20000},
		{"qinghe-mfg", 100000, 30, 12, couponUsable, 0},
		{"lingnan-mall", 300000, 45, 40, couponUsed, 300000},
		{"jc-iot", 30000, 55, 2, couponUsable, 0},
		{"qinchuan", 80000, 20, 90, couponReclaimed, 0},
		{"coastline", 60000, 58, -3, couponExpired, 0},
		{"luyang-edu", 50000, 30, 20, couponUsable, 0},
	}
	for _, p := range plan {
		cu := w.byAccount(p.customer)
		if cu == nil {
			continue
		}
		q := w.firstQuota(cu.Owner)
		cp := &coupon{
			ID: "CP" + day(now, -p.age).Format("060102") + w.hex(16), Customer: cu.ID, Quota: q.ID, Party: cu.Owner, Type: 1, Status: p.status,
			Face: p.face, Balance: p.face - p.spent, Created: day(now, -p.age), From: day(now, -p.age), To: day(now, p.left),
		}
		q.Balance -= p.face
		log := couponRecord{ID: w.hex(16), Kind: 1, Quota: q.ID, Coupon: cp.ID, Customer: cu.ID, Party: cu.Owner, Amount: p.face, At: cp.Created}
		w.CouponLog = append(w.CouponLog, log)
		if p.spent > 0 {
			cp.Used, cp.Order = day(now, -p.age+7), "CS"+day(now, -p.age+7).Format("060102")+w.hex(8)
		}
		if p.status == couponReclaimed || p.status == couponExpired {
			q.Balance += cp.Balance
			log.ID, log.Kind, log.Amount, log.At = w.hex(16), 2, cp.Balance, day(now, -1)
			if p.status == couponExpired {
				log.Kind, log.At = 4, cp.To
			}
			w.CouponLog = append(w.CouponLog, log)
			cp.Balance = 0
		}
		w.Coupons = append(w.Coupons, cp)
	}
}

func (w *world) firstQuota(owner string) *quota {
	for _, q := range w.Quotas {
		if q.Owner == owner {
			return q
		}
	}
	return nil
}

func (w *world) byAccount(account string) *customer {
	for _, c := range w.Customers {
		if c.Account == account {
			return c
		}
	}
	return nil
}

// stockRecords tells where the granted cash of the customers came from.
func (w *world) stockRecords(now time.Time) {
	after := map[string]fen{}
	for _, cu := range w.Customers {
		after[cu.Owner] += cu.Granted
	}
	for i, cu := range w.Customers {
		if cu.Granted == 0 {
			continue
		}
		at := day(now, -40+i)
		id := "TR" + at.Format("20060102") + w.hex(18)
		w.Adjustments = append(w.Adjustments, adjustment{Trans: id, Party: cu.Owner, Subject: cu.ID, Name: cu.Name, Kind: kindGrant, Amount: cu.Granted, At: at})
		after[cu.Owner] -= cu.Granted
		w.Changes = append(w.Changes, change{
			ID: "AC" + w.hex(20), Party: cu.Owner, Side: "BALANCE_TYPE_DEBIT", Detail: kindGrant, Trade: "BEADJUST", TradeID: id, At: at,
			Amount: cu.Granted, After: w.Parties[cu.Owner].Cash + after[cu.Owner], Customer: cu.ID, Account: cu.Account,
		})
	}
}

func (w *world) stockResources(now time.Time) {
	ends := []int{3, 9, 14, 26, 55, 180, -4, 29, 330}
	policies := []int{0, 3, 0, 2, 3, 0, 0, 1, 3}
	for i, cu := range w.Customers {
		if cu.Verified != "2" {
			continue
		}
		for k := range 2 + i%3 {
			n := (i*2 + k) % len(ends)
			s := (i + k) % len(w.catalog.Services)
			region := w.catalog.Regions[(i+k)%len(w.catalog.Regions)].ID
			r := &resource{
				ID: w.hex(32), Resource: w.hex(32), Name: fmt.Sprintf("%s-%s-%02d", cu.Account, region[3:], k+1), Customer: cu.ID, Region: region,
				Service: s, Main: k%3 != 2, Status: 2, Policy: policies[n], From: day(now, ends[n]-365), To: day(now, ends[n]),
			}
			if ends[n] < 0 {
				r.Status = 4
			}
			w.Resources = append(w.Resources, r)
			for back := range 3 {
				at := time.Date(now.Year(), now.Month()-time.Month(back), 1+(i+k)%20, 2, 30, 0, 0, time.UTC)
				if at.After(now) {
					continue
				}
				mode := 3
				if k == 0 {
					mode = 1
				}
				w.Fees = append(w.Fees, fee{
					ID: w.hex(32), Customer: cu.ID, Party: cu.Owner, Cycle: at.Format("2006-01"), Resource: r.Resource, Name: r.Name, Region: region,
					Service: s, Mode: mode, Detail: 5, Milli: w.catalog.Services[s].Price*1000 + int64(w.rng.IntN(900000)), At: at,
				})
			}
		}
	}
}
