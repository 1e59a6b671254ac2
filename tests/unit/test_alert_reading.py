"""What the compiled reader says of an alert is what the ordinary way says; of what it does not know it says nothing."""

import json
from typing import Any, cast

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.http.ingest import alertmanager
from bot.http.ingest.alertmanager import AlertsApi, PostedAlert
from bot.http.ingest.exchange import RejectError
from core.alerts import reading
from core.alerts.delivery import Delivery
from core.alerts.labels import RefusedError
from core.config.senders import Source
from tests.hostile_requests import bodies

pytest.importorskip("core.alerts._mirror", reason="built without a C compiler")

SOURCE = Source(id="prometheus", token_sha256="0" * 64)
USUAL = {
    "labels": {"alertname": "HighLatency", "zone": "größe", "b": "2", "a": "1"},
    "annotations": {"summary": 'p99 is "bad"\n', "url": "a/b\\c"},
    "startsAt": "2026-01-02T03:04:05.123456Z",
    "endsAt": "2026-01-02T05:04:05+01:00",
    "generatorURL": "http://prometheus:9090/graph?g0.expr=a%3E1&g0.tab=1",
}


def ordinary(raw: bytes) -> Delivery | None:
    """By the decoder and the rules that every alert can go through; None where it is refused."""
    api = AlertsApi(cast(Any, None), cast(Any, None), cast(Any, None))
    try:
        posted = msgspec.json.decode(raw, type=PostedAlert)
        return api._delivery(posted, SOURCE, b"m")
    except (msgspec.MsgspecError, UnicodeDecodeError, RefusedError, RejectError, RecursionError):
        return None


def facts(delivery: Delivery) -> tuple[Any, ...]:
    who, said = delivery.identity, delivery.texts
    labels = msgspec.json.decode(who.json)
    assert labels == who.labels
    told = (said.annotations, said.generator_url, said.digest)
    return (
        labels,
        who.fingerprint,
        who.keyed,
        *told,
        delivery.source,
        delivery.starts_at,
        delivery.ends_at,
        delivery.mark,
    )


def agree(raw: bytes) -> bool:
    """Whether the reader knows the alert; fails when it says anything else of it than the ordinary way."""
    quick = reading.delivery(raw, SOURCE.id, b"m")
    if quick is None:
        return False
    slow = ordinary(raw)
    assert slow is not None, raw
    assert facts(quick) == facts(slow)
    return True


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("left_out", [(), ("annotations",), ("startsAt", "endsAt"), ("generatorURL",)])
def test_usual_alerts_are_read(ascii_only: bool, left_out: tuple[str, ...]) -> None:
    alert = {name: value for name, value in USUAL.items() if name not in left_out}
    assert agree(json.dumps(alert, ensure_ascii=ascii_only).encode())
    assert agree(json.dumps(alert, ensure_ascii=ascii_only, indent=2).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"labels": {}},
        {"labels": {"a": ""}},
        {"labels": {"größe": "x"}},
        {"labels": {"": "x"}},
        {"labels": {"a": "x" * 2_049}},
        {"labels": {"a": "\x00"}},
        {"labels": {f"l{n}": "x" for n in range(65)}},
        {"annotations": {"a": ""}},
        {"annotations": {"a": "x" * 10_001}},
        {"annotations": None},
        {"startsAt": "0001-01-01T00:00:00Z"},
        {"startsAt": "2026-01-03T00:00:00Z"},
        {"endsAt": None},
        {"generatorURL": "no scheme"},
        {"generatorURL": "http://[half"},
        {"generatorURL": None},
        {"more": "x"},
    ],
)
def test_whatever_is_unusual_is_left_to_the_ordinary_way(change: dict[str, Any]) -> None:
    assert not agree(json.dumps({**USUAL, **change}).encode())


@pytest.mark.parametrize(
    "raw",
    [
        b'{"labels":{"a":"1","a":"2"}}',
        b'{"labels":{"a":"1"},"labels":{"a":"2"}}',
        b'{"labels":{"a":"\\ud800"}}',
        b'{"labels":{"a":"\xff"}}',
        b'{"labels":{"a":"\n"}}',
        b'{"labels":{"a":"b"}',
        b'{"labels":{"a":"b"}} ]',
        b'{"labels":{"a":"\\u00',
        b'{"labels":{"a":"\\',
        b"",
    ],
)
def test_what_is_no_alert_is_left_to_the_ordinary_way(raw: bytes) -> None:
    assert not agree(raw)


def test_hostile_bodies_are_read_as_the_ordinary_way_reads_them() -> None:
    for body in bodies():
        agree(body)
        agree(body[1:-1])


_TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from('\\"/\n\x00u'), max_size=12)
_NAME = st.sampled_from(["a", "b", "alertname", "severity", "größe", ""]) | _TEXT
_TIME = st.sampled_from([USUAL["startsAt"], USUAL["endsAt"], "2026-01-02", "9999-12-31T23:59:59Z", None, 7])
_ALERT = st.fixed_dictionaries(
    {"labels": st.dictionaries(_NAME, _TEXT, max_size=5)},
    optional={
        "annotations": st.dictionaries(_NAME, _TEXT, max_size=5),
        "startsAt": _TIME,
        "endsAt": _TIME,
        "generatorURL": st.sampled_from(["", "/x", "http://x/", "a+b.c:", "1:", ":", "x y:z", "é:"]) | _TEXT,
    },
)


@given(_ALERT, st.booleans(), st.integers(0, 400), st.binary(max_size=2))
@example(USUAL, True, 0, b"")
def test_both_ways_agree(alert: dict[str, Any], ascii_only: bool, place: int, put: bytes) -> None:
    raw = json.dumps(alert, ensure_ascii=ascii_only).encode()
    agree(raw)
    agree(raw[:place] + put + raw[place + len(put) :])
    agree(raw[:place])


def test_a_body_whose_alerts_are_usual_needs_no_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alertmanager, "_decoder", None)
    api = AlertsApi(cast(Any, None), cast(Any, None), cast(Any, None))
    deliveries, refusals = api._rest([(0, json.dumps(USUAL).encode(), b"m")], SOURCE)
    assert [facts(one) for one in deliveries] == [facts(cast(Delivery, ordinary(json.dumps(USUAL).encode())))]
    assert refusals == []
