"""What the shapes of senders become: times, details, links, and texts that are null."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from bot.http.ingest.decode import Memo, instant, pairs
from bot.http.ingest.pagerduty_shapes import Trigger, extras, stated_time, told

NOW = datetime(2013, 2, 5, 12, tzinfo=UTC)
FAR = datetime(9000, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        (None, None),
        (datetime(1, 1, 1, tzinfo=UTC), None),  # Go's zero time: it still fires
        (datetime(2, 1, 1, tzinfo=UTC), datetime(2, 1, 1, tzinfo=UTC)),
        (NOW, NOW),
        (NOW.astimezone(timezone(timedelta(hours=-5))), NOW),
        (datetime(9999, 12, 31, tzinfo=UTC), FAR),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5))), FAR),
    ],
)
def test_a_senders_time_is_an_instant_that_both_databases_hold(
    stated: datetime | None, read: datetime | None
) -> None:
    found = instant(stated)
    assert found == read
    assert found is None or found.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="has no zone"):
        instant(datetime(2013, 2, 5, 12))  # noqa: DTZ001


def test_null_labels_and_null_values_are_empty_as_go_reads_them() -> None:
    assert pairs(b"null") == {}
    assert pairs(b'{"a": null, "b": "x"}') == {"a": "", "b": "x"}


def test_what_was_made_is_made_once_and_the_oldest_is_forgotten() -> None:
    made: list[bytes] = []

    def make(raw: bytes) -> int:
        made.append(raw)
        return len(made)

    memo = Memo(make, max_bytes=1_000)
    for _ in range(2):
        assert memo(b"first") == 1
    for number in range(200):  # each of five bytes, as the first
        memo(b"%05d" % number)
    assert memo(b"first") == len(made) > 200, "forgotten, and made anew"
    assert memo(b"00199") == 201, "still known"
    long = b"x" * 11
    assert memo(long) < memo(long), "one that is long is not worth keeping"


@pytest.mark.parametrize(
    ("details", "limit", "kept"),
    [
        (None, 3, {}),
        ("text", 3, {"custom_details": "text"}),
        ([1, "a"], 3, {"custom_details": '[1,"a"]'}),
        ({"a": "x", "b": 1, "c": None, "d": ""}, 2, {"a": "x", "b": "1"}),
        ({"a": "x", "b": 1, "c": [2]}, 3, {"a": "x", "b": "1", "c": "[2]"}),
        ({"a": "x", "b": 1, "c": [2]}, 2, {"a": "x", "custom_details": '{"b":1,"c":[2]}'}),
    ],
)
def test_details_are_kept_by_name_as_far_as_there_is_room(details: Any, limit: int, kept: dict[str, str]) -> None:
    assert told(details, limit) == kept


def test_what_an_event_says_beside_its_details_is_kept() -> None:
    payload = {"summary": "Late", "source": "dag", "severity": "error"}
    plain = msgspec.convert({"payload": payload}, Trigger)
    assert dict(extras(plain)) == {"title": "Late", "source": "dag", "client": "", "links": "", "images": ""}
    rich = msgspec.convert(
        {
            "payload": payload,
            "client": "Airflow",
            "links": [{"href": "https://a"}, {"href": "https://b", "text": "Log"}],
            "images": [{"src": "https://c"}, {"src": "https://d", "alt": "Chart"}],
        },
        Trigger,
    )
    said = dict(extras(rich))
    assert said["client"] == "Airflow"
    assert said["links"].splitlines() == ["https://a", "Log https://b"]
    assert said["images"].splitlines() == ["https://c", "Chart https://d"]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2013-02-05T12:00:00Z", NOW),
        ("2013-02-05T12:00:00+00:00Z", NOW),
        ("2013-02-05T07:00:00-05:00", NOW),
        ("2013-02-05 12:00:00", NOW),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_is_read_as_clients_write_it(text: str | None, at: datetime | None) -> None:
    assert stated_time(text) == at
