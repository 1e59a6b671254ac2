"""Whatever a file of another tool holds: it becomes a team that is read again as itself, or one sentence."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.imports import alertmanager, grafana_oncall, pagerduty
from bot.imports.draft import Draft, SourceError
from bot.imports.files import Source, yaml_source
from bot.imports.run import read_again
from bot.imports.writing import written

FILES = Path(__file__).parents[1] / "fixtures" / "imports"
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
JUNK = st.sampled_from(
    [
        None,
        "",
        "x",
        "a b\n",
        "{here}",
        0,
        -1,
        3,
        10**12,
        1.5,
        True,
        [],
        ["x"],
        [None],
        {},
        {"id": "x"},
        "2026-01-01",
    ]
)
TEXTS = st.sampled_from(["", "x", "a b\n", "{here}", "-1", "null", [], ["x"], {}, {"id": "x"}, "2026-01-01"])


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where anything stands in it."""
    if at:
        yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from places(each, (*at, key))


def spoiled(values: Any, draw: st.DrawFn, junk: st.SearchStrategy[Any]) -> Any:
    """With up to three places taken out, or with something else there."""
    found = copy.deepcopy(values)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(list(places(found))))
        holder = found
        for step in way:
            holder = holder[step]
        if draw(st.booleans()):
            holder[last] = copy.deepcopy(draw(junk))
        else:
            del holder[last]
        if not list(places(found)):
            break
    return found


def json_of(folder: str) -> dict[str, Any]:
    return {file.stem: json.loads(file.read_text()) for file in sorted((FILES / folder).glob("*.json"))}


@st.composite
def drafts(draw: st.DrawFn, tool: str) -> Draft | None:
    """What is made of spoiled files; None where a sentence was said."""
    try:
        if tool == "alertmanager":
            values = spoiled(yaml_source(FILES / "alertmanager.yml").values, draw, TEXTS)
            return alertmanager.draft(Source(Path("am.yml"), values), "team")
        found = spoiled(json_of(tool), draw, JUNK)
        sources = [Source(Path(f"{name}.json"), values) for name, values in found.items()]
        reader = pagerduty if tool == "pagerduty" else grafana_oncall
        return reader.draft(sources, "team", {}, NOW) if sources else None
    except SourceError:
        return None


@pytest.mark.parametrize("tool", ["alertmanager", "grafana-oncall", "pagerduty"])
def test_it_is_a_team_or_a_sentence(tool: str) -> None:
    @settings(max_examples=25, deadline=None)
    @given(drafts(tool))
    def law(made: Draft | None) -> None:
        if made is not None:
            with suppress(SourceError):  # of what would be filled in: {here}
                read_again(written(made, "a file"), made)

    law()
