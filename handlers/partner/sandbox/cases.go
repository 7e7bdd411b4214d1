package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Cases: partner API sheet, section 6, 2026-11-20. Business failures come as
// HTTP 200 with an error code. Times come in three forms on purpose: lists carry
// none of a zone, details carry +08:00, messages carry Z.

// incident is one case.
type incident struct {
	ID, Problem, Category, Product, Region, Severity, Text string
	Status                                                 int
	Created, Confirmed, Urged                              time.Time
	Messages                                               []message
	Files                                                  []string
	English                                                bool
	Logs                                                   []string
	Step                                                   int       // how far the engineer is
	Next                                                   time.Time // when he goes on; zero: he waits
	Resolution, Comment                                    string
}

// message is one message of a case.
type message struct {
	ID, Author, Text string
	Engineer         bool
	At               time.Time
	Files            []string
}

const (
	caseWaiting  = 0
	caseProgress = 1
	caseConfirm  = 2
	caseFinished = 3
	caseCancel   = 4
	caseDeleted  = 13
	caseFeedback = 17

	caseSource = "83aeb0f2834c4df49826c781d32a963e" // constant source_id (section 6.2)
	urgeEvery  = 30 * time.Minute                   // assumed: only the code for "too often" is known
)

func osm(code string) *refusal { return refuse(http.StatusOK, code) }

func wrong(field string) *refusal {
	return &refusal{status: http.StatusOK, code: "OSM.01010001", detail: field}
}

func local(t time.Time) string {
	return t.In(time.FixedZone("GMT+8", 8*3600)).Format("2006-01-02 15:04:05")
}

func offset(t time.Time) string {
	return t.In(time.FixedZone("GMT+8", 8*3600)).Format("2006-01-02T15:04:05.000-07:00")
}

// work lets the engineer go on with every case whose time has come.
func (w *world) work(now time.Time, think time.Duration) {
	for _, in := range w.Cases {
		for !in.Next.IsZero() && !in.Next.After(now) {
			at := in.Next
			in.Next = time.Time{}
			switch in.Step {
			case 0:
				in.Status, in.Next = caseProgress, at.Add(think)
			case 1:
				in.Status = caseFeedback
			case 2:
				in.Status, in.Resolution, in.Next = caseConfirm, "问题已处理", at.Add(72*time.Hour)
			default:
				in.Status, in.Confirmed = caseFinished, at
				continue
			}
			text := w.catalog.Replies[in.Step][0]
			if in.English {
				text = w.catalog.Replies[in.Step][1]
			}
			in.Messages = append(in.Messages, message{ID: w.hex(32), Author: "华为云工程师", Text: text, Engineer: true, At: at})
			in.Step++
		}
	}
}

func (c *call) createCase() (any, error) {
	var in struct {
		Problem  string            `json:"business_type_id"`
		Text     string            `json:"simple_description"`
		Source   string            `json:"source_id"`
		Category string            `json:"incident_sub_type_id"`
		Product  string            `json:"product_category_id"`
		Region   string            `json:"region_id"`
		Severity string            `json:"severity_id"`
		Mail     string            `json:"remind_mail"`
		Files    []string          `json:"accessory_ids"`
		Extras   map[string]string `json:"extension_map"`
	}
	if c.decode(&in) != nil {
		return nil, wrong("body")
	}
	i := slices.IndexFunc(c.catalog.Problems, func(p struct {
		ID, Type string
		Name     named
		Products []string
	}) bool {
		return p.ID == in.Problem
	})
	switch {
	case in.Source != caseSource:
		return nil, wrong("source_id")
	case i < 0:
		return nil, wrong("business_type_id")
	case in.Text == "" || tooLong(1200, in.Text):
		return nil, wrong("simple_description")
	case in.Product != "" && !slices.Contains(c.catalog.Problems[i].Products, in.Product):
		return nil, wrong("product_category_id")
	case c.catalog.Problems[i].Type == "5" && in.Region == "":
		return nil, wrong("region_id")
	case c.catalog.Problems[i].Type == "5" && in.Severity == "":
		return nil, osm("OSM.01010006")
	case len(in.Files) > 5 || slices.ContainsFunc(in.Files, func(id string) bool { return c.Files[id] == nil }):
		return nil, wrong("accessory_ids")
	}
	n := 1
	for _, old := range c.Cases {
		if old.Created.Format("20060102") == c.now.Format("20060102") {
			n++
		}
	}
	x := &incident{
		ID: "TT" + c.now.Format("20060102") + strings.Repeat("0", 6-len(strconv.Itoa(n))) + strconv.Itoa(n), Problem: in.Problem, Category: in.Category,
		Product: in.Product, Region: in.Region, Severity: in.Severity, Text: in.Text, Created: c.now, Files: in.Files, English: c.english(), Next: c.now.Add(c.think),
	}
	x.Messages = []message{{ID: c.hex(32), Author: c.Parties[c.Operator].Account, Text: in.Text, At: c.now, Files: in.Files}}
	c.Cases = append(c.Cases, x)
	return map[string]string{"incident_id": x.ID}, nil
}

func (c *call) incident() (*incident, error) {
	id := c.r.PathValue("case")
	for _, x := range c.Cases {
		if x.ID == id && x.Status != caseDeleted {
			return x, nil
		}
	}
	return nil, osm("OSM.01010015")
}

type caseRow struct {
	ID         string `json:"incident_id"`
	Status     int    `json:"status"`
	Problem    string `json:"business_type_name"`
	Category   string `json:"incident_type_name"`
	Product    string `json:"product_category_name"`
	Region     string `json:"dc_name"`
	Text       string `json:"simple_description"`
	Resolution string `json:"resolution,omitempty"`
	Created    string `json:"create_time"`
	Confirmed  string `json:"confirmed_time"`
}

func (c *call) caseRow(x *incident, when func(time.Time) string) caseRow {
	r := caseRow{ID: x.ID, Status: x.Status, Text: x.Text, Resolution: x.Resolution, Created: when(x.Created)}
	if !x.Confirmed.IsZero() {
		r.Confirmed = when(x.Confirmed)
	}
	for _, p := range c.catalog.Problems {
		if p.ID == x.Problem {
			r.Problem = c.pick(p.Name)
		}
	}
	for _, cat := range c.catalog.Categories {
		for _, p := range cat.Products {
			if p.ID == x.Product {
				r.Product, r.Category = c.pick(p.Name), c.pick(cat.Name)
			}
		}
	}
	for _, g := range c.catalog.Regions {
		if g.ID == x.Region {
			r.Region = c.pick(g.Name)
		}
	}
	return r
}

func (c *call) listCases() (any, error) {
	q := c.r.URL.Query()
	words := q["search_key"]
	if len(words) > 3 || tooLong(64, words...) {
		return nil, wrong("search_key")
	}
	status, err := c.number("status")
	if err != nil {
		return nil, wrong("status")
	}
	from, to := time.Time{}, c.now
	for name, t := range map[string]*time.Time{"query_start_time": &from, "query_end_time": &to} {
		if q.Get(name) == "" {
			continue
		}
		if *t, err = time.ParseInLocation("2006-01-02 15:04:05", q.Get(name), time.FixedZone("GMT+8", 8*3600)); err != nil {
			return nil, wrong(name)
		}
	}
	states := strings.FieldsFunc(q.Get("incident_status"), func(r rune) bool { return r == ',' })
	all := []caseRow{}
	for _, x := range slices.Backward(c.Cases) {
		if x.Status == caseDeleted || status != nil && x.Status != *status || x.Created.Before(from) || x.Created.After(to) || !c.shown(x.Created) ||
			len(states) > 0 && !slices.Contains(states, strconv.Itoa(x.Status)) || q.Get("incident_id") != "" && x.ID != q.Get("incident_id") ||
			slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(x.Text+x.ID, w) }) {
			continue
		}
		all = append(all, c.caseRow(x, local))
	}
	page, err := c.page(len(all), 100)
	if err != nil {
		return nil, wrong("offset, limit")
	}
	return map[string]any{"total_count": len(all), "incident_info_list": all[page.from:page.to]}, nil
}

type fileRow struct {
	ID   string `json:"accessory_id"`
	Name string `json:"file_actual_name"`
}

type messageRow struct {
	Type    int       `json:"type"`
	Replier string    `json:"replier"`
	Name    string    `json:"replier_name"`
	Content string    `json:"content"`
	ID      string    `json:"message_id,omitempty"`
	At      string    `json:"create_time"`
	First   int       `json:"is_first_message"`
	Files   []fileRow `json:"accessory_list"`
}

func (c *call) messageRows(x *incident, when func(time.Time) string) []messageRow {
	all := []messageRow{}
	for i, m := range x.Messages {
		r := messageRow{Replier: m.Author, Name: m.Author, Content: m.Text, ID: m.ID, At: when(m.At), Files: []fileRow{}}
		if m.Engineer {
			r.Type = 1
		}
		if i == 0 {
			r.First = 1
		}
		for _, id := range m.Files {
			r.Files = append(r.Files, fileRow{id, c.Files[id].Name})
		}
		all = append(all, r)
	}
	return all
}

func (c *call) caseDetail() (any, error) {
	x, err := c.incident()
	if err != nil {
		return nil, err
	}
	d := struct {
		caseRow
		Severity string       `json:"severity_name"`
		Comment  string       `json:"judgement"`
		Source   string       `json:"source_name"`
		Messages []messageRow `json:"message_list"`
	}{c.caseRow(x, offset), "", x.Comment, "API", c.messageRows(x, offset)}
	for _, s := range c.catalog.Severities {
		if s.ID == x.Severity {
			d.Severity = c.pick(s.Name)
		}
	}
	return map[string]any{"incident_detail_info": d}, nil
}

func (c *call) caseStatus() (any, error) {
	x, err := c.incident()
	if err != nil {
		return nil, err
	}
	return map[string]any{"status": x.Status}, nil
}

func (c *call) caseMessages() (any, error) {
	x, err := c.incident()
	if err != nil {
		return nil, err
	}
	all := c.messageRows(x, stamp)
	for i := range all {
		all[i].ID = "" // only the detail names messages
	}
	page, err := c.page(len(all), 100)
	if err != nil {
		return nil, wrong("offset, limit")
	}
	return map[string]any{"count": len(all), "message_list": all[page.from:page.to]}, nil
}

func (c *call) replyCase() (any, error) {
	x, err := c.incident()
	if err != nil {
		return nil, err
	}
	var in struct {
		Message struct {
			Content string   `json:"content"`
			Files   []string `json:"accessory_ids"`
		} `json:"message"`
	}
	if c.decode(&in) != nil || in.Message.Content == "" || tooLong(1200, in.Message.Content) || len(in.Message.Files) > 5 ||
		slices.ContainsFunc(in.Message.Files, func(id string) bool { return c.Files[id] == nil }) {
		return nil, wrong("message")
	}
	if slices.Contains([]int{caseFinished, caseCancel}, x.Status) {
		return nil, osm("OSM.01010017")
	}
	x.Messages = append(x.Messages, message{ID: c.hex(32), Author: c.Parties[c.Operator].Account, Text: in.Message.Content, At: c.now, Files: in.Message.Files})
	if x.Status == caseFeedback || x.Status == caseConfirm {
		x.Status, x.Step, x.Next = caseProgress, 2, c.now.Add(c.think)
	}
	return map[string]any{}, nil
}

func (c *call) actCase() (any, error) {
	x, err := c.incident()
	if err != nil {
		return nil, err
	}
	var in struct {
		Comment string `json:"judgement"`
		Desc    string `json:"operate_desc"`
	}
	if len(c.body) > 0 && c.decode(&in) != nil || tooLong(400, in.Comment, in.Desc) {
		return nil, wrong("judgement, operate_desc")
	}
	switch action := c.r.URL.Query().Get("action_id"); {
	case !slices.Contains([]string{"cancel", "close", "press", "delete"}, action):
		return nil, osm("OSM.01010013")
	case action == "cancel" && x.Status == caseWaiting:
		x.Status, x.Next = caseCancel, time.Time{}
	case action == "close" && slices.Contains([]int{caseProgress, caseConfirm, caseFeedback}, x.Status):
		x.Status, x.Confirmed, x.Next, x.Comment = caseFinished, c.now, time.Time{}, in.Comment
	case action == "press" && slices.Contains([]int{caseWaiting, caseProgress}, x.Status):
		if !x.Urged.IsZero() && c.now.Sub(x.Urged) < urgeEvery {
			return nil, osm("OSM.01010004")
		}
		x.Urged = c.now
	case action == "delete" && slices.Contains([]int{caseFinished, caseCancel}, x.Status):
		x.Status = caseDeleted
	default:
		return nil, osm("OSM.01010017")
	}
	return map[string]any{}, nil
}
