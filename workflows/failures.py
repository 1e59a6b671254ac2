"""A run that fails is an incident of its pipeline: told in its channel, and over when the next one succeeds."""

from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.alerts.severity import Severity
from core.audit.store import record
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.decision import refuse
from workflows.approve import CHANGE_CHAMPION
from workflows.respond import RaisedAlert, raise_group, recover

_NAMES = {CHANGE_CHAMPION: "ChampionChangeFailed", "evaluate": "EvaluationFailed", "retrain": "RetrainingFailed"}
_TITLES = {
    CHANGE_CHAMPION: "the change of the champion",
    "evaluate": "the evaluation",
    "retrain": "the retraining",
}
LONGEST = 2000
"""How much of an error is kept: its end says what went wrong, a stack of output before it does not."""


def in_words(problem: Exception) -> str:
    """What went wrong. Our own errors speak to people; of any other the name of its class says more than its text. A
    database's own words are enough, without the statement."""
    if isinstance(problem, DBAPIError) and problem.orig is not None:
        said, *_ = str(problem.orig).strip().splitlines() or [""]
        return f"{type(problem.orig).__name__}: {said}"
    return str(problem) if _speaks(problem) else f"{type(problem).__name__}: {problem}"


def stack_of(problem: Exception) -> Exception | None:
    """What is logged beside the words: the stack of whatever does not say by itself what to do."""
    return None if _speaks(problem) else problem


def _speaks(problem: Exception) -> bool:
    ours = type(problem).__module__.partition(".")[0] in ("core", "workflows", "bot")
    return ours and bool(str(problem))


def report(
    session: Session,
    config: Config,
    run_id: str,
    kind: str,
    args: dict[str, Any],
    error: str | None,
    now: datetime,
) -> None:
    """Record how a run ended, and raise or end the alert about its kind.

    A rollback or promotion that broke off pages: what serves may not be what people decided. Everything else can
    wait for the morning.
    """
    if error is not None:
        decision = refuse("run_failed", error[-LONGEST:])
        record(session, at=now, actor=GOLDILOCKS, action="run.fail", subject=("run", run_id), decision=decision)
    pipeline = args.get("pipeline")
    if pipeline not in config.pipelines:
        return
    severity = Severity.ERROR if kind == CHANGE_CHAMPION else Severity.WARNING
    title = f"{config.pipeline(pipeline).title}: {_TITLES.get(kind, f'the run “{kind}”')} failed"
    alert = RaisedAlert(_NAMES.get(kind, "RunFailed"), severity, title, (error or "")[-LONGEST:])
    if error is None:
        recover(session, config, pipeline, alert, now)
    else:
        raise_group(session, config, pipeline, alert, now)
