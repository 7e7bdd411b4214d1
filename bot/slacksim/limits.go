package slacksim

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// Error codes for blocks in messages and for views.
const (
	codeBlocks    = "invalid_blocks"
	codeArguments = "invalid_arguments"
)

// Limit is one figure of the platform and what is answered beyond it.
type Limit struct {
	Name string
	Max  int
	Unit string // characters, items, seconds, minutes, bytes or uses
	Code string // error beyond it in a message or method; for views every Block Kit limit answers invalid_arguments
	// Assumed is set where no source names the code, so that invalid_blocks or invalid_arguments stands in, or
	// where the figure itself is disputed.
	Assumed bool
	Note    string
}

// Names of the limits.
const (
	maxMessageBlocks    = "blocks in a message"
	maxViewBlocks       = "blocks in a view"
	maxBlockID          = "block_id"
	maxActionID         = "action_id"
	maxCallbackID       = "callback_id"
	maxExternalID       = "external_id"
	maxSectionText      = "section text"
	maxFields           = "section fields"
	maxFieldText        = "section field text"
	maxHeaderText       = "header text"
	maxContext          = "context elements"
	maxActions          = "actions elements"
	maxMarkdown         = "markdown blocks together"
	maxMarkdownText     = "markdown_text"
	maxTables           = "tables in a message"
	maxTableRows        = "table rows"
	maxTableCells       = "table cells in a row"
	maxButtonText       = "button text"
	maxButtonValue      = "button value"
	maxButtonURL        = "button url"
	maxAccessibility    = "accessibility_label"
	maxOptionText       = "option text"
	maxOptionDesc       = "option description"
	maxOptionValue      = "option value"
	maxOptions          = "select options"
	maxGroups           = "select option groups"
	maxGroupLabel       = "option group label"
	maxOverflow         = "overflow options"
	maxRadio            = "radio buttons"
	maxCheckboxes       = "checkboxes"
	maxPlaceholder      = "placeholder"
	maxConfirmTitle     = "confirm title"
	maxConfirmText      = "confirm text"
	maxConfirmButton    = "confirm buttons"
	maxInputLength      = "plain_text_input max_length"
	maxInputLabel       = "input label"
	maxInputHint        = "input hint"
	maxImageURL         = "image url"
	maxImageAlt         = "image alt text"
	maxImageTitle       = "image title"
	maxTitle            = "modal title"
	maxSubmit           = "modal submit"
	maxClose            = "modal close"
	maxMeta             = "private_metadata"
	maxText             = "text"
	maxBlocksTotal      = "characters of all blocks"
	maxAttachments      = "attachments"
	maxModals           = "modals in a stack"
	triggerLife         = "trigger_id age"
	triggerUses         = "trigger_id uses"
	responseUses        = "response_url uses"
	responseLife        = "response_url age"
	maxSockets          = "sockets of an app"
	maxAckBytes         = "socket acknowledgement"
	maxCommands         = "slash commands"
	maxCommandName      = "slash command name"
	maxCommandDesc      = "slash command description"
	maxCommandHint      = "slash command usage hint"
	maxShortcuts        = "shortcuts"
	maxShortcutName     = "shortcut name"
	maxUpload           = "bytes of an uploaded file"
	codeManifest        = "invalid_manifest"
	chars, items        = "characters", "items"
	fromSDK, fromManual = "official SDK constants, checked 2026-11-20", "Slack's documentation, checked 2026-11-20"
)

// Limits is the one table of the platform's figures this simulator holds an app to.
func Limits() []Limit {
	blocks := func(name string, n int, unit, note string) Limit {
		return Limit{Name: name, Max: n, Unit: unit, Code: codeBlocks, Assumed: true, Note: note}
	}
	views := func(name string, n int, unit string) Limit {
		return Limit{Name: name, Max: n, Unit: unit, Code: codeArguments, Assumed: true, Note: fromSDK}
	}
	manifest := func(name string, n int, unit string) Limit {
		return Limit{Name: name, Max: n, Unit: unit, Code: codeManifest, Assumed: true, Note: "manifest JSON schema, checked 2026-11-20"}
	}
	return []Limit{
		blocks(maxMessageBlocks, 50, items, fromSDK),
		views(maxViewBlocks, 100, items),
		blocks(maxBlockID, 255, chars, fromSDK),
		blocks(maxActionID, 255, chars, fromSDK),
		views(maxCallbackID, 255, chars),
		views(maxExternalID, 255, chars),
		blocks(maxSectionText, 3000, chars, fromSDK+"; at least 1"),
		blocks(maxFields, 10, items, fromSDK),
		blocks(maxFieldText, 2000, chars, fromSDK),
		blocks(maxHeaderText, 150, chars, fromSDK),
		blocks(maxContext, 10, items, fromSDK),
		blocks(maxActions, 25, items, fromSDK),
		blocks(maxMarkdown, 12000, chars, "read as a total per message; not re-checked"),
		{Name: maxMarkdownText, Max: 12000, Unit: chars, Code: "msg_too_long", Assumed: true, Note: "as for markdown blocks"},
		blocks(maxTables, 1, items, "general knowledge: one table in a message"),
		blocks(maxTableRows, 100, items, fromSDK),
		blocks(maxTableCells, 20, items, fromSDK),
		blocks(maxButtonText, 75, chars, fromSDK),
		blocks(maxButtonValue, 2000, chars, fromSDK),
		blocks(maxButtonURL, 3000, chars, fromSDK),
		blocks(maxAccessibility, 75, chars, fromSDK),
		blocks(maxOptionText, 75, chars, fromSDK),
		blocks(maxOptionDesc, 75, chars, fromSDK),
		blocks(maxOptionValue, 75, chars, "sources disagree, 75 or 150; the stricter is held"),
		blocks(maxOptions, 100, items, fromSDK),
		blocks(maxGroups, 100, items, fromSDK),
		blocks(maxGroupLabel, 75, chars, fromSDK),
		blocks(maxOverflow, 5, items, fromSDK),
		blocks(maxRadio, 10, items, fromSDK),
		blocks(maxCheckboxes, 10, items, fromSDK),
		blocks(maxPlaceholder, 150, chars, fromSDK),
		blocks(maxConfirmTitle, 100, chars, fromSDK),
		blocks(maxConfirmText, 300, chars, fromSDK),
		blocks(maxConfirmButton, 30, chars, fromSDK),
		blocks(maxInputLength, 3000, chars, fromSDK),
		blocks(maxInputLabel, 2000, chars, fromSDK),
		blocks(maxInputHint, 2000, chars, fromSDK),
		blocks(maxImageURL, 3000, chars, fromSDK),
		blocks(maxImageAlt, 2000, chars, fromSDK),
		blocks(maxImageTitle, 2000, chars, fromSDK),
		views(maxTitle, 24, chars),
		views(maxSubmit, 24, chars),
		views(maxClose, 24, chars),
		views(maxMeta, 3000, chars),
		{Name: maxText, Max: 40000, Unit: chars, Code: "", Note: "cut, not refused; " + fromManual},
		{Name: maxBlocksTotal, Max: 13200, Unit: chars, Code: "msg_blocks_too_long", Assumed: true, Note: "seen near this figure: bolt-js issue 2509"},
		{Name: maxAttachments, Max: 100, Unit: items, Code: "too_many_attachments", Assumed: true, Note: fromSDK},
		{Name: maxModals, Max: 3, Unit: items, Code: "push_limit_reached", Note: fromManual},
		{Name: triggerLife, Max: 3, Unit: "seconds", Code: "expired_trigger_id", Note: fromManual},
		{Name: triggerUses, Max: 1, Unit: "uses", Code: "exchanged_trigger_id", Note: fromManual},
		{Name: responseUses, Max: 5, Unit: "uses", Code: "used_url", Assumed: true, Note: fromManual},
		{Name: responseLife, Max: 30, Unit: "minutes", Code: "expired_url", Assumed: true, Note: fromManual},
		{Name: maxSockets, Max: 10, Unit: items, Code: "too_many_websockets", Note: fromManual},
		{Name: maxAckBytes, Max: 20480, Unit: "bytes", Code: "", Note: "dropped in silence; slack-go source"},
		{Name: maxUpload, Max: 1 << 30, Unit: "bytes", Code: "file_upload_size_restricted", Assumed: true, Note: "general knowledge: a file is at most 1 GB"},
		manifest(maxCommands, 50, items),
		manifest(maxCommandName, 32, chars),
		manifest(maxCommandDesc, 2000, chars),
		manifest(maxCommandHint, 1000, chars),
		manifest(maxShortcuts, 10, items),
		manifest(maxShortcutName, 24, chars),
	}
}

// limit finds a limit by name. Only the constants above are ever asked for.
func limit(name string) Limit {
	l, ok := limitsByName()[name]
	if !ok {
		panic("slacksim: no limit named " + name)
	}
	return l
}

var limitsByName = sync.OnceValue(func() map[string]Limit {
	out := map[string]Limit{}
	for _, l := range Limits() {
		out[l.Name] = l
	}
	return out
})

// over says whether a text is longer than a limit in characters allows.
func over(s string, l Limit) bool { return utf8.RuneCountInString(s) > l.Max }

// checkManifest holds the app's configuration to the limits of a manifest.
func checkManifest(a App) []error {
	var faults []error
	bad := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("slacksim: %s: %s", codeManifest, fmt.Sprintf(format, args...)))
	}
	if len(a.Commands) > limit(maxCommands).Max {
		bad("%d %s", len(a.Commands), maxCommands)
	}
	seen := map[string]bool{}
	for _, c := range a.Commands {
		switch {
		case !strings.HasPrefix(c.Name, "/") || len(c.Name) < 2 || strings.ContainsAny(c.Name, " \t\n"):
			bad("command %q", c.Name)
		case over(c.Name, limit(maxCommandName)):
			bad("%s of %q", maxCommandName, c.Name)
		case over(c.DescriptionZH, limit(maxCommandDesc)) || over(c.DescriptionEN, limit(maxCommandDesc)):
			bad("%s of %q", maxCommandDesc, c.Name)
		case over(c.UsageHint, limit(maxCommandHint)):
			bad("%s of %q", maxCommandHint, c.Name)
		case seen[c.Name]:
			bad("command %q is given twice", c.Name)
		}
		seen[c.Name] = true
	}
	if len(a.Shortcuts) > limit(maxShortcuts).Max {
		bad("%d %s", len(a.Shortcuts), maxShortcuts)
	}
	for _, s := range a.Shortcuts {
		if over(s.Name, limit(maxShortcutName)) {
			bad("%s of %q", maxShortcutName, s.Name)
		}
	}
	return faults
}
