"""Changes of the rota as people wish them, and who is primary then."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.config.declared import Person
from core.config.load import Config
from core.db.database import Database
from core.decision import Decision
from tests.oncall_support import T0, config, person
from workflows.change_rota import Wish
from workflows.rota import on_call

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
EVENING = (T0 + 8 * HOUR, T0 + 12 * HOUR)
Do = Callable[[Session, Config, Wish, Person | None, str, datetime], Decision]


def change(database: Database, work: Do, actor: str, wish: Wish, now: datetime = T0) -> Decision:
    with database.write() as session:
        return work(session, config(), wish, person(actor), actor, now)


def wish(who: str, start: datetime, end: datetime, rotation: str = "flights") -> Wish:
    return Wish(who, start, end, "", rotation)


def primaries(database: Database, *instants: datetime) -> list[str | None]:
    with database.read() as session:
        return [on_call(session, config(), "flights", at).primary for at in instants]
