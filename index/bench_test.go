package index_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	_ "modernc.org/sqlite"

	"partnerdesk/data"
	"partnerdesk/faq"
	"partnerdesk/faq/source"
	"partnerdesk/index"
)

// BenchmarkScale compares the whole ask (all layers, ranking, confidence) with a
// plain bleve cjk top-5 search and with SQLite FTS5, on the same entries and the
// same questions, in one run. p50 and p99 are per question; recall@5 is how
// often the right entry is among the first five (for the ask: is the answer or
// among the choices). Sizes: 100 and 10,000 entries; 100,000 when
// PARTNERDESK_BENCH_LARGE is set, because it takes minutes.
func BenchmarkScale(b *testing.B) {
	sizes := []int{100, 10_000}
	if os.Getenv("PARTNERDESK_BENCH_LARGE") != "" {
		sizes = append(sizes, 100_000)
	}
	for _, n := range sizes {
		world := generate(n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.Run("ask", func(b *testing.B) { benchAsk(b, world) })
			b.Run("bleve-cjk", func(b *testing.B) { benchBleve(b, world) })
			b.Run("sqlite-fts5-trigram", func(b *testing.B) { benchSQLite(b, world) })
		})
	}
}

// generated is a corpus from a fixed seed, with questions whose entry is known.
type generated struct {
	entries   []*faq.Entry
	questions []asked
}

type asked struct {
	text string
	want string // id of the entry, empty when there is none
}

// asks is how many questions each engine is asked.
const asks = 400

func generate(n int) generated {
	r := rand.New(rand.NewPCG(20261120, uint64(n)))
	roles := strings.Fields("总经销商 云经销商 解决方案提供商 软件伙伴 服务伙伴 最终客户 生态经理 客户经理 项目专员 组织成员 财务人员 开发人员")
	actions := strings.Fields("申请 查询 下发 回收 开具 关联 解绑 提交 修改 删除 导出 核对 续费 退订 认领 审批 撤销 上传 下载 变更 冻结 恢复 转移 登记 报备 复核 结算 提现 充值 拨款")
	objects := strings.Fields("代金券 测试券 考试券 发票 额度 余额 激励 合同 订单 证书 账单 方案 线索 机会点 工单 域名 资源 角色 权限 标签 子账号 邀请函 授权书 清单 报表 协议 保证金 返点 折扣 名片 培训 课程 门户 接口 密钥 镜像 容器 数据库 网关 存储桶")
	aspects := strings.Fields("条件 步骤 时限 入口 金额上限 审核状态 有效期 前提 材料清单 失败原因 次数限制 查看方式 通知对象 生效时间 适用范围 负责人 记录 币种 税率 精度")
	regions := strings.Fields("华北 华东 华南 西南 西北 东北 香港 新加坡 曼谷 约翰内斯堡")
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	var g generated
	for i := range n {
		code := fmt.Sprintf("%s%s%d期", pick(regions), string(rune('A'+r.IntN(26))), 1+r.IntN(max(3, n/400)))
		role, action, object, aspect := pick(roles), pick(actions), pick(objects), pick(aspects)
		e := &faq.Entry{
			ID: fmt.Sprintf("e%06d", i), Rev: "1", Kind: faq.Policy, Topic: faq.Topic{ID: "t", Name: faq.Text{ZH: object}},
			Question: faq.Text{ZH: role + action + code + object + "的" + aspect + "是什么？"},
			Ask:      faq.Asks{ZH: []string{code + object + " " + action + " " + aspect, role + "想" + action + code + "的" + object + "，" + aspect + "怎么看"}},
			Answer: faq.Bodies{ZH: faq.Body{
				Fact:       role + action + code + object + "时，" + aspect + "以伙伴中心页面为准，一般在" + strconv.Itoa(1+r.IntN(30)) + "个工作日内处理。",
				Conditions: []string{"由" + pick(roles) + "在" + pick(objects) + "页面操作。"},
			}},
		}
		g.entries = append(g.entries, e)
		if len(g.questions) < asks && r.IntN(max(1, n/asks)) == 0 || n-i <= asks-len(g.questions) {
			var q string
			switch r.IntN(4) {
			case 0:
				q = e.Question.ZH
			case 1:
				q = "请问" + code + object + "要怎么" + action + "，" + aspect + "呢"
			case 2:
				q = code + " " + object + " " + aspect
			default:
				q = "我们是" + role + "，" + object + code + action + "有什么" + aspect
			}
			g.questions = append(g.questions, asked{q, e.ID})
		}
	}
	return g
}

// texts are the phrasings of an entry, as every engine gets them.
func texts(e *faq.Entry) []string {
	return append([]string{e.Question.ZH, e.Answer.ZH.Fact + e.Answer.ZH.Conditions[0] + e.Topic.Name.ZH}, e.Ask.ZH...)
}

func benchAsk(b *testing.B, g generated) {
	lexicon, err := source.Terms(data.FAQ)
	if err != nil {
		b.Fatal(err)
	}
	before := heap()
	start := time.Now()
	corpus := &faq.Corpus{Lexicon: lexicon, Entries: g.entries, Topics: []faq.Topic{{ID: "t"}}}
	searcher, err := index.Open(b.Context(), corpus, index.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = searcher.Close() }()
	desk, err := faq.NewDesk(corpus, searcher, faq.Options{})
	if err != nil {
		b.Fatal(err)
	}
	built := time.Since(start)
	held := (heap() - before) / 1e6
	found := 0
	measure(b, g, func(ctx context.Context, q asked) error {
		a, err := desk.Ask(ctx, faq.Question{Text: q.text})
		hit := a.Entry != nil && a.Entry.ID == q.want
		for _, c := range a.Choices {
			hit = hit || c.Entry.ID == q.want
		}
		for _, e := range a.Near {
			hit = hit || e.ID == q.want
		}
		if hit {
			found++
		}
		return err
	}, func() int { return found })
	b.ReportMetric(float64(len(g.entries))/built.Seconds(), "entries-built/s")
	b.ReportMetric(held, "heap-MB")
}

func benchBleve(b *testing.B, g generated) {
	m := bleve.NewIndexMapping()
	m.DefaultAnalyzer = "cjk"
	m.ScoringModel = "bm25"
	field := bleve.NewTextFieldMapping()
	field.Store, field.IncludeInAll, field.IncludeTermVectors, field.DocValues = false, false, false, false
	doc := bleve.NewDocumentStaticMapping()
	doc.AddFieldMappingsAt("text", field)
	m.DefaultMapping = doc
	before := heap()
	start := time.Now()
	x, err := bleve.NewUsing(filepath.Join(b.TempDir(), "plain"), m, "scorch", "scorch", map[string]any{"unsafe_batch": true})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	batch := x.NewBatch()
	for _, e := range g.entries {
		for i, t := range texts(e) {
			if err := batch.Index(e.ID+"/"+strconv.Itoa(i), map[string]any{"text": t}); err != nil {
				b.Fatal(err)
			}
		}
		if batch.Size() >= 4000 {
			if err := x.Batch(batch); err != nil {
				b.Fatal(err)
			}
			batch.Reset()
		}
	}
	if err := x.Batch(batch); err != nil {
		b.Fatal(err)
	}
	built := time.Since(start)
	held := (heap() - before) / 1e6
	found := 0
	measure(b, g, func(ctx context.Context, q asked) error {
		query := bleve.NewMatchQuery(q.text)
		query.SetField("text")
		res, err := x.SearchInContext(ctx, bleve.NewSearchRequestOptions(query, 5, 0, false))
		if err != nil {
			return err
		}
		for _, h := range res.Hits {
			if strings.HasPrefix(h.ID, q.want+"/") {
				found++
				break
			}
		}
		return nil
	}, func() int { return found })
	b.ReportMetric(float64(len(g.entries))/built.Seconds(), "entries-built/s")
	b.ReportMetric(held, "heap-MB")
}

func benchSQLite(b *testing.B, g generated) {
	before := heap()
	start := time.Now()
	db, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "fts.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	exec := func(q string, args ...any) {
		if _, err := db.ExecContext(b.Context(), q, args...); err != nil {
			b.Fatal(err)
		}
	}
	exec(`create virtual table f using fts5(id unindexed, text, tokenize='trigram')`)
	tx, err := db.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	insert, err := tx.PrepareContext(b.Context(), `insert into f values (?, ?)`)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range g.entries {
		for _, t := range texts(e) {
			if _, err := insert.ExecContext(b.Context(), e.ID, t); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	built := time.Since(start)
	held := (heap() - before) / 1e6
	search, err := db.PrepareContext(b.Context(), `select id from f where f match ? order by rank limit 5`)
	if err != nil {
		b.Fatal(err)
	}
	found := 0
	measure(b, g, func(ctx context.Context, q asked) error {
		rows, err := search.QueryContext(ctx, trigrams(q.text))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		hit := false
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			hit = hit || id == q.want
		}
		if hit {
			found++
		}
		return rows.Err()
	}, func() int { return found })
	b.ReportMetric(float64(len(g.entries))/built.Seconds(), "entries-built/s")
	b.ReportMetric(held, "heap-MB")
}

// trigrams is the question as an FTS5 query: any of its trigrams.
func trigrams(s string) string {
	var terms []string
	r := []rune(strings.NewReplacer("？", "", "，", " ", `"`, "").Replace(s))
	for i := 0; i+3 <= len(r); i++ {
		if t := string(r[i : i+3]); !strings.Contains(t, " ") {
			terms = append(terms, `"`+t+`"`)
		}
	}
	return strings.Join(terms, " OR ")
}

// measure asks every question once per iteration and reports the median and the
// slowest hundredth.
func measure(b *testing.B, g generated, ask func(context.Context, asked) error, found func() int) {
	b.Helper()
	for _, q := range g.questions[:min(50, len(g.questions))] { // warm
		if err := ask(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	warm := found()
	var took []time.Duration
	b.ResetTimer()
	for range b.N {
		for _, q := range g.questions {
			start := time.Now()
			if err := ask(b.Context(), q); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(100*float64(found()-warm)/float64(len(took)), "recall@5-%")
}

// heap is what the Go heap holds, in bytes; a file behind mmap and SQLite's own
// memory are not in it.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
