package slackapp

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"partnerdesk/bot"
)

// What Slack's refusals mean (Slack platform sheet, sections A and B, and Slack's
// method pages, 2026-11-20).
const (
	codesToken = "invalid_auth not_authed account_inactive token_revoked token_expired not_allowed_token_type " +
		"missing_scope no_permission org_login_required socket_mode_not_enabled link_disabled"
	codesAway = "not_in_channel channel_not_found is_archived user_not_in_channel message_not_found cant_update_message " +
		"edit_window_closed thread_not_found restricted_action restricted_action_thread_locked channel_is_archived " +
		"restricted_action_read_only_channel restricted_action_non_threadable_channel"
	codesLater = "ratelimited rate_limited service_unavailable request_timeout team_added_to_org message_limit_exceeded " +
		"file_update_failed" // of an upload; passes, Slack's support says (python-slack-sdk issue 1730)
	codesUnsure    = "internal_error fatal_error"
	codesMalformed = "invalid_blocks invalid_blocks_format msg_blocks_too_long"
)

func oneOf(codes, code string) bool { return slices.Contains(strings.Fields(codes), code) }

// codeOf is Slack's word for what went wrong; empty when it is not Slack's.
func codeOf(err error) string {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*refusal](err); ok {
		return e.code
	}
	return ""
}

// refusal is an answer of Slack with ok:false, to a call we made ourselves.
type refusal struct{ code string }

func (r *refusal) Error() string { return r.code }

// retryAfter is how long Slack asks to be left alone.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return e.RetryAfter
	}
	return 0
}

// hopeless reports whether an error will be the same tomorrow unless somebody
// changes the app's settings.
func hopeless(err error) bool {
	if e, ok := errors.AsType[slack.StatusCodeError](err); ok {
		return e.Code == http.StatusNotFound
	}
	return oneOf(codesToken, codeOf(err))
}

// refused words a hopeless error for the operator; nil for any other.
func refused(err error, what, check string) error {
	if err == nil || !hopeless(err) {
		return nil
	}
	if e, ok := errors.AsType[slack.StatusCodeError](err); ok {
		return fmt.Errorf("slack is not at the API address (%w): check the address, and %s", e, check)
	}
	return fmt.Errorf("slack refuses the %s (%w): check %s", what, err, check)
}

// classify says what a failed message means. unsure is what it means when nobody
// knows whether Slack took it.
func classify(err error, unsure bot.SendFault, elsewhere bool) *bot.SendError {
	s := &bot.SendError{Fault: unsure, Err: err}
	code := codeOf(err)
	status, isStatus := errors.AsType[slack.StatusCodeError](err)
	switch {
	case retryAfter(err) > 0:
		s.Fault, s.After = bot.FaultRetry, retryAfter(err)
	case code == "account_inactive":
		s.Fault = bot.FaultPermanent
	case oneOf(codesToken, code):
		s.Fault, s.After = bot.FaultRetry, time.Minute // the operator can mend it, and the message is still wanted
	case oneOf(codesLater, code):
		s.Fault = bot.FaultRetry
	case oneOf(codesUnsure, code):
	case oneOf(codesAway, code) && elsewhere:
		s.Fault = bot.FaultExpired
	case oneOf(codesMalformed, code):
		s.Fault, s.Err = bot.FaultPermanent, fmt.Errorf("%w: %w", errBlocks, err)
	case code != "":
		s.Fault = bot.FaultPermanent
	case isStatus && status.Code == http.StatusTooManyRequests:
		s.Fault = bot.FaultRetry
	case isStatus && status.Code < 500:
		s.Fault = bot.FaultPermanent
	case isStatus:
	case notSent(err):
		s.Fault = bot.FaultRetry
	}
	return s
}

// notSent reports whether an error happened before anything left the house.
func notSent(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	_, dns := errors.AsType[*net.DNSError](err)
	return dns
}
