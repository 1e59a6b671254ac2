"""The port to a model registry. Calls block: async callers use a thread."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from core.models.version import ModelVersion


class RegistryError(RuntimeError):
    """The registry could not be reached, or refused; the sentence says what was asked of it."""


class UnknownVersionError(RegistryError):
    """The pipeline has no such version."""


class Registry(Protocol):
    """Versions of models, their facts, and which one is champion. Safe to use from several threads and processes.

    Every method raises RegistryError when the registry cannot be reached.
    """

    def register(
        self,
        pipeline: str,
        model_path: Path,
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        now: datetime,
        *,
        requirements: Sequence[str] = (),
        key: str | None = None,
    ) -> ModelVersion:
        """Keep a copy of the model file as the next version, as a candidate unless the tags say otherwise.

        `requirements` are the pip requirements it needs to be loaded. A `key` makes the call idempotent: with a
        key that was registered before, that version is returned and nothing is added. Raises FileNotFoundError
        when there is no model file.
        """
        ...

    def versions(self, pipeline: str) -> list[ModelVersion]:
        """All versions, newest first; empty for a pipeline that was never registered."""
        ...

    def get(self, pipeline: str, version: int) -> ModelVersion:
        """One version; raises UnknownVersionError."""
        ...

    def champion(self, pipeline: str) -> ModelVersion | None:
        """The version in service, or None before the first."""
        ...

    def set_champion(self, pipeline: str, version: int) -> None:
        """Move the champion alias here and mark the version approved; a second time changes nothing.

        Raises UnknownVersionError, and then nothing has moved.
        """
        ...

    def tag(self, pipeline: str, version: int, tags: Mapping[str, str]) -> None:
        """Set these tags, keeping the others; raises UnknownVersionError."""
        ...

    def download(self, pipeline: str, version: int, folder: Path) -> Path:
        """Copy the version's model file into a folder and return its path; raises UnknownVersionError."""
        ...
