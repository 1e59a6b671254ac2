"""Laws of shadows who learn by plan, who are never relied on, and of shifts by a calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.config.escalation import Notify, Target
from core.config.rotation import Rotation
from core.config.shadowing import Shadowing
from core.oncall.duty import Away, Change, Imported, Layer, Why
from core.oncall.escalation import recipients
from core.oncall.learning import EVER, NEVER, Learner, Stage, learners
from core.oncall.progress import Progress, is_to_be_asked, turns_held
from core.oncall.rota import Rota
from core.oncall.rota_tables import DutyRole
from core.oncall.schedule import shifts_between

T0 = datetime(2013, 6, 3, 13, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
PEOPLE = ["amina", "jonas", "leo", "maya"]
PLAN = Shadowing.model_validate({"person": "leo", "shifts": 3, "backed_shifts": 2, "mentor": "amina"})
instants = st.integers(0, 24 * 28).map(lambda hours: T0 + hours * HOUR)
spans = st.tuples(instants, st.integers(1, 200)).map(lambda pair: (pair[0], pair[0] + pair[1] * HOUR))
aways = st.builds(lambda who, span: Away(who, span[0], span[1], T0), st.sampled_from(PEOPLE), spans)
changes = st.builds(
    lambda number, who, role, span: Change(number, Layer.OVERRIDE, Why.OVERRIDE, role, who, span[0], span[1], T0),
    st.integers(1, 99),
    st.sampled_from(PEOPLE),
    st.sampled_from(list(DutyRole)),
    spans,
)


@st.composite
def rotas(draw: st.DrawFn) -> Rota:
    """Leo is shadow, then backed, then ready, beside absences and changes that may name him."""
    members = draw(st.permutations(["amina", "jonas", "leo"]))
    layers = draw(st.sampled_from([[], [{"id": "day", "members": ["leo", "maya"], "every": "1d"}]]))
    rotation = Rotation.model_validate(
        {
            "id": "flights",
            "title": "Flights",
            "handoff": {"at": "09:00"},
            "starts": date(2013, 1, 28),
            "members": list(members),
            "channel": "oncall",
            "layers": [{**each, "handoff": {"at": "09:00"}} for each in layers],
        }
    )
    backed, ready = sorted([draw(instants), draw(instants)])
    found = list(learners(PLAN, [(Stage.BACKED, backed), (Stage.READY, ready)]))
    return Rota(rotation, draw(st.lists(aways, max_size=3)), draw(st.lists(changes, max_size=3)), learners=found)


@given(rotas(), instants)
def test_a_shadow_who_learns_is_never_relied_on(rota: Rota, at: datetime) -> None:
    duty = rota.at(at)
    if not any(each.stage is Stage.SHADOW and at in each for each in rota.learners):
        return
    assert "leo" not in (duty.primary, duty.backup)
    assert duty.instead_of != "leo"
    everybody = [Notify(who=target) for target in Target]
    called = recipients(everybody, "flights", {"flights": (duty, rota.rotation)}, late=True)
    assert "leo" not in [*called.people, *called.copies]
    away = {each.person for each in rota.absences if each.start <= at < each.end}
    asked = any(each.role is DutyRole.SHADOW and each.start <= at < each.end for each in rota.changes)
    if "leo" not in away and not asked:
        assert duty.shadow == "leo"


@given(rotas(), instants)
def test_who_is_backed_has_the_mentor_behind_them_who_is_copied_and_then_called(rota: Rota, at: datetime) -> None:
    duty = rota.at(at)
    backed = any(each.stage is Stage.BACKED and at in each for each in rota.learners)
    assert duty.backed == (backed and duty.primary == "leo")
    away = {each.person for each in rota.absences if each.start <= at < each.end}
    if not duty.backed or "amina" in away:
        return
    assert duty.backup == "amina"
    duties = {"flights": (duty, rota.rotation)}
    first = recipients([Notify(who=Target.PRIMARY)], "flights", duties)
    later = recipients([Notify(channel="oncall")], "flights", duties, late=True)
    assert (first.people, first.copies) == (["leo"], ["amina"])
    assert (later.people, later.copies) == (["amina"], [])


@given(rotas(), instants)
def test_whoever_is_ready_is_like_everybody(rota: Rota, at: datetime) -> None:
    if not any(at in each for each in rota.learners):
        duty, plain = rota.at(at), replace(rota, learners=()).at(at)
        assert (duty.primary, duty.backup, duty.shadow) == (plain.primary, plain.backup, plain.shadow)


@given(st.lists(instants, max_size=3))
def test_stages_follow_each_other_without_a_gap(starts: list[datetime]) -> None:
    stages = [Stage.BACKED, Stage.READY][: len(starts)]
    found = list(learners(PLAN, list(zip(stages, sorted(starts), strict=False))))
    assert found[0].start == EVER
    assert all(a.end == b.start for a, b in pairwise(found))
    assert (found[-1].end == NEVER) == (len(starts) < 2)


@given(st.integers(0, 5), st.integers(0, 5), instants)
def test_shifts_gone_along_are_counted_by_those_that_are_over(since: int, weeks: int, at: datetime) -> None:
    """Leo shadows every shift of a plain rotation, so every whole shift between counts, and no running one."""
    rotation = Rotation.model_validate(
        {
            "id": "flights",
            "title": "Flights",
            "handoff": {"at": "09:00"},
            "starts": date(2013, 1, 28),
            "members": ["amina", "jonas", "leo"],
            "channel": "oncall",
        }
    )
    rota = Rota(rotation, learners=[Learner("leo", Stage.SHADOW, EVER, NEVER)])
    start, now = at + since * HOUR, at + since * HOUR + weeks * WEEK
    counted = turns_held(rota, "leo", DutyRole.SHADOW, start, now)
    over = [shift for shift in shifts_between(rotation, start, now) if shift.end <= now]
    half = [shift for shift in over if 2 * (shift.end - max(shift.start, start)) >= shift.end - shift.start]
    assert counted == len(half)
    assert turns_held(rota, "leo", DutyRole.PRIMARY, start, now) == 0


@given(st.integers(0, 9), st.none() | st.integers(0, 9), st.booleans(), st.sampled_from(list(Stage)))
def test_a_stage_is_asked_for_once_its_shifts_are_done(
    done: int, refused: int | None, asked: bool, stage: Stage
) -> None:
    progress = Progress(PLAN, stage, T0, done, 0, 1, asked, None, refused)
    needed = {Stage.SHADOW: 3, Stage.BACKED: 2}.get(stage)
    expected = needed is not None and not asked and done >= needed and (refused is None or done > refused)
    assert is_to_be_asked(progress) == expected


imports = st.lists(st.tuples(st.sampled_from(PEOPLE), spans), max_size=4).map(
    lambda found: [Imported(number, who, *span) for number, (who, span) in enumerate(found)]
)


@given(rotas(), imports, instants)
def test_whom_a_calendar_names_is_on_call_unless_away_learning_or_changed(
    rota: Rota, imported: list[Imported], at: datetime
) -> None:
    """Beside its events nothing differs; within one that person has it, else who would have had it without."""
    duty, plain = replace(rota, imported=imported).at(at), rota.at(at)
    here = [each.person for each in imported if each.start <= at < each.end]
    away = {each.person for each in rota.absences if each.start <= at < each.end}
    learning = set(plain.learning)
    changed = any(c.role is DutyRole.PRIMARY and c.start <= at < c.end for c in rota.changes)
    if changed:
        return
    named = [who for who in here if who not in learning]
    free = [who for who in named if who not in away]
    if free:  # events that overlap are refused when they are read; here the second stands in for the first
        assert (duty.primary, duty.why) == (free[0], Why.CALENDAR if free[0] == named[0] else Why.ABSENCE)
    else:
        assert duty.primary == plain.primary
    assert (duty.primary is None) <= (plain.primary is None), "a calendar never makes a gap"
    assert duty.backup != duty.primary or duty.backup is None
