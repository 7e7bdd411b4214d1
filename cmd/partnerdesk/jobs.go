package main

import (
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"partnerdesk/cmd/desk"
)

// jobs shows what the clock runs: of the running desk when there is one, else
// what its files say.
func (p *program) jobs() *cobra.Command {
	c := &cobra.Command{Use: "jobs", Short: p.words.T("cli.jobs.short"), Args: p.noArgs}
	asJSON := p.jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.admin(c.Context(), func(a *desk.Admin) error {
			return list(c.Context(), p, a, url.Values{}, *asJSON, "/jobs", "job every next started outcome runs# failed# missed# reason", func(j desk.JobInfo) []string {
				outcome := ""
				if j.Outcome != "" {
					outcome = p.words.T("jobs.outcome." + j.Outcome)
				}
				return []string{j.Name, j.Every, when(j.Next), when(j.Started), outcome, strconv.Itoa(j.Runs), strconv.Itoa(j.Failed), strconv.Itoa(j.Missed), j.Err}
			})
		})
	}
	return c
}
