package importer_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"partnerdesk/data/sheet"
	"partnerdesk/faq/importer"
)

// load imports paths and fails the test on an error.
func load(t *testing.T, paths ...string) *importer.Result {
	t.Helper()
	r, err := importer.Import(t.Context(), paths, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// file writes a file of a test and returns its path.
func file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// draft returns the draft whose question contains words.
func draft(t *testing.T, r *importer.Result, words string) importer.Draft {
	t.Helper()
	for _, d := range r.Drafts {
		if strings.Contains(d.Question, words) {
			return d
		}
	}
	var all []string
	for _, d := range r.Drafts {
		all = append(all, d.Question)
	}
	t.Fatalf("no draft asks %q; there are:\n%s", words, strings.Join(all, "\n"))
	return importer.Draft{}
}

func said(d importer.Draft) string { return d.Fact + "\n" + strings.Join(d.Conditions, "\n") }

func outcome(r *importer.Result, o importer.Outcome) (n int) {
	for _, l := range r.Report.Lines {
		if l.Outcome == o {
			n++
		}
	}
	return n
}

func TestImport_EveryLineOfAListingIsAccountedFor(t *testing.T) {
	for _, name := range []string{"customers.txt", "statements.txt", "marketplace.txt"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", "listing", name)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r := load(t, path)
			seen := map[int]bool{}
			for _, l := range r.Report.Lines {
				seen[l.Line] = true
				if l.Outcome != importer.Kept && l.Reason == "" {
					t.Errorf("line %d: %s without a reason", l.Line, l.Outcome)
				}
			}
			for i, l := range strings.Split(strings.TrimSpace(string(data)), "\n") {
				if strings.TrimSpace(l) != "" && !seen[i+1] {
					t.Errorf("line %d is not accounted for: %s", i+1, l)
				}
			}
			p := r.Report
			if p.Read != p.Kept+p.Merged+p.Dropped+p.Failed || p.Read != p.Files[0].Units {
				t.Errorf("read %d, units %d, kept %d, merged %d, dropped %d, failed %d", p.Read, p.Files[0].Units, p.Kept, p.Merged, p.Dropped, p.Failed)
			}
		})
	}
}

func TestImport_NothingThatIsSaidIsLost(t *testing.T) {
	r := load(t, filepath.Join("testdata", "listing"))
	for _, want := range []string{
		"50个客户", "200个字符", "100个客户", "/v2/partners/customers/tags/batch-import", "销售 > 客户 > 客户管理", "30天", "90天", "customer_0013.html",
		"每月5日", "10个工作日", "10MB", "24个月", "5个邮箱", "注册资本不低于50万元", "1万元", "次月15日", "扣2分", "提前7天",
	} {
		if !slices.ContainsFunc(r.Drafts, func(d importer.Draft) bool { return strings.Contains(said(d), want) }) {
			t.Errorf("no draft says %q", want)
		}
	}
}

func TestImport_QuestionsAreGivenOrDerived(t *testing.T) {
	r := load(t, filepath.Join("testdata", "listing"))
	for _, c := range []struct {
		name, question, kind, parent, cut, says string
	}{
		{"a given question", "客户冻结后还能续费吗？", "policy", "客户冻结", "none", "不能。冻结期间"},
		{"a bare no stands with its question", "客户实名信息变更会影响关联吗？", "policy", "关联与解除关联", "none", "影响关联吗？不影响。"},
		{"the second of two glued snippets", "沉默客户会自动解除关联吗？", "policy", "客户管理", "none", "客户确认后生效"},
		{"a definition", "什么是联营商品？", "definition", "联营商品", "none", "平台统一销售"},
		{"a heading with steps", "冻结客户怎么操作？", "howto", "", "none", "更多 > 冻结"},
		{"a heading of an interface", "批量导入客户标签接口怎么用？", "api", "", "end", "URI：POST /v2/partners/customers/tags/batch-import"},
		{"a limit without a title", "每个伙伴每天最多可以冻结多少个客户？", "policy", "客户冻结", "none", "50个客户"},
		{"a time without a title", "商品上架审核要多久？", "policy", "", "none", "3个工作日"},
		{"a condition without a title", "对账单金额为负数怎么处理？", "policy", "", "none", "自动结转"},
		{"the rest of a sentence", "迁移期间能下单吗？", "policy", "", "start", "审核通过后3个工作日内完成迁移"},
		{"links with names", "客户迁移申请", "api", "", "end", "客户迁移进度查询：https://support.example.com/partner/customer_0013.html"},
		{"a question without an answer", "哪些客户可以设置专属折扣？", "unknown", "", "none", "没有答案"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := draft(t, r, c.question)
			if d.Kind != c.kind || d.Parent != c.parent || d.Cut != c.cut {
				t.Errorf("kind %s, parent %q, cut %s; want %s, %q, %s", d.Kind, d.Parent, d.Cut, c.kind, c.parent, c.cut)
			}
			if !strings.Contains(said(d), c.says) {
				t.Errorf("says %q, want %q in it", said(d), c.says)
			}
			if (d.Cut != "none") != (d.NotStated != "") && d.Kind != "unknown" {
				t.Errorf("cut %s, but not stated is %q", d.Cut, d.NotStated)
			}
		})
	}
}

func TestImport_BannersGoByTheirSigns(t *testing.T) {
	text := "为了您更好的浏览体验,建议您升级浏览器 https://example.com/upgrade\n我知道了\n本站使用Cookie以便为您提供服务,继续访问即表示您同意\n" +
		"退款要多久? 3个工作日。 父主题: 退款 您正在访问第三方网站,请注意账号安全\n" +
		"登录后在“我的订单”页面单击“退款”,可以查看退款进度。 父主题: 退款您即将离开本站,请注意账号财产安全\n收藏本页\n"
	r := load(t, file(t, "a.txt", []byte(text)))
	if len(r.Drafts) != 2 || outcome(r, importer.Dropped) != 4 || outcome(r, importer.Trimmed) != 2 {
		t.Fatalf("%d drafts, report %+v", len(r.Drafts), r.Report.Lines)
	}
	for _, d := range r.Drafts {
		if d.Parent != "退款" || strings.Contains(said(d), "账号") {
			t.Errorf("parent %q, says %q", d.Parent, said(d))
		}
	}
}

func TestImport_AlikeIsMergedAndLookAlikesStayApart(t *testing.T) {
	base := "云平台的伙伴可以在“设置 > 消息”页面修改接收人,每个类型最多添加10个接收人,修改后立即生效。"
	for name, c := range map[string]struct {
		second string
		merged int
		why    importer.Reason
	}{
		"the same":               {base, 1, importer.Exact},
		"cut off":                {"云平台的伙伴可以在“设置 > 消息”页面修改接收人,每个类型最多添加10个接收人", 1, importer.Near},
		"a word left out":        {strings.Replace(base, "页面", "", 1), 1, importer.Near},
		"another figure":         {strings.Replace(base, "10", "20", 1), 0, ""},
		"another party":          {strings.Replace(base, "伙伴", "客户", 1), 0, ""},
		"the opposite":           {strings.Replace(base, "可以", "不可以", 1), 0, ""},
		"its tail":               {"每个类型最多添加10个接收人,修改后立即生效。", 1, importer.Near},
		"more figures in a part": {strings.Replace(base, "10个", "1个", 1), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := load(t, file(t, "a.txt", []byte(base+"\n"+c.second+"\n")))
			if got := outcome(r, importer.Merged); got != c.merged {
				t.Fatalf("merged %d, want %d: %+v", got, c.merged, r.Report.Lines)
			}
			for _, l := range r.Report.Lines {
				if l.Outcome == importer.Merged && (l.Reason != c.why || !strings.Contains(l.With, "a.txt:")) {
					t.Errorf("merged %s with %q, want %s", l.Reason, l.With, c.why)
				}
			}
		})
	}
}

func TestImport_AQuestionAloneIsAGapUnlessItIsAnsweredElsewhere(t *testing.T) {
	r := load(t, file(t, "a.txt", []byte("哪些标签可以申请激励?\n退款要多久到账?\n退款要多久到账? 3个工作日内原路退回。 父主题: 退款\n")))
	if len(r.Drafts) != 2 || outcome(r, importer.Merged) != 1 {
		t.Fatalf("%d drafts, report %+v", len(r.Drafts), r.Report.Lines)
	}
	if d := draft(t, r, "哪些标签"); d.Kind != "unknown" {
		t.Errorf("kind %s", d.Kind)
	}
}

func TestImport_Pages(t *testing.T) {
	r := load(t, filepath.Join("testdata", "pages"))
	t.Run("a page with steps and a table", func(t *testing.T) {
		d := draft(t, r, "退订与退款")
		for _, want := range []string{
			"退款退回到原支付账户", "五天无理由退订每个账号每年限3次", "使用了代金券支付的部分不退款", "1. 登录伙伴中心，选择“销售 > 客户 > 客户订单”",
			"五天无理由退订：手续费=已用时长费用；到账时间=3个工作日", "非五天无理由退订：手续费=订单金额的2%；到账时间=5个工作日",
		} {
			if !strings.Contains(said(d), want) {
				t.Errorf("does not say %q:\n%s", want, said(d))
			}
		}
		for _, no := range []string{"目录", "隐私", "垃圾", "首页"} {
			if strings.Contains(said(d), no) {
				t.Errorf("says %q:\n%s", no, said(d))
			}
		}
		if d.Parent != "订单管理" || d.Kind != "howto" {
			t.Errorf("parent %q, kind %s", d.Parent, d.Kind)
		}
	})
	t.Run("a page of questions", func(t *testing.T) {
		if d := draft(t, r, "考试没通过可以重考吗"); !strings.Contains(d.Fact, "不少于14天") || d.Parent != "培训与考试常见问题" || d.Line != 5 {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("markdown", func(t *testing.T) {
		if d := draft(t, r, "线索会被收回吗"); !strings.Contains(d.Fact, "超过5个工作日") || d.Line != 16 {
			t.Errorf("got %+v", d)
		}
		if d := draft(t, r, "线索状态"); !strings.Contains(said(d), "跟进中：含义=已联系，客户有意向；下一步=每7天更新一次进展") {
			t.Errorf("says %q", said(d))
		}
	})
}

func TestImport_TheFrameOfASiteGoes(t *testing.T) {
	dir := t.TempDir()
	for i, what := range []string{"开票", "退款", "续费", "升级"} {
		page := "<html><body><h1>" + what + "</h1><div>示例伙伴帮助站</div><p>" + what + "在3个工作日内完成。</p><p>登录伙伴中心。</p><div>父主题：<a>订单</a></div><div>下一篇：别的</div><div>咨询热线</div></body></html>"
		if err := os.WriteFile(filepath.Join(dir, string(rune('a'+i))+".html"), []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "empty.html"), []byte("<html><nav>菜单</nav></html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := load(t, dir)
	if len(r.Drafts) != 4 || r.Report.Read != 5 || r.Report.Dropped != 1 {
		t.Fatalf("%d drafts, report %+v", len(r.Drafts), r.Report)
	}
	for _, d := range r.Drafts {
		if s := said(d); strings.Contains(s, "帮助站") || strings.Contains(s, "下一篇") || strings.Contains(s, "热线") || !strings.Contains(s, "登录伙伴中心") {
			t.Errorf("says %q", s)
		}
	}
}

func TestImport_LongPagesBecomeSeveralDrafts(t *testing.T) {
	var page strings.Builder
	page.WriteString("<h1>费用说明</h1>")
	for i := range 60 {
		page.WriteString("<p>第" + string(rune('一'+i)) + "种费用按照实际使用时长计算，每小时结算一次，不足一小时按一小时计。</p>")
	}
	r := load(t, file(t, "a.html", []byte(page.String())))
	if len(r.Drafts) < 2 {
		t.Fatalf("%d drafts", len(r.Drafts))
	}
	total := 0
	for _, d := range r.Drafts {
		total += strings.Count(said(d), "实际使用时长")
		if n := len([]rune(said(d) + d.NotStated)); n > 900 {
			t.Errorf("a draft of %d runes", n)
		}
	}
	if total != 60 {
		t.Errorf("%d sentences, want 60", total)
	}
}

func TestImport_Encodings(t *testing.T) {
	text := "退款多久到账? 3个工作日内原路退回。 父主题: 退款\n换个问题怎么问? 直接联系客户经理处理。 父主题: 其他\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"utf-8": []byte(text), "with a mark": append([]byte("\xef\xbb\xbf"), text...), "gb18030": gb, "crlf": []byte(strings.ReplaceAll(text, "\n", "\r\n")),
	} {
		t.Run(name, func(t *testing.T) {
			r := load(t, file(t, "a.txt", data))
			if len(r.Drafts) != 2 || r.Drafts[0].Fact != "3个工作日内原路退回。" && !strings.HasSuffix(r.Drafts[0].Fact, "3个工作日内原路退回。") {
				t.Errorf("got %+v", r.Drafts)
			}
		})
	}
}

func TestImport_MixedEncodingsAreReadLineByLine(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("发票多久寄出? 收到申请后5个工作日内寄出。 父主题: 发票")
	if err != nil {
		t.Fatal(err)
	}
	half := "被切断的一行讲了什么? 讲了切断以后末尾的半个字"
	r := load(t, file(t, "a.txt", []byte("退款多久到账? 退款在3个工作日内原路退回。 父主题: 退款\n"+gb+"\n"+half[:len(half)-1]+"\n\xff\xfe\x80 \xc3\x28\n")))
	if len(r.Drafts) != 3 || outcome(r, importer.Failed) != 1 {
		t.Fatalf("%d drafts, report %+v", len(r.Drafts), r.Report.Lines)
	}
	if d := draft(t, r, "发票多久寄出"); !strings.Contains(d.Fact, "5个工作日") {
		t.Errorf("says %q", d.Fact)
	}
	if d := draft(t, r, "被切断"); d.Cut != "end" || !strings.Contains(said(d), "末尾的半个") {
		t.Errorf("cut %s, says %q", d.Cut, said(d))
	}
}

func TestImport_WhatCannotBeReadIsNamedAndTheRestGoesOn(t *testing.T) {
	good := "退款多久到账? 3个工作日内原路退回。 父主题: 退款\n"
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"a.txt":  []byte(good + "坏行\x00\x01\x02\xff\xfe\n" + "发票多久开出? 5个工作日内开出发票。 父主题: 发票\n"),
		"b.bin":  bytes.Repeat([]byte{0, 1, 2, 3}, 100),
		"c.xlsx": []byte("no workbook"),
		"d.yaml": []byte("topic: {}\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := load(t, dir, filepath.Join(dir, "missing"))
	if len(r.Drafts) != 2 {
		t.Errorf("%d drafts, want 2", len(r.Drafts))
	}
	want := map[string]importer.Reason{"a.txt": importer.Unreadable, "b.bin": importer.Binary, "c.xlsx": importer.BadFormat, "d.yaml": importer.Format, "missing": importer.Missing}
	for _, l := range r.Report.Lines {
		name := filepath.Base(l.File)
		if l.Outcome == importer.Failed {
			if want[name] != l.Reason || name == "a.txt" && l.Line != 2 {
				t.Errorf("%s:%d failed with %s, want %s", name, l.Line, l.Reason, want[name])
			}
			delete(want, name)
		}
	}
	if len(want) > 0 {
		t.Errorf("not named: %v", want)
	}
}

func TestImport_Tables(t *testing.T) {
	table := sheet.Table{Name: "常见问题", Header: []string{"序号", "问题", "答案", "分类", "相似问"}, Rows: [][]string{
		{"1", "代理商能改名吗", "可以。\n操作步骤\n1. 打开“设置 > 公司”。\n2. 提交更名材料，2个工作日内审核。", "公司信息", "公司更名；怎么换公司名"},
		{"2", "", "", "", ""},
		{"3", "改名要钱吗", "不收费。", "公司信息", ""},
	}}
	var book, text bytes.Buffer
	if err := sheet.WriteXLSX(&book, table); err != nil {
		t.Fatal(err)
	}
	if err := sheet.WriteCSV(&text, table); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"faq.xlsx": book.Bytes(), "faq.csv": text.Bytes()} {
		t.Run(name, func(t *testing.T) {
			r := load(t, file(t, name, data))
			if len(r.Drafts) != 2 || r.Report.Read != 4 || r.Report.Dropped != 2 {
				t.Fatalf("%d drafts, report %+v", len(r.Drafts), r.Report)
			}
			d := draft(t, r, "代理商能改名吗")
			if d.Parent != "公司信息" || !slices.Contains(d.Ask, "怎么换公司名") || !strings.Contains(said(d), "设置 > 公司") || d.Line != 2 {
				t.Errorf("got %+v", d)
			}
		})
	}
	t.Run("without headings", func(t *testing.T) {
		r := load(t, file(t, "a.csv", []byte("能退货吗?,七天内可以退货。\n能换货吗?,十五天内可以换货。\n")))
		if len(r.Drafts) != 2 {
			t.Errorf("%d drafts", len(r.Drafts))
		}
	})
}

func TestWrite_TwiceIsOnceAndForeignFilesStay(t *testing.T) {
	out := t.TempDir()
	r := load(t, filepath.Join("testdata", "listing"))
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	if _, err := importer.Write(out, r, day); err != nil {
		t.Fatal(err)
	}
	before := contents(t, out)
	foreign := filepath.Join(out, "mine.yaml")
	if err := os.WriteFile(foreign, []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := importer.Write(out, load(t, filepath.Join("testdata", "listing")), day.AddDate(0, 0, 3))
	if err != nil {
		t.Fatal(err)
	}
	after := contents(t, out)
	if after["mine.yaml"] != "# mine\n" {
		t.Error("a file of somebody else was changed")
	}
	delete(after, "mine.yaml")
	if len(w.Files) != len(before) || len(after) != len(before) {
		t.Errorf("%d files written, %d there, want %d", len(w.Files), len(after), len(before))
	}
	for name, want := range before {
		if after[name] != want {
			t.Errorf("%s changed", name)
		}
	}
	edited := filepath.Join(out, "customers-txt.yaml")
	if err := os.WriteFile(edited, []byte(before["customers-txt.yaml"]+"# corrected\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if w, err = importer.Write(out, r, day); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(w.Edited, edited) || !strings.HasSuffix(contents(t, out)["customers-txt.yaml"], "# corrected\n") {
		t.Errorf("an edited file was written over: %+v", w)
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name()] = string(data)
	}
	return out
}
