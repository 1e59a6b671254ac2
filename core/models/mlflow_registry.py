"""The registry in MLflow: any tracking server by its URI, or a database file of one's own."""

import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.models.registry import RegistryError, UnknownVersionError
from core.models.version import CHAMPION, CREATED_TAG, STATUS_TAG, ModelVersion, VersionStatus

_ARTIFACT = "model"
_KEY_TAG = "registration_key"


class MlflowRegistry:
    """One MLflow. `artifact_root` is where model files go, a folder or a URI; without one, MLflow decides.

    MLflow is imported when the first one is built, which takes some seconds: build it in a thread. On SQLite it
    waits up to 20 seconds for another process's write by itself.
    """

    def __init__(self, uri: str, artifact_root: str | Path | None = None) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        from mlflow import MlflowClient

        logging.getLogger("mlflow").setLevel(logging.WARNING)  # its migrations are no news to our users

        self._uri = uri
        self._artifact_root = None if artifact_root is None else _as_uri(artifact_root)
        with _asking("opening the registry"), _one_process_migrates(uri):
            self._client: Any = MlflowClient(tracking_uri=uri, registry_uri=uri)
            self._client.search_experiments(max_results=1)

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
        """See Registry.register. The model file and its requirements.txt are the artifacts of an MLflow run."""
        if not model_path.is_file():
            raise FileNotFoundError(f"no model file at {model_path}")
        known = None if key is None else self._registered_with(pipeline, key)
        if known is not None:
            return known
        with _asking(f"registering a version of {pipeline}"):
            self._ensure_model(pipeline)
            run = self._client.create_run(self._experiment(pipeline), start_time=_millis(now))
            for name, value in metrics.items():
                self._client.log_metric(run.info.run_id, name, value, timestamp=_millis(now))
            self._log_files(run.info.run_id, model_path, requirements)
            self._client.set_terminated(run.info.run_id, end_time=_millis(now))
            facts = {STATUS_TAG: VersionStatus.CANDIDATE.value, CREATED_TAG: now.isoformat(), **tags}
            made = self._client.create_model_version(
                pipeline,
                source=f"{run.info.artifact_uri}/{_ARTIFACT}",
                run_id=run.info.run_id,
                tags=facts if key is None else {**facts, _KEY_TAG: key},
            )
        return self.get(pipeline, int(made.version))

    def versions(self, pipeline: str) -> list[ModelVersion]:
        with _asking(f"listing the versions of {pipeline}"):
            aliases = self._aliases(pipeline)
            found = list(_pages(self._client.search_model_versions, f"name='{_quoted(pipeline)}'"))
            made = [self._as_version(each, aliases) for each in found]
        return sorted(made, key=lambda each: each.version, reverse=True)

    def get(self, pipeline: str, version: int) -> ModelVersion:
        with _asking(f"reading {pipeline} version {version}"):
            found = self._client.get_model_version(pipeline, str(version))
            return self._as_version(found, self._aliases(pipeline))

    def champion(self, pipeline: str) -> ModelVersion | None:
        with _asking(f"reading the champion of {pipeline}"):
            version = self._aliases(pipeline).get(CHAMPION)
        return None if version is None else self.get(pipeline, version)

    def set_champion(self, pipeline: str, version: int) -> None:
        self.tag(pipeline, version, {STATUS_TAG: VersionStatus.APPROVED.value})
        with _asking(f"making {pipeline} version {version} the champion"):
            _upsert(self._client.set_registered_model_alias, pipeline, CHAMPION, str(version))

    def tag(self, pipeline: str, version: int, tags: Mapping[str, str]) -> None:
        with _asking(f"tagging {pipeline} version {version}"):
            self._client.get_model_version(pipeline, str(version))
            for name, value in tags.items():
                _upsert(self._client.set_model_version_tag, pipeline, str(version), name, value)

    def download(self, pipeline: str, version: int, folder: Path) -> Path:
        from mlflow.artifacts import download_artifacts

        folder.mkdir(parents=True, exist_ok=True)
        with _asking(f"downloading {pipeline} version {version}"):
            source = self._client.get_model_version_download_uri(pipeline, str(version))
            copied = Path(download_artifacts(artifact_uri=source, tracking_uri=self._uri, dst_path=str(folder)))
        return next(path for path in sorted(copied.iterdir()) if path.name != "requirements.txt")

    def _registered_with(self, pipeline: str, key: str) -> ModelVersion | None:
        return next((each for each in self.versions(pipeline) if each.tags.get(_KEY_TAG) == key), None)

    def _ensure_model(self, pipeline: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self._client.create_registered_model(pipeline)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    def _experiment(self, pipeline: str) -> str:
        from mlflow.exceptions import MlflowException

        found = self._client.get_experiment_by_name(pipeline)
        if found is None:
            root = None if self._artifact_root is None else f"{self._artifact_root}/{pipeline}"
            try:
                return str(self._client.create_experiment(pipeline, artifact_location=root))
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
                found = self._client.get_experiment_by_name(pipeline)
        return str(found.experiment_id)

    def _log_files(self, run_id: str, model_path: Path, requirements: Sequence[str]) -> None:
        self._client.log_artifact(run_id, str(model_path), artifact_path=_ARTIFACT)
        with tempfile.TemporaryDirectory() as folder:
            listed = Path(folder) / "requirements.txt"
            listed.write_text("".join(f"{line}\n" for line in requirements), encoding="utf-8")
            self._client.log_artifact(run_id, str(listed), artifact_path=_ARTIFACT)

    def _aliases(self, pipeline: str) -> dict[str, int]:
        """Version by alias. Only the registered model tells them: a search of versions leaves them out."""
        from mlflow.exceptions import MlflowException

        try:
            found = self._client.get_registered_model(pipeline)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return {}
            raise
        return {alias: int(version) for alias, version in found.aliases.items()}

    def _as_version(self, found: Any, aliases: Mapping[str, int]) -> ModelVersion:
        number = int(found.version)
        tags = dict(found.tags)
        created = datetime.fromtimestamp(found.creation_timestamp / 1000, UTC)
        run = self._client.get_run(found.run_id) if found.run_id else None
        return ModelVersion(
            pipeline=found.name,
            version=number,
            created_at=datetime.fromisoformat(tags[CREATED_TAG]) if CREATED_TAG in tags else created,
            metrics={} if run is None else dict(run.data.metrics),
            tags=tags,
            aliases=frozenset(alias for alias, version in aliases.items() if version == number),
        )


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """MLflow's exceptions, and those of its database, as the port's."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except MlflowException as error:
        kind = UnknownVersionError if error.error_code == "RESOURCE_DOES_NOT_EXIST" else RegistryError
        raise kind(f"{what}: {error}") from error
    except (SQLAlchemyError, OSError) as error:
        raise RegistryError(f"{what}: {error}") from error


@contextmanager
def _one_process_migrates(uri: str) -> Iterator[None]:
    """Two processes that create the same SQLite file at once would both run its migrations, and one would fail."""
    import fcntl

    if not uri.startswith("sqlite:///"):
        yield
        return
    file = Path(uri.removeprefix("sqlite:///").partition("?")[0])
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f"{file.name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _upsert(call: Callable[..., None], *arguments: str) -> None:
    """MLflow looks whether the row is there, then inserts: of two writers of a new row, one finds it taken.

    MLflow answers that with BAD_REQUEST. The row is there by then, so a second try updates it.
    """
    from mlflow.exceptions import MlflowException

    try:
        call(*arguments)
    except MlflowException as error:
        if error.error_code != "BAD_REQUEST":
            raise
        call(*arguments)


def _pages(search: Any, query: str) -> Iterator[Any]:
    token = None
    while True:
        page = search(query, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _as_uri(root: str | Path) -> str:
    return str(root) if "://" in str(root) else Path(root).resolve().as_uri()


def _quoted(name: str) -> str:
    return name.replace("'", "''")


def _millis(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
