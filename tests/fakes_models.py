"""In-memory neighbours of the model side: a registry, and a place that serves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from core.models.deploy import TargetError
from core.models.registry import UnknownVersionError
from core.models.version import CHAMPION, CREATED_TAG, STATUS_TAG, ModelVersion, VersionStatus


class FakeRegistry:
    """A registry that lives as long as the test; passes the same contract suite as the real one."""

    def __init__(self) -> None:
        self._versions: dict[str, list[ModelVersion]] = {}
        self._files: dict[tuple[str, int], tuple[str, bytes]] = {}
        self._keys: dict[tuple[str, str], int] = {}
        self._champions: dict[str, int] = {}
        self._lock = Lock()
        self.requirements: dict[tuple[str, int], tuple[str, ...]] = {}

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
        if not model_path.is_file():
            raise FileNotFoundError(f"no model file at {model_path}")
        with self._lock:
            if key is not None and (pipeline, key) in self._keys:
                return self._get(pipeline, self._keys[pipeline, key])
            made = self._versions.setdefault(pipeline, [])
            facts = {STATUS_TAG: VersionStatus.CANDIDATE.value, CREATED_TAG: now.isoformat(), **tags}
            version = ModelVersion(pipeline, len(made) + 1, now, dict(metrics), facts)
            made.append(version)
            self._files[pipeline, version.version] = (model_path.name, model_path.read_bytes())
            self.requirements[pipeline, version.version] = tuple(requirements)
            if key is not None:
                self._keys[pipeline, key] = version.version
            return version

    def versions(self, pipeline: str) -> list[ModelVersion]:
        with self._lock:
            made = self._versions.get(pipeline, [])
            return [self._get(pipeline, each.version) for each in reversed(made)]

    def get(self, pipeline: str, version: int) -> ModelVersion:
        with self._lock:
            return self._get(pipeline, version)

    def champion(self, pipeline: str) -> ModelVersion | None:
        with self._lock:
            version = self._champions.get(pipeline)
            return None if version is None else self._get(pipeline, version)

    def set_champion(self, pipeline: str, version: int) -> None:
        self.tag(pipeline, version, {STATUS_TAG: VersionStatus.APPROVED.value})
        with self._lock:
            self._champions[pipeline] = version

    def tag(self, pipeline: str, version: int, tags: Mapping[str, str]) -> None:
        with self._lock:
            found = self._get(pipeline, version)
            kept = replace(found, tags={**found.tags, **tags}, aliases=frozenset())
            self._versions[pipeline][version - 1] = kept

    def download(self, pipeline: str, version: int, folder: Path) -> Path:
        with self._lock:
            self._get(pipeline, version)
            name, content = self._files[pipeline, version]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(content)
        return path

    def _get(self, pipeline: str, version: int) -> ModelVersion:
        made = self._versions.get(pipeline, [])
        if not 1 <= version <= len(made):
            raise UnknownVersionError(f"{pipeline} has no version {version}")
        champion = self._champions.get(pipeline) == version
        return replace(made[version - 1], aliases=frozenset({CHAMPION} if champion else ()))


class FakeTarget:
    """Serves the versions it is given, one an asking; the last goes on. None stands for no answer."""

    def __init__(self, *answers: str | None) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def serving_version(self) -> str:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer is None:
            raise TargetError("connection refused")
        return answer
