package slackapp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
	"partnerdesk/bot/blockkit"
)

// A file reaches Slack in three steps: Slack says where its bytes go, they go
// there, and the file is shared in a conversation (Slack's pages of
// files.getUploadURLExternal and files.completeUploadExternal, 2026-11-20).

// Upload implements [bot.Sender]: the first two steps.
func (a *App) Upload(ctx context.Context, p bot.Pending, data []byte) (bot.Upload, error) {
	if p.File == nil {
		return bot.Upload{}, &bot.SendError{Fault: bot.FaultPermanent, Err: errors.New("upload of a post without a file")}
	}
	if p.Upload.Stage == bot.UploadOffered {
		if err := a.putBytes(ctx, p.Upload.URL, data); err != nil {
			return p.Upload, err
		}
		return bot.Upload{Stage: bot.UploadStored, ID: p.Upload.ID}, nil
	}
	offer, err := a.api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: p.File.Name, FileSize: p.File.Size})
	if err != nil {
		return bot.Upload{}, forFile(classify(err, bot.FaultRetry, false))
	}
	if !a.ours(offer.UploadURL) {
		return bot.Upload{}, &bot.SendError{Fault: bot.FaultPermanent, Err: errors.New("slack sends the file to a host that is not slack's")}
	}
	return bot.Upload{Stage: bot.UploadOffered, ID: offer.FileID, URL: offer.UploadURL}, nil
}

// ours reports whether an address is Slack's, or of the host whose API we use.
func (a *App) ours(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	api, err := url.Parse(a.o.APIURL)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return u.Scheme == "https" && (host == "slack.com" || strings.HasSuffix(host, ".slack.com")) || u.Scheme == api.Scheme && u.Host == api.Host
}

// putBytes posts a file to where Slack wants it. The address is all the right
// there is to it: no token goes along, and no redirect is followed.
func (a *App) putBytes(ctx context.Context, address string, data []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(data))
	if err != nil {
		return &bot.SendError{Fault: bot.FaultLost, Err: errors.New("upload address is no address")}
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	client := *a.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		return &bot.SendError{Fault: bot.FaultRetry, Err: withoutURL("upload", err)}
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 4<<10)) // the status decides
	s := &bot.SendError{Fault: bot.FaultRetry, Err: fmt.Errorf("upload address answers %d", resp.StatusCode)}
	switch {
	case resp.StatusCode == http.StatusOK:
		return nil
	case resp.StatusCode == http.StatusTooManyRequests:
		sec, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // none means soon
		s.After = time.Duration(max(sec, 1)) * time.Second
	case resp.StatusCode == http.StatusRequestTimeout:
	case resp.StatusCode < 500:
		s.Fault = bot.FaultLost // the address is used up or too old
	}
	return s
}

// share is the third step: the file comes to stand in a conversation.
func (a *App) share(ctx context.Context, p bot.Pending) (bot.Receipt, error) {
	channel, thread, elsewhere := p.To.Place.Channel, p.To.Place.Thread, p.To.Person.User != ""
	switch p.To.Kind {
	case bot.TargetPlace:
	case bot.TargetPerson:
		var err error
		if channel, err = a.rooms.with(ctx, p.To.Person.User); err != nil {
			return bot.Receipt{}, classify(err, bot.FaultRetry, false)
		}
		thread, elsewhere = "", false
	default:
		return bot.Receipt{}, &bot.SendError{Fault: bot.FaultPermanent, Err: fmt.Errorf("a file cannot go to %q", p.To.Kind)}
	}
	_, words := blockkit.Message(p.Reply)
	_, err := a.api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{
		Files: []slack.FileSummary{{ID: p.Upload.ID, Title: p.File.Title}}, Channel: channel, ThreadTimestamp: thread, InitialComment: words,
	})
	if err != nil {
		return bot.Receipt{}, forFile(classify(err, bot.FaultAmbiguous, elsewhere))
	}
	return bot.Receipt{Channel: channel}, nil
}

// forFile is what a failure means of a file in particular. An installation that
// may not upload files must not hold up the words behind one: the file is given
// up, and an admin can have it sent once the scope is there.
func forFile(s *bot.SendError) *bot.SendError {
	switch code := codeOf(s.Err); {
	case oneOf("missing_scope no_permission", code):
		s.Fault, s.After = bot.FaultPermanent, 0
	case oneOf("file_not_found file_deleted", code):
		s.Fault = bot.FaultLost
	}
	return s
}
