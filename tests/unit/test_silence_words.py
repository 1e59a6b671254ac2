"""A silence as tired people type it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.silence_words import Known, SilenceWords, read
from core.matchers import MatcherError, parse

NOW = datetime(2013, 2, 5, 12, tzinfo=UTC)
KNOWN = Known(["HighLatency"], ["flights"], {"alertname", "pipeline", "host"})
HOUR = timedelta(hours=1)
NAMED = 'alertname="HighLatency"'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("HighLatency", SilenceWords(NAMED)),
        ("HighLatency 2h", SilenceWords(NAMED, 2 * HOUR)),
        ("highlatency for 2 hours", SilenceWords(NAMED, 2 * HOUR)),
        (
            "alertname=HighLatency for 2h deploying",
            SilenceWords("alertname=HighLatency", 2 * HOUR, comment="deploying"),
        ),
        ("HighLatency until 18:00", SilenceWords(NAMED, end=NOW + 6 * HOUR)),
        (
            "HighLatency because the vendor is down until 18:00",
            SilenceWords(NAMED, end=NOW + 6 * HOUR, comment="the vendor is down"),
        ),
        ("HighLatency until it is over", SilenceWords(NAMED, with_alerts=True)),
        ("HighLatency on host a 30m", SilenceWords(f'{NAMED}\nhost="a"', HOUR / 2)),
        ("“HighLatency”, host=~“a|b” 4h", SilenceWords(f'{NAMED}\nhost=~"a|b"', 4 * HOUR)),
        (
            '{alertname="HighLatency", host=~"a|b"} 2h deploy',
            SilenceWords('alertname="HighLatency"\nhost=~"a|b"', 2 * HOUR, comment="deploy"),
        ),
        (
            'alertname="Disk Full" 1h "rolling update"',
            SilenceWords('alertname="Disk Full"', HOUR, comment="rolling update"),
        ),
        ("flights 1h", SilenceWords('pipeline="flights"', HOUR)),
        ("pipeline flights", SilenceWords('pipeline="flights"')),
        ("all HighLatency alerts", SilenceWords(NAMED)),
        ("please HighLatency", SilenceWords(NAMED)),
        ("DiskFull 1h", SilenceWords('alertname="DiskFull"', HOUR, guessed="DiskFull")),
        ("everything for 1h", SilenceWords("", HOUR)),
        ("HighLatency forever", SilenceWords(NAMED, timedelta(days=30))),
        ("HighLatency 90m deploy v2 takes 3h", SilenceWords(NAMED, 1.5 * HOUR, comment="deploy v2 takes 3h")),
        ("", SilenceWords()),
    ],
)
def test_what_is_typed_is_what_is_meant(text: str, said: SilenceWords) -> None:
    assert read(text, KNOWN, NOW, "UTC") == said


def test_of_an_alert_that_is_known_no_word_names_another() -> None:
    said = read("2h HighLatency again", KNOWN, NOW, "UTC", of_alert=True)
    assert said == SilenceWords("", 2 * HOUR, comment="HighLatency again")


@given(st.text(st.sampled_from('ab ="{}~!,:- 2h18'), max_size=40), st.booleans())
def test_every_text_can_be_read_and_gives_matchers_that_can(text: str, of_alert: bool) -> None:
    said = read(text, KNOWN, NOW, "UTC", of_alert=of_alert)
    for line in said.matchers.split("\n") if said.matchers else ():
        try:
            parse(line)
        except MatcherError as error:
            raise AssertionError(f"{line!r} of {text!r}") from error
