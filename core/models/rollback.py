"""Where a rollback goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.models.version import ModelVersion, VersionStatus


@dataclass(frozen=True)
class RollbackTarget:
    """The version to go back to, or None, with the named reason that people see."""

    version: ModelVersion | None
    reason: str
    detail: str


def rollback_target(versions: Sequence[ModelVersion], champion: ModelVersion | None) -> RollbackTarget:
    """The newest version before the champion that was approved to serve.

    A candidate was never decided on; a rejected or retired version must not serve again. Reasons:
    `previous_approved`, `no_champion`, `first_version` (nothing before it), `none_approved`.
    """
    if champion is None:
        return RollbackTarget(None, "no_champion", "No version is in service, so there is nothing to roll back.")
    earlier = [each for each in versions if each.version < champion.version]
    if not earlier:
        return RollbackTarget(
            None, "first_version", f"There is no version before v{champion.version} to go back to."
        )
    approved = [each for each in earlier if each.status is VersionStatus.APPROVED]
    if not approved:
        return RollbackTarget(
            None, "none_approved", f"No version before v{champion.version} was ever approved to serve."
        )
    newest = max(approved, key=lambda each: each.version)
    return RollbackTarget(
        newest, "previous_approved", f"The last approved before v{champion.version} is v{newest.version}."
    )
