"""`goldilocks import`: reads what another tool gives out, and writes a `team.yaml` to be reviewed."""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import typer

from bot.imports import alertmanager, grafana_oncall, pagerduty
from bot.imports.draft import Draft, SourceError
from bot.imports.files import json_files, json_source, text_of, yaml_source
from bot.imports.people import slack_members
from bot.imports.writing import told, written
from bot.routing import PLACES
from core.config.load import ConfigError, load
from core.config.placeholders import unfilled
from core.text import plural

TEAM = "team.yaml"
PUBLIC = 0o644


def run(
    tool: str,
    paths: list[Path],
    out: Path | None,
    *,
    team: str,
    slack_users: Path | None,
    force: bool,
    now: datetime,
) -> int:
    """Write `team.yaml` into the folder `out`, or print it; tell what was not carried over. The exit status."""
    target = out / TEAM if out else None
    if target is not None and target.exists() and not force:
        typer.echo(f"{target} exists: give another folder with --out, or --force to replace it", err=True)
        return 2
    try:
        made = _draft(tool, paths, team, slack_users, now)
        text = written(made, ", ".join(path.name for path in paths[:3]))
        read_again(text, made)
    except SourceError as error:
        typer.echo(str(error), err=True)
        return 2
    if target is None:
        typer.echo(text, nl=False)
    else:
        _put(text, target, force=force)
    _tell(made, target)
    return 0


def _draft(tool: str, paths: list[Path], team: str, slack_users: Path | None, now: datetime) -> Draft:
    if tool == "alertmanager":
        if len(paths) > 1:
            raise SourceError("give one file: the alertmanager.yml")
        return alertmanager.draft(yaml_source(paths[0]), team)
    slack = slack_members(text_of(slack_users), slack_users.name) if slack_users else {}
    sources = [json_source(each) for each in json_files(paths)]
    if tool == "pagerduty":
        return pagerduty.draft(sources, team, slack, now)
    return grafana_oncall.draft(sources, team, slack, now)


def read_again(text: str, made: Draft) -> None:
    """What was written is what is read, and nothing of it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / TEAM).write_text(text, encoding="utf-8")
        try:
            team = load(Path(folder), PLACES).team
        except ConfigError as error:
            problems = "\n".join(f"{each.where}: {each.message}" for each in error.problems)
            raise SourceError(f"what was read breaks rules here; mend it in the source:\n{problems}") from None
        if team != made.team:
            raise SourceError(
                "a name holds {here}, {data} or the like, which the YAML would fill in; rename it there"
            )


def _put(text: str, target: Path, *, force: bool) -> None:
    """All of it or nothing; somebody else's file is not replaced, even if it came a moment ago."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".team-", suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        Path(name).chmod(PUBLIC)
        if force:
            Path(name).replace(target)
        else:
            os.link(name, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()


def _tell(made: Draft, target: Path | None) -> None:
    team = made.team
    counts = f"{len(team.people)} people, {plural(len(team.rotations), 'rotation')}"
    say(f"{target or TEAM}: {counts}, {plural(len(team.alerts.routes), 'route')} at the top")
    if made.notes:
        say(f"Not carried over, or different here ({len(made.notes)}, also at the top of the file):")
        say_all(told(made.notes))
    if missing := [message for _, message in unfilled(team)]:
        say(f"To be filled in ({len(missing)}):")
        say_all(f"- {each}" for each in missing)
    if target is not None:
        say(f"Next: goldilocks check {target.parent} --oncall, then goldilocks try {target.parent}")


def say_all(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def say(line: str) -> None:
    typer.echo(line, err=True)
