"""One suite over every registry: the one in memory and MLflow on a database file."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from core.models.registry import Registry, UnknownVersionError
from core.models.version import VersionStatus
from tests.fakes_models import FakeRegistry

NOW = datetime(2013, 2, 11, 13, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def mlflow_registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    from core.models.mlflow_registry import MlflowRegistry

    folder = tmp_path_factory.mktemp("registry")
    return MlflowRegistry(f"sqlite:///{folder / 'mlflow.db'}", folder / "artifacts")


@pytest.fixture(params=["memory", "mlflow"])
def registry(request: pytest.FixtureRequest) -> Registry:
    if request.param == "memory":
        return FakeRegistry()
    found: Registry = request.getfixturevalue("mlflow_registry")
    return found


@pytest.fixture
def pipeline() -> str:
    return f"flights-{uuid4().hex[:8]}"


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    path = tmp_path / "model.skops"
    path.write_bytes(b"weights of the first")
    return path


def test_an_unknown_pipeline_has_no_versions_and_no_champion(registry: Registry, pipeline: str) -> None:
    assert registry.versions(pipeline) == []
    assert registry.champion(pipeline) is None


def test_a_version_keeps_what_it_was_registered_with(registry: Registry, pipeline: str, model_file: Path) -> None:
    made = registry.register(pipeline, model_file, {"accuracy": 0.75}, {"trained_until": "2013-02-01"}, NOW)

    assert registry.get(pipeline, 1) == made
    assert (made.pipeline, made.version, made.created_at) == (pipeline, 1, NOW)
    assert made.metrics == {"accuracy": 0.75}
    assert made.tags["trained_until"] == "2013-02-01"
    assert made.status is VersionStatus.CANDIDATE
    assert made.aliases == frozenset()


def test_versions_come_newest_first(registry: Registry, pipeline: str, model_file: Path) -> None:
    for day in range(3):
        registry.register(pipeline, model_file, {}, {}, NOW + timedelta(days=day))

    assert [each.version for each in registry.versions(pipeline)] == [3, 2, 1]


def test_a_pipeline_sees_only_its_own_versions(registry: Registry, pipeline: str, model_file: Path) -> None:
    registry.register(pipeline, model_file, {}, {}, NOW)
    registry.register(f"{pipeline}-other", model_file, {}, {}, NOW)

    assert [each.pipeline for each in registry.versions(pipeline)] == [pipeline]


def test_the_same_key_registers_once(registry: Registry, pipeline: str, model_file: Path) -> None:
    first = registry.register(pipeline, model_file, {}, {}, NOW, key="retrain:1")
    again = registry.register(pipeline, model_file, {}, {}, NOW + timedelta(hours=1), key="retrain:1")
    other = registry.register(pipeline, model_file, {}, {}, NOW, key="retrain:2")

    assert again == first
    assert other.version == 2


def test_a_model_file_that_is_missing_is_an_error(registry: Registry, pipeline: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no model file"):
        registry.register(pipeline, tmp_path / "nothing.skops", {}, {}, NOW)

    assert registry.versions(pipeline) == []


def test_the_champion_moves_and_is_alone(registry: Registry, pipeline: str, model_file: Path) -> None:
    for _ in range(2):
        registry.register(pipeline, model_file, {}, {}, NOW)

    registry.set_champion(pipeline, 1)
    registry.set_champion(pipeline, 2)
    registry.set_champion(pipeline, 2)

    champion = registry.champion(pipeline)
    assert champion is not None
    assert champion.version == 2
    assert champion.is_champion
    assert champion.status is VersionStatus.APPROVED
    assert [each.version for each in registry.versions(pipeline) if each.is_champion] == [2]
    assert registry.get(pipeline, 1).status is VersionStatus.APPROVED


def test_an_unknown_champion_moves_nothing(registry: Registry, pipeline: str, model_file: Path) -> None:
    registry.register(pipeline, model_file, {}, {}, NOW)
    registry.set_champion(pipeline, 1)

    with pytest.raises(UnknownVersionError):
        registry.set_champion(pipeline, 7)

    champion = registry.champion(pipeline)
    assert champion is not None
    assert champion.version == 1


def test_tags_are_added_to_those_that_are_there(registry: Registry, pipeline: str, model_file: Path) -> None:
    registry.register(pipeline, model_file, {}, {"trained_until": "2013-02-01"}, NOW)

    registry.tag(pipeline, 1, {"status": "rejected", "why": "worse on storms"})

    found = registry.get(pipeline, 1)
    assert found.status is VersionStatus.REJECTED
    assert (found.tags["why"], found.tags["trained_until"]) == ("worse on storms", "2013-02-01")


def test_what_is_downloaded_is_what_was_registered(
    registry: Registry, pipeline: str, model_file: Path, tmp_path: Path
) -> None:
    registry.register(pipeline, model_file, {}, {}, NOW, requirements=["scikit-learn==1.9.1"])
    model_file.write_bytes(b"something else since")

    path = registry.download(pipeline, 1, tmp_path / "fetched")

    assert path.name == "model.skops"
    assert path.read_bytes() == b"weights of the first"


@pytest.mark.parametrize("version", [0, 2])
def test_versions_that_do_not_exist_are_named(
    registry: Registry, pipeline: str, model_file: Path, tmp_path: Path, version: int
) -> None:
    registry.register(pipeline, model_file, {}, {}, NOW)

    for asked in (
        lambda: registry.get(pipeline, version),
        lambda: registry.tag(pipeline, version, {"a": "b"}),
        lambda: registry.download(pipeline, version, tmp_path / "fetched"),
    ):
        with pytest.raises(UnknownVersionError):
            asked()


def test_threads_move_the_champion_without_an_error(registry: Registry, pipeline: str, model_file: Path) -> None:
    """Each round starts without an alias, where all threads try to be the first to set it."""
    for name in (f"{pipeline}-{turn}" for turn in range(5)):
        for _ in range(2):
            registry.register(name, model_file, {}, {}, NOW)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(partial(registry.set_champion, name), [1, 2] * 4))

        assert len([each for each in registry.versions(name) if each.is_champion]) == 1


def test_threads_register_versions_without_an_error(registry: Registry, pipeline: str, model_file: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: registry.register(pipeline, model_file, {}, {}, NOW), range(8)))

    assert [each.version for each in registry.versions(pipeline)] == list(range(8, 0, -1))
