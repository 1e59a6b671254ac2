"""The workspace's small parts: rates, triggers, escapes, inputs, faults, files, ts, the journal."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workspace.acting.inputs import complaints, entered, initial_state, merged, shaped
from bot.workspace.acting.mentions import mentioned, typed
from bot.workspace.blocks.fill import fill_ids
from bot.workspace.config import RateLimits
from bot.workspace.errors import RateLimitedError, SlackError
from bot.workspace.faults import Faults
from bot.workspace.files import png_size
from bot.workspace.gallery import form
from bot.workspace.messages import Message
from bot.workspace.ratelimit import RateLimiter
from bot.workspace.sample import sample_config
from bot.workspace.standalone import told
from bot.workspace.triggers import ResponseUrls, Triggers
from bot.workspace.webapi import chat, conversations
from bot.workspace.webapi.arguments import Arguments
from bot.workspace.wire.delivery import signature
from core.clock import SimulatedClock
from tests.workspaces import ADA, CHANNEL, START, make

NAMES = {"@ada": "<@U0ADA>", "#general": "<#C0GENERAL>", "@here": "<!here>"}


# rates


@given(waits=st.lists(st.floats(0, 3), max_size=30))
def test_a_channel_never_gets_more_than_its_rate(waits: list[float]) -> None:
    clock = SimulatedClock(START)
    limiter = RateLimiter(RateLimits(posts_per_second=1.0, post_burst=1), clock)
    posts, told = [], []
    for wait in waits:
        clock.advance(timedelta(seconds=wait))
        try:
            limiter.check_post(CHANNEL)
            posts.append(clock.now())
        except RateLimitedError as refusal:
            told.append(refusal.retry_after)
    assert all(later - earlier >= timedelta(seconds=0.999) for earlier, later in pairwise(posts))
    assert set(told) <= {1}


@given(st.integers(1, 4), st.integers(1, 200))
def test_waiting_as_long_as_told_is_enough(tier: int, calls: int) -> None:
    clock = SimulatedClock(START)
    limiter = RateLimiter(RateLimits(), clock)
    for _ in range(calls):
        try:
            limiter.check_method("users.list", tier)
        except RateLimitedError as refusal:
            clock.advance(timedelta(seconds=refusal.retry_after))
            limiter.check_method("users.list", tier)


# triggers and response URLs


def test_a_trigger_lives_three_real_seconds() -> None:
    now = [100.0]
    triggers = Triggers(3.0, lambda: now[0])
    trigger_id = triggers.issue(ADA)
    now[0] += 3.0
    assert triggers.check(trigger_id).user == ADA
    now[0] += 0.1
    with pytest.raises(SlackError, match="expired_trigger_id"):
        triggers.check(trigger_id)
    now[0] += 100
    triggers.issue(ADA)
    with pytest.raises(SlackError, match="invalid_trigger_id"):
        triggers.check(trigger_id)


def test_an_unknown_response_url_is_refused() -> None:
    with pytest.raises(SlackError, match="invalid_url"):
        ResponseUrls(SimulatedClock(START)).use("nothing")


# texts


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("hi @ada, see #general.", "hi <@U0ADA>, see <#C0GENERAL>."),
        ("@ada.", "<@U0ADA>."),
        ("mail ada@ada.example", "mail ada@ada.example"),
        ("@adam", "@adam"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("<@U0ADA> <!channel> <!nothing>", "<@U0ADA> <!channel> &lt;!nothing&gt;"),
        ("<https://evil.example|bank>", "&lt;https://evil.example|bank&gt;"),
        ("@here", "<!here>"),
    ],
)
def test_typed_text_is_escaped_and_names_become_mentions(text: str, stored: str) -> None:
    assert typed(text, NAMES) == stored


@given(st.text())
def test_typed_text_mentions_only_known_names(text: str) -> None:
    stored = typed(text, {})
    if "<@" not in text and "<#" not in text and "<!" not in text:
        assert "<" not in stored
        assert ">" not in stored


def test_mentions_are_found_where_slack_parses_them() -> None:
    def of(text: str = "", blocks: list[dict[str, Any]] | None = None) -> set[str]:
        return mentioned(Message(CHANNEL, "1.000001", text=text, blocks=blocks or []))

    assert of("<@U0ADA> <!here> <!subteam^S0ONCALL|@oncall>") == {"U0ADA", "here", "S0ONCALL"}
    assert of("&lt;@U0ADA&gt;") == set()
    mrkdwn = [{"type": "section", "text": {"type": "mrkdwn", "text": "<@U0GRACE>"}}]
    plain = [{"type": "header", "text": {"type": "plain_text", "text": "<@U0GRACE>"}}]
    assert of("<@U0ADA>", mrkdwn) == {"U0GRACE"}, "where there are blocks, the text is only the notification"
    assert of("", plain) == set()


# inputs


def filled_form() -> list[dict[str, Any]]:
    return fill_ids(form()["blocks"], make().ctx.ids)


def test_a_form_starts_with_its_initial_values() -> None:
    values = initial_state(filled_form())
    assert values["details"]["value"] == {"type": "plain_text_input", "value": "It started at 09:30."}
    assert values["labels"]["value"] == {"type": "multi_static_select", "selected_options": []}
    assert values["assignee"]["value"]["selected_user"] == ADA
    assert values["time"]["value"] == {"type": "timepicker", "selected_time": None}


def test_what_is_entered_replaces_what_was_there_and_nothing_else() -> None:
    start = initial_state(filled_form())
    said = {"title": {"value": {"type": "plain_text_input", "value": "x"}}, "unknown": {"a": {}}}
    values = merged(start, said)
    assert set(values) == set(start)
    assert values["title"]["value"]["value"] == "x"
    assert values["details"] == start["details"]


def test_plain_values_take_the_shape_of_their_element() -> None:
    elements = {block["block_id"]: block["element"] for block in filled_form() if block["type"] == "input"}
    assert shaped(elements["severity"], "low")["selected_option"]["text"]["text"] == "Low"
    assert shaped(elements["severity"], "Low")["selected_option"]["value"] == "low"
    assert [item["value"] for item in shaped(elements["labels"], ["ewr", "jfk"])["selected_options"]] == [
        "ewr",
        "jfk",
    ]
    assert shaped(elements["assignee"], "U0GRACE") == {"type": "users_select", "selected_user": "U0GRACE"}
    assert shaped(elements["day"], "2013-05-01")["selected_date"] == "2013-05-01"
    with pytest.raises(ValueError, match="does not offer"):
        shaped(elements["severity"], "catastrophic")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda each: (
        st.lists(each, max_size=2) | st.dictionaries(st.sampled_from(["value", "type", "x"]), each, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(block["block_id"] for block in filled_form())), JUNK))
def test_whatever_is_entered_is_of_its_element_or_refused(given_values: dict[str, Any]) -> None:
    blocks = filled_form()
    try:
        found = entered(blocks, given_values)
    except ValueError:
        return
    values = merged(initial_state(blocks), found)
    assert all(state["type"] for actions in values.values() for state in actions.values())
    complaints(blocks, values)


@pytest.mark.parametrize(
    ("block_id", "value", "complaint"),
    [
        ("title", None, "Please complete this required field."),
        ("title", "ab", "Must be at least 3 characters."),
        ("title", "x" * 81, "Must be at most 80 characters."),
        ("email", "ada", "Please enter a valid email address."),
        ("link", "flights", "Please enter a valid URL."),
        ("number", "many", "Please enter a number."),
        ("number", "1.5", "Must be at most 1."),
        ("number", "-1", "Must be at least 0."),
        ("title", "fine", None),
        ("email", "", None),
        ("number", "0.5", None),
    ],
)
def test_what_the_client_does_not_let_one_submit(block_id: str, value: Any, complaint: str | None) -> None:
    blocks = [block for block in filled_form() if block["block_id"] == block_id]
    kind = blocks[0]["element"]["type"]
    found = complaints(blocks, {block_id: {"value": {"type": kind, "value": value}}})
    assert found == ({block_id: complaint} if complaint else {})


# the rest


def test_signatures_are_slacks_own() -> None:
    """The example of Slack's documentation on verifying requests."""
    secret = "8f742231b10e8888abcd99yyyzzz85a5"
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature(secret, "1531420618", body) == expected


def test_ts_are_unique_and_increase_though_the_clock_stands_still() -> None:
    workspace = make()
    taken = [workspace.ctx.state.next_ts() for _ in range(1000)]
    assert taken == sorted(set(taken))
    assert all(ts.startswith(f"{int(START.timestamp())}.") for ts in taken)


def test_a_fault_is_used_up_by_the_calls_it_meets() -> None:
    faults = Faults()
    faults.add("chat.update", "slow", times=2)
    faults.add("*", "drop")
    assert [fault and fault.kind for fault in (faults.take("chat.update", {}) for _ in range(4))] == [
        "slow",
        "slow",
        "drop",
        None,
    ]


def test_the_size_of_a_png() -> None:
    head = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (640).to_bytes(4) + (480).to_bytes(4)
    assert png_size(head) == (640, 480)
    assert png_size(b"GIF89a") is None
    assert png_size(head[:20]) is None


def test_a_restarted_workspace_has_its_messages_again(tmp_path: Path) -> None:
    journal = tmp_path / "workspace.jsonl"
    off = RateLimits(enabled=False)
    first = make(journal=journal, rate_limits=off)

    def call(**values: Any) -> Any:
        return chat.post_message(first.ctx, Arguments({"channel": CHANNEL, **values}))

    mark = {"event_type": "outbox", "event_payload": {"id": "1"}}
    parent = call(text="parent", metadata=mark)["ts"]
    call(text="reply", thread_ts=parent)
    gone = call(text="gone")["ts"]
    chat.update(first.ctx, Arguments({"channel": CHANNEL, "ts": parent, "text": "changed"}))
    chat.delete(first.ctx, Arguments({"channel": CHANNEL, "ts": gone}))
    conversations.join(first.ctx, Arguments({"channel": "C0GENERAL"}))
    with journal.open("a") as file:
        file.write('{"kind":"message","chan')  # killed while it wrote
    again = make(journal=journal, rate_limits=off)
    chat.post_message(again.ctx, Arguments({"channel": ADA, "text": "after the kill"}))
    third = make(journal=journal, rate_limits=off)
    assert [message.text for message in third.direct(ADA)] == ["after the kill"]
    assert [message.text for message in again.messages(CHANNEL)] == ["changed"]
    assert [message.text for message in again.thread(CHANNEL, parent)] == ["changed", "reply"]
    assert again.messages(CHANNEL)[0].metadata == mark
    assert again.messages(CHANNEL)[0].reply_count == 1
    assert again.config.bot_user_id in again.ctx.state.channels["C0GENERAL"].members
    assert again.ctx.state.next_ts() > gone, "a ts is never given twice"


@pytest.mark.parametrize(("events", "by"), [(None, "SLACK_APP_TOKEN="), ("http://b/e", "SLACK_SIGNING_SECRET=")])
def test_a_workspace_alone_says_what_a_bot_joins_it_with(events: str | None, by: str) -> None:
    said = told(sample_config("http://127.0.0.1:8099", events), "http://127.0.0.1:8099")
    assert "ada is U0ADA" in said
    assert "#general is C0GENERAL" in said
    variables = dict(line.split("=") for line in said.splitlines() if line.startswith("SLACK_"))
    assert variables["SLACK_API_URL"] == "http://127.0.0.1:8099/api/"
    assert len(variables) == 3
    assert by in said
