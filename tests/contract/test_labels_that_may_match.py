"""The database leaves out what cannot match a silence, and nothing that can."""

from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from core.alerts.label_store import may_match
from core.alerts.matching import match_all
from core.alerts.tables import AlertCold
from core.db.database import Database
from tests.alerts_support import webhook
from tests.oncall_support import T0, config
from workflows import respond

ALERTS = [
    {"alertname": "A", "host": "web-1"},
    {"alertname": "A", "host": "WEB-1"},
    {"alertname": "A", "host": "web-10", "ünïcode": "ja", "a.b": "c"},
    {"alertname": "A", "host": 'it\'s "quoted" \\ %_', 'a"b': "c", "null": "null", "n": "5"},
    {"alertname": "B", "n": "5.0", "$": "x"},
]


def equal(name: str, value: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "value": value, "isRegex": False, "isEqual": True, **more}


@pytest.mark.parametrize(
    "matchers",
    [
        [equal("host", "web-1")],
        [equal("host", 'it\'s "quoted" \\ %_')],
        [equal("host", "")],
        [equal("alertname", "A"), equal("host", "web-1", isEqual=False)],
        [equal("host", "web-1.*", isRegex=True)],
        [equal("n", "5")],
        [equal("null", "null")],
        [equal("ünïcode", "ja")],
        [equal("a.b", "c")],
        [equal('a"b', "c")],
        [equal("$", "x")],
        [{"name": "alertname", "value": "B", "isRegex": False}],
    ],
)
def test_what_is_left_out_could_not_have_matched(database: Database, matchers: list[dict[str, Any]]) -> None:
    number = count()
    with database.write() as session:
        for labels in ALERTS:
            alert = {**labels, "severity": "info", "number": str(next(number))}
            respond.receive(session, config(), [webhook(alert, starts_at=T0)], T0)
        everything = session.scalars(select(AlertCold.labels)).all()
        left = session.scalars(select(AlertCold.labels).where(*may_match(matchers))).all()
    wanted = [labels for labels in everything if match_all(matchers, labels)]
    assert wanted, "each of these means somebody"
    assert [labels for labels in left if match_all(matchers, labels)] == wanted
    plain = [each for each in matchers if each["value"] and not each["isRegex"] and each["name"].isascii()]
    assert len(left) < len(everything) or not [each for each in plain if each["name"].isidentifier()]
