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

// routes is the table of everything the sandbox answers.
func routes() []route {
	return []route{
		{op: "balance", method: "GET", path: "/v2/accounts/partner-accounts/balances", items: []string{"VIEW_010100", "SUBCUSTSERV_010103", "SUBCUSTSERV_010104", "SALES_020104", "SALES_020105"}, do: (*call).balance},
		{op: "customer-balances", method: "POST", path: "/v2/accounts/customer-accounts/balances/batch-query", items: []string{"SUBCUSTSERV_010103", "SUBCUSTSERV_010104", "SUBCUSTSERV_010100"}, do: (*call).customerBalances},
		{op: "resellers", method: "POST", path: "/v2/partners/indirect-partners/query", items: []string{"SALES_020100"}, distributor: true, do: (*call).resellers},
		{op: "customers", method: "POST", path: "/v2/partners/sub-customers/query", items: []string{"SUBCUSTSERV_010100", "SUBCUSTSERV_010500"}, do: (*call).customers},
	}
}
