"""What the auditor finds wrong with a page, and where each of its limits lies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.config.escalation import EscalationPolicy
from core.oncall.auditing import LATE, Finding, Seen, judge
from core.oncall.escalation import REMIND_MOST, longest_wait
from core.oncall.tables import PageStatus

NOW = datetime(2013, 2, 5, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
POLICY = EscalationPolicy.model_validate({"id": "page", "steps": [{"notify": "primary", "wait": "15m"}]})
WAITING = Seen(PageStatus.OPEN, 4, 4, NOW, needed=True, has_step=True, silent=0)
HELD = replace(WAITING, step=3, has_step=False)
EXHAUSTED = replace(WAITING, status=PageStatus.EXHAUSTED)
OVER = replace(WAITING, status=PageStatus.ANSWERED, needed=False)
FURTHEST = NOW + longest_wait(POLICY) + LATE


@pytest.mark.parametrize(
    ("page", "finding"),
    [
        (WAITING, None),
        (HELD, None),
        (EXHAUSTED, None),
        (OVER, None),
        (replace(OVER, due_at=NOW - timedelta(days=9), has_step=False, silent=1), None),
        (replace(WAITING, status="opne"), Finding.GARBLED),
        (replace(HELD, step=2), Finding.GARBLED),
        (replace(WAITING, needed=False), Finding.NOT_NEEDED),
        (replace(WAITING, has_step=False), Finding.NO_STEP),
        (replace(EXHAUSTED, has_step=False), None),
        (replace(WAITING, silent=1), Finding.NO_MESSAGE),
        (replace(WAITING, due_at=NOW - LATE), Finding.LATE),
        (replace(WAITING, due_at=NOW - LATE + TICK), None),
        (replace(WAITING, due_at=FURTHEST), None),
        (replace(WAITING, due_at=FURTHEST + TICK), Finding.FAR),
        (replace(EXHAUSTED, due_at=NOW + REMIND_MOST + LATE), None),
        (replace(EXHAUSTED, due_at=NOW + REMIND_MOST + LATE + TICK), Finding.FAR),
    ],
)
def test_a_page_is_judged_by_its_gravest_fault(page: Seen, finding: Finding | None) -> None:
    assert judge(page, POLICY, NOW) == finding
