package handlers

import (
	"partnerdesk/bot"
	"partnerdesk/handlers/opportunity"
)

// attach puts the hand-over package beside its words as a table: the fields in
// the order of the partner center's form, and the rules with what was found. The
// words stand alone when the table cannot be made.
func (o sharer) attach(r bot.Request, row opportunity.Opportunity, reply bot.Reply) bot.Reply {
	if o.d.Sheets == nil {
		return reply
	}
	w := o.d.words(r)
	data, err := o.d.Sheets.XLSX(o.fields(r, row), o.findings(r, row))
	key := "opportunity.file.comes"
	if err != nil {
		key = "opportunity.file.failed"
	} else {
		reply.Files = []bot.File{{Name: row.ID + ".xlsx", Title: w.T("opportunity.file.title", "id", row.ID), Kind: xlsxKind, Data: data}}
	}
	reply.Blocks = append(reply.Blocks, bot.Note{Inlines: []bot.Inline{bot.Text(w.T(key))}})
	return reply
}

func (o sharer) fields(r bot.Request, row opportunity.Opportunity) Sheet {
	w := o.d.words(r)
	s := Sheet{Name: w.T("opportunity.package"), Header: []string{w.T("opportunity.file.section"), w.T("opportunity.file.field"), w.T("opportunity.file.value")}}
	for _, section := range o.d.Policy.Sections {
		for _, f := range o.d.Policy.Fields {
			if f.Section != section.ID {
				continue
			}
			v, label := row.Values[f.ID], o.text(r, f.Label)
			if f.Kind == "choice" && v != "" {
				v = w.T("opportunity.option." + v)
			}
			if f.Sure == opportunity.Inferred {
				label += w.T("opportunity.inferred")
			}
			s.Rows = append(s.Rows, []string{o.text(r, section.Label), label, v})
		}
	}
	return s
}

func (o sharer) findings(r bot.Request, row opportunity.Opportunity) Sheet {
	w := o.d.words(r)
	s := Sheet{Name: w.T("opportunity.file.rules"), Header: []string{w.T("opportunity.file.rule"), w.T("opportunity.file.met")}}
	for _, f := range o.d.Policy.Findings(row.Values) {
		met := w.T("opportunity.option.no")
		if f.OK {
			met = w.T("opportunity.option.yes")
		}
		s.Rows = append(s.Rows, []string{o.text(r, f.Rule.Label), met})
	}
	s.Rows = append(s.Rows, []string{w.T("opportunity.source", "date", o.d.Policy.Recorded)})
	return s
}
