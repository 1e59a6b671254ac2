"""The model in service: the version that the registry's `champion` alias points at, followed as it moves."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

from examples.flights import model

ALIAS = "champion"
MODEL_FILE = "model.skops"


_UNREADABLE = (OSError, BadZipFile, ImportError, AttributeError, KeyError, TypeError, ValueError)
"""What skops raises on a file that is cut short, not trusted, or made with other versions of its libraries."""


class SourceError(RuntimeError):
    """The registry could not be asked, or its model could not be read; the sentence says which."""


class ModelSource(Protocol):
    """Where the champion comes from."""

    def champion(self) -> str | None:
        """The version that is champion now, or None when there is none yet; raises SourceError."""
        ...

    def fetch(self, version: str) -> Path:
        """The skops file of a version; raises SourceError."""
        ...


class MlflowSource:
    """The champion of a registered model, from any MLflow tracking server or database."""

    def __init__(self, registry_uri: str, name: str) -> None:
        from mlflow import MlflowClient

        self._client = MlflowClient(tracking_uri=registry_uri, registry_uri=registry_uri)
        self._uri = registry_uri
        self._name = name

    def champion(self) -> str | None:
        from mlflow.exceptions import MlflowException

        try:
            return str(self._client.get_model_version_by_alias(self._name, ALIAS).version)
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None  # MLflow answers the second for an alias that nobody has set
            raise SourceError(f"asking the registry for the champion of {self._name}: {error}") from error

    def fetch(self, version: str) -> Path:
        from mlflow.artifacts import download_artifacts
        from mlflow.exceptions import MlflowException

        try:
            where = self._client.get_model_version_download_uri(self._name, version)
            return Path(download_artifacts(artifact_uri=where, tracking_uri=self._uri)) / MODEL_FILE
        except (MlflowException, OSError) as error:
            raise SourceError(f"fetching version {version} of {self._name}: {error}") from error


@dataclass(frozen=True)
class Serving:
    """One loaded model."""

    version: str
    loaded_at: datetime
    model: Any


class Champion:
    """The model in service. `refresh` may run beside `serving`: the change is one assignment."""

    def __init__(self, source: ModelSource) -> None:
        self._source = source
        self._serving: Serving | None = None
        self.trouble: str | None = None

    @property
    def serving(self) -> Serving | None:
        """The model that answers now, or None while no champion was ever loaded."""
        return self._serving

    def refresh(self) -> None:
        """Load the champion if it is another version now. In trouble, the loaded model goes on answering."""
        try:
            version = self._source.champion()
            if version is not None and (self._serving is None or self._serving.version != version):
                self._serving = self._load(version)
            self.trouble = None
        except SourceError as error:
            self.trouble = str(error)

    def _load(self, version: str) -> Serving:
        path = self._source.fetch(version)
        try:
            return Serving(version, datetime.now(UTC), model.load(path))
        except _UNREADABLE as error:
            raise SourceError(f"loading version {version} from {path.name}: {error}") from error
