package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"partnerdesk/cmd/desk"
)

// inbox and outbox show what waits and what was given up, and let an admin
// decide about it.

func (p *program) inbox() *cobra.Command {
	return p.group("inbox", p.boxList("inbox"), p.boxOne("inbox", "show"), p.boxOne("inbox", "retry"), p.boxOne("inbox", "drop"))
}

func (p *program) outbox() *cobra.Command {
	return p.group("outbox", p.boxList("outbox"), p.boxOne("outbox", "show"), p.boxOne("outbox", "retry"), p.boxOne("outbox", "drop"))
}

func (p *program) boxList(box string) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: p.words.T("cli." + box + ".list.short"), Args: p.noArgs}
	asJSON := p.jsonFlag(c)
	limit := c.Flags().Int("limit", 100, p.words.T("cli.flag.limit"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.admin(c.Context(), func(a *desk.Admin) error {
			query := url.Values{"limit": {strconv.Itoa(*limit)}}
			if box == "inbox" {
				return list(c.Context(), p, a, query, *asJSON, "/inbox", "id kind state attempts# received reason", inboxRow)
			}
			return list(c.Context(), p, a, query, *asJSON, "/outbox", "id target state attempts# created next reason", outboxRow)
		})
	}
	return c
}

func inboxRow(d desk.DeliveryInfo) []string {
	return []string{d.ID, d.Kind, d.State, strconv.Itoa(d.Attempts), when(d.Received), d.Reason}
}

func outboxRow(d desk.PostInfo) []string {
	return []string{d.ID, d.Target, d.State, strconv.Itoa(d.Attempts), when(d.Created), when(d.Next), d.Reason}
}

func list[T any](ctx context.Context, p *program, a *desk.Admin, query url.Values, asJSON bool, path, columns string, row func(T) []string) error {
	var all []T
	if err := a.Ask(ctx, http.MethodGet, path, query, &all); err != nil {
		return err
	}
	if asJSON {
		return p.json(all)
	}
	if len(all) == 0 {
		p.say("admin.none")
		return nil
	}
	var rows [][]string
	for _, one := range all {
		rows = append(rows, row(one))
	}
	p.table(columns, rows)
	return nil
}

func (p *program) boxOne(box, what string) *cobra.Command {
	c := &cobra.Command{Use: what + " ID", Short: p.words.T("cli." + box + "." + what + ".short"), Args: p.one("ID")}
	asJSON := p.jsonFlag(c)
	method, path := http.MethodPost, "/"+box+"/"+what
	if what == "show" {
		method, path = http.MethodGet, "/"+box+"/one"
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return p.admin(c.Context(), func(a *desk.Admin) error {
			if box == "inbox" {
				return oneOf(c.Context(), p, a, method, path, args[0], *asJSON, func(d desk.DeliveryInfo) []string {
					return []string{"id", d.ID, "door", d.Door, "kind", d.Kind, "conversation", d.Conversation, "at", when(d.At), "received", when(d.Received),
						"state", d.State, "attempts", strconv.Itoa(d.Attempts), "decided", when(d.Decided), "reason", d.Reason}
				})
			}
			return oneOf(c.Context(), p, a, method, path, args[0], *asJSON, func(d desk.PostInfo) []string {
				return []string{"id", d.ID, "target", d.Target, "conversation", d.Where, "object", d.Object, "created", when(d.Created), "state", d.State,
					"attempts", strconv.Itoa(d.Attempts), "ambiguous", fmt.Sprint(d.Ambiguous), "next", when(d.Next), "reason", d.Reason, "buried", when(d.Buried)}
			})
		})
	}
	return c
}

// oneOf shows one row as label and value, a pair a line.
func oneOf[T any](ctx context.Context, p *program, a *desk.Admin, method, path, name string, asJSON bool, pairs func(T) []string) error {
	var one T
	if err := a.Ask(ctx, method, path, id(name), &one); err != nil {
		return err
	}
	if asJSON {
		return p.json(one)
	}
	p.pairs(pairs(one)...)
	return nil
}

// pairs prints labels, which are columns of the catalog, and values.
func (p *program) pairs(list ...string) {
	for i := 0; i+1 < len(list); i += 2 {
		if list[i+1] != "" {
			fmt.Fprintf(p.out, "%s: %s\n", p.words.T("admin.column."+list[i]), list[i+1])
		}
	}
}
