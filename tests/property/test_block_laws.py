"""Whatever JSON comes as blocks or as a view is accepted or refused; nothing else happens."""

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.workspace.blocks.check import check_message, check_view
from bot.workspace.errors import SlackError

NAMES = st.sampled_from(
    [
        "type",
        "text",
        "blocks",
        "block_id",
        "action_id",
        "elements",
        "element",
        "accessory",
        "fields",
        "options",
        "option_groups",
        "confirm",
        "value",
        "url",
        "label",
        "title",
        "alt_text",
        "image_url",
        "slack_file",
        "initial_option",
        "style",
    ]
)

KINDS = st.sampled_from(
    [
        "section",
        "actions",
        "input",
        "context",
        "header",
        "image",
        "rich_text",
        "plain_text",
        "mrkdwn",
        "button",
        "static_select",
        "modal",
    ]
)

NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | KINDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)


@given(blocks=st.lists(NESTED, max_size=4), attachments=NESTED)
def test_whatever_is_sent_is_accepted_or_refused(blocks: Any, attachments: Any) -> None:
    with contextlib.suppress(SlackError):
        check_message(blocks, attachments, lambda _: True)


@given(NESTED)
def test_whatever_view_is_sent_is_accepted_or_refused(view: Any) -> None:
    shaped = {"type": "modal", **view} if isinstance(view, dict) else view
    with contextlib.suppress(SlackError):
        check_view(shaped, "modal", lambda _: True)
