"""Changes of a rota on both databases: in force as they say, told, taken back, safe in a race."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config.load import Config
from core.config.team import Person
from core.db.database import Database
from core.decision import Decision
from core.oncall import rota_store
from core.oncall.changes import Stretch
from core.oncall.duty import Why
from core.oncall.rota_tables import Notice, NoticeKind, NoticeStatus, Swap, SwapStatus
from core.oncall.tables import ShiftHandoff
from tests.oncall_support import HANDOFF, T0, TEAM, at_once, audit_rows, config, draft_due, messages, person
from workflows.change_rota import Wish, away, cancel, override, shadow, take
from workflows.hand_off import chase, next_due
from workflows.rota import on_call
from workflows.swap_shifts import Offer, answer, ask, expire_swaps
from workflows.tell_duty import next_due as notice_due
from workflows.tell_duty import plan_due, tell_due

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


def test_the_later_of_two_overrides_counts_and_both_are_in_the_trail(database: Database) -> None:
    change(database, override, "amina", wish("jonas", *EVENING))
    change(database, override, "jonas", wish("maya", EVENING[0], EVENING[0] + HOUR), T0 + HOUR)
    assert primaries(database, EVENING[0], EVENING[0] + HOUR, EVENING[1]) == ["maya", "jonas", "amina"]
    assert audit_rows(database) == [
        ("amina", "rota.override", True, "overridden"),
        ("jonas", "rota.override", True, "overridden"),
    ]
    assert messages(database, "note") == ["oncall", "oncall"]
    assert messages(database, "duty") == ["@jonas", "@maya"], "whoever did it need not be told"


def test_what_begins_before_now_begins_now_and_what_is_over_is_refused(database: Database) -> None:
    assert change(database, override, "amina", wish("jonas", T0 - WEEK, T0 + HOUR)).allowed
    assert primaries(database, T0 - timedelta(minutes=1), T0, T0 + HOUR) == ["amina", "jonas", "amina"]
    assert change(database, override, "amina", wish("jonas", T0 - WEEK, T0)).reason == "over"
    assert change(database, override, "amina", wish("jonas", T0, T0 + 15 * WEEK)).reason == "too_long"
    assert (
        change(database, override, "amina", wish("jonas", T0 + HOUR, T0 + HOUR)).reason == "ends_before_it_starts"
    )
    assert change(database, override, "amina", wish("sofia", *EVENING)).reason == "cannot_answer"
    assert change(database, override, "amina", wish("jonas", *EVENING, "gone")).reason == "no_such_rotation"
    assert change(database, take, "amina", wish("amina", T0 + HOUR, T0 + 2 * HOUR)).reason == "already_yours"


def test_a_change_that_is_taken_back_was_in_force_until_then(database: Database) -> None:
    change(database, override, "amina", wish("jonas", *EVENING))
    middle = EVENING[0] + HOUR

    def take_back(who: str, now: datetime) -> str:
        with database.write() as session:
            return cancel(session, config(), "override", 1, person(who), who, now).reason

    assert take_back("sofia", middle) == "not_a_responder"
    assert [take_back("leo", middle), take_back("leo", middle)] == ["cancelled", "already_cancelled"]
    assert primaries(database, middle - HOUR, middle) == ["jonas", "amina"]


def test_the_turn_of_who_is_away_falls_to_the_next_who_is_not(database: Database) -> None:
    change(database, away, "amina", wish("amina", *EVENING))
    assert primaries(database, EVENING[0] - HOUR, EVENING[0], EVENING[1]) == ["amina", "maya", "amina"]
    change(database, away, "maya", wish("maya", *EVENING))
    change(database, away, "jonas", wish("jonas", EVENING[0], EVENING[0] + HOUR))
    assert primaries(database, EVENING[0], EVENING[0] + HOUR) == [None, "jonas"]


def test_an_absence_counts_in_every_rotation_and_for_what_was_promised_before(database: Database) -> None:
    change(database, take, "jonas", wish("jonas", *EVENING))
    assert primaries(database, EVENING[0]) == ["jonas"]
    change(database, away, "jonas", wish("jonas", T0, T0 + WEEK), T0 + HOUR)
    assert primaries(database, EVENING[0]) == ["amina"], "jonas is not held to it"
    change(database, take, "jonas", wish("jonas", *EVENING), T0 + 2 * HOUR)
    assert primaries(database, EVENING[0]) == ["jonas"], "unless jonas says so again"


def test_an_absence_that_moves_nobody_is_confirmed_to_whoever_said_it_only(database: Database) -> None:
    change(database, away, "jonas", wish("jonas", *EVENING))
    assert messages(database, "note") == ["@jonas"]
    assert change(database, away, "sofia", wish("jonas", *EVENING)).reason == "not_a_responder"
    assert change(database, away, "sofia", wish("sofia", *EVENING)).allowed


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


def test_two_who_take_a_shift_at_the_same_instant_are_both_told_how_it_ended(database: Database) -> None:
    def taking(who: str) -> Callable[[], None]:
        return lambda: _ok(change(database, take, who, wish(who, *EVENING)))

    at_once(taking("jonas"), taking("maya"))
    (winner,) = primaries(database, EVENING[0])
    loser = {"jonas": "maya", "maya": "jonas"}[str(winner)]
    assert f"@{loser}" in messages(database, "duty")
    assert f"@{winner}" not in messages(database, "duty")


def _ok(decision: Decision) -> None:
    assert decision.allowed


def test_notices_follow_the_rota(database: Database) -> None:
    def planned() -> list[tuple[str, str, datetime]]:
        with database.read() as session:
            rows = session.scalars(
                select(Notice).where(Notice.status == NoticeStatus.PLANNED).order_by(Notice.due_at)
            )
            return [(row.kind, row.person, row.due_at) for row in rows]

    with database.write() as session:
        assert notice_due(session, config(), T0) == T0, "nothing is planned yet"
        assert [plan_due(session, config(), T0), plan_due(session, config(), T0)] == [1, 0]
    tomorrow, start = NoticeKind.TOMORROW, NoticeKind.START
    second = [(tomorrow, "jonas", HANDOFF + WEEK - 24 * HOUR), (start, "jonas", HANDOFF + WEEK)]
    assert planned() == [(tomorrow, "maya", HANDOFF - 24 * HOUR), (start, "maya", HANDOFF), *second]
    change(database, take, "amina", wish("amina", HANDOFF, HANDOFF + WEEK))
    assert planned() == second, "amina simply stays on call"


def test_who_has_a_day_is_told_the_day_before_though_the_plan_is_made_anew_at_that_instant(
    database: Database,
) -> None:
    """Every shift of a day begins as somebody is to be told of the next one."""
    daily = config(rotations=[{**TEAM["rotations"][0], "every": "1d", "handoff": {"at": "09:00"}}])
    with database.write() as session:
        plan_due(session, daily, T0)
    for day in range(3):
        with database.write() as session:
            at = datetime(2013, 2, 5, 14, 0, 1, tzinfo=UTC) + day * timedelta(days=1)
            assert plan_due(session, daily, at) == 1
            tell_due(session, daily, at)
    with database.read() as session:
        tomorrow = Notice.kind == NoticeKind.TOMORROW
        told = session.scalars(select(Notice.status).where(tomorrow).order_by(Notice.due_at).limit(3)).all()
    assert told == ["told"] * 3


def test_hours_that_nobody_has_anyway_are_not_laid_on_who_is_away(database: Database) -> None:
    """Only what a change leaves without anybody is told of it, with the rotation where it moves several."""
    office = {"id": "office", "title": "Office", "during": [{"from": "09:00", "to": "17:00"}], "members": ["maya"]}
    two = config(rotations=[*TEAM["rotations"], {**TEAM["rotations"][0], **office}])

    def said(who: str, first: datetime, last: datetime) -> str:
        with database.write() as session:
            return away(session, two, wish(who, first, last), person(who), who, T0).detail

    assert "Nobody" not in said("amina", *EVENING)
    alone = said("maya", HANDOFF, HANDOFF + 24 * HOUR)
    assert alone.count("*Nobody*") == 1
    assert "Office: *Nobody* is on call" in alone


def test_a_notice_is_told_once_and_not_when_it_is_too_late(database: Database) -> None:
    with database.write() as session:
        plan_due(session, config(), T0)
    told: list[int] = []

    def tell() -> None:
        with database.write() as session:
            told.append(tell_due(session, config(), HANDOFF))

    at_once(tell, tell)
    assert sum(told) == 2
    with database.read() as session:
        rows = session.scalars(select(Notice).order_by(Notice.due_at)).all()
    assert [(row.kind, row.status) for row in rows[:2]] == [("tomorrow", "dropped"), ("start", "told")]
    assert messages(database, "duty") == ["@maya"]


def handoffs(database: Database, *instants: datetime) -> list[tuple[str, str, datetime, datetime]]:
    for now in instants:
        with database.write() as session:
            draft_due(session, config(), now)
            while chase(session, config(), now):
                pass
            due = next_due(session, config(), now)
            assert due is not None
            assert due > now
    with database.read() as session:
        rows = session.scalars(select(ShiftHandoff).order_by(ShiftHandoff.shift_end))
        return [(row.outgoing, row.incoming, row.shift_start, row.shift_end) for row in rows]


def test_an_evening_of_somebody_else_is_no_handoff_but_a_taken_week_is(database: Database) -> None:
    change(database, take, "jonas", wish("jonas", *EVENING))
    change(database, take, "leo", wish("leo", HANDOFF, HANDOFF + WEEK))
    assert handoffs(database, EVENING[1], HANDOFF)[1:] == [("amina", "leo", HANDOFF - WEEK, HANDOFF)]


def test_two_weeks_in_a_row_are_handed_over_as_one(database: Database) -> None:
    change(database, take, "amina", wish("amina", HANDOFF, HANDOFF + WEEK))
    assert handoffs(database, T0, HANDOFF, HANDOFF + WEEK)[1:] == [
        ("amina", "jonas", HANDOFF - WEEK, HANDOFF + WEEK)
    ]


def test_a_rotation_that_lives_in_the_yaml_only_needs_no_rows(database: Database) -> None:
    with database.read() as session:
        duty = on_call(session, config(), "flights", HANDOFF)
    assert (duty.primary, duty.why, duty.shadow) == (TEAM["rotations"][0]["members"][2], Why.ROTATION, "leo")


def test_a_swap_from_a_form_that_stood_open_past_the_shift_is_refused(database: Database) -> None:
    """The shift that was asked for in return was running when the form was opened, and is over when it is sent."""
    offer = Offer("flights", "amina", Stretch(HANDOFF, HANDOFF + WEEK), Stretch(T0, HANDOFF))
    with database.write() as session:
        late = ask(session, config(), offer, person("maya"), "maya", HANDOFF + HOUR)
        assert (late.allowed, late.reason) == (False, "over")
        in_time = ask(session, config(), offer, person("maya"), "maya", HANDOFF - HOUR)
        assert f"{{at:{int((HANDOFF - HOUR).timestamp())}}}" in in_time.detail, "what is left of it"


def test_who_has_left_the_team_is_not_on_call_any_more(database: Database) -> None:
    change(database, override, "amina", wish("jonas", *EVENING))
    change(database, shadow, "leo", wish("leo", *EVENING))
    rotation = {**TEAM["rotations"][0], "members": ["amina", "maya"], "shadows": []}
    people = [each for each in TEAM["people"] if each["id"] not in ("jonas", "leo")]
    smaller = config(people=people, rotations=[rotation])
    with database.read() as session:
        duty = on_call(session, smaller, "flights", EVENING[0])
        assert (duty.primary, duty.shadow) == ("maya", None), "whose turn it is"
        assert on_call(session, config(), "flights", EVENING[0]).primary == "jonas"


def test_who_is_put_on_call_although_away_is_said_to_be(database: Database) -> None:
    change(database, away, "maya", wish("maya", T0, T0 + WEEK))
    told = change(database, override, "amina", wish("maya", *EVENING))
    assert told.allowed
    assert "{person:maya} is on call" in told.detail
    assert "They had said that they are away" in told.detail
    assert "They had said" not in change(database, take, "maya", wish("maya", *EVENING)).detail
