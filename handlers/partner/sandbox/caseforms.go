package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a case form needs: partner API sheet, section 6.4, 2026-11-20.

func (c *call) categories() (any, error) {
	type product struct {
		ID   string `json:"incident_product_category_id"`
		Name string `json:"incident_product_category_name"`
		Desc string `json:"incident_product_category_desc"`
	}
	type category struct {
		ID       string    `json:"incident_sub_type_id"`
		Name     string    `json:"incident_sub_type_name"`
		Products []product `json:"incident_product_category_list"`
	}
	var all []category
	for _, k := range c.catalog.Categories {
		row := category{ID: k.ID, Name: c.pick(k.Name)}
		for _, p := range k.Products {
			row.Products = append(row.Products, product{p.ID, c.pick(p.Name), ""})
		}
		all = append(all, row)
	}
	return map[string]any{"total_count": len(all), "incident_sub_type_list": all}, nil
}

func (c *call) problems() (any, error) {
	type row struct {
		ID   string `json:"business_type_id"`
		Name string `json:"business_type_name"`
		Type string `json:"case_type"`
	}
	product := c.r.URL.Query().Get("product_category_id")
	all := []row{}
	for _, p := range c.catalog.Problems {
		if product == "" || slices.Contains(p.Products, product) {
			all = append(all, row{p.ID, c.pick(p.Name), p.Type})
		}
	}
	return map[string]any{"total_count": len(all), "incident_business_type_list": all}, nil
}

func (c *call) severities() (any, error) {
	q := c.r.URL.Query()
	if q.Get("product_category_id") == "" || q.Get("business_type_id") == "" {
		return nil, wrong("product_category_id, business_type_id")
	}
	type row struct {
		Language string `json:"language"`
		ID       string `json:"severity_id"`
		Name     string `json:"severity_name"`
	}
	show := false
	for _, p := range c.catalog.Problems {
		show = show || p.ID == q.Get("business_type_id") && p.Type == "5"
	}
	all := []row{}
	for _, s := range c.catalog.Severities {
		all = append(all, row{"zh-cn", s.ID, c.pick(s.Name)})
	}
	return map[string]any{"show": show, "severity_list": all}, nil
}

func (c *call) regions() (any, error) {
	type row struct {
		Type int    `json:"type"`
		ID   string `json:"region_id"`
		Name string `json:"region_name"`
	}
	all := []row{}
	for _, g := range c.catalog.Regions {
		all = append(all, row{0, g.ID, c.pick(g.Name)})
	}
	return map[string]any{"total_count": len(all), "data_center_list": all}, nil
}

func (c *call) extras() (any, error) {
	problem := c.r.URL.Query().Get("business_type_id")
	if problem == "" {
		return nil, wrong("business_type_id")
	}
	type row struct {
		Key      string `json:"param_key"`
		Name     string `json:"param_name"`
		Type     int    `json:"param_type"`
		Desc     string `json:"param_desc"`
		Required int    `json:"required"`
		Length   int    `json:"length"`
		Show     int    `json:"is_show"`
	}
	all := []row{}
	for _, p := range c.catalog.Problems {
		if p.ID == problem && p.Type == "5" {
			all = append(all, row{"resource_id", c.pick(named{"资源 ID", "Resource id"}), 1, "", 0, 64, 1})
		}
	}
	return map[string]any{"extends_params": all, "common_params": []any{}}, nil
}

func (c *call) caseQuota() (any, error) {
	if c.r.URL.Query().Get("business_type_id") == "" {
		return nil, wrong("business_type_id")
	}
	open := 0
	for _, x := range c.Cases {
		if x.Status < caseFinished || x.Status == caseFeedback {
			open++
		}
	}
	return map[string]any{"total": 50, "un_used": 50 - open}, nil
}

func (c *call) caseLimits() (any, error) {
	return map[string]any{"config": map[string]any{"create_case_ccemail_max_count": 10}}, nil
}

// attachmentLimits answers strings, as the SDK types them.
func (c *call) attachmentLimits() (any, error) {
	return map[string]any{"accessory_limit": map[string]any{
		"limit_count": strconv.Itoa(fileCount), "limit_size": strconv.Itoa(fileMB), "limit_file_type": strings.ReplaceAll(fileTypes, " ", ";"),
	}}, nil
}

func (c *call) agreement() (any, error) {
	if !slices.Contains([]string{"0", "1", "2"}, c.r.URL.Query().Get("agreement_type")) {
		return nil, osm("OSM.01010016")
	}
	return map[string]any{"is_signed_latest": true}, nil
}

func (c *call) privilege() (any, error) {
	if !slices.Contains([]string{"export", "createCase"}, c.r.URL.Query().Get("privilege")) {
		return nil, wrong("privilege")
	}
	return map[string]any{"has_privilege": 1}, nil
}

func (c *call) partnerPrivilege() (any, error) { return map[string]any{"has_privilege": true}, nil }

// stockCases leaves two cases of the last days: one waits for an answer, one is
// done.
func (w *world) stockCases(now time.Time) {
	p := w.catalog.Problems
	add := func(ago time.Duration, problem, product, region, severity, text string, status, step int) *incident {
		at := now.Add(-ago)
		x := &incident{
			ID: "TT" + at.Format("20060102") + "000117", Problem: problem, Product: product, Region: region, Severity: severity, Text: text,
			Status: status, Step: step, Created: at, Messages: []message{{ID: w.hex(32), Author: w.Parties[w.Operator].Account, Text: text, At: at}},
		}
		for i := range step {
			x.Messages = append(x.Messages, message{
				ID: w.hex(32), Author: "华为云工程师", Text: w.catalog.Replies[i][0], Engineer: true, At: at.Add(time.Duration(i+1) * 20 * time.Minute),
			})
		}
		w.Cases = append(w.Cases, x)
		return x
	}
	done := add(5*24*time.Hour, p[3].ID, "p2partner000000000000000000part1", "", "", "上月代售客户账单与调账记录不一致，请协助核对。", caseFinished, 3)
	done.Confirmed, done.Resolution = done.Created.Add(26*time.Hour), "账单数据延迟，已刷新。"
	add(26*time.Hour, p[0].ID, "p1ecs00000000000000000000000ecs1", "cn-north-4", "s2major", "客户 acme 的云服务器无法远程登录，控制台显示运行中。", caseFeedback, 2)
}
