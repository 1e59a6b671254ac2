"""Rich text: nested runs of styled text, links and mentions, as far as an app may send them."""

from typing import Any

from .. import limits
from .schema import Check, Report, array, boolean, integer, one_of, record, string, tagged, url

_STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean))


def _run(kind: str, required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return record({"type": one_of(kind), **required}, {"style": _STYLE, **(optional or {})})


_RUNS: dict[str, Check] = {
    "text": _run("text", {"text": string(limits.SECTION_TEXT)}),
    "link": _run("link", {"url": url(limits.URL)}, {"text": string(limits.SECTION_TEXT, 0), "unsafe": boolean}),
    "emoji": _run("emoji", {"name": string(255)}, {"unicode": string(255), "skin_tone": integer(1, 6)}),
    "user": _run("user", {"user_id": string(255)}),
    "usergroup": _run("usergroup", {"usergroup_id": string(255)}),
    "channel": _run("channel", {"channel_id": string(255)}),
    "broadcast": _run("broadcast", {"range": one_of("here", "channel", "everyone")}),
    "color": _run("color", {"value": string(255)}),
    "date": _run(
        "date",
        {"timestamp": integer(0, 10**11), "format": string(255)},
        {"url": url(limits.URL), "fallback": string(255)},
    ),
}
_runs = array(tagged(_RUNS), 1000, least=0)
_SECTION = record({"type": one_of("rich_text_section"), "elements": _runs})
_BORDER: dict[str, Check] = {"border": integer(0, 1)}

_PARTS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_preformatted": record(
        {"type": one_of("rich_text_preformatted"), "elements": _runs}, {**_BORDER, "language": string(255)}
    ),
    "rich_text_quote": record({"type": one_of("rich_text_quote"), "elements": _runs}, _BORDER),
    "rich_text_list": record(
        {
            "type": one_of("rich_text_list"),
            "style": one_of("bullet", "ordered"),
            "elements": array(_SECTION, 1000),
        },
        {**_BORDER, "indent": integer(0, 8), "offset": integer(0, 10**6)},
    ),
}


def elements(value: Any, at: str, report: Report) -> None:
    """The parts of a rich_text block."""
    array(tagged(_PARTS), 1000, least=0)(value, at, report)
