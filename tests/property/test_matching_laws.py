"""What makes matching quick changes no answer, and thousands of silences cost an alert next to nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.alerts.matching import Silencing, match_all
from core.alerts.silence_tables import Silence
from core.matchers import MatcherError, _searched, full_match

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
    st.dictionaries(st.sampled_from("xyz"), st.sampled_from(["a", "b", "ab"])),
)
def test_the_silence_that_is_found_is_the_longest_of_all_that_match(
    matchers: list[list[dict[str, Any]]], labels: dict[str, str]
) -> None:
    silences = [silence(each, number) for number, each in enumerate(matchers)]
    expected = max((s for s in silences if match_all(s.matchers, labels)), key=lambda s: s.ends_at, default=None)
    assert Silencing(silences).of(labels) is expected


def test_thousands_of_silences_hardly_ask_the_engine_about_an_alert() -> None:
    def of(name: str, value: str, pattern: bool) -> list[dict[str, Any]]:
        slow = {"name": "job", "value": "(a+)+", "isRegex": True, "isEqual": False}
        return [slow, {"name": name, "value": value, "isRegex": pattern, "isEqual": True}]

    found = Silencing(silence(of("host", f"web-{n}{'.*' * (n % 2)}", bool(n % 2)), n) for n in range(2_000))
    assert found.of({"host": "db"}) is None, "and every pattern has been looked at once"
    before = _searched.cache_info().misses
    for number in range(200):
        assert found.of({"host": f"db-{number}", "job": "aaaa"}) is None
    covered = found.of({"host": "web-1999x"})
    assert covered is not None
    assert covered.id == "1999"
    assert _searched.cache_info().misses - before < 20
