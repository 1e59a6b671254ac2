"""Too much of anything is cut and counted, and the buttons stay."""

from typing import Any

import pytest

from bot.slack.limits import fit_message, fit_view
from bot.slack.views.parts import actions, button, context, mrkdwn, option, plain, section, select
from bot.workspace.blocks.check import check_message, check_view

BUTTONS = actions("do", button("Acknowledge", "ack", 1))


def fitted(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    body = fit_message("text", list(blocks), [])
    check_message(body["blocks"], [], lambda _file: True)
    found: list[dict[str, Any]] = body["blocks"]
    return found


def test_too_many_blocks_are_counted_and_the_buttons_stay() -> None:
    blocks = fitted(*(section(f"part {number}") for number in range(200)), BUTTONS)
    assert len(blocks) == 50
    assert blocks[-1] == BUTTONS
    assert blocks[-2]["elements"][0]["text"] == "… 152 more parts are not shown"


def test_all_text_of_a_message_has_one_budget() -> None:
    blocks = fitted(*(section("x" * 3_000) for _ in range(8)), BUTTONS)
    assert sum(len(block["text"]["text"]) for block in blocks if block["type"] == "section") < 13_000
    assert "more characters" in blocks[4]["text"]["text"]
    assert blocks[-1] == BUTTONS


def test_a_huge_text_tells_how_much_is_missing() -> None:
    (block,) = fitted(section("y" * 100_000))
    assert len(block["text"]["text"]) <= 3_000
    assert block["text"]["text"].endswith("more characters")
    assert "97,0" in block["text"]["text"]


@pytest.mark.parametrize(
    ("block", "count"),
    [
        ({"type": "section", "fields": [mrkdwn(f"f{n}") for n in range(30)]}, 10),
        (actions("many", *(button("b", f"b{n}", n) for n in range(40))), 25),
        (context(*(f"c{n}" for n in range(40))), 10),
    ],
)
def test_items_beyond_the_limit_go(block: dict[str, Any], count: int) -> None:
    (done,) = fitted(block)
    assert len(done.get("fields") or done["elements"]) == count


def test_options_are_cut_and_a_lost_initial_option_is_dropped() -> None:
    options = [option(f"o{n}" * 60, n) for n in range(150)]
    (done,) = fitted(actions("a", select("s", "p" * 200, options, options[140])))
    menu = done["elements"][0]
    assert len(menu["options"]) == 100
    assert "initial_option" not in menu


def test_an_empty_menu_and_empty_texts_are_left_out() -> None:
    assert fitted(actions("a", select("s", "none", [])), section(" "), context(""), {"type": "section"}) == []


def test_the_same_block_id_twice_is_made_one() -> None:
    first, second = fitted(BUTTONS, BUTTONS)
    assert first["block_id"] == "do"
    assert "block_id" not in second


def test_a_confirm_dialog_is_cut() -> None:
    dialog = {name: plain(name * 200) for name in ("title", "confirm", "deny")} | {"text": mrkdwn("t" * 900)}
    fitted(actions("a", button("x" * 90, "b", 1, confirm=dialog)))


def test_ids_that_are_too_long_are_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="ids only"):
        fitted(actions("a", button("b", "b", "v" * 2_001)))
    with pytest.raises(ValueError, match="ids only"):
        fit_view({"type": "modal", "blocks": [], "private_metadata": "m" * 3_001})


def test_a_modal_shows_a_hundred_blocks() -> None:
    view = {"type": "modal", "title": plain("A very long title of a modal"), "blocks": [section("s")] * 300}
    done = fit_view(view)
    check_view(done, "modal", lambda _file: True)
    assert len(done["blocks"]) == 100


def test_a_view_stays_below_250_kilobytes() -> None:
    view = {"type": "modal", "title": plain("Alert"), "blocks": [section("𠀀" * 3_000)] * 60}
    done = fit_view(view)
    check_view(done, "modal", lambda _file: True)
    assert "more parts are not shown" in done["blocks"][-1]["elements"][0]["text"]


def test_attachments_share_the_message_with_blocks() -> None:
    body = fit_message("t", [section("a")] * 30, [{"color": "#000", "blocks": [section("b")] * 40}])
    assert len(body["blocks"]) + len(body["attachments"][0]["blocks"]) == 50
    assert body["attachments"][0]["fallback"] == "t"
