"""Where trainings work."""

from pathlib import Path

TRAININGS = "training"
"""Below the data folder; each has a folder of its own."""


def training_folder(data: Path, key: str) -> Path:
    """The folder of the training with this key."""
    return data / TRAININGS / folder_name(key)


def folder_name(key: str) -> str:
    return key.replace(":", "-")
