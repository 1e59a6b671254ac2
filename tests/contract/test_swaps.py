"""Swaps of shifts on both databases: offered, answered once by who was asked, safe in a race."""

from datetime import datetime, timedelta

from sqlalchemy import select

from core.db.database import Database
from core.oncall import rota_store
from core.oncall.changes import Stretch
from core.oncall.duty import Why
from core.oncall.rota_tables import Swap, SwapStatus
from tests.oncall_support import HANDOFF, T0, at_once, config, person
from tests.rota_support import HOUR, WEEK, change, primaries, wish
from workflows.change_rota import cancel, take
from workflows.rota import on_call
from workflows.swap_shifts import Offer, answer, ask, expire_swaps


def swap_id(database: Database, back: Stretch | None = None, now: datetime = T0) -> int:
    """Maya asks jonas to take her week."""
    offer = Offer("flights", "jonas", Stretch(HANDOFF, HANDOFF + WEEK), back)
    with database.write() as session:
        assert ask(session, config(), offer, person("maya"), "maya", now).allowed
        return session.scalars(select(Swap.id).order_by(Swap.id.desc())).first() or 0


def reply(database: Database, swap: int, who: str, now: datetime = T0 + HOUR, *, yes: bool = True) -> str:
    with database.write() as session:
        return answer(session, config(), swap, person(who), who, now, yes=yes).reason


def test_only_who_was_asked_answers_a_swap_and_only_once(database: Database) -> None:
    swap = swap_id(database, Stretch(HANDOFF + WEEK, HANDOFF + 2 * WEEK))
    assert [reply(database, swap, who) for who in ("amina", "jonas", "jonas")] == [
        "not_asked",
        "accepted",
        "already_accepted",
    ]
    assert primaries(database, HANDOFF, HANDOFF + WEEK) == ["jonas", "maya"]
    with database.read() as session:
        assert on_call(session, config(), "flights", HANDOFF).why is Why.SWAP
    assert reply(database, 404, "jonas") == "no_such_swap"


def test_a_swap_of_shifts_that_changed_hands_meanwhile_is_refused(database: Database) -> None:
    swap = swap_id(database)
    change(database, take, "amina", wish("amina", HANDOFF + HOUR, HANDOFF + 2 * HOUR))
    assert reply(database, swap, "jonas") == "changed_since"
    assert primaries(database, HANDOFF, HANDOFF + HOUR) == ["maya", "amina"]


def test_a_swap_that_nobody_answers_expires_once(database: Database) -> None:
    swap = swap_id(database)
    with database.write() as session:
        due = rota_store.next_swap_due(session)
        assert due == T0 + timedelta(days=2)
        assert expire_swaps(session, config(), due - HOUR) == 0
        assert expire_swaps(session, config(), due) == 1
        assert expire_swaps(session, config(), due) == 0
        assert rota_store.next_swap_due(session) is None
    assert reply(database, swap, "jonas", due) == "already_expired"


def test_one_can_only_give_what_is_ones_own(database: Database) -> None:
    week = Stretch(HANDOFF, HANDOFF + WEEK)
    for offer, reason in (
        (Offer("flights", "jonas", Stretch(T0, T0 + WEEK)), "not_yours"),
        (Offer("flights", "amina", week, Stretch(HANDOFF + WEEK, HANDOFF + 2 * WEEK)), "not_theirs"),
        (Offer("flights", "sofia", week), "cannot_answer"),
        (Offer("flights", "maya", week), "cannot_answer"),
        (Offer("gone", "jonas", week), "no_such_rotation"),
    ):
        with database.write() as session:
            assert ask(session, config(), offer, person("maya"), "maya", T0).reason == reason


def test_accepting_and_withdrawing_at_the_same_instant_agree(database: Database) -> None:
    swap, reasons = swap_id(database), []

    def withdraw() -> None:
        with database.write() as session:
            reasons.append(cancel(session, config(), "swap", swap, person("maya"), "maya", T0 + HOUR).reason)

    at_once(lambda: reasons.append(reply(database, swap, "jonas")), withdraw)
    with database.read() as session:
        row = session.get_one(Swap, swap)
    # Accepted first, it is then taken back at once; withdrawn first, it cannot be accepted any more.
    assert sorted(reasons) in (["accepted", "cancelled"], ["already_withdrawn", "cancelled"])
    assert row.status in (SwapStatus.ACCEPTED, SwapStatus.WITHDRAWN)
    assert primaries(database, HANDOFF) == ["maya"]


def test_a_swap_from_a_form_that_stood_open_past_the_shift_is_refused(database: Database) -> None:
    """The shift that was asked for in return was running when the form was opened, and is over when it is sent."""
    offer = Offer("flights", "amina", Stretch(HANDOFF, HANDOFF + WEEK), Stretch(T0, HANDOFF))
    with database.write() as session:
        late = ask(session, config(), offer, person("maya"), "maya", HANDOFF + HOUR)
        assert (late.allowed, late.reason) == (False, "over")
        in_time = ask(session, config(), offer, person("maya"), "maya", HANDOFF - HOUR)
        assert f"{{at:{int((HANDOFF - HOUR).timestamp())}}}" in in_time.detail, "what is left of it"
