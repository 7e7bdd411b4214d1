package slackapp

import (
	"log/slog"
	"net/http"
)

// NewBrake lets tests drive the brake under virtual time.
func NewBrake(next http.RoundTripper) interface {
	Do(*http.Request) (*http.Response, error)
} {
	return &brake{next: &http.Client{Transport: next}, log: slog.New(slog.DiscardHandler)}
}
