package desk_test

import (
	"strings"
	"testing"

	"partnerdesk/bot/lang"
	"partnerdesk/cmd/desk"
	"partnerdesk/data"
	"partnerdesk/handlers/access"
)

func TestManifest_IsInBothLanguages(t *testing.T) {
	catalog, err := data.Messages()
	if err != nil {
		t.Fatal(err)
	}
	got, err := desk.Manifest(desk.Config{OperatorKind: access.Distributor}, catalog, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"华为云伙伴服务台 · the Huawei Cloud partner desk", `"callback_id": "ask.message"`, "问服务台 · Ask the desk", `"type": "message"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestManifest_MissingTextsAreAnError(t *testing.T) {
	few := map[string]string{"command.ask.summary": "x", "command.ask.usage": "x"}
	catalog, err := lang.New(map[lang.Tag]map[string]string{lang.Chinese: few, lang.English: few})
	if err != nil {
		t.Fatal(err)
	}
	got, err := desk.Manifest(desk.Config{OperatorKind: access.Reseller}, catalog, "")
	if err == nil || got != "" {
		t.Fatalf("printed %q", got)
	}
	for _, want := range []string{"manifest.description", "command.desk.summary", "command.desk.usage", "command.ask.shortcut.message.about"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "command.ask.summary") || strings.Contains(err.Error(), "command.balance.") {
		t.Errorf("names what is there or not offered: %v", err)
	}
}
