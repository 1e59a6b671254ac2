"""Importing shifts or absences: the form, what it would change, and what came of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.slack.escape import escape, inline
from bot.slack.ids import Action, Callback, Field
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import (
    button,
    confirm,
    context,
    file_input,
    modal,
    option,
    plural,
    section,
    select_input,
    text_input,
    when,
)
from bot.slack.views.people import People
from core.config.declared import Person
from core.config.rotation import Rotation
from core.config.team import Team
from core.oncall.calendar_in import Held
from core.oncall.changes import Move, left_alone
from core.oncall.import_lines import example
from core.oncall.imports import Sifted, told
from core.oncall.rota_tables import DutyRole, RotaImport
from core.text import sentence

TITLE = "Import"
ABSENCES = "absences"
IMPORT = "import"
"""What is taken back, where others are override, absence and swap."""

READ, MOVED = 15, 25
"""How many entries, and how many changes, a look lists."""

HOW = (
    "One a line: `{example} skiing`; or a list of `{{person: {person}, from: …, to: …}}`; or a "
    "calendar: its address, its file, or its content (`BEGIN:VCALENDAR` …). Times without a zone are on the clock of "
    "the person, or of the rotation, whose shifts by days change hands at its hour. Nothing changes before you have "
    "seen what would."
)


def form(team: Team, rotation: Rotation | None, person: Person | None, now: datetime) -> Json:
    """Where it is pasted or given; about the rotation or person that was named. Its example is of the days to come."""
    kinds = [option("Absences", ABSENCES)]
    kinds += [option(f"Shifts of {each.title}", f"rotation:{each.id}") for each in team.rotations]
    people = [option(each.name, each.id) for each in team.people]
    chosen = next((each for each in kinds if rotation and each["value"] == f"rotation:{rotation.id}"), kinds[0])
    whose = next((each for each in people if person and each["value"] == person.id), None)
    blocks = [
        select_input(Field.WHAT, "What", kinds, chosen),
        select_input(Field.PERSON, "Whose absences, if it does not say", people, whose, optional=True),
        text_input(Field.CONTENT, "A list, an address, or a calendar’s content", long=True, optional=True),
        file_input(Field.FILE, "Or a file", ["ics", "yaml", "yml", "txt"]),
        context(HOW.format(example=example(team, person, now), person=(person or team.people[0]).id)),
    ]
    return modal(Callback.IMPORT, TITLE, blocks, submit="Look first")


def reading(external_id: str) -> Json:
    """What is shown while a calendar is fetched and read."""
    return _on_top([section("_Reading the calendar …_")]) | {"external_id": external_id}


def unusable(problem: str) -> Json:
    """Why it cannot be used; the form with all that was typed is below."""
    text = f"*It cannot be used:* {escape(sentence(problem))}"
    return _on_top([section(text), context("Nothing was changed. Go back, mend it, and look again.")])


def looked(
    number: int,
    sifted: Sifted,
    moves: Sequence[tuple[Rotation, list[Move]]],
    rotation: Rotation | None,
    people: People,
) -> Json:
    """What was read, what it would change, and where nobody would be left; then Import or back."""
    held = sifted.held
    what = inline(told(len(held), rotation.title if rotation else None))
    blocks = [
        section(f"*{what}*, {when(held[0].start)} to {when(max(each.end for each in held))}"),
        section(_listed([_read(each, people) for each in held], READ)),
        *([context(_left_out(sifted))] if _left_out(sifted) else []),
        *_changes(moves, people),
        *_gaps(moves),
    ]
    return modal(Callback.IMPORT_LOOKED, TITLE, blocks, submit="Import", data=str(number)) | {"close": _BACK}


def done(number: int, detail: str, people: People) -> Rendered:
    """What was imported, with the button that takes all of it back."""
    text = people.fill(escape(detail))
    return Rendered(text, [section(text, take_back(number))])


def in_force(row: RotaImport, title: str | None, people: People) -> Json:
    """One line of what was changed, with its button."""
    what = escape(told(len(row.items), title))
    text = f"{people.mention(row.created_by)} imported {what}, {when(row.starts_at)} to {when(row.ends_at)}"
    return section(f"{text}\n> {inline(row.source, 120)}", take_back(row.id))


def take_back(number: int) -> Json:
    text = "Everything that came with it ends now, and the rotation goes on as if it had not been."
    sure = confirm("Take this import back?", text, "Take back")
    return button("Take back", Action.TAKE_BACK, f"{IMPORT}:{number}", confirm=sure)


_BACK: Json = {"type": "plain_text", "text": "Back", "emoji": True}


def _on_top(blocks: list[Json]) -> Json:
    return modal(Callback.DETAILS, TITLE, blocks) | {"close": _BACK}


def _read(each: Held, people: People) -> str:
    line = f", line {each.line:,}" if each.line else ""
    name = f": {inline(each.name, 60)}" if each.name else ""
    return f"• {people.mention(each.person)} {when(each.start)} to {when(each.end)}{name}{line}"


def _left_out(sifted: Sifted) -> str:
    parts = [f"{sifted.over:,} more over already" if sifted.over else ""]
    parts.append(f"{sifted.known:,} more there already" if sifted.known else "")
    return " and ".join(filter(None, parts)) + " are left out." if any(parts) else ""


def _changes(moves: Sequence[tuple[Rotation, list[Move]]], people: People) -> Iterator[Json]:
    if not moves:
        yield section("*What would change*\nNobody’s duty would.")
    for rotation, found in moves:
        count = plural(len(found), "change")
        lines = [_move(each, people) for each in found]
        yield section(f"*What would change* in {inline(rotation.title, 80)}, {count}\n{_listed(lines, MOVED)}")


def _move(move: Move, people: People) -> str:
    role = "" if move.role is DutyRole.PRIMARY else " as shadow"
    instead = f" instead of {people.mention(move.was)}" if move.was else ""
    return f"• {when(move.span.start)} to {when(move.span.end)}: {people.mention(move.now)}{role}{instead}"


def _gaps(moves: Sequence[tuple[Rotation, list[Move]]]) -> Iterator[Json]:
    gaps = [(inline(rotation.title, 80), span) for rotation, found in moves for span in left_alone(found)]
    if gaps:
        lines = [f"• {title}: {when(span.start)} to {when(span.end)}" for title, span in gaps]
        yield section(f"*Nobody* would be on call\n{_listed(lines, READ)}")


def _listed(lines: Sequence[str], most: int) -> str:
    more = [f"… and {len(lines) - most:,} more"] if len(lines) > most else []
    return "\n".join([*lines[:most], *more])
