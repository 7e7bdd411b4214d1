package slackapp_test

import (
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"partnerdesk/bot"
)

// The token goes where Slack's files lie and nowhere else.
func TestFetch(t *testing.T) {
	content := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+botToken {
			http.Error(w, "who?", http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, "客户,金额")
	}
	for name, c := range map[string]struct {
		info, private http.HandlerFunc
		most          int
		want          error
	}{
		"read":           {nil, content, 100, nil},
		"larger":         {nil, content, 5, bot.ErrFileTooLarge},
		"said larger":    {ok(`"file":{"id":"F1","name":"a.csv","size":9999,"url_private_download":"HERE/private"}`), content, 100, bot.ErrFileTooLarge},
		"gone":           {says("file_not_found"), content, 100, bot.ErrNoFile},
		"no scope":       {says("missing_scope"), content, 100, bot.ErrFileScope},
		"sign-in page":   {nil, http.RedirectHandler("https://evil.example/", http.StatusFound).ServeHTTP, 100, bot.ErrFileScope},
		"foreign host":   {ok(`"file":{"id":"F1","name":"a.csv","url_private_download":"https://evil.example/a.csv"}`), content, 100, bot.ErrNoFile},
		"gone meanwhile": {nil, http.NotFound, 100, bot.ErrNoFile},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t)
			info := c.info
			if info == nil {
				info = ok(`"file":{"id":"F1","name":"a.csv","size":13,"url_private_download":"` + f.URL + `/private"}`)
			}
			f.on("files.info", info)
			f.on("private", c.private)
			_, data, err := f.app(t, nil).Fetch(t.Context(), "F1", c.most)
			if !errors.Is(err, c.want) || c.want == nil && (err != nil || string(data) != "客户,金额") {
				t.Errorf("got %q, %v, want %v", data, err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), botToken) {
				t.Errorf("error tells the token: %v", err)
			}
		})
	}
}

func TestDecode_Files(t *testing.T) {
	a := newFar(t).app(t, nil)
	for name, c := range map[string]struct {
		kind, body string
		want       []bot.Attached
		text       string
	}{
		"shared in a direct message": {"events_api", `{"type":"event_callback","team_id":"T1","event_id":"Ev1","event":{"type":"message","subtype":"file_share","channel_type":"im",
			"user":"U1","text":"voucher import","ts":"1.1","channel":"D1","files":[{"id":"F1","name":"a&amp;b.csv","size":7}]}}`,
			[]bot.Attached{{ID: "F1", Name: "a&b.csv", Size: 7}}, "voucher import"},
		"in a form": {"interactive", `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1","team_id":"T1"},"view":{"id":"V1","hash":"h","callback_id":"voucher.import",
			"state":{"values":{"file":{"v":{"type":"file_input","files":[{"id":"F2","name":"b.xlsx","size":8}]}}}}}}`,
			[]bot.Attached{{Field: "file", ID: "F2", Name: "b.xlsx", Size: 8}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := a.Decode(bot.Envelope{Kind: c.kind, Body: []byte(c.body)})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(r.Files, c.want) || r.Text != c.text {
				t.Errorf("got %+v, text %q", r.Files, r.Text)
			}
			if c.want[0].Field != "" && r.Values["file"] != "F2" {
				t.Errorf("values %v", r.Values)
			}
		})
	}
}
