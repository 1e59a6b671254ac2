"""What a failed Web API call means for the message: try again, look whether it arrived, or give up. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import aiohttp
from slack_sdk.errors import SlackApiError

LONGEST_WAIT_S = 300
OPERATOR_WAIT = timedelta(minutes=1)
NETWORK = (aiohttp.ClientError, TimeoutError, OSError)
"""What a call raises when no answer came; a message may have arrived all the same."""

TRANSIENT = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "org_login_required",
        "accesslimited",
    }
)
OPERATOR = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "missing_scope",
        "not_allowed_token_type",
        "team_access_not_granted",
        "two_factor_setup_required",
        "access_denied",
        "ekm_access_denied",
        "enterprise_is_restricted",
    }
)
"""Somebody has to do something about the app or its token; until then whatever is sent waits."""
TOO_MUCH = frozenset(
    {
        "msg_too_long",
        "msg_blocks_too_long",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_attachments",
        "too_many_attachments",
        "attachment_payload_limit_exceeded",
    }
)
"""Slack does not take how a message is laid out, or how long it is; a short text it would."""
PLACE_GONE = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "is_inactive",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_non_threadable_channel",
        "no_permission",
    }
)
"""Nothing can be written in this channel, and it will not become better by waiting."""
RATE_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})


class UnknownPlaceError(Exception):
    """A message names a channel, a person or a pager that the team's YAML does not have."""


class Fate(StrEnum):
    """RETRY and LIMITED did not arrive (and the channel must rest); UNKNOWN may have; DEAD never will."""

    RETRY = "retry"
    LIMITED = "limited"
    UNKNOWN = "unknown"
    DEAD = "dead"


@dataclass(frozen=True)
class Trouble:
    """What to do after a failed call: `wait` from now, and why."""

    fate: Fate
    reason: str
    wait: timedelta = timedelta(0)


def judge(error: Exception, attempts: int) -> Trouble:
    """The trouble that `error` means for a message that was tried `attempts` times (from 1)."""
    if isinstance(error, SlackApiError):
        return _refused(error, attempts)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Trouble(Fate.RETRY, f"no connection: {error}", backoff(attempts))
    return Trouble(Fate.UNKNOWN, f"no answer: {type(error).__name__}: {error}", backoff(attempts))


def backoff(attempts: int) -> timedelta:
    """1, 2, 4 ... seconds, at most five minutes."""
    return timedelta(seconds=min(2 ** min(attempts - 1, 16), LONGEST_WAIT_S))


def _refused(error: SlackApiError, attempts: int) -> Trouble:
    status, headers, code = _answer(error)
    if status == 429 or code in RATE_LIMITED:
        return Trouble(Fate.LIMITED, "ratelimited", timedelta(seconds=_retry_after(headers)))
    if status >= 500 or code in TRANSIENT:
        return Trouble(Fate.UNKNOWN, code or f"HTTP {status}", backoff(attempts))
    if not code:  # whoever answered, such as a proxy with a page of its own, it was not Slack
        return Trouble(Fate.UNKNOWN, f"HTTP {status} without a word of Slack's", backoff(attempts))
    if code in OPERATOR:
        return Trouble(Fate.RETRY, code, OPERATOR_WAIT)
    return Trouble(Fate.DEAD, code)


def code_of(error: SlackApiError) -> str:
    """Slack's word for what was wrong; empty when it did not answer in JSON."""
    return _answer(error)[2]


def _answer(error: SlackApiError) -> tuple[int, dict[str, str], str]:
    """Status, headers and error code; the response is the SDK's, or aiohttp's when the body was no JSON."""
    response = error.response
    status = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    data = getattr(response, "data", None)
    code = data.get("error", "") if isinstance(data, dict) else ""
    return int(status), {k.lower(): v for k, v in dict(response.headers).items()}, str(code)


def _retry_after(headers: dict[str, str]) -> int:
    """Seconds, as far as it is believed: nobody's page waits for an hour because a proxy says so."""
    stated = headers.get("retry-after", "")
    return min(max(int(stated[:9]), 1), LONGEST_WAIT_S) if stated.isascii() and stated.isdigit() else 1
