package handlers

import (
	"context"
	"maps"
	"slices"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/handlers/partner"
)

// desk is /desk: help made from the command table, so that a new command
// explains itself.
func desk(d *Deps, others []bot.Command) bot.Command {
	h := &deskHandler{d: d}
	k := curator{d}
	c := bot.Command{Name: "desk", Needs: bot.RightAsk, Names: true, Run: h.run, Subs: k.subs(), Actions: k.actions(), Forms: k.forms()}
	maps.Copy(c.Subs, freezer{d}.subs())
	maps.Copy(c.Subs, overseer{d}.subs())
	maps.Copy(c.Subs, alerter{d}.subs())
	maps.Copy(c.Actions, alerter{d}.actions())
	maps.Copy(c.Subs, deputies{d}.subs())
	n := nights{d}
	maps.Copy(c.Subs, n.subs())
	maps.Copy(c.Actions, n.actions())
	maps.Copy(c.Forms, n.forms())
	h.commands = append(append(h.commands, others...), c)
	return c
}

type deskHandler struct {
	d        *Deps
	commands []bot.Command
}

func (h *deskHandler) run(ctx context.Context, r bot.Request) (bot.Outcome, error) {
	words := strings.Fields(r.Text)
	if len(words) > 0 && (words[0] == "help" || words[0] == "帮助") {
		words = words[1:]
	}
	if r.Actor.Huawei {
		return bot.Outcome{Reply: h.huawei(r)}, nil
	}
	if len(words) == 0 {
		reply := h.all(r)
		reply.Blocks = append(h.d.waiting(ctx, r), reply.Blocks...)
		return bot.Outcome{Reply: reply}, nil
	}
	name := strings.ToLower(strings.TrimPrefix(words[0], "/"))
	for _, c := range h.commands {
		if c.Name == name && h.d.Access.Offers(c.Area) {
			return bot.Outcome{Reply: h.one(r, c)}, nil
		}
	}
	reply := h.all(r)
	unknown := bot.Paragraph{Inlines: []bot.Inline{bot.Text(h.d.words(r).T("desk.unknown", "name", clip(words[0], 40)))}}
	reply.Blocks = append([]bot.Block{unknown}, reply.Blocks...)
	return bot.Outcome{Reply: reply}, nil
}

// huawei is what Huawei's own people can do here. They have no commands of ours.
func (h *deskHandler) huawei(r bot.Request) bot.Reply {
	w := h.d.words(r)
	var items [][]bot.Inline
	lines := []string{"ask"}
	if slices.Contains(r.Actor.Roles, bot.RoleManager) {
		lines = append(lines, "deadlines", "benefits", "alerts")
	}
	for _, line := range lines {
		what, about, _ := strings.Cut(w.T("desk.huawei."+line), "  ")
		items = append(items, []bot.Inline{bot.Code(what), bot.Text("  " + about)})
	}
	return bot.Reply{Private: true, Blocks: []bot.Block{
		bot.Heading{Text: w.T("desk.title")},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("desk.huawei"))}},
		bot.List{Items: items},
		bot.Note{Inlines: []bot.Inline{bot.Text(w.T("desk.huawei.note"))}},
	}}
}

func (h *deskHandler) all(r bot.Request) bot.Reply {
	w := h.d.words(r)
	reply := bot.Reply{Private: true, Blocks: []bot.Block{
		bot.Heading{Text: w.T("desk.title")},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("desk.intro"))}},
	}}
	var items [][]bot.Inline
	absent := false
	for _, c := range h.commands {
		if !h.d.Access.Offers(c.Area) {
			absent = absent || c.Area == bot.AreaMoney
			continue
		}
		if c.Area == bot.AreaReseller && r.Actor.Account != bot.Operator() {
			continue // the resellers are the distributor's to see
		}
		item := []bot.Inline{
			bot.Code(strings.TrimSpace("/" + c.Name + " " + w.T("command."+c.Name+".usage"))),
			bot.Text("  " + w.T("command."+c.Name+".summary")),
		}
		if missing := h.missing(c); missing != "" {
			item = append(item, bot.Text("  "), bot.Italic(w.T("desk.missing_items", "items", missing)))
		}
		items = append(items, item)
	}
	reply.Blocks = append(reply.Blocks, bot.List{Items: items})
	if absent {
		reply.Blocks = append(reply.Blocks, bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("desk.absent"))}})
	}
	reply.Blocks = append(reply.Blocks,
		bot.Note{Inlines: []bot.Inline{bot.Text(w.T("desk.elsewhere"))}},
		bot.Note{Inlines: []bot.Inline{bot.Text(w.T("ask.example.label") + gap(w)), bot.Code(w.T("ask.example"))}},
	)
	return reply
}

// missing names the permission items for want of which a command cannot work,
// as far as its calls have shown: some were refused and none went through.
func (h *deskHandler) missing(c bot.Command) string {
	center, ok := h.d.Center.(interface{ Capabilities() *partner.Capabilities })
	if !ok {
		return ""
	}
	able := center.Capabilities()
	var needs []string
	for _, call := range c.Calls {
		switch able.Can(call) {
		case partner.Able:
			return ""
		case partner.MissingItems:
			needs = append(needs, able.Needs(call)...)
		}
	}
	slices.Sort(needs)
	return strings.Join(slices.Compact(needs), ", ")
}

func (h *deskHandler) one(r bot.Request, c bot.Command) bot.Reply {
	w := h.d.words(r)
	usage := strings.TrimSpace("/" + c.Name + " " + w.T("command."+c.Name+".usage"))
	return bot.Reply{Private: true, Blocks: []bot.Block{
		bot.Paragraph{Inlines: []bot.Inline{bot.Bold("/" + c.Name), bot.Text("  " + w.T("command."+c.Name+".summary"))}},
		bot.Paragraph{Inlines: []bot.Inline{bot.Text(w.T("command." + c.Name + ".help"))}},
		bot.Note{Inlines: []bot.Inline{bot.Text(w.T("desk.usage", "usage", "")), bot.Code(usage)}},
	}}
}
