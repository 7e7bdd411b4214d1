package input_test

import (
	"errors"
	"testing"

	"partnerdesk/data"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/worktime"
)

func TestFindDay(t *testing.T) {
	calendar, err := data.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	today := worktime.On(2026, 11, 20) // a Friday
	cases := []struct {
		text, day, rest, repeats string
		guess                    input.Guess
	}{
		{text: "2026-12-31 用完测试券", day: "2026-12-31", rest: "用完测试券"},
		{text: "用完测试券，2026年12月31日前", day: "2026-12-31", rest: "用完测试券"},
		{text: "２０２６／１２／３１ 用完", day: "2026-12-31", rest: "用完"},
		{text: "12月31日 用完", day: "2026-12-31", rest: "用完", guess: input.GuessYear},
		{text: "十二月三十一号 用完", day: "2026-12-31", rest: "用完", guess: input.GuessYear},
		{text: "3月1日 交材料", day: "2027-03-01", rest: "交材料", guess: input.GuessYear},
		{text: "2月29日 交材料", day: "2028-02-29", rest: "交材料", guess: input.GuessYear},
		{text: "明年3月1日 交材料", day: "2027-03-01", rest: "交材料"},
		{text: "12-31 交材料", day: "2026-12-31", rest: "交材料", guess: input.GuessYear},
		{text: "3/4 材料", day: "2027-03-04", rest: "材料", guess: input.GuessOrder},
		{text: "合同 2/3 付款，12月5日", day: "2026-12-05", rest: "合同 2/3 付款", guess: input.GuessYear},
		{text: "25号 开发票", day: "2026-11-25", rest: "开发票", guess: input.GuessMonth},
		{text: "10号 开发票", day: "2026-12-10", rest: "开发票", guess: input.GuessMonth},
		{text: "下个月5号 开发票", day: "2026-12-05", rest: "开发票"},
		{text: "今天 回复", day: "2026-11-20", rest: "回复"},
		{text: "大后天 回复", day: "2026-11-23", rest: "回复"},
		{text: "周三 回复", day: "2026-11-25", rest: "回复"},
		{text: "下周三 回复", day: "2026-11-25", rest: "回复"},
		{text: "下下周五 回复", day: "2026-12-04", rest: "回复"},
		{text: "三周后 回复", day: "2026-12-11", rest: "回复"},
		{text: "3个工作日内 回复", day: "2026-11-25", rest: "回复"},
		{text: "两个月后 回复", day: "2027-01-20", rest: "回复"},
		{text: "本月底 结算", day: "2026-11-30", rest: "结算"},
		{text: "下月底 结算", day: "2026-12-31", rest: "结算"},
		{text: "年底 结算", day: "2026-12-31", rest: "结算"},
		{text: "季度末 结算", day: "2026-12-31", rest: "结算"},
		{text: "下季度末 结算", day: "2027-03-31", rest: "结算"},
		{text: "二季度末 结算", day: "2027-06-30", rest: "结算", guess: input.GuessYear},
		{text: "本月最后一个工作日 结算", day: "2026-11-30", rest: "结算"},
		{text: "每月最后一个工作日 对账", day: "2026-11-30", rest: "对账", repeats: "month-last-workday"},
		{text: "每月25日 对账", day: "2026-11-25", rest: "对账", repeats: "month:25"},
		{text: "每周一 例会", day: "2026-11-23", rest: "例会", repeats: "week:1"},
		{text: "每季度末 复核", day: "2026-12-31", rest: "复核", repeats: "quarter-end"},
		{text: "每年12月31日 复核", day: "2026-12-31", rest: "复核", repeats: "year:12-31"},
		{text: "use up test coupons by Dec 31", day: "2026-12-31", rest: "use up test coupons", guess: input.GuessYear},
		{text: "31 December 2026 coupons", day: "2026-12-31", rest: "coupons"},
		{text: "in 3 weeks send the report", day: "2026-12-11", rest: "send the report"},
		{text: "send the report in five working days", day: "2026-11-27", rest: "send the report"},
		{text: "next Friday report", day: "2026-11-27", rest: "report", guess: input.GuessWeek},
		{text: "Wednesday report", day: "2026-11-25", rest: "report"},
		{text: "end of next quarter report", day: "2027-03-31", rest: "report"},
		{text: "month end report", day: "2026-11-30", rest: "report"},
		{text: "the last working day of every month: invoices", day: "2026-11-30", rest: "invoices", repeats: "month-last-workday"},
		{text: "every Monday call", day: "2026-11-23", rest: "call", repeats: "week:1"},
		{text: "每季度 复核标签", day: "2026-12-31", rest: "复核标签", repeats: "quarter-end", guess: input.GuessRule},
		{text: "每季度最后一个工作日 复核", day: "2026-12-31", rest: "复核", repeats: "quarter-last-workday"},
		{text: "每周 例会", day: "2026-11-20", rest: "例会", repeats: "week:5", guess: input.GuessRule},
		{text: "每月 5 日 对账", day: "2026-12-05", rest: "对账", repeats: "month:5"},
		{text: "每月 对账", day: "2026-11-30", rest: "对账", repeats: "month-end", guess: input.GuessRule},
		{text: "每年 审计", day: "2026-12-31", rest: "审计", repeats: "year:12-31", guess: input.GuessRule},
		{text: "weekly report", day: "2026-11-20", rest: "report", repeats: "week:5", guess: input.GuessRule},
		{text: "weekly on Mondays call", day: "2026-11-23", rest: "call", repeats: "week:1"},
		{text: "quarterly review", day: "2026-12-31", rest: "review", repeats: "quarter-end", guess: input.GuessRule},
		{text: "the last working day of every quarter: review", day: "2026-12-31", rest: "review", repeats: "quarter-last-workday"},
		{text: "weekly numbers by 5 December", day: "2026-12-05", rest: "weekly numbers", guess: input.GuessYear},
		{text: "monthly on the 5th invoices", day: "2026-12-05", rest: "invoices", repeats: "month:5"},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			w, rest, err := input.FindDay(c.text, today, calendar)
			if err != nil || w.Day.String() != c.day || rest != c.rest || w.Repeats != c.repeats || w.Guessed != c.guess {
				t.Errorf("got %s %q %q guessed %q, %v", w.Day, rest, w.Repeats, w.Guessed, err)
			}
		})
	}
	faults := []struct {
		text   string
		reason input.DateReason
		near   string
	}{
		{"2月30日 交材料", input.ImpossibleDate, "2027-02-28"},
		{"2026-11-31 交材料", input.ImpossibleDate, "2026-11-30"},
		{"13月5日", input.ImpossibleDate, ""},
		{"2026-11-19 交材料", input.PastDate, "2027-11-19"},
		{"2020年2月29日 交材料", input.PastDate, "2027-02-28"},
		{"每月32日 对账", input.ImpossibleDate, ""},
		{"尽快交材料", input.NoDate, ""},
		{"", input.NoDate, ""},
		{"2099-01-01 交材料", input.DistantDate, ""},
	}
	for _, c := range faults {
		t.Run(c.text, func(t *testing.T) {
			_, _, err := input.FindDay(c.text, today, calendar)
			fault, is := errors.AsType[*input.DateError](err)
			if !is || fault.Reason != c.reason || fault.Near.String() != c.near {
				t.Errorf("got %v, near %v", err, fault)
			}
		})
	}
}

func TestHours(t *testing.T) {
	for text, want := range map[string]string{
		"9-18": "9h0m0s 18h0m0s", "8:30-17:30": "8h30m0s 17h30m0s", "９：００－１８：００": "9h0m0s 18h0m0s", "9点到18点": "9h0m0s 18h0m0s", "10 to 19": "10h0m0s 19h0m0s", "0-24": "0s 24h0m0s",
		"18-9": "", "9-10": "", "9:70-18": "", "9-25": "", "早上": "", "": "", "22-6": "",
	} {
		t.Run(text, func(t *testing.T) {
			h, ok := input.Hours(text)
			if got := h.From.String() + " " + h.To.String(); ok != (want != "") || ok && got != want {
				t.Errorf("got %s, %v", got, ok)
			}
		})
	}
}

func FuzzFindDay(f *testing.F) {
	calendar, err := data.Calendar()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("每月最后一个工作日 对账")
	f.Add("31/12 x")
	today := worktime.On(2026, 11, 20)
	f.Fuzz(func(t *testing.T, text string) {
		w, _, err := input.FindDay(text, today, calendar)
		if err == nil && (w.Day.Before(today) || w.Day.Year > today.Year+10) {
			t.Errorf("%q is %s", text, w.Day)
		}
	})
}
