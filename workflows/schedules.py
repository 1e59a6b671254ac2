"""Turns the schedules of the YAML into durable runs, once each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.config.fields import Schedule
from core.config.load import Config
from core.runs import store
from core.runs.schedule import due, next_after


@dataclass(frozen=True)
class Job:
    """A schedule and the kind of run that each of its firings asks for."""

    kind: str
    pipeline: str
    schedule: Schedule

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.pipeline}"


def jobs(config: Config) -> Iterator[Job]:
    """Every scheduled job of every pipeline, in the order in which firings of one instant run."""
    for pipeline in config.pipelines.values():
        yield Job("evaluate", pipeline.pipeline, pipeline.evaluation)
        if pipeline.retraining is not None:
            yield Job("retrain", pipeline.pipeline, pipeline.retraining.schedule)
        if pipeline.review is not None:
            yield Job("review", pipeline.pipeline, pipeline.review.schedule)
        yield Job("weekly", pipeline.pipeline, pipeline.report_schedule)
        yield Job("tune", pipeline.pipeline, pipeline.alerting.schedule)


def fire_schedules(session: Session, config: Config, now: datetime) -> int:
    """Ask for a run for every firing that is due; how many. A job seen for the first time starts counting now."""
    return sum(_fire(session, job, now) for job in jobs(config))


def _fire(session: Session, job: Job, now: datetime) -> int:
    last = store.last_firing(session, job.name)
    if last is not None and next_after(job.schedule, last) > now:
        return 0
    firings = due(job.schedule, last, now) if last else []
    for at in firings:
        store.request(session, f"{job.name}:{at:%Y-%m-%dT%H:%M}", job.kind, _args(job, at), now)
    store.set_last_firing(session, job.name, now)
    return len(firings)


def next_firing(session: Session, config: Config, now: datetime) -> datetime | None:
    """The nearest firing of any job that has not been asked for; `now` when a job was never seen before, None without
    jobs."""
    known = [(job, store.last_firing(session, job.name)) for job in jobs(config)]
    return min((next_after(job.schedule, last) if last else now for job, last in known), default=None)


def _args(job: Job, at: datetime) -> dict[str, Any]:
    return {"pipeline": job.pipeline, "at": at.isoformat()}
