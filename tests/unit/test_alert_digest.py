"""What a digest counts, and which alerts are left to it."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from core.alerts.digest import SHOWN, compose
from core.alerts.routing import explain, place
from core.alerts.tables import AlertGroup, GroupStatus
from core.alerts.timing import telling
from core.config.alerts import Grouping, Timing
from tests.oncall_support import T0, config

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def group(number: int, hours: float, ended: float | None = None, **changes: object) -> AlertGroup:
    values = {
        "id": number,
        "title": f"Kind {number % 2}",
        "severity": "warning",
        "status": GroupStatus.FIRING if ended is None else GroupStatus.RESOLVED,
        "opened_at": T0 + hours * HOUR,
        "resolved_at": None if ended is None else T0 + ended * HOUR,
        "revision": 1,
    }
    return AlertGroup(**{**values, **changes})


def test_a_day_is_counted_by_when_things_began_and_ended() -> None:
    groups = [group(1, -5, 2), group(2, 1, 3), group(3, 5), group(4, 6, 30), group(5, -9, -1), group(6, 24)]
    found = compose(groups, {3}, T0, T0 + DAY)
    assert found is not None
    assert {name: found[name] for name in ("opened", "resolved", "open", "noise", "quiet")} == {
        "opened": 3,
        "resolved": 2,
        "open": 2,
        "noise": 1,
        "quiet": 0,
    }
    assert [(line["title"], line["count"], line["open"], line["ids"]) for line in found["lines"]] == [
        ("Kind 0", 2, 1, [4, 2]),
        ("Kind 1", 1, 1, [3]),
    ]


def test_a_calm_day_has_no_digest() -> None:
    assert compose([], (), T0, T0 + DAY) is None
    assert compose([group(1, -30)], (), T0, T0 + DAY) is None


def test_many_kinds_are_cut_and_counted() -> None:
    found = compose([group(n, 1, title=f"t{n}") for n in range(50)], (), T0, T0 + DAY)
    assert found is not None
    assert (len(found["lines"]), found["left_out"]) == (SHOWN, 50 - SHOWN)


def test_the_worst_of_a_kind_names_its_severity() -> None:
    found = compose([group(2, 1), group(4, 2, severity="critical")], (), T0, T0 + DAY)
    assert found is not None
    assert found["lines"][0]["severity"] == "critical"


@pytest.mark.parametrize(
    ("severity", "revision", "reason"),
    [("info", 0, "in_digest"), ("critical", 0, "first"), ("info", 1, "changed")],
)
def test_what_is_left_to_the_digest_is_not_told_before(severity: str, revision: int, reason: str) -> None:
    told = telling(group(1, 0, severity=severity, revision=revision), Timing(digest=True), True, T0)
    assert told.reason == reason
    assert (told.at is None) == (reason == "in_digest")


def test_a_route_leaves_its_alerts_to_the_digest_and_says_why() -> None:
    base = {"channel": "oncall", "rotation": "flights", "policy": "page"}
    route = {"id": "quiet", "match": ["severity=info"], "digest": True}
    team = config(alerts={**base, "routes": [route], "digests": {"every": "day", "at": "09:00"}})
    assert place({"severity": "info"}, team).timing.digest
    assert not place({"severity": "error"}, team).timing.digest
    assert [reason.name for reason in explain({"severity": "info"}, team)][-1] == "in_digest"
    with pytest.raises(ValidationError, match="nobody would ever hear of its alerts"):
        Grouping.model_validate({**base, "routes": [route]})
