"""The registry that every demo starts from, made once and copied afterwards: making it takes seconds."""

import shutil
from pathlib import Path

from bot.app import ARTIFACTS, open_registry
from bot.demo.scene import register_first_models
from bot.settings import Settings
from core.models.contract import TrainerResult

_PLACE = "place.txt"
"""A registry holds absolute paths of its files, so a copy is good for the folder it was made in only."""


def fill_registry(settings: Settings, seed: Path, models: list[TrainerResult]) -> None:
    """Put the first two versions into the registry of `settings`, from `seed` where it fits. Blocks for seconds."""
    state = settings.data.resolve()
    place = seed / _PLACE
    if place.is_file() and place.read_text(encoding="utf-8") == _fingerprint(state, models):
        shutil.copytree(seed, state, dirs_exist_ok=True)
        return
    register_first_models(open_registry(settings), models)
    shutil.rmtree(seed, ignore_errors=True)
    seed.mkdir(parents=True)
    for database in state.glob("mlflow.db*"):
        shutil.copy(database, seed / database.name)
    shutil.copytree(state / ARTIFACTS, seed / ARTIFACTS)
    place.write_text(_fingerprint(state, models), encoding="utf-8")


def _fingerprint(state: Path, models: list[TrainerResult]) -> str:
    trained = [f"{model.model_path} {model.model_path.stat().st_mtime_ns}" for model in models]
    return "\n".join([str(state), *trained])
