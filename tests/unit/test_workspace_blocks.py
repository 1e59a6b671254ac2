"""Block Kit's limits: what the workspace refuses, in Slack's words and at Slack's place."""

import copy
from typing import Any

import pytest

from bot.workspace import limits
from bot.workspace.blocks.check import check_message, check_view
from bot.workspace.blocks.fill import fill_ids
from bot.workspace.errors import SlackError
from bot.workspace.gallery import ELEMENTS, TEXTS, form
from tests.blocks_support import (
    Json,
    actions,
    button,
    confirm,
    field,
    menu,
    message_problems,
    modal,
    mrkdwn,
    option,
    plain,
    section,
    view_problems,
)
from tests.workspaces import make

AT_THE_LIMIT: list[Json] = [
    section(text=mrkdwn("x" * 3000)),
    {"type": "section", "fields": [plain("x" * 100)] * 10},
    {"type": "section", "fields": [plain("x" * 2000)]},
    {"type": "header", "text": plain("x" * 150)},
    {"type": "context", "elements": [mrkdwn("x")] * 10},
    actions(*(button(action_id=str(number)) for number in range(25))),
    actions(button(text=plain("x" * 75), value="x" * 2000, action_id="x" * 255)),
    actions(button(url="https://example.com/" + "x" * 2980)),
    actions(button(confirm=confirm(title=plain("x" * 100), text=mrkdwn("x" * 300), deny=plain("x" * 30)))),
    actions(menu(options=[option(str(number)) for number in range(100)], placeholder=plain("x" * 150))),
    actions(menu(options=[{"text": plain("x" * 75), "value": "x" * 150}])),
    actions({"type": "overflow", "action_id": "o", "options": [option(name) for name in "abcde"]}),
    actions({"type": "radio_buttons", "action_id": "r", "options": [option(name) for name in "abcdefghij"]}),
    field({"type": "plain_text_input", "max_length": 3000}, label=plain("x" * 2000), hint=plain("x" * 2000)),
    section(block_id="x" * 255),
    {
        "type": "image",
        "image_url": "https://example.com/a.png",
        "alt_text": "x" * 2000,
        "title": plain("x" * 2000),
    },
]


@pytest.mark.parametrize("block", AT_THE_LIMIT, ids=lambda block: str(block["type"]))
def test_what_is_just_within_the_limits_passes(block: Json) -> None:
    assert message_problems(block) == []


OVER_THE_LIMIT: list[tuple[Json, str]] = [
    (section(text=mrkdwn("x" * 3001)), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    (section(text=mrkdwn("")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    (
        {"type": "section", "fields": [plain("x")] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    (
        {"type": "section", "fields": [plain("x" * 2001)]},
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    ({"type": "section"}, "missing required field: text [json-pointer:/blocks/0]"),
    (
        {"type": "header", "text": plain("x" * 151)},
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    ({"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
    ({"type": "context", "elements": []}, "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    (
        {"type": "context", "elements": [mrkdwn("x")] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        {"type": "context", "elements": [button()]},
        "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
    ),
    (
        actions(*(button(action_id=str(number)) for number in range(26))),
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (actions(), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    (
        actions(button(text=mrkdwn("Go"))),
        "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]",
    ),
    (
        actions(button(text=plain("x" * 76))),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    (
        actions(button(value="x" * 2001)),
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    (
        actions(button(action_id="x" * 256)),
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    (
        actions(button(style="warning")),
        "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    (actions(button(url="runbook")), "must be a valid URL [json-pointer:/blocks/0/elements/0/url]"),
    (
        actions(button(url="javascript:alert(1)")),
        "must be a valid URL [json-pointer:/blocks/0/elements/0/url]",
    ),
    (
        actions(button(colour="red")),
        "invalid additional property: colour [json-pointer:/blocks/0/elements/0]",
    ),
    (actions(button(), button()), "action_id `go` already exists [json-pointer:/blocks/0/elements/1/action_id]"),
    (
        actions(button(confirm=confirm(title=plain("x" * 101)))),
        "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
    ),
    (
        actions(button(confirm=confirm(text=mrkdwn("x" * 301)))),
        "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
    ),
    (
        actions(button(confirm=confirm(confirm=plain("x" * 31)))),
        "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]",
    ),
    (actions(menu(options=[])), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    (
        actions(menu(options=[option(str(number)) for number in range(101)])),
        "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        actions(menu(options=[option(), option()])),
        "option values must be unique [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        actions(menu(options=[option("x" * 76)])),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    (
        actions(menu(options=[{"text": plain("a"), "value": "x" * 151}])),
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    (
        actions(menu(options=[{"text": mrkdwn("a"), "value": "a"}])),
        "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/options/0/text/type]",
    ),
    (
        actions(menu(initial_option=option("b"))),
        "initial option must match one of the options [json-pointer:/blocks/0/elements/0]",
    ),
    (
        actions(menu(option_groups=[{"label": plain("g"), "options": [option()]}])),
        "must provide exactly one of: options, option_groups [json-pointer:/blocks/0/elements/0]",
    ),
    (
        actions(menu(placeholder=plain("x" * 151))),
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]",
    ),
    (
        actions({"type": "overflow", "action_id": "o", "options": [option(name) for name in "abcdef"]}),
        "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        actions({"type": "checkboxes", "action_id": "c", "options": [option(name) for name in "abcdefghijk"]}),
        "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        actions({"type": "datepicker", "action_id": "d", "initial_date": "1 May"}),
        "must be formatted like 2013-02-08 [json-pointer:/blocks/0/elements/0/initial_date]",
    ),
    (
        actions({"type": "plain_text_input", "action_id": "p"}),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    (field(button()), "unsupported type: button [json-pointer:/blocks/0/element/type]"),
    (
        field({"type": "plain_text_input"}, label=mrkdwn("x")),
        "unsupported type: mrkdwn [json-pointer:/blocks/0/label/type]",
    ),
    (
        field({"type": "plain_text_input", "max_length": 3001}),
        "must be between 1 and 3000 [json-pointer:/blocks/0/element/max_length]",
    ),
    (
        field({"type": "number_input"}),
        "missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]",
    ),
    (section(block_id="x" * 256), "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
    (section(text={"type": "mrkdwn", "text": 7}), "must be a string [json-pointer:/blocks/0/text/text]"),
    (
        section(text=mrkdwn("x") | {"emoji": True}),
        "invalid additional property: emoji [json-pointer:/blocks/0/text]",
    ),
    ({"type": "divider", "text": plain("x")}, "invalid additional property: text [json-pointer:/blocks/0]"),
    ({"type": "marquee"}, "unsupported type: marquee [json-pointer:/blocks/0/type]"),
    ({"text": "x"}, "missing required field: type [json-pointer:/blocks/0]"),
    (
        {"type": "image", "image_url": "https://e.com/a.png"},
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    (
        {"type": "image", "alt_text": "x"},
        "must provide exactly one of: image_url, slack_file [json-pointer:/blocks/0]",
    ),
    (
        {"type": "image", "alt_text": "x", "slack_file": {"id": "F1"}},
        "invalid slack file [json-pointer:/blocks/0/slack_file]",
    ),
]


@pytest.mark.parametrize(("block", "problem"), OVER_THE_LIMIT, ids=[problem for _, problem in OVER_THE_LIMIT])
def test_what_is_over_a_limit_is_refused_with_its_place(block: Json, problem: str) -> None:
    assert problem in message_problems(block)


def test_a_message_holds_fifty_blocks_and_a_view_a_hundred() -> None:
    divider = {"type": "divider"}
    assert message_problems(*[divider] * 50) == []
    assert message_problems(*[divider] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert view_problems(modal(blocks=[divider] * 100)) == []
    assert view_problems(modal(blocks=[divider] * 101)) == [
        "no more than 100 items allowed [json-pointer:/view/blocks]"
    ]


def test_block_ids_are_unique_and_action_ids_within_their_block() -> None:
    assert message_problems(actions(button()), actions(button())) == []
    twice = message_problems(section(block_id="b"), section(block_id="b"))
    assert twice == ["block_id `b` already exists [json-pointer:/blocks/1/block_id]"]


def test_long_texts_together_are_too_long_for_a_message() -> None:
    fits = [section(text=mrkdwn("x" * 2600)) for _ in range(5)]
    assert message_problems(*fits) == []
    with pytest.raises(SlackError, match="msg_blocks_too_long"):
        check_message([*fits, section(text=mrkdwn("x"))], [], lambda _: False)


def test_at_most_a_hundred_attachments() -> None:
    with pytest.raises(SlackError, match="too_many_attachments"):
        check_message([], [{"text": "x"}] * (limits.MESSAGE_ATTACHMENTS + 1), lambda _: False)


def test_one_of_everything_is_accepted() -> None:
    check_message([*TEXTS, *ELEMENTS], [], lambda _: False)
    check_view(form(), "modal", lambda _: False)


@pytest.mark.parametrize("junk", [None, 7, "x", [1], [[]], [{"type": []}], [{"type": "section", "text": []}], {}])
def test_junk_is_refused_and_never_crashes(junk: Any) -> None:
    with pytest.raises(SlackError):
        check_message(junk if isinstance(junk, list) else [junk], [], lambda _: False)
    with pytest.raises(SlackError):
        check_view(junk, "modal", lambda _: False)


def test_missing_ids_are_filled_in_and_given_ones_kept() -> None:
    counter = make().ctx.ids
    given = [actions({"type": "button", "text": plain("Go")}), section(block_id="mine")]
    before = copy.deepcopy(given)
    filled = fill_ids(given, counter)
    assert given == before, "what the caller holds is not changed"
    assert filled[0]["block_id"]
    assert filled[0]["elements"][0]["action_id"]
    assert filled[1]["block_id"] == "mine"
    many = fill_ids([{"type": "divider"} for _ in range(5000)], counter)
    assert len({block["block_id"] for block in many}) == 5000
