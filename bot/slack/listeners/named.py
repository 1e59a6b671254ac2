"""Commands that take the name of a person, a rotation or a pipeline: found, or the nearest is offered."""

from bot.slack.escape import code
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views.help import meant, which
from core.config.declared import Person
from core.config.named import (
    find_person,
    find_pipelines,
    find_rotation,
    names_in,
    near_people,
    near_pipelines,
    near_rotations,
    without_filler,
)
from core.config.pipeline import Pipeline
from core.config.rotation import Rotation
from core.nearest import MOST

NO_PIPELINES = "No pipeline is declared: each has a pipeline.yaml beside team.yaml."
KNOWN = 30
"""How many names an answer lists."""


async def rotations(request: Request, args: str, command: str) -> list[Rotation]:
    """The rotation that is named, all of them where none is; when nobody knows the name the person is told, and
    there is none."""
    team = request.deps.config.team
    name = args if find_rotation(team, args) else without_filler(args)
    if not name.strip():
        return team.rotations
    found = find_rotation(team, name)
    if found is None:
        await _unknown(
            request, "rotation", name, command, near_rotations(team, name), [r.id for r in team.rotations]
        )
    return [found] if found else []


async def person(request: Request, args: str, command: str) -> Person | None:
    """The person who is named; when nobody knows the name whoever asks is told, and there is none."""
    team = request.deps.config.team
    found = find_person(team, args)
    if found is None:
        await _unknown(
            request, "person", args, command, near_people(team, args), [each.id for each in team.people]
        )
    return found


async def person_or_rotation(
    request: Request, args: str, command: str
) -> tuple[Person | None, Rotation | None] | None:
    """Whichever is named, neither where nothing is typed; when nobody knows the name whoever asks is told, and it is
    None."""
    team = request.deps.config.team
    found, rotation = find_person(team, args), find_rotation(team, args)
    if found or rotation or not args.strip():
        return (None, rotation) if rotation else (found, None)
    near = list(dict.fromkeys([*near_people(team, args), *near_rotations(team, args)]))[:MOST]
    known = [*(each.id for each in team.people), *(each.id for each in team.rotations)]
    await _unknown(request, "person or rotation", args, command, near, known)
    return None


async def pipelines(request: Request, args: str, command: str) -> list[Pipeline]:
    """The pipeline that is named, all of them where none is; when nobody knows the name the person is told, and there
    is none."""
    known = request.deps.config.pipelines
    if not known:
        await request.tell(Rendered(NO_PIPELINES))
        return []
    found = find_pipelines(known, args)
    if found is None:
        left = names_in(args)
        await _unknown(request, "pipeline", " ".join(left), command, near_pipelines(known, left), list(known))
    return found or []


async def pipeline(request: Request, args: str, word: str) -> Pipeline | None:
    """The pipeline that `/model WORD` is about, when there is no doubt; else the person is told what to write."""
    found = await pipelines(request, args, f"/model {word}")
    if len(found) > 1:
        choices = [(each.title, f"/model {word} {each.pipeline}") for each in found]
        await request.tell(which("Which pipeline?", f"/model {word} NAME", choices))
    return found[0] if len(found) == 1 else None


async def _unknown(
    request: Request, what: str, typed: str, command: str, near: list[str], known: list[str]
) -> None:
    problem = f"There is no {what} {code(typed, 60)}."
    if near:
        await request.tell(meant(problem, [f"{command} {name}" for name in near]))
    else:
        await request.tell(meant(f"{problem} Known: {', '.join(map(code, known[:KNOWN]))}.", []))
