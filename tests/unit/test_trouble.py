"""What a failed call to Slack means for its message."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from slack_sdk.errors import SlackApiError

from bot.slack.remedies import remedied
from bot.slack.trouble import LONGEST_WAIT_S, OPERATOR, OPERATOR_WAIT, PLACE_GONE, Fate, backoff, code_of, judge

SECOND = timedelta(seconds=1)


def refused(code: str | None, status: int = 200, **headers: str) -> SlackApiError:
    data = {"ok": False, "error": code} if code else "<html>"
    answer: Any = SimpleNamespace(status_code=status, data=data, headers=headers)
    return SlackApiError("no", answer)


@pytest.mark.parametrize(
    ("error", "fate", "wait"),
    [
        (refused("ratelimited", 429, **{"Retry-After": "30"}), Fate.LIMITED, 30 * SECOND),
        (refused("message_limit_exceeded"), Fate.LIMITED, SECOND),
        (refused(None, 429), Fate.LIMITED, SECOND),
        (refused("internal_error"), Fate.UNKNOWN, 4 * SECOND),
        (refused(None, 500), Fate.UNKNOWN, 4 * SECOND),
        (refused(None, 499), Fate.UNKNOWN, 4 * SECOND),
        (refused(None, 200), Fate.UNKNOWN, 4 * SECOND),
        (refused("ratelimited"), Fate.LIMITED, SECOND),
        (refused("fatal_error"), Fate.UNKNOWN, 4 * SECOND),
        (refused("org_login_required"), Fate.UNKNOWN, 4 * SECOND),
        (refused("invalid_auth"), Fate.RETRY, OPERATOR_WAIT),
        (refused("account_inactive"), Fate.RETRY, OPERATOR_WAIT),
        (refused("access_denied"), Fate.RETRY, OPERATOR_WAIT),
        (refused("is_archived"), Fate.DEAD, 0 * SECOND),
        (refused("not_in_channel"), Fate.DEAD, 0 * SECOND),
        (refused("msg_too_long"), Fate.DEAD, 0 * SECOND),
        (refused("token_revoked"), Fate.RETRY, OPERATOR_WAIT),
        (refused("channel_not_found"), Fate.DEAD, 0 * SECOND),
        (TimeoutError(), Fate.UNKNOWN, 4 * SECOND),
        (aiohttp.ServerDisconnectedError(), Fate.UNKNOWN, 4 * SECOND),
        (
            aiohttp.ClientConnectorError(
                ConnectionKey("slack", 443, True, None, None, None, None), OSError("refused")
            ),
            Fate.RETRY,
            4 * SECOND,
        ),
    ],
)
def test_what_may_have_arrived_is_looked_for_and_what_cannot_is_given_up(
    error: Exception, fate: Fate, wait: timedelta
) -> None:
    found = judge(error, attempts=3)
    assert (found.fate, found.wait) == (fate, wait)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("0", 1),
        ("7", 7),
        ("300", 300),
        ("301", LONGEST_WAIT_S),
        ("9" * 5_000, LONGEST_WAIT_S),
        *((odd, 1) for odd in ("", "-5", "inf", "nan", "1e99", "²", "Wed, 21 Oct 2015 07:28:00 GMT")),
    ],
)
def test_a_wait_that_is_asked_for_is_kept_as_far_as_it_is_one(stated: str, seconds: int) -> None:
    assert judge(refused("ratelimited", 429, **{"Retry-After": stated}), 1).wait == seconds * SECOND


def test_tries_come_after_twice_the_wait_each_up_to_five_minutes() -> None:
    assert [backoff(attempts) / SECOND for attempts in (1, 2, 3, 8, 9, 10, 10_000)] == [
        1,
        2,
        4,
        128,
        256,
        300,
        300,
    ]


def test_the_word_of_what_was_wrong_is_empty_where_slack_gave_none() -> None:
    assert code_of(refused("is_archived")) == "is_archived"
    assert code_of(refused(None, 502)) == ""


@pytest.mark.parametrize("code", sorted(OPERATOR | PLACE_GONE))
def test_whatever_somebody_has_to_mend_comes_with_its_remedy(code: str) -> None:
    assert remedied(code).startswith(f"{code} (")


def test_a_remedy_names_the_setting_as_it_is() -> None:
    assert remedied("token_revoked").endswith("as SLACK_BOT_TOKEN)")


def test_a_pager_that_leads_elsewhere_is_told_to_be_put_right() -> None:
    assert "give that one in team.yaml" in remedied("HTTP 302")
    assert remedied("HTTP 500") == "HTTP 500"
