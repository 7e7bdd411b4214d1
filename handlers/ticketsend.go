package handlers

import (
	"context"
	"strings"
	"time"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
	"partnerdesk/handlers/ticket"
)

// needs is what a problem type asks for beyond the words.
type needs struct {
	regions    []partner.Named // for faults; one must be chosen
	severities []partner.Named // where shown; one must be chosen
	extras     []partner.CaseExtra
}

// extraField is how the fields of extra parameters are named in the form.
const extraField = "extra."

func (f *caseForms) needs(ctx context.Context, c choice) (n needs, err error) {
	if c.problem.Type == partner.FaultCase {
		if n.regions, err = remember(f, "regions", func() ([]partner.Named, error) { return f.d.Cases.CaseRegions(ctx) }); err != nil {
			return n, err
		}
	}
	key := "/" + c.product.ID + "/" + c.problem.ID
	levels, err := remember(f, "severities"+key, func() (partner.CaseSeverities, error) {
		return f.d.Cases.CaseSeverities(ctx, c.product.ID, c.problem.ID)
	})
	if err != nil {
		return n, err
	}
	if levels.Show {
		n.severities = levels.List
	}
	extras, err := remember(f, "extras"+key+"/"+c.category.ID, func() ([]partner.CaseExtra, error) {
		return f.d.Cases.CaseExtras(ctx, c.problem.ID, c.category.ID, c.product.ID)
	})
	for _, e := range extras {
		if e.Required || e.Shown && !e.Sensitive {
			n.extras = append(n.extras, e)
		}
	}
	return n, err
}

// caseForm is step 3 of 3: what the problem type asks for, and the words that go
// to Huawei Cloud.
func (t ticketer) caseForm(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, c, err := t.chosen(ctx, r, r.Value)
	if err != nil {
		return bot.Outcome{}, err
	}
	n, err := t.forms.needs(ctx, c)
	if err != nil {
		return bot.Outcome{}, err
	}
	quota, err := t.d.Cases.CaseQuota(ctx, c.problem.ID, c.product.ID)
	if err != nil && partner.ClassOf(err) != partner.NotFound {
		return bot.Outcome{}, center(err)
	}
	if err == nil && quota.Total > 0 && quota.Unused <= 0 {
		return bot.Outcome{}, bot.User("ticket.case.quota")
	}
	w := t.d.words(r)
	form := bot.Form{Name: "ticket.case", Title: w.T("ticket.case.step3"), Submit: w.T("ticket.case.submit"), Close: w.T("form.close"), State: c.String(), Intro: caseIntro(w, row)}
	choose := func(name, label string, list []partner.Named) {
		field := bot.FormField{Name: name, Kind: bot.FieldChoice, Label: w.T(label)}
		for _, o := range list[:min(len(list), mostOptions)] {
			field.Options = append(field.Options, bot.Option{Value: fingerprint(o.ID), Text: o.Name})
		}
		form.Fields = append(form.Fields, field)
	}
	if len(n.regions) > 0 {
		choose("region", "ticket.case.region", n.regions)
	}
	if len(n.severities) > 0 {
		choose("severity", "ticket.case.severity", n.severities)
	}
	for _, e := range n.extras {
		form.Fields = append(form.Fields, bot.FormField{Name: extraField + e.Key, Kind: bot.FieldLine, Label: e.Name, Hint: strings.TrimSpace(e.Description + " " + e.Tips),
			Initial: e.Default, Optional: !e.Required, Max: e.Length})
	}
	form.Fields = append(form.Fields, bot.FormField{Name: "text", Kind: bot.FieldText, Label: w.T("ticket.case.text"), Hint: w.T("ticket.case.text.hint", "id", row.ID),
		Initial: caseText(row), Max: partner.MaxDescription - len(row.ID) - 3})
	return bot.Outcome{Reply: bot.Reply{Form: &form}}, nil
}

// caseText is what the requester wrote, as the case's first draft. Phone numbers
// and mail addresses stay masked: whoever sends it decides whether they belong
// there.
func caseText(row ticket.Ticket) string {
	parts := []string{row.What}
	if row.Customer != "" {
		parts = append(parts, row.Customer)
	}
	if row.Details != "" {
		parts = append(parts, row.Details)
	}
	return clip(ticket.Contacts(strings.Join(parts, "\n")), partner.MaxDescription-20)
}

func (t ticketer) checkCase(_ context.Context, r bot.Request) (map[string]string, error) {
	faults := map[string]string{}
	for name, v := range r.Values {
		if v == "" && (name == "region" || name == "severity") {
			faults[name] = "ticket.fault.choose"
		}
	}
	if len([]rune(strings.TrimSpace(r.Values["text"]))) < 10 {
		faults["text"] = "ticket.fault.case_text"
	}
	return faults, nil
}

// submitCase queues the case for the worker. Everything that can be known before
// the call is checked once more, on fresh lists.
func (t ticketer) submitCase(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	row, c, err := t.chosen(ctx, r, r.State)
	if err != nil {
		return bot.Outcome{}, err
	}
	n, err := t.forms.needs(ctx, c)
	if err != nil {
		return bot.Outcome{}, err
	}
	text, hidden := ticket.Secrets(strings.TrimSpace(r.Values["text"]))
	q := partner.CaseRequest{ProblemID: c.problem.ID, CategoryID: c.category.ID, ProductID: c.product.ID, Description: text}
	var ok bool
	if q.RegionID, ok = byFingerprint(n.regions, r.Values["region"]); !ok {
		return bot.Outcome{}, bot.User("ticket.fault.region")
	}
	if q.SeverityID, ok = byFingerprint(n.severities, r.Values["severity"]); !ok {
		return bot.Outcome{}, bot.User("ticket.fault.severity")
	}
	for _, e := range n.extras {
		v, found := ticket.Secrets(strings.TrimSpace(r.Values[extraField+e.Key]))
		hidden += found
		if v == "" && e.Required {
			return bot.Outcome{}, bot.User("ticket.fault.extra", "name", e.Name)
		}
		if v != "" {
			if q.Extras == nil {
				q.Extras = map[string]string{}
			}
			q.Extras[e.Key] = v
		}
	}
	return t.change(r, row.ID, "ticket.send", func(row ticket.Ticket, now time.Time) (ticket.Ticket, []ticket.Work, error) {
		after, w, err := row.Send(ticket.Work{By: r.Person, Lang: r.Lang, Request: q}, now)
		return after, []ticket.Work{w}, err
	}, func(_ bot.Tx, _, after ticket.Ticket) (bot.Reply, error) {
		return t.withSecret(r, t.said(r, "ticket.send.sending", "id", after.ID), hidden), nil
	}), nil
}

// byFingerprint finds the id of a chosen entry; its name, typed, is as good. Nothing needs to be chosen from
// an empty list.
func byFingerprint(list []partner.Named, chosen string) (id string, ok bool) {
	for _, o := range list {
		if fingerprint(o.ID) == chosen || o.Name == chosen {
			return o.ID, true
		}
	}
	return "", len(list) == 0
}
