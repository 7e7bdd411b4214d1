package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// Names of made-up companies: places, words and trades, put together by number,
// so that no two within five thousand are the same.
const (
	crowdPlaces = "杭州 苏州 无锡 宁波 合肥 长沙 南昌 福州 泉州 东莞 佛山 珠海 南宁 贵阳 兰州 太原 济南 潍坊 保定 大连"
	crowdWords  = "云帆 启明 瀚海 远山 晨曦 青松 锦程 恒泰 博远 天枢 星桥 明德 华章 鼎新 森海 凌云"
	crowdTrades = "信息技术 云计算服务 网络科技 数据科技 软件 智能科技 电子商务 物联科技 自动化 供应链管理 医疗科技 教育科技 文化传媒 食品 服饰 新能源"
)

// crowd adds resellers and customers of the operator until there are so many. It
// comes last, so that a world without a crowd stays as it is.
func (w *world) crowd(now time.Time, resellers, customers int) {
	names := -1
	name := func() string { names++; return crowdName(names) }
	for i := len(w.Parties) - 1; i < resellers; i++ {
		c := company{Name: name(), Account: fmt.Sprintf("reseller-%04d", i+1), Manager: "li.na", Cash: w.upTo(50_000_00), Credit: 5_000_000, CreditLeft: w.upTo(5_000_000)}
		c.Designated = c.Cash / 20
		p := w.addParty(c, now.AddDate(-2, 0, -i))
		for k := range 1 + i%3 {
			w.addCustomer(w.someone(name(), i*3+k, fmt.Sprintf("r%04d-%d", i+1, k+1)), p.ID, now.AddDate(-1, -k, -i))
		}
	}
	own := 0
	for _, c := range w.Customers {
		if c.Owner == w.Operator {
			own++
		}
	}
	for i := own; i < customers; i++ {
		w.addCustomer(w.someone(name(), i, fmt.Sprintf("customer-%05d", i+1)), w.Operator, now.AddDate(-2, 0, -i%700))
	}
}

// someone is a customer as most are: one in nine a referral, one in eleven owing.
func (w *world) someone(name string, i int, login string) company {
	c := company{Name: name, Account: login, Type: "2", Level: "V1", Cash: w.upTo(20_000_00)}
	switch {
	case i%9 == 4:
		c.Type, c.Cash = "1", 0
	case i%11 == 6:
		c.Cash, c.Debt = 0, 1+w.upTo(3_000_00)
	}
	return c
}

func (w *world) upTo(fen int64) int64 { return w.rng.Int64N(fen) }

// crowdName is the nth name; beyond five thousand it carries a number. The three
// lists turn at different speeds, so that neighbours differ in all.
func crowdName(n int) string {
	places, words, trades := strings.Fields(crowdPlaces), strings.Fields(crowdWords), strings.Fields(crowdTrades)
	place, word := n%len(places), n/len(places)%len(words)
	trade, round := n/(len(places)*len(words))%len(trades), n/(len(places)*len(words)*len(trades))
	name := places[place] + words[(word+place)%len(words)] + trades[(trade+word+place)%len(trades)]
	if round > 0 {
		name += fmt.Sprint(round + 1)
	}
	return name + "有限公司"
}
