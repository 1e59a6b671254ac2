"""Who is on call in the end: what the rotation says, changed by absences, swaps and overrides, in that order. Pure.

1. the **rotation**: the member whose turn it is (`core.oncall.schedule`) in the highest of its layers whose hours it
   is and of which anybody is there; before all of them, whoever an imported calendar names;
2. **absences**: the turn of a member who is away falls to the next one of the layer who is not. A holiday moves a turn
   likewise, but only to somebody without one: it never leaves a gap;
3. accepted **swaps**: one takes the other's stretch;
4. **overrides**: somebody was put on call, or took the shift.

Whoever is learning as a shadow (`core.oncall.learning`) is in none of them, as if no member: they are never relied on.

Of two changes in one layer the later word counts. So does a person's own: who takes a shift and then says that they
will be away is not held to it, and the layers below decide. There is a gap exactly where no layer has its hours, or
everybody in those that do is away.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import islice, pairwise, takewhile

from core.config.rotation import Rotation
from core.oncall.duty import Away, Change, Duty, Imported, Why
from core.oncall.learning import Learner, Stage
from core.oncall.rota_tables import DutyRole
from core.oncall.schedule import Shift, shift_at, shifts_between, shifts_from
from core.oncall.turn import Missing, Turn, turn_at
from core.oncall.working_hours import Span, span_of, spans


@dataclass(frozen=True)
class Rota:
    """A rotation with all its changes that end after `since`; it knows nothing about the time before."""

    rotation: Rotation
    absences: Sequence[Away] = ()
    changes: Sequence[Change] = ()
    since: datetime | None = field(default=None)
    learners: Sequence[Learner] = ()
    imported: Sequence[Imported] = ()

    def at(self, instant: datetime) -> Duty:
        """The duty that contains `instant`."""
        shift = shift_at(self.rotation, instant)
        return next(duty for duty in self._duties(shift, shift.start, shift.end) if instant in duty)

    def between(self, start: datetime, end: datetime) -> list[Duty]:
        """Duties that tile `[start, end)`, oldest first, cut to it; neighbours in a shift differ in something."""
        return [
            duty
            for shift in shifts_between(self.rotation, start, end)
            for duty in self._duties(shift, max(start, shift.start), min(end, shift.end))
        ]

    def coming(self, instant: datetime, shifts: int) -> Iterator[Duty]:
        """The duty that contains `instant` and those that follow it, to the end of the `shifts`-th shift."""
        for shift in islice(shifts_from(self.rotation, instant), shifts):
            yield from (duty for duty in self._duties(shift, shift.start, shift.end) if duty.end > instant)

    def next_after(self, duty: Duty) -> Duty | None:
        """The first duty after this one with another primary; None when nobody takes over in sight."""
        coming = self.coming(duty.end, _round(self.rotation))
        return next((each for each in coming if each.primary not in (None, duty.primary)), None)

    def held(self, duty: Duty) -> Duty:
        """The same duty to when its primary goes off call in this shift, whatever else changes meanwhile."""
        rest = self.between(duty.end, duty.shift.end)
        same = takewhile(lambda each: each.primary == duty.primary, rest)
        return replace(duty, end=max((each.end for each in same), default=duty.end))

    def turns_of(self, person: str, instant: datetime, count: int = 3) -> list[Duty]:
        """The running and coming duties in which `person` is primary or shadow: at most `count`, soonest first."""
        coming = self.coming(instant, _round(self.rotation) * max(1, count))
        return list(islice((duty for duty in coming if person in (duty.primary, duty.shadow)), count))

    def gaps(self, start: datetime, end: datetime) -> list[Duty]:
        """The stretches of `[start, end)` in which nobody is on call."""
        return [duty for duty in self.between(start, end) if duty.primary is None]

    def learning(self, start: datetime, end: datetime) -> set[str]:
        """Who is a shadow by plan in any part of `[start, end)`."""
        return {
            each.person
            for each in self.learners
            if each.stage is Stage.SHADOW and each.start < end and each.end > start
        }

    def _duties(self, shift: Shift, first: datetime, last: datetime) -> Iterator[Duty]:
        """Duties that tile `[first, last)` of one shift: cut wherever anything may change, joined where nothing did."""
        if self.since is not None and shift.end <= self.since:
            raise ValueError(f"this rota knows the changes since {self.since.isoformat()} only")
        known = [(a.start, a.end) for a in self.absences] + [(c.start, c.end) for c in self.changes]
        known += [(each.start, each.end) for each in self.learners]
        known += [(each.start, each.end) for each in self.imported]
        known += [*self._days_off, *_layer_spans(self.rotation, first, last)]
        cuts = {at for span in known for at in span if first < at < last} | {first, last}
        running: Duty | None = None
        for start, end in pairwise(sorted(cuts)):
            duty = self._decide(shift, start, end)
            if running is not None and running.says == duty.says:
                running = replace(running, end=end)
                continue
            if running is not None:
                yield running
            running = duty
        if running is not None:
            yield running

    def _decide(self, shift: Shift, start: datetime, end: datetime) -> Duty:
        """The duty of a stretch in which nothing changes, judged at its start."""
        away = {each.person for each in self.absences if each.start <= start < each.end}
        here = [each for each in self.learners if start in each]
        learning = tuple(each.person for each in here if each.stage is Stage.SHADOW)
        turn = turn_at(self.rotation, self.imported, start, Missing(away, self._on_holiday(start), learning))
        change, before = self._last_words(DutyRole.PRIMARY, start, learning)
        primary = change.person if change else turn.present
        otherwise = before.person if before else turn.present if change and turn.present else turn.scheduled
        free = [member for member in turn.order if member not in away and member != primary]
        backed = next((each for each in here if each.stage is Stage.BACKED and each.person == primary), None)
        behind = {backed.mentor} - away - {primary} if backed else set()
        return Duty(
            rotation=self.rotation.id,
            start=start,
            end=end,
            primary=primary,
            why=change.why if change else _why(primary, turn),
            instead_of=otherwise if primary != otherwise else None,
            change=change.id if change else turn.imported if primary == turn.scheduled else None,
            shadow=self._shadow(shift, start, away, primary),
            backup=backed.mentor if backed and backed.mentor in behind else _backup(free, turn),
            shift=shift,
            layer=turn.layer,
            learning=learning,
            backed=backed is not None,
        )

    @cached_property
    def _days_off(self) -> list[Span]:
        return [span_of(day) for day in self.rotation.days_off]

    def _on_holiday(self, at: datetime) -> set[str]:
        days = zip(self.rotation.days_off, self._days_off, strict=True)
        return {day.person for day, (start, end) in days if start <= at < end}

    def _shadow(self, shift: Shift, at: datetime, away: set[str], primary: str | None) -> str | None:
        """The one who asked to go along, else whoever learns by plan, else the first of the rotation's; who is there,
        and never the primary."""
        change, _ = self._last_words(DutyRole.SHADOW, at)
        plan = [each.person for each in self.learners if each.stage is Stage.SHADOW and at in each]
        shadows = plan or self.rotation.shadows
        turns = [shadows[(shift.turn + ahead) % len(shadows)] for ahead in range(len(shadows))]
        wanted = [change.person] if change else []
        present = [*wanted, *(shadow for shadow in turns if shadow not in away)]
        return next((shadow for shadow in present if shadow != primary), None)

    def _last_words(
        self, role: DutyRole, at: datetime, but: Sequence[str] = ()
    ) -> tuple[Change | None, Change | None]:
        """The change that decides this role at this instant, if its person still means it and is not one of `but`; and
        the one that would without it."""
        meant = [c for c in self.changes if c.role is role and c.start <= at < c.end and not self._gave_up(c, at)]
        ranked = sorted((c for c in meant if c.person not in but), key=lambda change: change.rank, reverse=True)
        first, second, *_ = [*ranked, None, None]
        return first, second

    def _gave_up(self, change: Change, at: datetime) -> bool:
        return any(
            away.person == change.person and away.start <= at < away.end and away.said_at > change.said_at
            for away in self.absences
        )


def _layer_spans(rotation: Rotation, start: datetime, end: datetime) -> Iterator[Span]:
    """Where the layers may change in `[start, end)`: their own shifts, and their hours."""
    for _, layer in rotation.stack:
        if layer is not rotation:
            yield from ((each.start, each.end) for each in shifts_between(layer, start, end))
        yield from spans(layer.during, layer.timezone, start, end)


def _why(primary: str | None, turn: Turn) -> Why:
    if primary is None:
        return Why.NOBODY
    if primary != turn.scheduled:
        return Why.HOLIDAY if turn.holiday else Why.ABSENCE
    return Why.ROTATION if turn.imported is None else Why.CALENDAR


def _backup(free: list[str], turn: Turn) -> str | None:
    """The next in the rotation; whoever was relieved of this stretch comes last, because they may be busy."""
    relieved = {turn.scheduled, turn.present}
    return next((member for member in free if member not in relieved), None) or next(iter(free), None)


def _round(rotation: Rotation) -> int:
    """How many shifts it takes until everybody had a turn as primary and as shadow, and one for what people moved."""
    longest = max(len(layer.members) * layer.every for _, layer in rotation.stack)
    return -(-longest // rotation.every) * max(1, len(rotation.shadows)) + 1
