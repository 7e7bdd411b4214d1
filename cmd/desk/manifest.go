package desk

import (
	"encoding/json"
	"fmt"
	"strings"

	"partnerdesk/bot"
	"partnerdesk/bot/lang"
	"partnerdesk/handlers"
	"partnerdesk/handlers/access"
)

// Manifest is the Slack app manifest that belongs to the command table, as
// JSON. url is the public address for the HTTP transport, empty for Socket
// Mode.
func Manifest(c Config, catalog *lang.Catalog, url string) (string, error) {
	rules, err := access.New(c.accessOptions())
	if err != nil {
		return "", err
	}
	socket := c.Slack.Transport == "socket" && url == ""
	url = strings.TrimSuffix(url, "/")
	var commands []map[string]any
	for _, cmd := range handlers.Commands(&handlers.Deps{Catalog: catalog, Access: rules}) {
		if !rules.Offers(cmd.Area) {
			continue
		}
		row := map[string]any{
			"command":       "/" + cmd.Name,
			"description":   summary(catalog, cmd),
			"usage_hint":    catalog.Text(lang.Chinese, "command."+cmd.Name+".usage"),
			"should_escape": cmd.Names,
		}
		if !socket {
			row["url"] = url + "/slack/commands"
		}
		commands = append(commands, row)
	}
	settings := map[string]any{
		"event_subscriptions":    map[string]any{"bot_events": []string{"app_mention", "message.im"}},
		"interactivity":          map[string]any{"is_enabled": true},
		"org_deploy_enabled":     false,
		"socket_mode_enabled":    socket,
		"token_rotation_enabled": false,
	}
	if !socket {
		settings["event_subscriptions"].(map[string]any)["request_url"] = url + "/slack/events"
		settings["interactivity"].(map[string]any)["request_url"] = url + "/slack/interactivity"
	}
	m := map[string]any{
		"display_information": map[string]any{"name": "partnerdesk", "description": "华为云伙伴服务台 · the Huawei Cloud partner desk", "background_color": "#2c2d30"},
		"features": map[string]any{
			"app_home":       map[string]any{"home_tab_enabled": false, "messages_tab_enabled": true, "messages_tab_read_only_enabled": false},
			"bot_user":       map[string]any{"display_name": "partnerdesk", "always_online": true},
			"slash_commands": commands,
		},
		"oauth_config": map[string]any{"scopes": map[string]any{"bot": Scopes()}},
		"settings":     settings,
	}
	out, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "", fmt.Errorf("manifest: %w", err)
	}
	return string(out), nil
}

// summary is a command's description in both languages: Slack shows one text to
// everybody.
func summary(catalog *lang.Catalog, c bot.Command) string {
	key := "command." + c.Name + ".summary"
	return catalog.Text(lang.Chinese, key) + " · " + catalog.Text(lang.English, key)
}

// Scopes are the bot token scopes the desk uses, and no others.
func Scopes() []string {
	return []string{
		"app_mentions:read", // being mentioned
		"channels:history",  // looking a message up after an unclear failure
		"chat:write",        // answering
		"commands",          // slash commands
		"files:write",       // tables to keep, e.g. an opportunity's hand-over
		"groups:history",    // the same in private channels
		"im:history",        // direct messages
		"im:write",          // opening one
		"usergroups:read",   // roles by user group
		"users:read",        // locale and kind of person
	}
}
