package slackapp_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"partnerdesk/bot"
	"partnerdesk/bot/slackapp"
	"partnerdesk/bot/slacksim"
)

// aFile is a post of a file that goes to C1.
func aFile(u bot.Upload) bot.Pending {
	return bot.Pending{Post: bot.Post{ID: "p1", Reply: bot.Say(bot.Text("the <table>")), To: bot.Target{Kind: bot.TargetPlace,
		Person: bot.PersonID{Team: "T1", User: "U1"}, Place: bot.Place{Team: "T1", Channel: "C1", Thread: "1.1"}}},
		File: &bot.File{Name: "a.xlsx", Title: "Table", Size: 3}, Upload: u}
}

func TestUpload_Faults(t *testing.T) {
	steps := map[string]struct {
		method string
		from   bot.UploadStage
	}{"offer": {"files.getUploadURLExternal", bot.UploadNone}, "put": {"very-secret", bot.UploadOffered}, "share": {"files.completeUploadExternal", bot.UploadStored}}
	tests := []struct {
		step   string
		answer http.HandlerFunc
		name   string
		want   bot.SendFault
		after  time.Duration
	}{
		{"offer", limited, "rate limit", bot.FaultRetry, 7 * time.Second},
		{"offer", hangUp, "hung up", bot.FaultRetry, 0},
		{"offer", status(503, "<html>"), "server error", bot.FaultRetry, 0},
		{"offer", says("missing_scope"), "scope missing", bot.FaultPermanent, 0},
		{"offer", says("invalid_auth"), "token refused", bot.FaultRetry, time.Minute},
		{"offer", ok(`"file_id":"F1","upload_url":"https://evil.example/slack.com"`), "foreign host", bot.FaultPermanent, 0},
		{"offer", ok(`"file_id":"F1","upload_url":"http://files.slack.com/x"`), "not encrypted", bot.FaultPermanent, 0},
		{"offer", ok(`"file_id":"F1","upload_url":"https://notslack.com/x"`), "likeness", bot.FaultPermanent, 0},
		{"put", limited, "rate limit", bot.FaultRetry, 7 * time.Second},
		{"put", hangUp, "hung up", bot.FaultRetry, 0},
		{"put", status(504, ""), "server error", bot.FaultRetry, 0},
		{"put", status(404, ""), "address gone", bot.FaultLost, 0},
		{"put", http.RedirectHandler("https://evil.example/", http.StatusTemporaryRedirect).ServeHTTP, "sent elsewhere", bot.FaultLost, 0},
		{"share", limited, "rate limit", bot.FaultRetry, 7 * time.Second},
		{"share", hangUp, "hung up", bot.FaultAmbiguous, 0},
		{"share", status(502, ""), "server error", bot.FaultAmbiguous, 0},
		{"share", says("internal_error"), "internal error", bot.FaultAmbiguous, 0},
		{"share", says("file_update_failed"), "passing trouble", bot.FaultRetry, 0},
		{"share", says("file_not_found"), "file gone", bot.FaultLost, 0},
		{"share", says("not_in_channel"), "not in channel", bot.FaultExpired, 0},
		{"share", says("missing_scope"), "scope missing", bot.FaultPermanent, 0},
	}
	for _, tt := range tests {
		t.Run(tt.step+"/"+tt.name, func(t *testing.T) {
			f := newFar(t)
			f.on(steps[tt.step].method, tt.answer)
			p := aFile(bot.Upload{Stage: steps[tt.step].from, ID: "F1", URL: f.URL + "/upload/very-secret"})
			var err error
			if tt.step == "share" {
				_, err = f.app(t, nil).Send(t.Context(), p)
			} else {
				_, err = f.app(t, nil).Upload(t.Context(), p, []byte("abc"))
			}
			got, is := errors.AsType[*bot.SendError](err)
			if !is || got.Fault != tt.want || got.After != tt.after {
				t.Errorf("got %+v (%v), want fault %d after %s", got, err, tt.want, tt.after)
			}
			if err != nil && (strings.Contains(err.Error(), "very-secret") || strings.Contains(err.Error(), botToken)) {
				t.Errorf("error tells a secret: %v", err)
			}
		})
	}
}

// The bytes go without our token, the words escaped, into the thread.
func TestUpload_WhatIsSent(t *testing.T) {
	f := newFar(t)
	var body, auth, args string
	f.on("files.getUploadURLExternal", ok(`"file_id":"F1","upload_url":"`+f.URL+`/upload/very-secret"`))
	f.on("very-secret", func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body) // a test that gets nothing fails below
		body, auth = string(raw), r.Header.Get("Authorization")
	})
	f.on("files.completeUploadExternal", func(w http.ResponseWriter, r *http.Request) {
		args = r.PostFormValue("channel_id") + " " + r.PostFormValue("thread_ts") + " " + r.PostFormValue("files") + " " + r.PostFormValue("initial_comment")
		ok(`"files":[{"id":"F1"}]`)(w, r)
	})
	a := f.app(t, nil)
	p := aFile(bot.Upload{})
	for _, want := range []bot.Upload{{Stage: bot.UploadOffered, ID: "F1", URL: f.URL + "/upload/very-secret"}, {Stage: bot.UploadStored, ID: "F1"}} {
		u, err := a.Upload(t.Context(), p, []byte("abc"))
		if err != nil || u != want {
			t.Fatalf("got %+v, %v, want %+v", u, err, want)
		}
		p.Upload = u
	}
	if r, err := a.Send(t.Context(), p); err != nil || r.Channel != "C1" {
		t.Fatalf("got %+v, %v", r, err)
	}
	if body != "abc" || auth != "" {
		t.Errorf("uploaded %q with %q, want the bytes and no token", body, auth)
	}
	if want := `C1 1.1 [{"id":"F1","title":"Table"}] the &lt;table&gt;`; args != want {
		t.Errorf("shared %q, want %q", args, want)
	}
	if _, err := a.Upload(t.Context(), bot.Pending{}, nil); err == nil {
		t.Error("a post without a file was uploaded")
	}
}

func TestUpload_Found(t *testing.T) {
	f := newFar(t)
	f.on("conversations.replies", ok(`"messages":[{"ts":"1.1"},{"ts":"1.2","files":[{"id":"F0"},{"id":"F1"}]}]`))
	a := f.app(t, nil)
	for id, want := range map[string]bool{"F1": true, "F2": false, "": false} {
		r, found, err := a.Find(t.Context(), aFile(bot.Upload{Stage: bot.UploadStored, ID: id}))
		if err != nil || found != want || found && r.Message != "1.2" {
			t.Errorf("%q: got %+v, %v, %v", id, r, found, err)
		}
	}
}

// A table is asked for and comes as a file, whatever goes wrong on its way.
func TestStory_File(t *testing.T) {
	faults := map[string][]slacksim.Fault{
		"nothing":              nil,
		"no address":           {{On: "files.getUploadURLExternal", Do: slacksim.FaultCut, Times: 1}},
		"address lost":         {{On: "files.getUploadURLExternal", Do: slacksim.FaultCutAfter, Times: 1}},
		"upload cut":           {{On: "upload", Do: slacksim.FaultCut, Times: 1}},
		"upload unclear":       {{On: "upload", Do: slacksim.FaultCutAfter, Times: 1}},
		"address used up":      {{On: "upload", Do: slacksim.FaultExpire, Times: 1}},
		"sharing rate limited": {{On: "files.completeUploadExternal", Do: slacksim.FaultLimit, Times: 1}},
		"sharing unclear":      {{On: "files.completeUploadExternal", Do: slacksim.FaultCutAfter, Times: 1}},
	}
	for _, transport := range []slackapp.Transport{slackapp.Socket, slackapp.HTTP} {
		for name, list := range faults {
			t.Run(string(transport)+"/"+name, func(t *testing.T) {
				t.Parallel()
				d := open(t, transport, func(o *slacksim.Options) { o.Patience = 20 * time.Second })
				if err := d.ws.Misbehave(1, list...); err != nil {
					t.Fatal(err)
				}
				lilei := d.ws.Person("李雷").Test(t).In("#sales")
				lilei.Say("#sales", "@desk file")
				got, _ := lilei.Sees("Table", "table.csv")
				if data, shared := d.ws.File(got.Files[0].ID); !shared || string(data) != "a,b\n1,2\n" || got.Thread == "" {
					t.Errorf("file holds %q in thread %q", data, got.Thread)
				}
				eventually(t, "outbox empty", func() bool {
					n, err := d.store.Depth(t.Context())
					return err == nil && n == 0
				})
				times := 0
				for _, m := range lilei.Reads() {
					times += len(m.Files)
				}
				if times != 1 {
					t.Errorf("the file stands there %d times", times)
				}
			})
		}
	}
}

// Where the desk is no member its words still come by the return address; the
// file goes to the person, without being uploaded again.
func TestStory_FileWhereTheDeskIsNot(t *testing.T) {
	for _, transport := range []slackapp.Transport{slackapp.Socket, slackapp.HTTP} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			d := open(t, transport, nil)
			lilei := d.ws.Person("李雷").Test(t).In("#quiet")
			lilei.Command("/ask", "file")
			lilei.Sees("回答")
			got, _ := d.ws.Person("李雷").Test(t).In("desk").Sees("Table", "table.csv")
			if len(got.Files) != 1 {
				t.Fatalf("got %+v", got)
			}
			puts := 0
			for _, l := range d.ws.Transcript() {
				if l.What == "call" && l.Method == "upload" {
					puts++
				}
			}
			if puts != 1 {
				t.Errorf("uploaded %d times", puts)
			}
		})
	}
}
