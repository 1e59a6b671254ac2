"""When what a webhook tells of began, and when it ended."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bot.http.ingest.webhook import NotifiedAlert, Status, span

NOW = datetime(2013, 2, 5, 12, tzinfo=UTC)
ZERO = datetime(1, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("own", "whole", "starts", "ends", "told"),
    [
        ("firing", "firing", NOW - MINUTE, ZERO, (NOW - MINUTE, None)),
        ("firing", "resolved", NOW - MINUTE, NOW, (NOW - MINUTE, None)),
        (None, "firing", NOW - MINUTE, NOW, (NOW - MINUTE, None)),
        (None, "resolved", NOW - MINUTE, NOW, (NOW - MINUTE, NOW)),
        ("resolved", "firing", NOW - 2 * MINUTE, NOW - MINUTE, (NOW - 2 * MINUTE, NOW - MINUTE)),
        ("resolved", "firing", NOW - MINUTE, NOW + MINUTE, (NOW - MINUTE, NOW)),
        ("resolved", "firing", NOW + MINUTE, NOW + 2 * MINUTE, (NOW, NOW)),
        ("resolved", "firing", NOW - MINUTE, ZERO, (NOW - MINUTE, NOW)),
        ("resolved", "firing", None, None, (None, NOW)),
    ],
)
def test_what_is_resolved_is_over_now_at_the_latest(
    own: Status | None,
    whole: Status,
    starts: datetime | None,
    ends: datetime | None,
    told: tuple[datetime | None, datetime | None],
) -> None:
    alert = NotifiedAlert(labels=msgspec.Raw(b"{}"), status=own, startsAt=starts, endsAt=ends)
    assert span(alert, whole, NOW) == told
