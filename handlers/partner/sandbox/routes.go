package sandbox

// route is one operation of the center.
type route struct {
	op           string
	method, path string
	items        []string // permission items, any of them is enough
	distributor  bool     // 总经销商 only
	write        bool
	anyone       bool // any partner credential
	do           func(*call) (any, error)
}

const osmPath = "/v2/servicerequest"

// routes is the table of everything the sandbox answers.
func routes() []route {
	serv := func(n ...string) []string {
		for i := range n {
			n[i] = "SUBCUSTSERV_" + n[i]
		}
		return n
	}
	coupons := "/v2/promotions/benefits/partner-coupons"
	accounts := "/v2/accounts/partner-accounts"
	all := []route{
		{op: "balance", method: "GET", path: accounts + "/balances", items: append(serv("010103", "010104"), "VIEW_010100", "SALES_020104", "SALES_020105"), do: (*call).balance},
		{op: "customer-balances", method: "POST", path: "/v2/accounts/customer-accounts/balances/batch-query", items: serv("010103", "010104", "010100"), do: (*call).customerBalances},
		{op: "reseller-grant", method: "POST", path: accounts + "/indirect-partner-adjust", items: []string{"SALES_020104"}, distributor: true, write: true, do: (*call).grantReseller},
		{op: "reseller-reclaim", method: "POST", path: accounts + "/indirect-partner-reclaim", items: []string{"SALES_020105"}, distributor: true, write: true, do: (*call).reclaimReseller},
		{op: "customer-grant", method: "POST", path: accounts + "/adjust-amount", items: serv("010103"), write: true, do: (*call).grantCustomer},
		{op: "customer-reclaim", method: "POST", path: accounts + "/reclaim", items: serv("010104"), write: true, do: (*call).reclaimCustomer},
		{op: "adjustments", method: "GET", path: "/v3/accounts/partner-accounts/adjust-records", items: []string{"FINANCE_040100"}, do: (*call).adjustments},
		{op: "statement", method: "GET", path: accounts + "/account-change-records", do: (*call).statement},
		{op: "coupon-issue", method: "POST", path: coupons, items: serv("030102", "030103"), write: true, do: (*call).issue},
		{op: "quotas", method: "POST", path: "/v2/partners/coupon-quotas/query", items: serv("030100"), do: (*call).quotas},
		{op: "coupons", method: "GET", path: coupons, items: serv("030200"), do: (*call).coupons},
		{op: "coupon-reclaim", method: "POST", path: coupons + "/reclaim", items: serv("030201"), write: true, do: (*call).reclaimCoupon},
		{op: "coupon-log", method: "GET", path: coupons + "/records/query", items: serv("030102"), do: (*call).couponLog},
		{op: "quota-give", method: "POST", path: "/v2/partners/coupon-quotas/indirect-partner-adjust", items: append(serv("030104"), "SALES_020106"), distributor: true, write: true, do: (*call).giveQuota},
		{op: "quota-reclaim", method: "POST", path: "/v2/partners/coupon-quotas/indirect-partner-reclaim", items: serv("030601", "030602"), distributor: true, write: true, do: (*call).reclaimQuotas},
		{op: "quotas-given", method: "GET", path: "/v2/partners/issued-coupon-quotas", items: serv("030600"), distributor: true, do: (*call).givenQuotas},
		{op: "quota-log", method: "GET", path: "/v2/partners/coupon-quotas/records", items: serv("030102"), distributor: true, do: (*call).quotaLog},
		{op: "resellers", method: "POST", path: "/v2/partners/indirect-partners/query", items: []string{"SALES_020100"}, distributor: true, do: (*call).resellers},
		{op: "customers", method: "POST", path: "/v2/partners/sub-customers/query", items: serv("010100", "010500"), do: (*call).customers},
		{op: "consumption", method: "GET", path: "/v2/bills/subcustomer-bills/res-fee-records", items: []string{"FINANCE_020100"}, do: (*call).consumption},
		{op: "consumers", method: "POST", path: "/v2/bills/subcustomer-bills/res-fee-records/sub-customers/query", items: []string{"FINANCE_020101"}, do: (*call).consumers},
		{op: "monthly", method: "GET", path: "/v2/bills/partner-bills/subcustomer-bills/monthly-sum", items: []string{"FINANCE_090100"}, do: (*call).monthly},
		{op: "resource-types", method: "GET", path: "/v2/products/resource-types", anyone: true, do: (*call).resourceTypes},
		{op: "subscriptions", method: "POST", path: "/v2/orders/suscriptions/resources/query", items: serv("010105"), do: (*call).subscriptions},
		{op: "real-name", method: "GET", path: "/v2/customers/realname-auths/result", do: (*call).realName},
	}
	care := []route{
		{op: "case-categories", method: "GET", path: "/config/categories", do: (*call).categories},
		{op: "case-problems", method: "GET", path: "/config/problems", do: (*call).problems},
		{op: "case-severities", method: "GET", path: "/config/severities", do: (*call).severities},
		{op: "case-regions", method: "GET", path: "/config/regions", do: (*call).regions},
		{op: "case-extras", method: "GET", path: "/config/extends-map", do: (*call).extras},
		{op: "case-quota", method: "GET", path: "/quotas", do: (*call).caseQuota},
		{op: "case-limits", method: "GET", path: "/config/limits", do: (*call).caseLimits},
		{op: "attachment-limits", method: "GET", path: "/accessorys/limits", do: (*call).attachmentLimits},
		{op: "case-agreement", method: "GET", path: "/agreements/signed-latest", do: (*call).agreement},
		{op: "case-privilege", method: "GET", path: "/privileges", do: (*call).privilege},
		{op: "partner-privilege", method: "GET", path: "/cases/partners/privilege/cases-processing", do: (*call).partnerPrivilege},
		{op: "case-create", method: "POST", path: "/cases", write: true, do: (*call).createCase},
		{op: "cases", method: "GET", path: "/cases", do: (*call).listCases},
		{op: "case", method: "GET", path: "/cases/{case}", do: (*call).caseDetail},
		{op: "case-status", method: "GET", path: "/cases/{case}/status", do: (*call).caseStatus},
		{op: "case-messages", method: "GET", path: "/cases/{case}/messages", do: (*call).caseMessages},
		{op: "case-reply", method: "POST", path: "/cases/{case}/message", write: true, do: (*call).replyCase},
		{op: "case-action", method: "POST", path: "/cases/{case}/action", write: true, do: (*call).actCase},
		{op: "case-attach", method: "POST", path: "/accessorys/json-format-content", write: true, do: (*call).attach},
	}
	for _, r := range care {
		r.path, r.anyone = osmPath+r.path, true // any Huawei Cloud account has cases of its own
		all = append(all, r)
	}
	return all
}
