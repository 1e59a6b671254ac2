"""What was declared before, and giving to new ids what is kept under old ones."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import renaming
from core.db.naming import Kind
from core.renames.recognise import Called, Rename
from core.renames.tables import KnownName


def known(session: Session) -> list[Called]:
    """Everything that some YAML declared and that was not renamed since."""
    rows = session.scalars(select(KnownName).order_by(KnownName.kind, KnownName.id))
    return [Called(Kind(row.kind), row.id, row.mark, tuple(row.was)) for row in rows]


def remember(session: Session, declared: Sequence[Called]) -> None:
    """From now on these are known."""
    for each in declared:
        session.merge(KnownName(kind=each.kind, id=each.id, mark=each.mark, was=list(each.was)))
    session.flush()


def rename(session: Session, wanted: Sequence[Rename]) -> list[Rename]:
    """Give what is kept under the old ids to the new ones; those of which anything was known or kept."""
    session.flush()
    taken = {(each.kind, each.new) for each in wanted}
    aside = [each for each in wanted if (each.kind, each.old) in taken]  # two that exchange their ids do not mix
    for each in aside:
        _move(session, each.kind, each.old, _aside(each.old))
    done = [
        (
            _forget(session, each),
            _move(session, each.kind, _aside(each.old) if each in aside else each.old, each.new),
        )
        for each in wanted
    ]
    session.expire_all()
    return [each for each, counts in zip(wanted, done, strict=True) if any(counts)]


def _move(session: Session, kind: Kind, old: str, new: str) -> int:
    return renaming.rename(session.connection(), kind, old, new)


def _aside(name: str) -> str:
    """What is no id."""
    return f"{name}\N{RIGHTWARDS ARROW}"


def _forget(session: Session, each: Rename) -> int:
    rows = session.scalars(select(KnownName).where(KnownName.kind == each.kind, KnownName.id == each.old)).all()
    for row in rows:
        session.delete(row)
    session.flush()
    return len(rows)
