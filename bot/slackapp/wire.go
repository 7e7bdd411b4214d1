package slackapp

import "strings"

// The wire as far as we read it. These are our own structs rather than the
// library's: one block of a new kind in a message must not make a click on it
// unreadable, and fields we do not use are not looked at.

// The kinds of delivery, by Socket Mode's names for them. HTTP uses them too.
const (
	kindEvent       = "events_api"
	kindCommand     = "slash_commands"
	kindInteraction = "interactive"
)

type wireCommand struct {
	TeamID      string `json:"team_id"`
	ChannelID   string `json:"channel_id"`
	UserID      string `json:"user_id"`
	Command     string `json:"command"`
	Text        string `json:"text"`
	ResponseURL string `json:"response_url"`
	TriggerID   string `json:"trigger_id"`
}

type wireType struct {
	Type    string `json:"type"`
	Subtype string `json:"subtype"`
}

type wireEvent struct {
	Type           string   `json:"type"`
	TeamID         string   `json:"team_id"`
	EventID        string   `json:"event_id"`
	EventTime      int64    `json:"event_time"`
	Event          wireType `json:"event"`
	Authorizations []struct {
		UserID string `json:"user_id"`
		IsBot  bool   `json:"is_bot"`
	} `json:"authorizations"`
}

type wireMessage struct {
	Event struct {
		User        string `json:"user"`
		BotID       string `json:"bot_id"`
		Text        string `json:"text"`
		TS          string `json:"ts"`
		ThreadTS    string `json:"thread_ts"`
		Channel     string `json:"channel"`
		ChannelType string `json:"channel_type"`
		Hidden      bool   `json:"hidden"`
		Team        string `json:"team"`
		UserTeam    string `json:"user_team"`

		Files []wireFile `json:"files"`
	} `json:"event"`
}

type wireChange struct {
	Event struct {
		Channel string `json:"channel"`
		Message struct {
			TS   string `json:"ts"`
			Text string `json:"text"`
		} `json:"message"`
	} `json:"event"`
}

type wireID struct {
	ID     string `json:"id"`
	TeamID string `json:"team_id"`
	Domain string `json:"domain"` // of a team
}

type wireFile struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int    `json:"size"`
}

type wireOption struct {
	Value string `json:"value"`
}

type wireInteraction struct {
	Type        string  `json:"type"`
	Team        *wireID `json:"team"`
	User        wireID  `json:"user"`
	Channel     *wireID `json:"channel"`
	TriggerID   string  `json:"trigger_id"`
	ResponseURL string  `json:"response_url"`
	Container   struct {
		Type        string `json:"type"`
		ChannelID   string `json:"channel_id"`
		MessageTS   string `json:"message_ts"`
		ThreadTS    string `json:"thread_ts"`
		IsEphemeral bool   `json:"is_ephemeral"`
		ViewID      string `json:"view_id"`
	} `json:"container"`
	Message *struct {
		TS       string `json:"ts"`
		ThreadTS string `json:"thread_ts"`
		User     string `json:"user"`
		BotID    string `json:"bot_id"`
		Team     string `json:"team"`
		Text     string `json:"text"`
	} `json:"message"`
	CallbackID string `json:"callback_id"` // of a shortcut
	Actions    []struct {
		ActionID       string      `json:"action_id"`
		ActionTS       string      `json:"action_ts"`
		Value          string      `json:"value"`
		SelectedOption *wireOption `json:"selected_option"`
	} `json:"actions"`
	View *wireView `json:"view"`

	ActionID string `json:"action_id"` // of a suggestion: what is typed into
	Value    string `json:"value"`     // of a suggestion: what is typed
}

type wireView struct {
	ID              string `json:"id"`
	Hash            string `json:"hash"`
	CallbackID      string `json:"callback_id"`
	PrivateMetadata string `json:"private_metadata"`
	Blocks          []struct {
		Type    string `json:"type"`
		BlockID string `json:"block_id"`
	} `json:"blocks"`
	State struct {
		Values map[string]map[string]wireInput `json:"values"`
	} `json:"state"`
}

// wireInput is what one input of a view holds.
type wireInput struct {
	Value           *string      `json:"value"`
	SelectedOption  *wireOption  `json:"selected_option"`
	SelectedOptions []wireOption `json:"selected_options"`
	Files           []wireFile   `json:"files"`
}

// text is what was filled in: several choices are a line each.
func (i wireInput) text() string {
	switch {
	case i.Value != nil:
		return *i.Value
	case i.SelectedOption != nil:
		return i.SelectedOption.Value
	case len(i.Files) > 0:
		return i.Files[0].ID
	}
	var lines []string
	for _, o := range i.SelectedOptions {
		lines = append(lines, o.Value)
	}
	return strings.Join(lines, "\n")
}
