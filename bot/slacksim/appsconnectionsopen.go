package slacksim

import "strings"

// appsConnectionsOpen hands out a WebSocket address that can be used once.
func appsConnectionsOpen(c *call) (obj, error) {
	if c.opt.App.Transport != TransportSocket {
		return nil, refuse("socket_mode_not_enabled")
	}
	ticket := secret(16)
	c.tickets[ticket] = true
	return obj{"url": "ws" + strings.TrimPrefix(c.Workspace.url, "http") + "/link/?ticket=" + ticket + "&app_id=" + c.opt.App.ID}, nil
}
