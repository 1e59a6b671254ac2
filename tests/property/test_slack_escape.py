"""Text from outside is cut, split, linked and put in line without breaking what is around it."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.escape import code, cut, escape, inline, link, pieces
from tests.slack_views_support import LONG, TEXT


@given(LONG, st.integers(1, 500))
def test_a_cut_fits_counts_and_breaks_nothing(text: str, limit: int) -> None:
    safe = escape(text)
    short = cut(safe, limit)
    assert len(short) <= limit
    assert not re.search(r"&(?!(amp|lt|gt);)", short), "no entity is cut in half"
    if len(safe) <= limit:
        assert short == safe
    elif limit > 40:
        hidden = int(re.search(r"… ([\d,]+) more characters?$", short)[1].replace(",", ""))  # type: ignore[index]
        kept = short[: short.rindex("…")].rstrip()
        assert safe.startswith(kept)
        assert len(safe[: len(safe) - hidden].rstrip()) == len(kept)


@given(LONG, st.integers(6, 300))
def test_pieces_lose_nothing(text: str, limit: int) -> None:
    parts = pieces(text, limit)
    assert all(len(part) <= limit for part in parts)
    assert "".join(parts) == escape(text)


@given(TEXT, TEXT)
def test_links_lead_to_the_web_or_nowhere(url: str, label: str) -> None:
    for made in (link(url, label), link(f"https://example.org/{url}", label)):
        assert re.fullmatch(r"(<https?://[^<>|\s]+\|[^<>|]*>)|[^<>]*", made), made


@given(TEXT, st.integers(1, 50))
def test_inline_is_one_escaped_line(text: str, limit: int) -> None:
    assert not re.search(r"[<>\n\x00-\x1f\u202a-\u202e]", inline(text, limit))


@given(TEXT, st.integers(1, 50))
def test_nothing_inline_begins_or_ends_bold_code_italic_or_struck_text(text: str, limit: int) -> None:
    assert not re.search(r"[*`]|(^|[^A-Za-z0-9])[_~]|[_~]([^A-Za-z0-9]|$)", inline(text, limit))
    assert code(text, limit).count("`") == 2


def test_names_stay_as_they_are() -> None:
    assert inline("flight_delays 2~3") == "flight_delays 2~3"
    assert inline("*now* `x` _y_ ~5") == "∗now∗ ˋxˋ ˍyˍ ∼5"
    assert code("a_b *c* `d`") == "`a_b *c* ˋdˋ`"
