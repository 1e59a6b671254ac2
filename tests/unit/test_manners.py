"""The check of messages' manners notices each way to lack them."""

from typing import Any

import pytest

from bot.workspace.messages import Message
from tests.manners import problems

PICTURE = {"type": "image", "alt_text": "Accuracy of Flight delays by day"}
TEXT = {
    "type": "section",
    "text": {"type": "mrkdwn", "text": "Until <!date^1^{time}|12:00 UTC>, or `until 18:00`"},
}


def said(*blocks: dict[str, Any], text: str = "Accuracy fell") -> list[str]:
    return problems(Message("C1", "1.1", text, blocks=list(blocks)))


def test_a_message_with_manners_has_no_problem() -> None:
    assert said(PICTURE, TEXT) == []


@pytest.mark.parametrize(
    ("block", "text", "found"),
    [
        (TEXT, " ", "no text for notifications"),
        (TEXT, "<!channel> wake up", "wakes everybody"),
        ({"type": "image", "alt_text": "chart"}, "Accuracy", "nobody describes"),
        ({"type": "button", "text": {"type": "plain_text", "text": "👍"}}, "Accuracy", "only a sign"),
        ({"type": "mrkdwn", "text": "Until 18:00"}, "Accuracy", "not the reader's"),
    ],
)
def test_each_lack_is_noticed(block: dict[str, Any], text: str, found: str) -> None:
    (problem,) = said(block, text=text)
    assert found in problem
