package handlers_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"partnerdesk/bot"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
	"partnerdesk/handlers/money"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/partner/rest"
)

// drawer holds the files people handed over.
type drawer map[string]string

func (d drawer) Fetch(_ context.Context, id string, most int) (string, []byte, error) {
	name, _, _ := strings.Cut(id, "|")
	text, found := d[id]
	switch {
	case !found:
		return name, nil, bot.ErrNoFile
	case len(text) > most:
		return name, nil, bot.ErrFileTooLarge
	}
	return name, []byte(text), nil
}

// listFront is a front where lists are taken.
func listFront(t testing.TB, kind access.OperatorKind, policy money.Policy) *front {
	t.Helper()
	o := newFront(t, kind, policy)
	o.deps.Sheets, o.deps.Files = tables{}, drawer{}
	return o
}

// uploads fills in the form with a file and returns what the person reads.
func (o *front) uploads(t testing.TB, who bot.PersonID, command, name, text string, values map[string]string) []bot.Reply {
	t.Helper()
	o.says(t, who, command, "import")
	form := o.clicks(t, who, button(t, o.reads(t)[who], command+".upload"))
	if form == nil {
		t.Fatalf("no form: %q", words(o.reads(t)[who]))
	}
	o.deps.Files.(drawer)[name] = text
	return o.sends(t, who, form, name, len(text), values)
}

func (o *front) sends(t testing.TB, who bot.PersonID, form *bot.Form, name string, size int, values map[string]string) []bot.Reply {
	t.Helper()
	command, action, _ := strings.Cut(form.Name, ".")
	all := map[string]string{"file": name}
	for k, v := range values {
		all[k] = v
	}
	r := bot.Request{Kind: bot.KindSubmission, Person: who, Command: command, Action: action, State: form.State, Values: all,
		Files: []bot.Attached{{Field: "file", ID: name, Name: name, Size: size}}}
	if faults, err := o.bot.Check(t.Context(), r); err != nil || len(faults) > 0 {
		t.Fatalf("the form is refused: %v, %v", faults, err)
	}
	o.send(t, r)
	return o.reads(t)[who]
}

// lists runs both workers until nothing moves.
func (o *front) works(t testing.TB) {
	t.Helper()
	lists := handlers.NewListWorker(handlers.ListWorkerOptions{Deps: o.deps, Store: o.moneyWorld})
	for range 4 {
		if err := lists.Round(t.Context()); err != nil {
			t.Errorf("lists: %v", err)
		}
		o.round(t)
	}
}

func (o *front) listsOf(t testing.TB) []money.List {
	t.Helper()
	all, err := o.Store.ListsOf(t.Context(), "T1", bot.Operator())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// table writes rows as CSV.
func table(rows ...string) string { return "客户,金额,备注\n" + strings.Join(rows, "\n") + "\n" }

func TestList_GrantsFromTheFileToTheResult(t *testing.T) {
	o := listFront(t, access.SolutionProvider, money.Policy{})
	customers := o.customers(t)
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(table(customers[0].Account+",一千元,首付", customers[1].Name+",\"1,234.50\",", customers[2].ID+",5万,"))
	if err != nil {
		t.Fatal(err)
	}
	read := o.uploads(t, anna, "funds", "拨款.csv", gb, nil)
	s := words(read)
	for _, want := range []string{"可以执行 3 行", "52,234.50", "试算", "1,234.50", customers[1].Name} {
		wantSaid(t, s, want)
	}
	o.clicks(t, anna, button(t, read, "funds.sheet-submit"))
	o.works(t)
	got := o.reads(t)
	wantSaid(t, words(got[boris]), "52,234.50")
	wantSaid(t, words(got[chen]), "Grant cash")
	if len(o.files) < 3 {
		t.Errorf("%d files, want the dry run's and one for each approver", len(o.files))
	}
	wantSaid(t, words(o.reader(t, anna, "funds", "show "+o.listsOf(t)[0].ID)), "等待审批")
	o.clicks(t, boris, button(t, got[boris], "funds.sheet-approve"))
	o.works(t)
	got = o.reads(t)
	wantSaid(t, words(got[anna]), "成功 3 行")
	wantSaid(t, words(got[boris]), "成功 3 行")
	list := o.listsOf(t)[0]
	if list.State != money.ListOver || len(list.Operations()) != 3 {
		t.Errorf("list %s with %d operations", list.State, len(list.Operations()))
	}
	for _, id := range list.Operations() {
		op := o.operation(t, id)
		if n, _ := o.effects(t, op); op.State != money.Done || n != 1 || op.Approver != boris || op.Requester != anna {
			t.Errorf("%s is %s with %d effects, asked by %s, approved by %s", id, op.State, n, op.Requester.User, op.Approver.User)
		}
	}
}

func (o *front) reader(t testing.TB, who bot.PersonID, command, text string) []bot.Reply {
	t.Helper()
	o.says(t, who, command, text)
	return o.reads(t)[who]
}

// Every fault has its row, its field and its reason; nothing else is said of it.
func TestList_DryRunNamesEveryFault(t *testing.T) {
	o := listFront(t, access.SolutionProvider, money.Policy{})
	acme, frozen, referral := o.customers(t)[0], "", ""
	for c, err := range o.center.Customers(t.Context(), partner.Operator, partner.CustomerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Association != partner.Resale {
			referral = c.Account
		} else if c.Frozen != 0 {
			frozen = c.Account
		}
	}
	for name, c := range map[string]struct{ row, want string }{
		"zero":          {acme.ID + ",0,", "金额：金额要大于 0"},
		"negative":      {acme.ID + ",-5,", "金额：金额不能是负数"},
		"decimals":      {acme.ID + ",1.234,", "金额：最多两位小数"},
		"exponent":      {acme.ID + ",1e9,", "金额：请不要用科学计数法"},
		"dollars":       {acme.ID + ",$5,", "金额：只有人民币"},
		"no amount":     {acme.ID + ",,", "金额：请写金额"},
		"words":         {acme.ID + ",很多,", "金额：看不懂这个金额"},
		"formula":       {acme.ID + ",=1+1,", "金额：看不懂这个金额"},
		"huge":          {acme.ID + ",99999999999,", "金额：金额大得不像真的"},
		"over a limit":  {acme.ID + ",200001,", "金额：超过单笔或同一对象的限额 ¥200,000.00"},
		"nobody":        {"没有这家,5,", "客户：名下找不到"},
		"a formula":     {"\"=HYPERLINK(\"\"http://x\"\")\",5,", "客户：名下找不到"},
		"no customer":   {",5,", "客户：没有写是谁"},
		"several":       {"公司,5,", "客户：对应"},
		"referral":      {referral + ",5,", "客户：是顾问销售客户"},
		"frozen":        {frozen + ",5,", "客户：账户已冻结"},
		"twice":         {acme.ID + ",5,\n" + acme.Account + ",6,", "整行：同一个对象写了几次（第 2, 3 行）"},
		"long remark":   {acme.ID + ",5," + strings.Repeat("长", 101), "备注：最多 100 字"},
		"5万":            {acme.ID + ",5万,", "50,000.00  可以执行"},
		"full width":    {acme.ID + ",１２３４．５,", "1,234.50  可以执行"},
		"thousands":     {acme.ID + ",\"12,345\",", "12,345.00  可以执行"},
		"Chinese words": {acme.ID + ",一千元,", "1,000.00  可以执行"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(c.row, ",5") && name != "no customer" {
				t.Skip("this world has nobody like that")
			}
			read := o.uploads(t, anna, "funds", name+".csv", table(c.row), nil)
			s := strings.ReplaceAll(words(read), " 可以执行", "  可以执行")
			wantSaid(t, s, c.want)
			if strings.Contains(c.want, "：") && strings.Contains(s, "提交这") {
				t.Error("a list without a good row can be submitted")
			}
		})
	}
}

func TestList_FilesThatAreNone(t *testing.T) {
	o := listFront(t, access.SolutionProvider, money.Policy{})
	acme := o.customers(t)[0].ID
	for name, c := range map[string]struct{ file, text, want string }{
		"binary":         {"a.csv", "\x00\x01\x02", "不是能识别的文本"},
		"broken book":    {"a.xlsx", "PK nothing", "打不开"},
		"empty":          {"a.csv", "\n\n", "没有内容"},
		"only titles":    {"a.csv", "客户,金额\n", "只有表头"},
		"no titles":      {"a.csv", acme + ",5\n", "没有找到要用的列"},
		"too many":       {"a.csv", table(strings.Repeat(acme+",5,\n", 201)), "有 201 行，一次最多 200 行"},
		"far too many":   {"a.csv", table(strings.Repeat("x,5,\n", 6000)), "读不完"},
		"too large":      {"a.csv", strings.Repeat("x", 1<<20+1), "超过 1 MB"},
		"English titles": {"a.csv", "Amount (CNY);Customer ID\n5;" + acme + "\n", "可以执行 1 行"},
		"by our titles":  {"a.csv", "客户,客户ID,金额,操作编号\nx," + acme + ",5,MO-22222\n", "已经由 MO-22222 执行"},
	} {
		t.Run(name, func(t *testing.T) {
			o.says(t, anna, "funds", "import")
			form := o.clicks(t, anna, button(t, o.reads(t)[anna], "funds.upload"))
			o.deps.Files.(drawer)[c.file] = c.text
			wantSaid(t, words(o.sends(t, anna, form, c.file, 1, nil)), c.want)
		})
	}
	if n := len(o.listsOf(t)); n != 2 {
		t.Errorf("%d lists, want those of the two files that were read", n)
	}
}

// What is wrong outside the file leaves the file where it is, and everything typed.
func TestList_NothingTypedIsLost(t *testing.T) {
	o := listFront(t, access.SolutionProvider, money.Policy{})
	quota := o.quota(t)
	text := table(o.customers(t)[0].ID + ",5,")
	read := o.uploads(t, anna, "voucher", "名单.csv", text, map[string]string{"quota": quota.ID, "until": "2030-01-01"})
	wantSaid(t, words(read), "有效期超过了额度的有效期")
	form := o.clicks(t, anna, button(t, read, "voucher.upload"))
	if !strings.Contains(form.State, "file=") || form.Fields[0].Initial != quota.ID || form.Fields[2].Initial != "2030-01-01" {
		t.Errorf("the form has lost something: %+v", form)
	}
	o.fills(t, anna, form, map[string]string{"quota": quota.ID})
	wantSaid(t, words(o.reads(t)[anna]), "可以执行 1 行")
}

// Coupons of one amount go together, in operations of thirty; what a limit refuses
// and what the center refuses stand in the result, and only they are offered again.
func TestList_OnlyTheFailedAgain(t *testing.T) {
	o := listFront(t, access.SolutionProvider, money.Policy{})
	customers := o.customers(t)[:4]
	var quota partner.Quota
	for q, err := range o.center.Quotas(t.Context(), partner.Operator, partner.QuotaQuery{Status: []partner.QuotaStatus{partner.QuotaNormal}}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(q.Limits) > 0 && q.Balance == partner.Yuan(5000) { // one coupon for a customer
			quota = q
		}
	}
	first := o.issue(t, 100, customers[0])
	first.Quota = quota.ID
	o.reserved(t, first)
	o.round(t)
	var rows []string
	for _, c := range customers {
		rows = append(rows, c.ID+",100,")
	}
	text := table(rows...)
	read := o.uploads(t, anna, "voucher", "名单.csv", text, map[string]string{"quota": quota.ID})
	wantSaid(t, words(read), quota.ID)
	o.clicks(t, anna, button(t, read, "voucher.sheet-submit"))
	o.works(t)
	o.clicks(t, boris, button(t, o.reads(t)[boris], "voucher.sheet-approve"))
	o.works(t)
	got := o.reads(t)[anna]
	list := o.listsOf(t)[0]
	ops := map[string]money.Operation{}
	for _, id := range list.Operations() {
		ops[id] = o.operation(t, id)
	}
	n, moved := list.Tally(ops)
	if len(ops) != 1 || n[money.RowOK] == 0 || n[money.RowFailed] == 0 || moved != partner.Yuan(100)*partner.Fen(n[money.RowOK]) {
		t.Fatalf("%d operations, %v, moved %s", len(ops), n, moved)
	}
	wantSaid(t, words(got), fmt.Sprintf("没成功 %d 行", n[money.RowFailed]))
	again := button(t, got, "voucher.sheet-again")
	o.clicks(t, anna, again)
	got = o.reads(t)[anna]
	wantSaid(t, words(got), fmt.Sprintf("可以执行 %d 行，有问题 0 行", n[money.RowFailed]))
	wantSaid(t, words(got), "合计 ¥100.00")
	o.clicks(t, anna, again)
	wantSaid(t, words(o.reads(t)[anna]), "已经另开了一笔")
	o.clicks(t, anna, button(t, got, "voucher.sheet-withdraw"))
	o.clicks(t, anna, again)
	wantSaid(t, words(o.reads(t)[anna]), "可以执行 1 行") // the first try was dropped, so this is not a second one

	read = o.uploads(t, anna, "voucher", "名单 副本.csv", text, map[string]string{"quota": quota.ID})
	wantSaid(t, words(read), "同样内容的清单 "+list.ID)
	o.clicks(t, anna, button(t, read, "voucher.sheet-submit"))
	o.works(t)
	wantSaid(t, words(o.reads(t)[boris]), "和之前提交过的清单 "+list.ID+" 内容一样")
}

// Nobody moves a list alone: not who asked for it, not on an old card, not twice.
func TestList_WhoMayNot(t *testing.T) {
	o := listFront(t, access.SolutionProvider, money.Policy{Threshold: partner.Yuan(1_000_000)})
	o.grants[0].Roles = append(o.grants[0].Roles, bot.RoleApprover)
	read := o.uploads(t, anna, "funds", "a.csv", table(o.customers(t)[0].ID+",5,"), nil)
	submit := button(t, read, "funds.sheet-submit")
	o.clicks(t, boris, submit)
	wantSaid(t, words(o.reads(t)[boris]), "没有编号为")
	o.clicks(t, anna, submit)
	o.clicks(t, anna, submit)
	wantSaid(t, words(o.reads(t)[anna]), "已经提交")
	o.works(t)
	approve := button(t, o.reads(t)[boris], "funds.sheet-approve")
	o.clicks(t, anna, approve)
	wantSaid(t, words(o.reads(t)[anna]), "你自己申请的")
	o.clicks(t, boris, bot.Button{Action: approve.Action, Value: strings.Split(approve.Value, "|")[0] + "|1"})
	wantSaid(t, words(o.reads(t)[boris]), "在你看到之后变过")
	o.fills(t, boris, o.clicks(t, boris, bot.Button{Action: "funds.sheet-decline", Value: approve.Value}), map[string]string{"reason": "价格不对"})
	o.works(t)
	got := o.reads(t)
	wantSaid(t, words(got[anna]), "价格不对")
	o.clicks(t, boris, approve)
	wantSaid(t, words(o.reads(t)[boris]), "已经结束")
	if op := o.operation(t, o.listsOf(t)[0].Operations()[0]); op.State != money.Refused || op.Works != 0 {
		t.Errorf("the operation is %s after %d calls", op.State, op.Works)
	}
}

// A list is killed anywhere and goes on: every row has its effect once.
func TestList_KilledAnywhere(t *testing.T) {
	for fuse := 1; fuse < 60; fuse += stride(3, 15) {
		o := listFront(t, access.SolutionProvider, money.Policy{})
		customers := o.customers(t)[:3]
		read := o.uploads(t, anna, "funds", "a.csv", table(customers[0].ID+",11,", customers[1].ID+",12,", customers[2].ID+",13,"), nil)
		o.clicks(t, anna, button(t, read, "funds.sheet-submit"))
		approved := false
		for round := range 30 {
			if round%3 == 0 {
				o.start(t)
				if round == 3 {
					o.fuse = fuse
				}
			}
			lists := handlers.NewListWorker(handlers.ListWorkerOptions{Deps: o.deps, Store: o.moneyWorld})
			_ = lists.Round(t.Context()) // it may be killed
			_ = o.worker().Round(t.Context())
			if list := o.listsOf(t)[0]; list.State == money.ListAwaiting && !approved && !o.dead {
				f := money.Facts{Approvers: []bot.PersonID{boris, chen}, Requests: true}
				approved = o.Update(t.Context(), func(tx bot.Tx) error {
					next, err := list.Approve(boris, list.Rev, f, o.clock())
					if err != nil {
						return err
					}
					return o.PutList(tx, next)
				}) == nil
			}
			o.advance(10 * time.Minute)
		}
		list := o.listsOf(t)[0]
		for _, id := range list.Operations() {
			op := o.operation(t, id)
			n, _ := o.effects(t, op)
			if n > 1 || op.State == money.Done && n != 1 || op.State != money.Done && op.State != money.Unknown && n != 0 {
				t.Errorf("fuse %d: %s is %s with %d effects", fuse, id, op.State, n)
			}
		}
		if len(list.Operations()) != 3 || list.State == money.ListSubmitted {
			t.Errorf("fuse %d: list %s with %d operations", fuse, list.State, len(list.Operations()))
		}
	}
}

// crowded is a partner center with two hundred resellers, which counts what each is
// granted.
type crowded struct {
	*rest.Client
	mu      sync.Mutex // guards granted
	granted map[partner.Account]int
}

func (c *crowded) Resellers(context.Context, partner.ResellerQuery) iter.Seq2[partner.Reseller, error] {
	return func(yield func(partner.Reseller, error) bool) {
		for i := range 200 {
			if !yield(partner.Reseller{ID: partner.Account(fmt.Sprintf("RS%04d", i)), Name: fmt.Sprintf("云经销商%04d", i), Account: fmt.Sprintf("rs-%04d", i)}, nil) {
				return
			}
		}
	}
}

func (c *crowded) GrantReseller(_ context.Context, to partner.Account, _ partner.Fen) (partner.Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.granted[to]++
	return partner.Receipt{ID: "TR-" + string(to), SignedAt: noon}, nil
}

// A distributor's two hundred resellers get their grant from one list and one
// approval; a reseller's own staff see nothing of it.
func TestList_TwoHundredResellers(t *testing.T) {
	if testing.Short() {
		t.Skip("two hundred grants")
	}
	o := listFront(t, access.Distributor, money.Policy{})
	center := &crowded{Client: o.center, granted: map[partner.Account]int{}}
	o.deps.Money.Center = center
	var rows []string
	for r := range center.Resellers(t.Context(), partner.ResellerQuery{}) {
		rows = append(rows, string(r.ID)+",1,")
	}
	began := time.Now()
	read := o.uploads(t, anna, "funds", "resellers.csv", table(rows...), map[string]string{"to": "reseller"})
	wantSaid(t, words(read), fmt.Sprintf("可以执行 %d 行，有问题 0 行", len(rows)))
	tried := time.Since(began)
	o.clicks(t, anna, button(t, read, "funds.sheet-submit"))
	o.works(t)
	o.clicks(t, boris, button(t, o.reads(t)[boris], "funds.sheet-approve"))
	o.works(t)
	wantSaid(t, words(o.reads(t)[anna]), fmt.Sprintf("成功 %d 行", len(rows)))
	for to, n := range center.granted {
		if n != 1 {
			t.Errorf("%s was granted %d times", to, n)
		}
	}
	if len(center.granted) != 200 {
		t.Errorf("%d resellers were granted something", len(center.granted))
	}
	t.Logf("%d rows: tried out in %s, all carried out after %s", len(rows), tried, time.Since(began))
	o.grants = append(o.grants, access.Grant{Who: rita.User, Roles: []bot.Role{bot.RoleStaff, bot.RoleApprover}, Employer: "reseller:" + strings.Split(rows[0], ",")[0]})
	for _, text := range []string{"show " + o.listsOf(t)[0].ID, "history", "approvals"} {
		if s := words(o.reader(t, rita, "funds", text)); strings.Contains(s, "ML-") && !strings.Contains(s, "没有编号为") || strings.Contains(s, "resellers.csv") {
			t.Errorf("a reseller reads %q", s)
		}
	}
}
