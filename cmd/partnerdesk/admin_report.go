package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"partnerdesk/cmd/desk"
	"partnerdesk/handlers/input"
	"partnerdesk/handlers/partner"
)

// auditReport is what an auditor asks of a period: what was moved and by whom,
// whether anybody approved their own, who could approve, who holds what, and how
// often everything happened.
func (p *program) auditReport() *cobra.Command {
	c := &cobra.Command{Use: "report", Short: p.words.T("cli.audit.report.short"), Long: p.words.T("cli.audit.report.long"), Args: p.noArgs}
	asJSON := p.jsonFlag(c)
	from := c.Flags().String("from", "", p.words.T("cli.flag.since"))
	to := c.Flags().String("to", "", p.words.T("cli.flag.until"))
	over := c.Flags().String("over", "0", p.words.T("cli.flag.over"))
	on := c.Flags().String("on", "", p.words.T("cli.flag.on"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		config, err := p.load(nil)
		if err != nil {
			return err
		}
		begin, end, err := p.period(*from, *to, config.Zone)
		if err != nil {
			return err
		}
		least, err := p.least(*over)
		if err != nil {
			return err
		}
		_, at, err := p.period("", cmp.Or(*on, *to), config.Zone)
		if err != nil {
			return err
		}
		if now := time.Now(); at.IsZero() || at.After(now) {
			at = now
		}
		return p.admin(c.Context(), func(a *desk.Admin) error {
			var evidence desk.Evidence
			counts := tallied{}
			err := p.entries(c, a, "", func(_ []byte, e desk.EntryInfo) error {
				evidence.Add(e)
				if !e.At.Before(begin) && (end.IsZero() || e.At.Before(end)) {
					counts.add(e)
				}
				return nil
			})
			if err != nil {
				return err
			}
			r := auditSums{EvidenceInfo: evidence.Report(begin, end, least, at.Add(-time.Nanosecond)), Counts: counts.lines()}
			if *asJSON {
				return p.json(r)
			}
			p.showReport(r)
			return nil
		})
	}
	return c
}

// least reads an amount in yuan as people write it; nothing at all is allowed.
func (p *program) least(text string) (partner.Fen, error) {
	if strings.Trim(text, "0. ") == "" {
		return 0, nil
	}
	fen, err := input.Amount(text)
	if err != nil {
		return 0, usageError{p.words.T("admin.error.amount", "value", text)}
	}
	return fen, nil
}

type auditSums struct {
	desk.EvidenceInfo
	Counts []reportLine `json:"counts"`
}

func (p *program) showReport(r auditSums) {
	section := func(key string, args ...string) { fmt.Fprintf(p.out, "\n%s\n", p.words.T(key, args...)) }
	section("report.operations", "over", r.Over.String(), "count", strconv.Itoa(len(r.Operations)))
	var rows [][]string
	for _, o := range r.Operations {
		rows = append(rows, []string{o.ID, p.words.T("money.kind." + o.Kind), o.Account, o.Total.String(), o.Moved.String(), p.words.T("money.state." + o.State),
			p.signed(o.Requester, o.RequesterRole, o.Submitted), p.signed(o.Approver, o.ApproverRole, o.Approved), strconv.Itoa(o.CouldApprove), o.Policy})
	}
	if len(rows) > 0 {
		p.table("id kind account total# moved# state requester approver could_approve# policy", rows)
	}
	section("report.eyes", "approved", strconv.Itoa(r.Approved), "alone", strconv.Itoa(r.Alone), "self", strconv.Itoa(r.Self))
	if r.Self > 0 {
		fmt.Fprintln(p.out, p.words.T("report.self"))
	}
	section("report.approvers", "at", when(r.On), "count", strconv.Itoa(len(r.Approvers)))
	p.holders("who since", r.Approvers, func(h desk.RoleInfo) []string { return []string{h.Person, when(h.Since)} })
	section("report.roles", "at", when(r.On))
	p.holders("role who since", r.Roles, func(h desk.RoleInfo) []string {
		return []string{p.words.T("access.role." + h.Role), h.Person, when(h.Since)}
	})
	if r.Nameless > 0 {
		fmt.Fprintln(p.out, p.words.T("report.nameless", "count", strconv.Itoa(r.Nameless)))
	}
	section("report.counts")
	rows = nil
	for _, l := range r.Counts {
		rows = append(rows, []string{l.Action, l.Outcome, l.Reason, strconv.Itoa(l.Entries), strconv.Itoa(l.People), when(l.Latest)})
	}
	if len(rows) == 0 {
		p.say("admin.none")
		return
	}
	p.table("action outcome reason entries# people# latest", rows)
}

func (p *program) holders(columns string, list []desk.RoleInfo, row func(desk.RoleInfo) []string) {
	var rows [][]string
	for _, h := range list {
		rows = append(rows, row(h))
	}
	if len(rows) == 0 {
		p.say("admin.none")
		return
	}
	p.table(columns, rows)
}

// signed is who did something, as what, and when.
func (p *program) signed(who, roles string, at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	if who == "" {
		who = p.words.T("admin.audit.erased")
	}
	if roles != "" {
		var worded []string
		for role := range strings.SplitSeq(roles, ",") {
			worded = append(worded, p.words.T("access.role."+role))
		}
		who += " (" + strings.Join(worded, ", ") + ")"
	}
	return who + " " + when(at)
}

// tallied counts what happened, by action, outcome and reason.
type tallied map[reported]*counted

type reported struct{ Action, Outcome, Reason string }

type counted struct {
	Entries int
	Latest  time.Time
	people  map[string]bool
}

type reportLine struct {
	Action  string    `json:"action"`
	Outcome string    `json:"outcome"`
	Reason  string    `json:"reason,omitempty"`
	Entries int       `json:"entries"`
	People  int       `json:"people"`
	Latest  time.Time `json:"latest"`
}

func (c tallied) add(e desk.EntryInfo) {
	k := reported{e.Action, e.Outcome, e.Facts["reason"]}
	if c[k] == nil {
		c[k] = &counted{people: map[string]bool{}}
	}
	n := c[k]
	n.Entries++
	n.Latest = maxTime(n.Latest, e.At)
	if e.Actor != "" {
		n.people[cmp.Or(e.Who, e.Actor)] = true
	}
}

func (c tallied) lines() []reportLine {
	lines := []reportLine{}
	for k, n := range c {
		lines = append(lines, reportLine{k.Action, k.Outcome, k.Reason, n.Entries, len(n.people), n.Latest})
	}
	slices.SortFunc(lines, func(a, b reportLine) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Reason, b.Reason))
	})
	return lines
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// period reads two days of the operator's zone, the second included.
func (p *program) period(since, until string, zone *time.Location) (from, to time.Time, err error) {
	if since != "" {
		if from, err = time.ParseInLocation(time.DateOnly, since, zone); err != nil {
			return from, to, usageError{p.words.T("admin.error.day", "value", since)}
		}
	}
	if until != "" {
		if to, err = time.ParseInLocation(time.DateOnly, until, zone); err != nil {
			return from, to, usageError{p.words.T("admin.error.day", "value", until)}
		}
		to = to.AddDate(0, 0, 1)
	}
	return from, to, nil
}
