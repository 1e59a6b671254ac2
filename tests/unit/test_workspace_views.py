"""Limits of views: what the workspace refuses, in Slack's words and at Slack's place."""

import pytest

from bot.workspace.blocks.check import check_view
from bot.workspace.errors import SlackError
from tests.blocks_support import (
    Json,
    field,
    modal,
    mrkdwn,
    plain,
    section,
    view_problems,
)


def test_one_element_takes_the_focus() -> None:
    typed = {"type": "plain_text_input", "focus_on_load": True}
    two = modal(submit=plain("Go"), blocks=[field(typed), field(typed)])
    assert view_problems(two) == ["only one element may have focus_on_load [json-pointer:/view/blocks]"]


VIEW_FAULTS: list[tuple[Json, str]] = [
    (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
    (modal(submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
    (modal(close=mrkdwn("x")), "unsupported type: mrkdwn [json-pointer:/view/close/type]"),
    (
        modal(private_metadata="x" * 3001),
        "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ),
    (modal(callback_id="x" * 256), "must be less than 256 characters [json-pointer:/view/callback_id]"),
    (modal(submit_disabled=True), "invalid additional property: submit_disabled [json-pointer:/view]"),
    (modal(blocks=[field({"type": "plain_text_input"})]), "missing required field: submit [json-pointer:/view]"),
    ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
    ({"type": "home", "blocks": []}, "unsupported type: home [json-pointer:/view/type]"),
    (modal(blocks="x"), "must provide an array [json-pointer:/view/blocks]"),
    (
        modal(blocks=[{"type": "markdown", "text": "x"}]),
        "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
    ),
]


@pytest.mark.parametrize(("view", "problem"), VIEW_FAULTS, ids=[problem for _, problem in VIEW_FAULTS])
def test_views_are_checked_as_strictly(view: Json, problem: str) -> None:
    assert problem in view_problems(view)


def test_a_view_has_at_most_250_kilobytes() -> None:
    blocks = [section(text=mrkdwn("x" * 3000)) for _ in range(90)]
    with pytest.raises(SlackError, match="view_too_large"):
        check_view(modal(blocks=blocks), "modal", lambda _: False)
