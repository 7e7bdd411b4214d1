package benefit_test

import (
	"maps"
	"testing"
	"time"

	"partnerdesk/data"
	"partnerdesk/handlers/benefit"
	"partnerdesk/handlers/worktime"
)

func reader(t testing.TB) benefit.Reader {
	return benefit.Reader{Today: worktime.On(2026, time.November, 20), Calendar: calendar(t)}
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name    string
		kind    benefit.Kind
		written map[string]string
		kept    map[string]string
		want    map[string]string
		faults  map[string]benefit.Fault
	}{
		{"a day ahead without a year", benefit.NRE, map[string]string{"name": "订单方案", "next": "12月31日"}, nil, map[string]string{"name": "订单方案", "next": "2026-12-31"}, nil},
		{"the end of next quarter", benefit.NRE, map[string]string{"name": "订单方案", "next": "下季度末"}, nil, map[string]string{"name": "订单方案", "next": "2027-03-31"}, nil},
		{"in English", benefit.NRE, map[string]string{"name": "orders", "next": "in 3 weeks"}, nil, map[string]string{"name": "orders", "next": "2026-12-11"}, nil},
		{"no name", benefit.NRE, map[string]string{"name": " "}, nil, nil, map[string]benefit.Fault{"name": benefit.FaultEmpty}},
		{"a day no month has", benefit.NRE, map[string]string{"name": "x", "next": "2月30日"}, nil, nil, map[string]benefit.Fault{"next": benefit.FaultImpossible}},
		{"a day behind", benefit.NRE, map[string]string{"name": "x", "next": "2026-11-19"}, nil, nil, map[string]benefit.Fault{"next": benefit.FaultOver}},
		{"a day behind that was there", benefit.NRE, map[string]string{"name": "x", "next": "2026-11-19"}, map[string]string{"next": "2026-11-19"}, map[string]string{"name": "x", "next": "2026-11-19"}, nil},
		{"a day that repeats", benefit.NRE, map[string]string{"name": "x", "next": "每月最后一个工作日"}, nil, nil, map[string]benefit.Fault{"next": benefit.FaultRepeats}},
		{"more than a day", benefit.NRE, map[string]string{"name": "x", "next": "12月31日 找王总"}, nil, nil, map[string]benefit.Fault{"next": benefit.FaultDate}},
		{"an amount in 万", benefit.NRE, map[string]string{"name": "x", "amount": "5万"}, nil, map[string]string{"name": "x", "amount": "50000.00"}, nil},
		{"an amount that is none", benefit.NRE, map[string]string{"name": "x", "amount": "很多"}, nil, nil, map[string]benefit.Fault{"amount": benefit.FaultAmount}},
		{"a day behind with its year", benefit.Label, map[string]string{"name": "大数据", "obtained": "2026-03-05"}, nil, map[string]string{"name": "大数据", "obtained": "2026-03-05"}, nil},
		{"in Chinese signs", benefit.Label, map[string]string{"name": "大数据", "obtained": "2026年3月5日"}, nil, map[string]string{"name": "大数据", "obtained": "2026-03-05"}, nil},
		{"a year before", benefit.Label, map[string]string{"name": "大数据", "obtained": "2025/12/31"}, nil, map[string]string{"name": "大数据", "obtained": "2025-12-31"}, nil},
		{"today", benefit.Label, map[string]string{"name": "大数据", "obtained": "今天"}, nil, map[string]string{"name": "大数据", "obtained": "2026-11-20"}, nil},
		{"yesterday", benefit.Label, map[string]string{"name": "大数据", "obtained": "Yesterday"}, nil, map[string]string{"name": "大数据", "obtained": "2026-11-19"}, nil},
		{"behind, without a year", benefit.Label, map[string]string{"name": "大数据", "obtained": "3月5日"}, nil, nil, map[string]benefit.Fault{"obtained": benefit.FaultFuture}},
		{"behind, and to come", benefit.Label, map[string]string{"name": "大数据", "obtained": "2026-12-05"}, nil, nil, map[string]benefit.Fault{"obtained": benefit.FaultFuture}},
		{"a quarter in Chinese", benefit.FH, map[string]string{"name": "2026年第四季度"}, nil, map[string]string{"name": "2026-Q4"}, nil},
		{"a quarter in short", benefit.FH, map[string]string{"name": "2026Q1"}, nil, map[string]string{"name": "2026-Q1"}, nil},
		{"a quarter the other way", benefit.FH, map[string]string{"name": "Q2 2026"}, nil, map[string]string{"name": "2026-Q2"}, nil},
		{"a fifth quarter", benefit.FH, map[string]string{"name": "2026Q5"}, nil, nil, map[string]benefit.Fault{"name": benefit.FaultQuarter}},
		{"a choice by its label", benefit.Invoice, map[string]string{"name": "x", "form": "纸质票", "submitted": "今天"}, nil, map[string]string{"name": "x", "form": "paper", "submitted": "2026-11-20"}, nil},
		{"a choice nobody offered", benefit.Invoice, map[string]string{"name": "x", "form": "papyrus", "submitted": "今天"}, nil, nil, map[string]benefit.Fault{"form": benefit.FaultChoice}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, faults := reader(t).Read(rule(t, c.kind), c.written, c.kept)
			if !maps.Equal(faults, c.faults) || len(faults) == 0 && !maps.Equal(got, c.want) {
				t.Errorf("got %v, faults %v, want %v, %v", got, faults, c.want, c.faults)
			}
		})
	}
}

// What was not written as it is kept is shown back.
func TestRead_ShowsBackWhatItUnderstood(t *testing.T) {
	_, read, _ := reader(t).Read(rule(t, benefit.NRE), map[string]string{"name": "x", "next": "下季度末"}, nil)
	if len(read) != 1 || read[0].Words != "下季度末" || read[0].Day.String() != "2027-03-31" {
		t.Errorf("got %+v", read)
	}
	if _, read, _ := reader(t).Read(rule(t, benefit.NRE), map[string]string{"name": "x", "next": "2027-03-31"}, nil); len(read) != 0 {
		t.Errorf("got %+v", read)
	}
}

func TestTable(t *testing.T) {
	p, err := data.BenefitPolicy()
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{"kind", "name", "obtained", "granted", "used", "state", "", "evidence", "note"}
	there := []benefit.Benefit{{ID: "BF-OLD", Kind: benefit.Label, Values: map[string]string{"name": "数据库"}, State: "granted"}}
	rows := [][]string{
		{"能力标签", "大数据", "2026-03-05"},
		{"label", "大数据", "2026-04-05"},
		{"label", "数据库", "2026-04-05"},
		{"测试券", "订单方案", "", "10万", "2万", "已通过云软件认证", "不认识的列", "https://docs.example.com/1", "邮件批的"},
		{"测试券", "报表方案", "", "2万", "3万"},
		{"咖啡券", "x"},
		{"nre", "y", "2026-03-05"},
		{"label", "", "昨天"},
		{"label", "云原生", "2月30日", "", "", "完美", "", "见群文件"},
	}
	at := []int{2, 3, 4, 5, 6, 7, 8, 9, 11}
	want := []struct {
		same   string
		twice  int
		faults map[string]benefit.Fault
	}{
		{},
		{twice: 2},
		{same: "BF-OLD"},
		{},
		{faults: map[string]benefit.Fault{"used": benefit.FaultUsed}},
		{faults: map[string]benefit.Fault{"kind": benefit.FaultKind}},
		{faults: map[string]benefit.Fault{"obtained": benefit.FaultColumn}},
		{faults: map[string]benefit.Fault{"name": benefit.FaultEmpty}},
		{faults: map[string]benefit.Fault{"obtained": benefit.FaultImpossible, "state": benefit.FaultState, "evidence": benefit.FaultEvidence}},
	}
	lines := reader(t).Table(p, columns, rows, at, there)
	for i, w := range want {
		l := lines[i]
		if l.At != at[i] || l.Same != w.same || l.Twice != w.twice || !maps.Equal(l.Faults, w.faults) {
			t.Errorf("line %d: got %+v, want %+v", at[i], l, w)
		}
	}
	coupon := rule(t, benefit.TestCoupon).Take(lines[3].Row, lilei, noon)
	if coupon.State != "cloud" || coupon.Left().String() != "80000.00" || coupon.Rev != 2 || coupon.History[0].What != benefit.Imported || coupon.Counts[0].By != lilei || len(coupon.Evidence) != 1 {
		t.Errorf("got %+v", coupon)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"下季度末", "2026-02-30", "昨天", "5万", "2026Q4", "=1+1", "每周五", "3月5日"} {
		f.Add(s)
	}
	p, err := data.BenefitPolicy()
	if err != nil {
		f.Fatal(err)
	}
	rd := reader(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range p.Rules {
			written := map[string]string{}
			for _, field := range r.Fields {
				written[field.ID] = s
			}
			values, _, faults := rd.Read(r, written, nil)
			again, _, more := rd.Read(r, values, values)
			for id, v := range values {
				if again[id] != v || more[id] != "" {
					t.Errorf("%s of %q is %q, and then %q %s", id, s, v, again[id], more[id])
				}
				if faults[id] != "" {
					t.Errorf("%s has a value and a fault", id)
				}
			}
		}
	})
}
