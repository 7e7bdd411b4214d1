package desk

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

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
	offered := handlers.Commands(&handlers.Deps{Catalog: catalog, Access: rules})
	offered = slices.DeleteFunc(offered, func(cmd bot.Command) bool { return !rules.Offers(cmd.Area) })
	if err := worded(catalog, offered); err != nil {
		return "", err
	}
	menu := shortcuts(catalog, offered)
	if err := fits(menu); err != nil {
		return "", err
	}
	socket := c.Slack.Transport == "socket" && url == ""
	url = strings.TrimSuffix(url, "/")
	var commands []map[string]any
	for _, cmd := range offered {
		row := map[string]any{
			"command":       "/" + cmd.Name,
			"description":   both(catalog, "command."+cmd.Name+".summary"),
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
		"display_information": map[string]any{"name": "partnerdesk", "description": both(catalog, "manifest.description"), "background_color": "#2c2d30"},
		"features": map[string]any{
			"app_home":       map[string]any{"home_tab_enabled": false, "messages_tab_enabled": true, "messages_tab_read_only_enabled": false},
			"bot_user":       map[string]any{"display_name": "partnerdesk", "always_online": true},
			"slash_commands": commands,
			"shortcuts":      menu,
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

func shortcutKey(cmd bot.Command, name string) string {
	return "command." + cmd.Name + ".shortcut." + name
}

// shortcuts are the entries of Slack's own menus. The callback id tells the
// command and its shortcut.
func shortcuts(catalog *lang.Catalog, commands []bot.Command) []map[string]any {
	list := []map[string]any{}
	for _, cmd := range commands {
		for _, name := range slices.Sorted(maps.Keys(cmd.Shortcuts)) {
			kind := "global"
			if cmd.Shortcuts[name].OnMessage {
				kind = "message"
			}
			key := shortcutKey(cmd, name)
			list = append(list, map[string]any{
				"name": both(catalog, key), "description": both(catalog, key+".about"), "type": kind, "callback_id": cmd.Name + "." + name,
			})
		}
	}
	return list
}

// fits refuses entries of menus that Slack's manifest would (Slack platform sheet,
// section B, 2026-11-20).
func fits(menu []map[string]any) error {
	if len(menu) > 10 {
		return fmt.Errorf("manifest: %d shortcuts; Slack takes 10", len(menu))
	}
	for _, s := range menu {
		for field, most := range map[string]int{"name": 24, "description": 150} {
			if text := s[field].(string); utf8.RuneCountInString(text) > most {
				return fmt.Errorf("manifest: the %s of shortcut %s is %q; Slack takes %d characters", field, s["callback_id"], text, most)
			}
		}
	}
	return nil
}

// worded refuses a catalog that lacks a text of the manifest, which would stand
// as its key in every Slack client; all that are missing are named.
func worded(catalog *lang.Catalog, commands []bot.Command) error {
	var missing []string
	need := func(key string) {
		if !catalog.Has(key) {
			missing = append(missing, key)
		}
	}
	need("manifest.description")
	for _, cmd := range commands {
		need("command." + cmd.Name + ".summary")
		need("command." + cmd.Name + ".usage")
		for name := range cmd.Shortcuts {
			need(shortcutKey(cmd, name))
			need(shortcutKey(cmd, name) + ".about")
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("manifest: the catalogs have no %s", strings.Join(missing, ", "))
	}
	return nil
}

// both is a text in both languages: Slack shows one to everybody.
func both(catalog *lang.Catalog, key string) string {
	return catalog.Text(lang.Chinese, key) + " · " + catalog.Text(lang.English, key)
}

// Scopes are the bot token scopes the desk uses, and no others.
func Scopes() []string {
	return []string{
		"app_mentions:read", // being mentioned
		"channels:history",  // looking a message up after an unclear failure
		"chat:write",        // answering
		"commands",          // slash commands
		"dnd:read",          // reminders leave people alone who want no disturbance
		"files:read",        // a list of customers somebody uploads
		"files:write",       // tables to keep, e.g. an opportunity's hand-over
		"groups:history",    // the same in private channels
		"im:history",        // direct messages
		"im:write",          // opening one
		"usergroups:read",   // roles by user group
		"users:read",        // locale and kind of person
	}
}
