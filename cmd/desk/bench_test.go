package desk_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/console"
	"partnerdesk/bot/lang"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
	"partnerdesk/faq"
)

// questions are a fixed mix: sure, doubtful, unknown and far ones, in both
// languages.
var questions = []string{
	"测试券额度是多少", "几位PSM，PO归谁", "NRE怎么申请", "代金券额度怎么用", "How large is the test coupon quota?",
	"can prepaid money be invoiced", "明天上海会下雨吗", "返点比例是多少", "voucher 怎么 issue 给 customer", "域名续废入口",
}

// BenchmarkAnswer is a question to its answer inside the process: retrieval,
// confidence and verdict.
func BenchmarkAnswer(b *testing.B) {
	know := open(b)
	measure(b, func(ctx context.Context, i int) error {
		_, err := know.Ask(ctx, faq.Question{Text: questions[i%len(questions)]})
		return err
	})
}

// BenchmarkHandle is the same through the whole bot: authorisation, handler,
// wording and the transaction of a store that keeps nothing.
func BenchmarkHandle(b *testing.B) {
	know := open(b)
	catalog, err := data.Messages()
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	door := console.New(&out, catalog.In(lang.Chinese))
	desk, err := desk.ConsoleBot(desk.Config{OperatorKind: "solution_provider"}, catalog, know, door, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	measure(b, func(ctx context.Context, i int) error {
		out.Reset()
		_, err := desk.Handle(ctx, bot.Request{Kind: bot.KindMessage, Person: console.Person(), Lang: lang.Chinese, Text: questions[i%len(questions)], At: time.Now()})
		return err
	})
}

// BenchmarkColdStart is from nothing to the first answer: load, index, ask.
func BenchmarkColdStart(b *testing.B) {
	for range b.N {
		know, err := desk.OpenKnowledge(b.Context(), desk.FAQConfig{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := know.Ask(b.Context(), faq.Question{Text: questions[0]}); err != nil {
			b.Fatal(err)
		}
		if err := know.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func open(b *testing.B) *desk.Knowledge {
	b.Helper()
	know, err := desk.OpenKnowledge(b.Context(), desk.FAQConfig{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = know.Close() })
	return know
}

// measure runs fn and reports the median and the slowest hundredth beside go
// test's mean.
func measure(b *testing.B, fn func(ctx context.Context, i int) error) {
	b.ReportAllocs()
	took := make([]time.Duration, 0, b.N)
	b.ResetTimer()
	for i := range b.N {
		start := time.Now()
		if err := fn(b.Context(), i); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
