package slackapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"partnerdesk/bot"
)

var _ bot.Files = (*App)(nil)

// Fetch implements [bot.Files]: Slack says where a file lies, and gives it to
// whoever shows the token there (Slack's page "Working with files", 2026-11-20).
// The token goes to Slack's own hosts only, and no redirect is followed: without
// the scope Slack sends the way to a sign-in page instead of the file.
func (a *App) Fetch(ctx context.Context, id string, most int) (string, []byte, error) {
	f, _, _, err := a.api.GetFileInfoContext(ctx, id, 0, 0)
	switch code := codeOf(err); {
	case oneOf("missing_scope no_permission", code):
		return "", nil, fmt.Errorf("fetch file: %w", bot.ErrFileScope)
	case oneOf("file_not_found file_deleted not_visible access_denied", code):
		return "", nil, fmt.Errorf("fetch file: %w", bot.ErrNoFile)
	case err != nil:
		return "", nil, fmt.Errorf("fetch file: %w", err)
	case f.Size > most:
		return f.Name, nil, fmt.Errorf("fetch file: %w", bot.ErrFileTooLarge)
	}
	address := f.URLPrivateDownload
	if address == "" {
		address = f.URLPrivate
	}
	if !a.ours(address) {
		return f.Name, nil, fmt.Errorf("fetch file: it lies on a host that is not slack's: %w", bot.ErrNoFile)
	}
	data, err := a.getBytes(ctx, address, most)
	if err != nil {
		return f.Name, nil, fmt.Errorf("fetch file: %w", err)
	}
	return f.Name, data, nil
}

func (a *App) getBytes(ctx context.Context, address string, most int) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("address is no address")
	}
	req.Header.Set("Authorization", "Bearer "+string(a.o.BotToken))
	client := *a.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		return nil, withoutURL("get", err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusFound:
		return nil, bot.ErrFileScope
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusForbidden:
		return nil, bot.ErrNoFile
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("answers %d", resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, int64(most)+1))
	switch {
	case err != nil:
		return nil, withoutURL("read", err)
	case len(data) > most:
		return nil, bot.ErrFileTooLarge
	}
	return data, nil
}
