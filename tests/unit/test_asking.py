"""What people ask a list of alerts for."""

from datetime import timedelta

import pytest

from core.alerts.asking import Asked, AskedError, fits, parse, written
from core.alerts.severity import Severity
from core.alerts.tables import GroupStatus
from core.matchers import Matcher


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", Asked()),
        ("open alerts", Asked()),
        ("critical", Asked(severity=Severity("critical"))),
        ("my critical alerts", Asked(mine=True, severity=Severity("critical"))),
        ("flights", Asked(pipeline="flights")),
        ("pipeline flights", Asked(pipeline="flights")),
        ("last 24h", Asked(newer=timedelta(days=1))),
        ("today", Asked(newer=timedelta(days=1))),
        ("older than 2h", Asked(older=timedelta(hours=2))),
        ("firing for 2h", Asked(statuses=(GroupStatus.FIRING,), older=timedelta(hours=2))),
        ("HighLatency resolved", Asked(statuses=(GroupStatus.RESOLVED,), named=("HighLatency",))),
        ("acked", Asked(statuses=(GroupStatus.ACKNOWLEDGED,))),
        ("host=a critical", Asked(severity=Severity("critical"), labels=(Matcher("host", "a"),))),
        ('host=~"a b|c"', Asked(labels=(Matcher("host", "a b|c", is_regex=True),))),
        ("store!=berlin", Asked(labels=(Matcher("store", "berlin", is_equal=False),))),
        ("holder=jonas", Asked(holder="jonas")),
    ],
)
def test_words_in_any_order(text: str, asked: Asked) -> None:
    assert parse(text, ["flights"]) == asked
    assert parse(written(asked), ["flights"]) == asked, "what the buttons of other pages ask for"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("frining", "firing"),
        ("critcal", "critical"),
        ("severity=critcal", "severity=critical"),
        ("pipline=flights", "pipeline=flights"),
        ("pages=2", "page=2"),
    ],
)
def test_a_slip_is_no_name(text: str, meant: str) -> None:
    with pytest.raises(AskedError) as caught:
        parse(text, ["flights"])
    assert caught.value.meant[0] == meant


def test_what_asks_for_a_list_without_saying_so() -> None:
    assert all(map(fits, ("mine", "critical", "firing", "HighLatency", "severity=error")))
    assert not any(map(fits, ("", "who", "status", "new", "lst")))
