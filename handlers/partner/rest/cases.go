package rest

import (
	"context"
	"encoding/base64"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"partnerdesk/handlers/partner"
)

var _ partner.Cases = (*Client)(nil)

// caseSource is a constant that every new case carries (partner API sheet,
// section 6.2, 2026-11-20).
const caseSource = "83aeb0f2834c4df49826c781d32a963e"

// maxCaseID is the longest case id (partner API sheet, section 6.2, 2026-11-20).
const maxCaseID = 32

// caseID refuses what cannot be a case id: it becomes a part of the path.
func caseID(op, id string) error {
	odd := func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
	}
	if id == "" || len(id) > maxCaseID || strings.ContainsFunc(id, odd) {
		return &partner.Error{Op: op, Class: partner.BadInput, Code: partner.CodeField}
	}
	return nil
}

// CreateCase implements [partner.Cases].
func (c *Client) CreateCase(ctx context.Context, r partner.CaseRequest) (partner.Receipt, error) {
	const op = "case-create"
	in := struct {
		Problem  string            `json:"business_type_id"`
		Text     string            `json:"simple_description"`
		Source   string            `json:"source_id"`
		Category string            `json:"incident_sub_type_id,omitempty"`
		Product  string            `json:"product_category_id,omitempty"`
		Region   string            `json:"region_id,omitempty"`
		Severity string            `json:"severity_id,omitempty"`
		Phone    string            `json:"remind_mobile,omitempty"`
		Area     string            `json:"area_code,omitempty"`
		Mail     string            `json:"remind_mail,omitempty"`
		At       string            `json:"remind_time,omitempty"`
		Files    []string          `json:"accessory_ids,omitempty"`
		Extras   map[string]string `json:"extension_map,omitempty"`
	}{r.ProblemID, r.Description, caseSource, r.CategoryID, r.ProductID, r.RegionID, r.SeverityID, r.Phone, r.Area, r.Mail, r.RemindAt, r.Attachments, r.Extras}
	err := errFirst(needed(op, r.ProblemID, 512), needed(op, r.Description, partner.MaxDescription), length(op, r.CategoryID, 32), length(op, r.ProductID, maxID),
		length(op, r.RegionID, maxID), length(op, r.Phone, 32), length(op, r.Mail, 128), length(op, r.RemindAt, 16), atMost(op, len(r.Attachments), partner.MaxAttachments))
	if err != nil {
		return partner.Receipt{}, err
	}
	var out struct {
		ID text `json:"incident_id"`
	}
	at, err := c.write(ctx, c.care(op, http.MethodPost, "/cases", in, &out))
	if err != nil {
		return partner.Receipt{}, err
	}
	if out.ID == "" {
		return partner.Receipt{}, unclear(op, at)
	}
	return partner.Receipt{ID: string(out.ID), SignedAt: at}, nil
}

type wireCase struct {
	ID         text    `json:"incident_id"`
	Status     number  `json:"status"`
	Problem    text    `json:"business_type_name"`
	Category   text    `json:"incident_type_name"`
	Product    text    `json:"product_category_name"`
	Region     text    `json:"dc_name"`
	Text       text    `json:"simple_description"`
	Resolution text    `json:"resolution"`
	Created    instant `json:"create_time"`
	Confirmed  instant `json:"confirmed_time"`
	Customer   text    `json:"xcustomer_id"`
	Name       text    `json:"xcustomer_name"`
}

func (w wireCase) words() partner.CaseSummary {
	return partner.CaseSummary{
		ID: string(w.ID), Status: partner.CaseStatus(w.Status.n), Problem: string(w.Problem), Category: string(w.Category), Product: string(w.Product),
		Region: string(w.Region), Description: string(w.Text), Resolution: string(w.Resolution), Created: w.Created.Time, Confirmed: w.Confirmed.Time,
		CustomerID: string(w.Customer), CustomerName: string(w.Name),
	}
}

// Cases implements [partner.Cases].
func (c *Client) Cases(ctx context.Context, q partner.CaseQuery) iter.Seq2[partner.CaseSummary, error] {
	return pages(ctx, "cases", q.Most, func(ctx context.Context, offset, limit int) ([]partner.CaseSummary, int, error) {
		err := atMost("cases", len(q.Words), partner.MaxSearchWords)
		for _, w := range q.Words {
			err = errFirst(err, field("cases", w))
		}
		if err != nil {
			return nil, 0, err
		}
		var out struct {
			Total number     `json:"total_count"`
			List  []wireCase `json:"incident_info_list"`
		}
		k := c.care("cases", http.MethodGet, "/cases", nil, &out)
		for _, w := range q.Words {
			k.query.set("search_key", w)
		}
		k.query.set("incident_id", q.ID)
		k.query.set("query_start_time", wall(q.From))
		k.query.set("query_end_time", wall(q.To))
		if len(q.Status) == 1 {
			k.query.set("status", strconv.Itoa(int(q.Status[0])))
		} else {
			k.query.set("incident_status", list(q.Status))
		}
		k.query.set("x_customer_id", q.CustomerID)
		k.query.page(offset, limit)
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		var page []partner.CaseSummary
		for _, w := range out.List {
			page = append(page, w.words())
		}
		return page, out.Total.n, nil
	})
}

// wall writes a time as the case list takes it: without a zone, in GMT+8.
func wall(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(china()).Format(time.DateTime)
}

func list(states []partner.CaseStatus) string {
	var all []string
	for _, s := range states {
		all = append(all, strconv.Itoa(int(s)))
	}
	return strings.Join(all, ",")
}

type wireMessage struct {
	Type    number  `json:"type"`
	Replier text    `json:"replier"`
	Name    text    `json:"replier_name"`
	Content text    `json:"content"`
	ID      text    `json:"message_id"`
	At      instant `json:"create_time"`
	First   flag    `json:"is_first_message"`
	Files   []struct {
		ID   text `json:"accessory_id"`
		Name text `json:"file_actual_name"`
	} `json:"accessory_list"`
}

func (w wireMessage) words() partner.CaseMessage {
	m := partner.CaseMessage{
		ID: string(w.ID), FromHuawei: w.Type.n == 1, Author: string(w.Name), Content: string(w.Content), At: w.At.Time, First: bool(w.First),
	}
	if m.Author == "" {
		m.Author = string(w.Replier)
	}
	for _, f := range w.Files {
		m.Attachments = append(m.Attachments, partner.Named{ID: string(f.ID), Name: string(f.Name)})
	}
	return m
}

// Case implements [partner.Cases].
func (c *Client) Case(ctx context.Context, id string) (partner.CaseDetail, error) {
	if err := caseID("case", id); err != nil {
		return partner.CaseDetail{}, err
	}
	var out struct {
		Info struct {
			wireCase
			Severity text          `json:"severity_name"`
			Comment  text          `json:"judgement"`
			Messages []wireMessage `json:"message_list"`
		} `json:"incident_detail_info"`
	}
	if err := c.do(ctx, c.care("case", http.MethodGet, "/cases/"+id, nil, &out)); err != nil {
		return partner.CaseDetail{}, err
	}
	if out.Info.ID == "" {
		return partner.CaseDetail{}, &partner.Error{Op: "case", Class: partner.NotFound, Sent: true, Status: http.StatusOK}
	}
	d := partner.CaseDetail{CaseSummary: out.Info.words(), Severity: string(out.Info.Severity), Comment: string(out.Info.Comment)}
	for _, m := range out.Info.Messages {
		d.Messages = append(d.Messages, m.words())
	}
	return d, nil
}

// CaseStatus implements [partner.Cases].
func (c *Client) CaseStatus(ctx context.Context, id string) (partner.CaseStatus, error) {
	if err := caseID("case-status", id); err != nil {
		return 0, err
	}
	var out struct {
		Status number `json:"status"`
	}
	err := c.do(ctx, c.care("case-status", http.MethodGet, "/cases/"+id+"/status", nil, &out))
	if err == nil && !out.Status.set {
		err = &partner.Error{Op: "case-status", Class: partner.Broken, Code: partner.CodeDecode, Sent: true, Status: http.StatusOK}
	}
	return partner.CaseStatus(out.Status.n), err
}

// CaseMessages implements [partner.Cases].
func (c *Client) CaseMessages(ctx context.Context, id string) iter.Seq2[partner.CaseMessage, error] {
	return pages(ctx, "case-messages", 0, func(ctx context.Context, offset, limit int) ([]partner.CaseMessage, int, error) {
		if err := caseID("case-messages", id); err != nil {
			return nil, 0, err
		}
		var out struct {
			Count number        `json:"count"`
			List  []wireMessage `json:"message_list"`
		}
		k := c.care("case-messages", http.MethodGet, "/cases/"+id+"/messages", nil, &out)
		k.query.page(offset, limit)
		if err := c.do(ctx, k); err != nil {
			return nil, 0, err
		}
		var page []partner.CaseMessage
		for _, w := range out.List {
			page = append(page, w.words())
		}
		return page, out.Count.n, nil
	})
}

// ReplyCase implements [partner.Cases].
func (c *Client) ReplyCase(ctx context.Context, id, words string, attachments []string) (partner.Receipt, error) {
	const op = "case-reply"
	if err := errFirst(caseID(op, id), needed(op, words, partner.MaxReply), atMost(op, len(attachments), partner.MaxAttachments)); err != nil {
		return partner.Receipt{}, err
	}
	type message struct {
		Content string   `json:"content"`
		Files   []string `json:"accessory_ids,omitempty"`
	}
	in := struct {
		Message message `json:"message"`
	}{message{words, attachments}}
	at, err := c.write(ctx, c.care(op, http.MethodPost, "/cases/"+id+"/message", in, nil))
	if err != nil {
		return partner.Receipt{}, err
	}
	return partner.Receipt{SignedAt: at}, nil
}

// ActOnCase implements [partner.Cases].
func (c *Client) ActOnCase(ctx context.Context, id string, do partner.CaseAction, comment string) (partner.Receipt, error) {
	const op = "case-action"
	known := slices.Contains([]partner.CaseAction{partner.CancelCase, partner.CloseCase, partner.UrgeCase}, do)
	if err := errFirst(caseID(op, id), length(op, comment, partner.MaxComment)); err != nil || !known {
		return partner.Receipt{}, errFirst(err, &partner.Error{Op: op, Class: partner.BadInput, Code: partner.CodeField})
	}
	in := struct {
		Judgement string `json:"judgement,omitempty"`
		Reason    string `json:"operate_desc,omitempty"`
	}{}
	if in.Reason = comment; do == partner.CloseCase {
		in.Judgement, in.Reason = comment, ""
	}
	k := c.care(op, http.MethodPost, "/cases/"+id+"/action", in, nil)
	k.query.set("action_id", string(do))
	at, err := c.write(ctx, k)
	if err != nil {
		return partner.Receipt{}, err
	}
	return partner.Receipt{SignedAt: at}, nil
}

// Attach implements [partner.Cases]. Limits on size and type are the center's:
// ask [Client.AttachmentLimits] first.
func (c *Client) Attach(ctx context.Context, name string, data []byte, forReply bool) (partner.Receipt, error) {
	const op = "case-attach"
	if err := needed(op, name, 512); err != nil {
		return partner.Receipt{}, err
	}
	in := struct {
		Name string `json:"accessory_name"`
		From string `json:"accessory_from"`
		Kind int    `json:"upload_type"`
		Data string `json:"accessory_data"`
	}{Name: name, From: "incident", Data: base64.StdEncoding.EncodeToString(data)}
	if forReply {
		in.From = "message"
	}
	var out struct {
		ID text `json:"accessory_id"`
	}
	at, err := c.write(ctx, c.care(op, http.MethodPost, "/accessorys/json-format-content", in, &out))
	if err != nil {
		return partner.Receipt{}, err
	}
	if out.ID == "" {
		return partner.Receipt{}, unclear(op, at)
	}
	return partner.Receipt{ID: string(out.ID), SignedAt: at}, nil
}
