"""Where the pictures of an evaluation lie."""

from pathlib import Path


def fired_picture(chart: Path | str) -> Path:
    """The picture of what data checks found, beside the evaluation's own."""
    return Path(chart).with_name(f"{Path(chart).stem}-fired.png")
