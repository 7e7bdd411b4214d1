package handlers

import (
	"context"
	"maps"
	"slices"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers/money"
)

// History reads the audit log: a stream from its first entry on. An error tells
// that the chain is broken, beside what could be read before.
type History interface {
	Audited(ctx context.Context, team, stream string) ([]bot.Entry, error)
}

// overseer is /desk approvals, everything that waits for an approver whatever it
// is, and /desk audit, the history of one object out of the audit log.
type overseer struct{ d *Deps }

func (o overseer) subs() map[string]bot.Action {
	return map[string]bot.Action{"approvals": {Needs: bot.RightRead, Run: o.approvals}, "audit": {Needs: bot.RightAudit, Run: o.audit}}
}

func (o overseer) approvals(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if o.d.Money == nil || !o.d.Access.Offers(bot.AreaMoney) || r.Actor.Huawei {
		return bot.Outcome{}, &bot.Refusal{Reason: "area", Key: "refusal.area.money"}
	}
	return moneyer{d: o.d, command: "funds"}.listing(ctx, r, "money.open", func(op money.Operation) bool { return !op.State.Final() && op.State != money.Draft })
}

// auditedKinds are the streams of what people know by an id, by how the id begins.
var auditedKinds = map[string]string{"MO": "operation", "RQ": "request", "ML": "list", "PD": "ticket", "OP": "opportunity", "DL": "deadline", "BF": "benefit"}

// mostAudited is how many lines one answer shows, the newest.
const mostAudited = 40

func (o overseer) audit(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	if o.d.History == nil {
		return bot.Outcome{}, bot.User("audit.unset")
	}
	id := strings.ToUpper(oneLine(r.Text))
	prefix, _, dashed := strings.Cut(id, "-")
	kind, known := auditedKinds[prefix]
	if !dashed || !known {
		return bot.Outcome{}, bot.User("audit.which", "ids", strings.Join(slices.Sorted(maps.Keys(auditedKinds)), "-…"+o.d.words(r).T("money.and"))+"-…")
	}
	entries, broken := o.d.History.Audited(ctx, team(r), kind+"/"+id)
	if broken != nil && len(entries) == 0 && ctx.Err() != nil {
		return bot.Outcome{}, broken
	}
	w := o.d.words(r)
	if len(entries) == 0 {
		return bot.Outcome{}, bot.User("audit.none", "id", clip(id, 20)).Because(broken)
	}
	left := max(0, len(entries)-mostAudited)
	var lines bot.List
	for _, e := range entries[left:] {
		var who bot.Inline = bot.Text(w.T("audit.desk"))
		if e.Person.User != "" {
			who = bot.Mention{Person: e.Person}
		}
		line := []bot.Inline{bot.Text(o.d.clock(e.At) + "  "), who, bot.Text("  " + o.did(w, e))}
		if len(e.Facts) > 0 {
			line = append(line, bot.Text("  "), bot.Code(factsWords(e.Facts)))
		}
		lines.Items = append(lines.Items, line)
	}
	blocks := []bot.Block{bot.Heading{Text: w.T("audit.title", "id", id, "count", count(len(entries)))}, lines}
	if left > 0 {
		blocks = append(blocks, bot.Note{Inlines: plain(w.T("audit.more", "count", count(left)))})
	}
	note := "audit.chain"
	if broken != nil {
		note = "audit.broken"
	}
	blocks = append(blocks, bot.Note{Inlines: plain(w.T(note))})
	out := bot.Outcome{Reply: bot.Reply{Private: true, Blocks: blocks}}
	if broken != nil {
		out.Audit = &bot.Entry{Stream: "desk/admin", Person: r.Person, Account: r.Actor.Account, Action: "desk.audit", Object: id, Outcome: "failed", At: o.d.Now()}
	}
	return out, nil
}

// did words what an entry says was done; what has no word is shown as it stands.
func (o overseer) did(w lang.Words, e bot.Entry) string {
	verb := e.Action[strings.LastIndexByte(e.Action, '.')+1:]
	what := e.Action
	if key := "audit.did." + verb; w.Has(key) {
		what = w.T(key)
	}
	if e.Outcome != "ok" {
		what = w.T("audit.outcome", "what", what, "outcome", w.T("audit.outcome."+outcomeKey(e.Outcome)))
	}
	return what
}

func outcomeKey(outcome string) string {
	if outcome == "refused" {
		return outcome
	}
	return "failed"
}

// factsWords writes the facts of an entry as they stand in the chain.
func factsWords(facts map[string]string) string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(facts)) {
		list = append(list, k+"="+facts[k])
	}
	return clip(strings.Join(list, " "), 200)
}
