"""`goldilocks evaluate`: how a day went, worked out now from the log; shown here, or stored and posted."""

import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from bot.app import places
from bot.settings import Settings
from core.clock import SystemClock
from core.config.load import Config, ConfigError, load
from core.config.pipeline import Pipeline
from core.db.database import Database
from core.db.migrate import upgrade
from core.evaluation.goal import slice_figure, slice_found_by, slice_written
from core.evaluation.live.senses import Senses
from core.evaluation.log.ibis_log import open_log
from core.evaluation.log.prediction_log import LogError
from core.evaluation.report import Subject, evaluate_window
from core.evaluation.windows import Window, window_before
from core.runs.schedule import instant_of
from workflows import gap_alert, watch
from workflows.evaluate import draw, promised, save, tracked_slices


def run(pipeline_id: str, day: date | None, post: bool) -> int:
    """Evaluate the last window that was over when `day` ended (default: by now); returns the exit status.

    With `post` it is stored, and the channel hears of it as it would of a scheduled evaluation. The labels are
    those that are in now, so a past day may look better or worse than it did then.
    """
    settings, now = Settings(), SystemClock().now()
    try:
        config = load(settings.config, places(settings.data, sys.executable, settings.serving_url))
    except ConfigError as error:
        typer.echo(str(error), err=True)
        return 2
    pipeline = config.pipelines.get(pipeline_id)
    if pipeline is None:
        typer.echo(f"there is no pipeline “{pipeline_id}”; known: {', '.join(sorted(config.pipelines))}", err=True)
        return 2
    doing = Console(stderr=True).status("reading the log, and learning what is usual in it")
    try:
        with doing:  # seconds, and of a large log a minute; shown on a terminal only
            computed = _evaluate(settings, config, pipeline, _window(pipeline, day, now), now, post)
    except LogError as error:
        typer.echo(str(error), err=True)
        return 1
    for line in told(pipeline.title, computed):
        typer.echo(line)
    return 0


def _window(pipeline: Pipeline, day: date | None, now: datetime) -> Window:
    schedule = pipeline.evaluation
    if day is None:
        return window_before(schedule, now)
    return window_before(schedule, instant_of(day + timedelta(days=1), time(), ZoneInfo(schedule.timezone)))


def _evaluate(
    settings: Settings, config: Config, pipeline: Pipeline, window: Window, now: datetime, post: bool
) -> dict[str, Any]:
    data = settings.data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    try:
        upgrade(database)
        with database.read() as session:
            tracked, offline = tracked_slices(session, pipeline), promised(session, pipeline)
            watched = watch.remembered(session, pipeline, window)
            followed = gap_alert.followed(session, config, pipeline)
        reader, senses = open_log(pipeline), Senses(pipeline)
        look = senses.look(reader, watched, window, now)
        subject = Subject(pipeline, window, now, tracked, offline, followed)
        computed = evaluate_window(reader, subject, look, senses.slices)
        if post:
            chart = draw(pipeline, computed, data)
            with database.write() as session:
                save(session, config, computed | {"chart": chart}, now)
    finally:
        database.dispose()
    return computed


def told(title: str, computed: Mapping[str, Any]) -> Iterator[str]:
    """The evaluation in a few lines: the objective, the labels, what failed, and the slices."""
    summary = computed["summary"]
    yield f"{title}, {summary['day']}: objective {computed['state']}. {computed['reason']}"
    yield summary["labels"]["text"]
    for slo in summary["slos"]:
        yield f"objective “{slo['name']}”: {slo['state']}: {slo['reason']}"
    for finding in computed["findings"]:
        yield f"check failed ({finding['kind']}): {finding['reason']}"
    for each in computed["slices"]:
        labels = f"on {each['labels']:,} labels"
        value = slice_figure(each) if each["value"] is None else f"{slice_figure(each)} {labels}"
        usual = "" if each["usual"] is None else f", usually {slice_written(each, each['usual'])}"
        what, by = "worse than it should be" if each["worse"] else "slice", slice_found_by(each)
        yield f"{what}: {each['name']}: {f'{by}; ' if by else ''}{value}{usual}"
