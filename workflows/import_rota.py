"""Shifts or absences all at once: looked at first, then in force, and taken back as one.

A look stores what was read and says what it would change, by changing it and undoing that in the same transaction. What
is imported are overrides and absences as people make them by hand, so that every rule and message is the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from core.audit import store as audit
from core.config.declared import Person
from core.config.load import Config
from core.config.rotation import Rotation
from core.decision import Decision, allow, quoted
from core.oncall import changes, import_store, imports, rota_store
from core.oncall.calendar_in import Held
from core.oncall.changes import named
from core.oncall.rota import Rota
from core.oncall.rota_tables import Absence, DutyRole, Override, RotaImport
from workflows.change_rota import NO_ROTATION
from workflows.rota_changes import Act, Moved, hold, settle

COMMENT = 200


@dataclass(frozen=True)
class Source:
    """What is imported: `held` as it was read, of a rotation or, without one, absences; `told` is where it is from."""

    held: list[Held]
    rotation: Rotation | None
    told: str


@dataclass(frozen=True)
class Look:
    """What an import would do: by rotation what moves. `id` is 0 when it may not be."""

    decision: Decision
    id: int = 0
    sifted: imports.Sifted = field(default_factory=lambda: imports.Sifted([]))
    moves: Moved = field(default_factory=list)


def look(
    session: Session, config: Config, source: Source, person: Person | None, actor: str, now: datetime
) -> Look:
    """Say what an import would change, and keep it until it is imported; a refusal names the line."""
    import_store.forget_looks(session, actor, now)
    rotation = source.rotation.id if source.rotation else None
    sifted = imports.sift(source.held, import_store.known(session, rotation, now), now)
    before = hold(session, [source.rotation] if source.rotation else config.team.rotations, now)
    rota = before[0] if source.rotation else None
    decision = imports.judge(sifted.held, config.team, person, rota, now)
    if not decision.allowed:
        return Look(decision, sifted=sifted)
    row = RotaImport(
        rotation=rotation,
        source=source.told,
        items=imports.packed(sifted.held),
        starts_at=min(each.start for each in sifted.held),
        ends_at=max(each.end for each in sifted.held),
        created_by=actor,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return Look(decision, row.id, sifted, _tried(session, row, before, sifted.held, now))


def apply(
    session: Session, config: Config, import_id: int, person: Person | None, actor: str, now: datetime
) -> Decision:
    """Import what was looked at; everything is judged again, as it is now."""
    row = import_store.lock(session, import_id)
    decision = imports.may_apply(row, actor)
    rotation = _rotation(config, row)
    before = hold(session, _concerned(config, row), now) if row and decision.allowed else []
    held = _still_fresh(session, row, now) if row else []
    if decision.allowed:
        decision = imports.judge(held, config.team, person, before[0] if rotation else None, now)
    if row is not None and row.rotation is not None and rotation is None:
        decision = NO_ROTATION
    if row is None or not decision.allowed:
        _record(session, "rota.import", import_id, decision, actor, now)
        return decision
    row.applied_at = now
    _write(session, row, held, now)
    what = imports.told(len(held), rotation.title if rotation else None)
    said = allow("imported", f"{named(actor)} imported {what} from {quoted(row.source)}.")
    return settle(session, before, imports.spans(held), Act("rota.import", ("import", row.id), actor, said), now)


def take_back(
    session: Session, config: Config, import_id: int, person: Person | None, actor: str, now: datetime
) -> Decision:
    """End everything that came with an import, from now on."""
    row = import_store.get(session, import_id)
    rotation = _rotation(config, row)
    before = hold(session, _concerned(config, row), now) if row else []
    row = import_store.lock(session, import_id)
    decision = imports.may_take_back(row, person, actor, now)
    if row is None or not decision.allowed:
        _record(session, "rota.cancel", import_id, decision, actor, now)
        return decision
    row.cancelled_by, row.cancelled_at = actor, now
    ended = [each for each in _rows(session, import_id) if each.cancelled_at is None and each.ends_at > now]
    for each in ended:
        each.cancelled_by, each.cancelled_at = actor, now
    session.flush()
    held = [Held(each.person, max(each.starts_at, now), each.ends_at, "") for each in ended]
    what = imports.told(len(row.items), rotation.title if rotation else None)
    said = allow("cancelled", f"{named(actor)} took back the import of {what} from {quoted(row.source)}.")
    return settle(session, before, imports.spans(held), Act("rota.cancel", ("import", row.id), actor, said), now)


def _tried(
    session: Session, row: RotaImport, before: Sequence[Rota], held: Sequence[Held], now: datetime
) -> Moved:
    """What it would do, by doing it and undoing that."""
    with session.begin_nested() as nested:
        _write(session, row, held, now)
        after = [rota_store.rota(session, rota.rotation, now) for rota in before]
        nested.rollback()
    spans = imports.spans(held)
    moves = [
        (new.rotation, [move for span in spans for move in changes.moves(old, new, span)])
        for old, new in zip(before, after, strict=True)
    ]
    return [(rotation, found) for rotation, found in moves if found]


def _still_fresh(session: Session, row: RotaImport, now: datetime) -> list[Held]:
    """What of it is not over, nor there already, by now."""
    known = import_store.known(session, row.rotation, now)
    return imports.sift(imports.unpacked(row.items), known, now).held


def _write(session: Session, row: RotaImport, held: Iterable[Held], now: datetime) -> None:
    for each in held:
        made = Absence() if row.rotation is None else Override(rotation=row.rotation, role=DutyRole.PRIMARY)
        made.person, made.starts_at, made.ends_at = each.person, each.start, each.end
        made.comment, made.import_id = each.name[:COMMENT], row.id
        made.created_by, made.created_at = row.created_by, now
        session.add(made)
    session.flush()


def _rows(session: Session, import_id: int) -> list[Override | Absence]:
    return [*import_store.overrides_of(session, import_id), *import_store.absences_of(session, import_id)]


def _rotation(config: Config, row: RotaImport | None) -> Rotation | None:
    """The rotation of an import of shifts; None for absences, and where the YAML no longer has it."""
    return next((each for each in config.team.rotations if row and each.id == row.rotation), None)


def _concerned(config: Config, row: RotaImport) -> list[Rotation]:
    """An absence counts in every rotation."""
    return [each for each in config.team.rotations if row.rotation in (None, each.id)]


def _record(session: Session, action: str, import_id: int, decision: Decision, actor: str, now: datetime) -> None:
    audit.record(session, at=now, actor=actor, action=action, subject=("import", import_id), decision=decision)
