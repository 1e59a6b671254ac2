"""What makes matching quick changes no answer, and thousands of silences cost an alert next to nothing."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.alerts.matching import Silencing, longest, match_all
from core.alerts.silence_tables import Silence
from core.matchers import Matcher, MatcherError, Values, _searched, full_match, parse, split

T0 = datetime(2026, 1, 1, tzinfo=UTC)
PATTERNS = st.text("ab-:. *+?{}[]()|^$\\12(?i)", max_size=8)
VALUES = st.text("abAB-:. 12\n", max_size=5)
MATCHERS = st.fixed_dictionaries(
    {
        "name": st.sampled_from("xy"),
        "value": st.sampled_from(["", "a", "b", "a.*", "a|b"]),
        "isRegex": st.booleans(),
        "isEqual": st.booleans(),
    }
)


WRITTEN = st.builds(
    Matcher,
    st.sampled_from(["a", "job", "le"]),
    st.text('a=~!, \\\n"{}', max_size=6),
    st.booleans(),
    st.booleans(),
)


def silence(matchers: list[dict[str, Any]], number: int = 0) -> Silence:
    return Silence(id=str(number), matchers=matchers, ends_at=T0 + timedelta(hours=number))


@settings(max_examples=400, deadline=None)
@given(PATTERNS, VALUES)
def test_what_is_told_without_the_engine_is_what_it_says(pattern: str, value: str) -> None:
    try:
        expected = _searched(pattern, value)
    except MatcherError:
        with pytest.raises(MatcherError):
            full_match(pattern, value)
    else:
        assert full_match(pattern, value) == expected


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(MATCHERS, min_size=1, max_size=3), max_size=6),
    st.lists(st.dictionaries(st.sampled_from("xyz"), st.sampled_from(["a", "b", "ab", "aab", "ba"])), max_size=8),
)
def test_the_silences_that_are_found_for_many_alerts_are_all_that_match(
    matchers: list[list[dict[str, Any]]], alerts: list[dict[str, str]]
) -> None:
    silences = [silence(each, number) for number, each in enumerate(matchers)]
    expected = [[s for s in silences if match_all(s.matchers, labels)] for labels in alerts]
    assert Silencing(silences).of_all(alerts) == expected
    assert [longest(each) for each in expected] == [each[-1] if each else None for each in expected]


@settings(max_examples=400, deadline=None)
@given(PATTERNS, st.sets(VALUES, max_size=8))
def test_many_values_are_told_as_one_by_one(pattern: str, values: set[str]) -> None:
    try:
        expected = sorted(value for value in values | {""} if full_match(pattern, value) and value in values)
    except MatcherError:
        with pytest.raises(MatcherError):
            Values(values).matched(pattern)
        return
    assert list(Values(values).matched(pattern)) == expected


@pytest.mark.parametrize("pattern", ["host-{n}", "host-{n}.*", "(host|db)-{n}", ".*-{n}"])
def test_thousands_of_silences_meet_thousands_of_alerts_in_one_call_each(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Counter[str]()
    engine = pc.match_substring_regex
    monkeypatch.setattr(pc, "match_substring_regex", lambda *a, **k: calls.update(["asked"]) or engine(*a, **k))
    alerts = [{"host": f"host-{n}", "job": "aaaa"} for n in range(1_000)]
    silences = [
        silence([{"name": "host", "value": pattern.format(n=n), "isRegex": True, "isEqual": True}], n)
        for n in range(2_000)
    ]
    found = Silencing(silences).of_all(alerts)
    assert all(silences[n] in found[n] for n in range(1_000))
    assert calls["asked"] <= 3 * 2_000, "not two million times"


@settings(max_examples=400, deadline=None)
@given(st.lists(WRITTEN, min_size=1, max_size=4), st.data())
def test_matchers_on_one_line_are_read_as_they_are_meant(matchers: list[Matcher], data: st.DataObject) -> None:
    """However they are parted, and whatever blanks stand around an operator."""
    around, between = st.sampled_from(["", " ", "  "]), st.sampled_from([" ", ",", ", ", " ,", "\n"])
    line = ""
    for each in matchers:
        operator, value = str(each)[len(each.name) :].split('"', 1)
        line += f'{each.name}{data.draw(around)}{operator}{data.draw(around)}"{value}{data.draw(between)}'
    assert [parse(part) for part in split(line)] == matchers
