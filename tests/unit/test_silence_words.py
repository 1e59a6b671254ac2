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


@pytest.mark.parametrize(
    ("text", "start", "length", "comment"),
    [
        ("from 22:00 to 23:00", 10, 1, ""),
        ("22:00-23:00 deploying", 10, 1, "deploying"),
        ("at 22:00 for 2h moving", 10, 2, "moving"),
        ("2h from 22:00", 10, 2, ""),
        ("until 23:00 from 22:00", 10, 1, ""),
        ("for 2h starting at 22:00", 10, 2, ""),
        ("in 2h for 1h", 2, 1, ""),
        ("at 22:00", 10, None, ""),
        ("tomorrow", 12, 24, ""),
        ("tomorrow 9:00-10:00 vendor", 21, 1, "vendor"),
        ("over the weekend", 84, 48, ""),
        ("because we deploy from 22:00 to 23:00", 10, 1, "we deploy"),
        ("tonight", 6, 14, ""),
    ],
)
def test_what_begins_later_does_not_begin_now(text: str, start: int, length: int | None, comment: str) -> None:
    lasts = None if length is None else length * HOUR
    said = SilenceWords(NAMED, lasts, comment=comment, start=NOW + start * HOUR)
    assert read(f"HighLatency {text}", KNOWN, NOW, "UTC") == said


@pytest.mark.parametrize(
    ("text", "length"), [("from 11:00 to 13:00", 1), ("11:00-14:00", 2), ("today", 12), ("from now for 2h", 2)]
)
def test_what_has_begun_by_its_words_begins_now(text: str, length: int) -> None:
    assert read(f"HighLatency {text}", KNOWN, NOW, "UTC") == SilenceWords(NAMED, length * HOUR)


@pytest.mark.parametrize("text", ["may flap", "because of a deploy on friday", "- march release"])
def test_days_within_a_reason_are_no_time(text: str) -> None:
    said = read(f"HighLatency {text}", KNOWN, NOW, "UTC")
    assert (said.start, said.length, said.end) == (None, None, None)


def test_what_should_repeat_is_known_as_that() -> None:
    said = read("HighLatency every night from 22:00 to 6:00", KNOWN, NOW, "UTC")
    assert said.again
    assert (said.start, said.length) == (NOW + 10 * HOUR, 8 * HOUR)


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
