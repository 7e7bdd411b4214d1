package partner

// Operation describes one call of the partner center as far as the desk must
// know it before calling: who may, how often, and what it does.
type Operation struct {
	Name      string   // our word, stable: log keys, metrics, tables
	Title     string   // the partner center's own name of the call, for admins
	Items     []string // permission items, any of them is enough; empty: none needed or none known
	Write     bool     // changes something; never repeated automatically
	Money     bool     // moves value and needs the money credential
	Case      bool     // lives on the case host
	Reseller  bool     // 总经销商 only
	Reference bool     // can carry a reference of ours in a remark
	PerSecond int      // the limit the desk keeps for itself, below the published one
}

// Self-imposed limits: published are 10 a second by default, 20 for customer
// balances, none for money and cases (partner API sheet, section 9.6, 2026-11-20).
const (
	rateRead     = 8
	rateBalances = 16
	rateMoney    = 2
	rateCase     = 4
)

// Operations lists every call the desk uses, in the order of the sheet.
func Operations() []Operation {
	read := func(name, title string, items ...string) Operation {
		return Operation{Name: name, Title: title, Items: items, PerSecond: rateRead}
	}
	money := func(name, title string, items ...string) Operation {
		return Operation{Name: name, Title: title, Items: items, Write: true, Money: true, PerSecond: rateMoney}
	}
	care := func(name, title string) Operation {
		return Operation{Name: name, Title: title, Case: true, PerSecond: rateCase}
	}
	act := func(name, title string) Operation {
		return Operation{Name: name, Title: title, Case: true, Write: true, PerSecond: rateMoney}
	}
	distributor := func(o Operation) Operation { o.Reseller = true; return o }
	reference := func(o Operation) Operation { o.Reference = true; return o }
	balances := read("customer-balances", "查询客户账户余额", item+"SUBCUSTSERV_010103", item+"SUBCUSTSERV_010104", item+"SUBCUSTSERV_010100")
	balances.PerSecond = rateBalances
	return []Operation{
		read("balance", "查询伙伴账户余额", item+"VIEW_010100", item+"SUBCUSTSERV_010103", item+"SUBCUSTSERV_010104", item+"SALES_020104", item+"SALES_020105"),
		balances,
		distributor(money("reseller-grant", "向云经销商账户拨款", item+"SALES_020104")),
		distributor(money("reseller-reclaim", "回收云经销商账户拨款", item+"SALES_020105")),
		money("customer-grant", "向客户账户拨款", item+"SUBCUSTSERV_010103"),
		money("customer-reclaim", "回收客户账户余额", item+"SUBCUSTSERV_010104"),
		read("adjustments", "查询调账记录", item+"FINANCE_040100"),
		read("statement", "查询收支明细"),
		reference(money("coupon-issue", "发放优惠券", item+"SUBCUSTSERV_030102", item+"SUBCUSTSERV_030103")),
		read("quotas", "查询优惠券额度", item+"SUBCUSTSERV_030100"),
		read("coupons", "查询已发放的优惠券", item+"SUBCUSTSERV_030200"),
		money("coupon-reclaim", "回收优惠券", item+"SUBCUSTSERV_030201"),
		read("coupon-log", "查询优惠券的发放回收记录", item+"SUBCUSTSERV_030102"),
		distributor(money("quota-give", "向云经销商发放代金券额度", item+"SALES_020106", item+"SUBCUSTSERV_030104")),
		distributor(reference(money("quota-reclaim", "回收云经销商的代金券额度", item+"SUBCUSTSERV_030601", item+"SUBCUSTSERV_030602"))),
		distributor(read("quotas-given", "查询已发放的代金券额度", item+"SUBCUSTSERV_030600")),
		distributor(read("quota-log", "查询代金券额度的发放回收记录", item+"SUBCUSTSERV_030102")),
		distributor(read("resellers", "查询云经销商列表", item+"SALES_020100")),
		read("customers", "查询客户列表", item+"SUBCUSTSERV_010100", item+"SUBCUSTSERV_010500"),
		read("consumption", "查询伙伴子客户消费记录", item+"FINANCE_020100"),
		read("consumers", "查询消费子客户列表", item+"FINANCE_020101"),
		read("monthly", "查询客户月度消费账单", item+"FINANCE_090100"),
		read("resource-types", "查询资源类型列表"),
		read("subscriptions", "查询客户包年/包月资源列表", item+"SUBCUSTSERV_010105"),
		read("real-name", "查询实名认证审核结果"),
		care("case-categories", "查询工单类目列表"),
		care("case-problems", "查询问题类型列表"),
		care("case-severities", "查询严重性列表"),
		care("case-regions", "查询区域列表"),
		care("case-extras", "查询附加参数"),
		care("case-quota", "查询工单配额"),
		care("case-limits", "查询限制"),
		care("attachment-limits", "查询附件限制"),
		care("case-agreement", "查询工单协议签署状态"),
		care("case-privilege", "查询工单权限"),
		care("partner-privilege", "查询伙伴处理权限"),
		act("case-create", "提交工单"),
		care("cases", "查询工单列表"),
		care("case", "查询工单详情"),
		care("case-status", "查询工单状态"),
		care("case-messages", "查询留言"),
		act("case-reply", "提交留言"),
		act("case-action", "撤销、关闭、催单"),
		act("case-attach", "上传附件"),
	}
}

const item = "BPC_ITEM_"
