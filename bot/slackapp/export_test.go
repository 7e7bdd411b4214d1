package slackapp

import (
	"log/slog"
	"net/http"
	"time"
)

// NewBrake lets tests drive the brake under virtual time.
func NewBrake(next http.RoundTripper) interface {
	Do(*http.Request) (*http.Response, error)
} {
	return &brake{next: &http.Client{Transport: next}, log: slog.New(slog.DiscardHandler)}
}

// Patience learns the pauses and returns how long a silence must last.
func Patience(most time.Duration, pauses ...time.Duration) time.Duration {
	r := &rhythm{}
	for _, p := range pauses {
		r.pause(p)
	}
	return r.patience(most)
}
