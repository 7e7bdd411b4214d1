package faq_test

import (
	"fmt"
	"testing"

	"partnerdesk/faq"
	"partnerdesk/faq/sound"
	"partnerdesk/index"
)

// practice is a small corpus with several ways of asking, enough to fit weights on.
func practice() *faq.Corpus {
	c := &faq.Corpus{}
	for i, lines := range [][]string{
		{"食堂午餐几点开始供应", "中午几点能去食堂吃饭", "午餐时间食堂开门了没", "食堂中午开饭时间"},
		{"机房空调温度如何调节", "空调太冷怎么调温度", "机房的空调温度设多少", "调节空调温度的步骤"},
		{"停车位怎么申请", "想申请一个停车位", "车位申请流程", "新车停哪里要申请车位吗"},
		{"打印机没有墨了找谁", "打印机缺墨怎么办", "谁负责给打印机换墨", "打印机换墨盒找哪个部门"},
		{"门禁卡丢了怎么补办", "补办门禁卡的地方", "门卡丢失补一张", "我的门禁卡不见了"},
	} {
		c.Entries = append(c.Entries, &faq.Entry{
			ID: fmt.Sprintf("e%d", i), Kind: faq.HowTo, Question: faq.Text{ZH: lines[0]}, Ask: faq.Asks{ZH: lines[1:]},
			Answer: faq.Bodies{ZH: faq.Body{Fact: "答案" + lines[0]}},
		})
	}
	return c
}

func TestTrain(t *testing.T) {
	c := practice()
	x, err := index.Open(t.Context(), c, index.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	m, tr, err := faq.Train(t.Context(), c, x, faq.TrainOptions{
		Sounds: sound.Table{}, Seed: 1,
		Negatives: []string{"今天天气怎么样", "世界杯冠军是谁"},
		Cases:     []faq.Case{{ID: "a", Q: "车位去哪申请", Entry: []string{"e2"}}, {ID: "b", Q: "明天放假吗"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if tr.Samples == 0 || tr.Positives == 0 || tr.Found < 0.5 {
		t.Errorf("got %+v", tr)
	}
	files, err := m.Files()
	if err != nil {
		t.Fatal(err)
	}
	back, err := faq.ReadModel(files["model.json"], files["encoder.bin"])
	if err != nil {
		t.Fatal(err)
	}
	d, err := faq.NewDesk(c, x, faq.Options{Model: back, Sounds: sound.Table{}})
	if err != nil {
		t.Fatal(err)
	}
	if got := first(ask(t, d, faq.Question{Text: "停车位如何申请"})); got != "e2" {
		t.Errorf("got %q", got)
	}
}

func TestReadModel_Faults(t *testing.T) {
	for name, c := range map[string]struct{ weights, encoder string }{
		"no JSON":            {"{", ""},
		"an unknown feature": {`{"Rank":{"luck":1}}`, ""},
		"a broken encoder":   {`{}`, "not gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := faq.ReadModel([]byte(c.weights), []byte(c.encoder)); err == nil {
				t.Error("no error")
			}
		})
	}
}
