"""A version of a model, as the registry tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

CHAMPION = "champion"
"""The alias that marks the version in service."""

STATUS_TAG = "status"
CREATED_TAG = "created_at"
TRAINED_UNTIL_TAG = "trained_until"


class VersionStatus(StrEnum):
    """CANDIDATE waits for a decision; APPROVED may serve, or did; REJECTED and RETIRED must not serve again."""

    CANDIDATE = "candidate"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETIRED = "retired"


@dataclass(frozen=True)
class ModelVersion:
    """One registered version of a pipeline's model; versions of a pipeline count up from 1."""

    pipeline: str
    version: int
    created_at: datetime
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()

    @property
    def status(self) -> VersionStatus:
        """What was decided about it; CANDIDATE while nothing was."""
        return VersionStatus(self.tags.get(STATUS_TAG, VersionStatus.CANDIDATE))

    @property
    def is_champion(self) -> bool:
        return CHAMPION in self.aliases
