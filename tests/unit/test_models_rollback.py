from datetime import UTC, datetime

import pytest

from core.models.rollback import rollback_target
from core.models.version import CHAMPION, ModelVersion, VersionStatus

A, C, R, X = (
    VersionStatus.APPROVED,
    VersionStatus.CANDIDATE,
    VersionStatus.REJECTED,
    VersionStatus.RETIRED,
)


def made(*statuses: VersionStatus) -> list[ModelVersion]:
    """Versions 1, 2, ... with these statuses; the last is champion. Newest first, as registries list them."""
    when = datetime(2013, 2, 1, tzinfo=UTC)
    versions = [
        ModelVersion("flights", number, when, tags={"status": status.value})
        for number, status in enumerate(statuses, start=1)
    ]
    versions[-1] = ModelVersion("flights", len(versions), when, {}, versions[-1].tags, frozenset({CHAMPION}))
    return versions[::-1]


@pytest.mark.parametrize(
    ("statuses", "version", "reason"),
    [
        ((A,), None, "first_version"),
        ((A, A), 1, "previous_approved"),
        ((A, A, A), 2, "previous_approved"),
        ((A, A, R, C, X, A), 2, "previous_approved"),
        ((C, R, X, A), None, "none_approved"),
    ],
)
def test_a_rollback_goes_to_the_newest_earlier_version_that_was_approved(
    statuses: tuple[VersionStatus, ...], version: int | None, reason: str
) -> None:
    versions = made(*statuses)

    target = rollback_target(versions, versions[0])

    assert (target.version.version if target.version else None, target.reason) == (version, reason)
    assert target.detail


def test_a_version_after_the_champion_is_no_way_back() -> None:
    newest, champion, oldest = made(A, A, A)

    target = rollback_target([newest, champion, oldest], champion)

    assert target.version == oldest


def test_without_a_champion_there_is_nothing_to_roll_back() -> None:
    assert rollback_target(made(A, A), None).reason == "no_champion"


def test_a_version_nobody_decided_on_is_a_candidate() -> None:
    assert ModelVersion("flights", 1, datetime(2013, 2, 1, tzinfo=UTC)).status is C
