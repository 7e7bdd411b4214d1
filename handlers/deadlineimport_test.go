package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers"
	"partnerdesk/handlers/remind"
	"partnerdesk/handlers/worktime"
)

// letters are the files people handed over, by id; the first line is the name.
type letters map[string]string

func (d letters) Fetch(_ context.Context, id string, _ int) (string, []byte, error) {
	name, text, _ := strings.Cut(d[id], "\n")
	return name, []byte(text), nil
}

const datesCSV = `dates.csv
事项,日期,备注
用完测试券额度,12月31日,
对账,每月最后一个工作日,
交材料,2月30日,
交旧材料,2026-11-19,
写报告,in 3 weeks,
复核标签,下季度末,
没有日期,尽快,
,12月5日,
用完测试券额度,2026-12-31,
很远,2099-01-01,
`

func (w *ward) imports(t *testing.T) error {
	t.Helper()
	for _, j := range handlers.Jobs(handlers.JobOptions{Deps: w.deps, Store: w}) {
		if j.Name == "deadlines-import" {
			err := j.Run(t.Context(), w.now)
			if err == nil {
				w.deliver(t)
			}
			return err
		}
	}
	t.Fatal("no job")
	return nil
}

func (w *ward) tryOut(t *testing.T, id string) bot.Reply {
	t.Helper()
	reply, err := w.ask(t, bot.Request{ID: "T1/" + id + fmt.Sprint(w.now.Unix()), Kind: bot.KindSubmission, Person: anna, Action: "import", Lang: "zh-CN", Files: []bot.Attached{{Field: "file", ID: id, Name: "dates.csv"}}})
	must(t, err)
	return reply
}

func TestDeadlineImport_RowByRow(t *testing.T) {
	w := newWard(t)
	w.deps.Files, w.deps.Sheets = letters{"F1": datesCSV, "F2": "dates.csv\n12月31日,无表头\n", "F3": "dates.csv\na,b\nc,d\n"}, tables{}
	reply := w.tryOut(t, "F1")
	for _, want := range []string{
		"可以导入 4 行，有问题 6 行", "4 2月30日 — 交材料 没有这一天", "5 2026-11-19 — 交旧材料 已经过去了", "8 尽快 — 没有日期 没有看出日期", "9 12月5日 —  请写要做什么",
		"10 2026-12-31 — 用完测试券额度 和前面一行相同", "11 2099-01-01 — 很远 太远了", "2 12月31日 2026-12-31 周四 用完测试券额度 可以导入",
		"3 每月最后一个工作日 2026-11-30 周一 每月最后一个工作日 对账 可以导入", "6 in 3 weeks 2026-12-11", "7 下季度末 2027-03-31",
	} {
		if !strings.Contains(reply.Plain(), want) {
			t.Errorf("no %q in\n%s", want, reply.Plain())
		}
	}
	must(t, w.imports(t))
	if rows, _ := w.Deadlines(t.Context(), "T1", bot.Operator()); len(rows) != 0 {
		t.Fatalf("the dry run kept %v", rows)
	}
	id := pressed(t, reply, "import")
	if other, err := w.ask(t, bot.Request{Kind: bot.KindClick, Person: dora, Action: "import", Value: id, Lang: "zh-CN"}); err != nil || strings.Contains(other.Plain(), "正在导入") {
		t.Errorf("somebody else agrees to it: %v, %v", other, err)
	}
	for range 2 { // clicked twice
		_, err := w.ask(t, bot.Request{Kind: bot.KindClick, Person: anna, Action: "import", Value: id, Lang: "zh-CN"})
		must(t, err)
		must(t, w.imports(t))
	}
	rows, err := w.Deadlines(t.Context(), "T1", bot.Operator())
	must(t, err)
	if len(rows) != 4 || len(w.to(anna)) != 1 {
		t.Fatalf("%d deadlines, %v", len(rows), w.to(anna))
	}
	has(t, w.to(anna)[0], "新记 4 条，已有 0 条")
	w.now = w.now.Add(time.Hour)
	_, err = w.ask(t, bot.Request{Kind: bot.KindClick, Person: anna, Action: "import", Value: pressed(t, w.tryOut(t, "F1"), "import"), Lang: "zh-CN"})
	must(t, err)
	must(t, w.imports(t))
	has(t, w.to(anna)[1], "新记 0 条，已有 4 条")
	if got := w.tryOut(t, "F2"); !strings.Contains(got.Plain(), "1 12月31日 2026-12-31 周四 无表头 可以导入") {
		t.Errorf("without a header: %s", got.Plain())
	}
	if _, err := w.ask(t, bot.Request{Kind: bot.KindSubmission, Person: anna, Action: "import", Lang: "zh-CN", Files: []bot.Attached{{Field: "file", ID: "F3", Name: "dates.csv"}}}); err == nil {
		t.Error("columns that say nothing are read")
	}
}

// TestDeadlineImport_Killed kills the program at every commit of an import; each
// row is there once and the person is told once.
func TestDeadlineImport_Killed(t *testing.T) {
	for fuse := 1; fuse < 40; fuse++ {
		w := newWard(t)
		b := remind.Batch{Team: "T1", ID: "b1", Account: bot.Operator(), Person: anna, Lang: "zh-CN", File: "x.csv", State: remind.BatchGoing, Created: w.now}
		for i := range 12 {
			b.Rows = append(b.Rows, remind.BatchRow{Line: i + 2, Due: worktime.On(2026, 12, 1+i), Title: fmt.Sprint("thing ", i)})
		}
		must(t, w.Store.Update(t.Context(), func(tx bot.Tx) error { return w.PutBatch(tx, b) }))
		w.fuse = fuse
		killed := false
		for {
			err := w.imports(t)
			if err == nil {
				break
			}
			if !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			killed, w.dead = true, false
			w.now = w.now.Add(time.Minute)
		}
		w.deliver(t)
		rows, err := w.Deadlines(t.Context(), "T1", bot.Operator())
		must(t, err)
		if told := w.to(anna); len(rows) != 12 || len(told) != 1 || !strings.Contains(told[0].text, "新记 12 条，已有 0 条") {
			t.Errorf("killed at %d: %d deadlines, told %v", fuse, len(rows), told)
		}
		if !killed {
			return
		}
	}
}

func TestDeadline_OfAMessage(t *testing.T) {
	w := newWard(t)
	for _, c := range []struct{ text, due, what string }{
		{"麻烦大家在下季度末前把能力标签材料交齐", "下季度末", "麻烦大家 把能力标签材料交齐"},
		{"请看一下 2月30日 的会议", "", "请看一下 2月30日 的会议"},
		{strings.Repeat("很长的消息", 60), "", ""},
		{"", "", ""},
	} {
		i := 0
		for _, cmd := range handlers.Commands(w.deps) {
			s, is := cmd.Shortcuts["message"]
			if cmd.Name != "deadline" || !is {
				continue
			}
			i++
			out, err := s.Run(t.Context(), bot.Request{Kind: bot.KindShortcut, Person: anna, Lang: "zh-CN", About: bot.Message{Text: c.text, Link: "https://x.slack.com/archives/C1/p1"},
				Actor: bot.Actor{Person: bot.Person{ID: anna}, Account: bot.Operator()}})
			must(t, err)
			f := out.Reply.Form
			if f == nil || f.State != "https://x.slack.com/archives/C1/p1" || f.Fields[1].Initial != c.due || c.what != "" && f.Fields[0].Initial != c.what || len([]rune(f.Fields[0].Initial)) > remind.MaxTitle {
				t.Errorf("%.20s: got %+v", c.text, f)
			}
		}
		if i != 1 || !cmdNeeds(w, bot.RightRequest) {
			t.Fatal("no shortcut, or for everybody")
		}
	}
}

func cmdNeeds(w *ward, right bot.Right) bool {
	for _, cmd := range handlers.Commands(w.deps) {
		if cmd.Name == "deadline" {
			return cmd.Shortcuts["message"].Needs == right
		}
	}
	return false
}
