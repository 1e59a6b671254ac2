"""Old pictures and trainings in the data folder are deleted, the files first: one that is killed does it again."""

import asyncio
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import structlog

from core.evaluation.charts.places import fired_picture
from core.models.places import TRAININGS
from workflows.ports import Workshop
from workflows.retention import files_store as store
from workflows.retention.files_store import Picture

log = structlog.get_logger(__name__)

AT_ONCE = 500
"""How many evaluations are looked at together."""

CHARTS = "charts"


async def forget_files(workshop: Workshop) -> int:
    """Delete what is older than the team keeps files and nobody looks for; how many pictures and trainings."""
    keep = workshop.config.team.retention.files
    if keep is None:
        return 0
    before = workshop.clock.now() - keep
    wanted = await workshop.database.fetch(store.wanted_trainings)
    gone = await _pictures(workshop, before) + await asyncio.to_thread(_rest, workshop.data, before, wanted)
    if gone:
        log.info("retention.files", deleted=gone, before=before.isoformat())
    return gone


async def _pictures(workshop: Workshop, before: datetime) -> int:
    """Of evaluations, which have none from then on."""
    reached, gone = 0, 0
    while found := await workshop.database.fetch(lambda s: store.old_pictures(s, before, reached, AT_ONCE)):  # noqa: B023
        spent = await workshop.database.fetch(lambda s: store.spent(s, found, before))
        done = await asyncio.to_thread(_unlink, workshop.data, spent)
        if done:
            await workshop.database.run(lambda s: store.forget_pictures(s, done))  # noqa: B023
        reached, gone = found[-1].evaluation, gone + len(done)
    return gone


def _unlink(data: Path, pictures: Iterable[Picture]) -> list[int]:
    """Delete these, and what was drawn beside them; whose picture is gone."""
    return [each.evaluation for each in pictures if _gone(data / each.path, data / fired_picture(each.path))]


def _rest(data: Path, before: datetime, wanted: set[str]) -> int:
    """Folders of trainings, and answers in pictures whose process was killed before it had deleted them."""
    folders = [each for each in _old(data / TRAININGS, before) if each.is_dir() and each.name not in wanted]
    answers = [each for each in _old(data / CHARTS, before) if each.is_file()]
    return sum(_gone(each) for each in (*folders, *answers))


def _old(folder: Path, before: datetime) -> Iterator[Path]:
    """What lies in a folder, and was not written to since then."""
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        parts = [each, *(each.iterdir() if each.is_dir() else ())]
        if datetime.fromtimestamp(max(part.lstat().st_mtime for part in parts), UTC) < before:
            yield each


def _gone(*paths: Path) -> bool:
    """Delete these files and folders, as far as they are there; whether that went well."""
    try:
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("retention.file_stays", path=error.filename, error=error.strerror)
        return False
    return True
