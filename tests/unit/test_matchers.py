"""Matchers, one or several in a text, as Alertmanager, amtool and people write them."""

import time

import pytest

from core.alerts.labels import RefusedError
from core.alerts.matching import matches, parse_matcher


@pytest.mark.parametrize(
    ("text", "labels", "holds"),
    [
        ('a="x"', {"a": "x"}, True),
        ("a=x", {"a": "xy"}, False),
        ('a=~"x|y"', {"a": "y"}, True),
        ('a=~"x|y"', {"a": "xy"}, False),
        ('a=~"x"', {"a": "x\n"}, False),
        ('a!="x"', {}, True),
        ('a=""', {}, True),
        ('a=~".*"', {}, True),
        ('a!~"x.*"', {"a": "xyz"}, False),
        (r'a="say \"hi\""', {"a": 'say "hi"'}, True),
        (r'a=~"5\d{2}"', {"a": "503"}, True),
        (r"a=~5\d{2}", {"a": "503"}, True),
        (r'a="x\ny"', {"a": "x\ny"}, True),
        (r"a=5\\d", {"a": r"5\d"}, True),
        ('{a = "x" }', {"a": "x"}, True),
        ("a=~5[0-9]{2}", {"a": "503"}, True),
        ("{a=~5[0-9]{2}}", {"a": "503"}, True),
        ("a={x}", {"a": "{x}"}, True),
        ('a=~"(a+)+$"', {"a": "a" * 2_000 + "!"}, False),
    ],
)
def test_matchers_mean_what_alertmanagers_do(text: str, labels: dict[str, str], holds: bool) -> None:
    assert matches(parse_matcher(text), labels) is holds


@pytest.mark.parametrize("text", ["", "a", "=x", 'a="x', "a b=c", "{a=b", "a}=b"])
def test_a_matcher_that_nobody_can_read_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="bad matcher"):
        parse_matcher(text)


@pytest.mark.parametrize(
    "text", ["a=" + " " * 50_000 + '"', 'a="' + "\\" * 50_001, "a" * 50_000, 'a=""' + " " * 50_000 + "x"]
)
def test_a_hostile_matcher_keeps_nobody_waiting(text: str) -> None:
    began = time.process_time()
    with pytest.raises(RefusedError, match="bad matcher"):
        parse_matcher(text)
    assert time.process_time() - began < 1
