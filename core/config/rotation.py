"""Rotations in `team.yaml`: who takes turns, in which hours, and on which days they do not work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from typing import Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from core.config.fields import (
    CalendarRef,
    Duration,
    Id,
    Model,
    Name,
    OneOrMore,
    TimeOfDay,
    UserGroupId,
    Weekday,
    ZoneName,
)
from core.config.shadowing import Shadowing

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


class Handoff(Model):
    """When a shift changes hands, on the rotation's wall clock; `on` counts for shifts of whole weeks."""

    on: Weekday = Weekday.MONDAY
    at: TimeOfDay


class Window(Model):
    """Hours on the wall clock: `from` up to `to` on each of `days` (all when none is named).

    Where `to` is not after `from` it is that time of the next day: 18:00 to 08:00 is a night that begins on `days`.
    """

    days: list[Weekday] = Field(default_factory=list)
    start: TimeOfDay = Field(default=time(), alias="from")
    until: TimeOfDay = Field(default=time(), alias="to")


class Holidays(Model):
    """A list of days on which those who name it do not work, such as a country's; at most 400."""

    id: Id
    days: list[date] = Field(min_length=1, max_length=400)


@dataclass(frozen=True)
class DayOff:
    """A holiday of one person, in the zone where they live."""

    person: str
    day: date
    timezone: str


class RotationLayer(Model):
    """Other people on call during some hours; what it does not say is as in the rotation itself. Its shifts end with a
    handoff, unless `handoffs` says no."""

    id: Id
    members: list[Id] = Field(min_length=1)
    during: list[Window] = Field(default_factory=list)
    timezone: ZoneName | None = None
    every: Duration | None = None
    handoff: Handoff | None = None
    starts: date | None = Field(default=None, ge=date(1970, 1, 1), le=date(2200, 1, 1))
    handoffs: bool = True


class Rotation(Model):
    """A rotation: `members` take turns as primary, `shadows` go along in theirs.

    The first member's shift contains `starts`; shifts change at `handoff` on the wall clock of `timezone`, and last
    `every`: whole days or weeks (`1d`, `1w`, `2w`), or hours that divide a day (`12h`, `8h`), counted from `handoff`.
    `during` keeps it to some hours. Each of `layers` goes before the ones above it in the file; where none of a
    layer's people is there, or its hours are over, the one below counts, and in the end this rotation's members.
    During the events of the calendar `import` whoever they name is on call, before any layer.
    People of `shadowing` are members whose turns fall to the next while they learn.
    The Slack user group `user_group` (its id, S…) is kept to whoever is on call.
    What belongs to a rotation that the YAML has no more, and that it `was`, belongs to this one.
    """

    id: Id
    was: OneOrMore[Id] = ()
    title: Name
    timezone: ZoneName = "UTC"
    every: Duration = WEEK
    handoff: Handoff
    starts: date = Field(ge=date(1970, 1, 1), le=date(2200, 1, 1))
    members: list[Id] = Field(min_length=1)
    shadows: list[Id] = Field(default_factory=list)
    shadowing: list[Shadowing] = Field(default_factory=list, max_length=20)
    imported: CalendarRef | None = Field(default=None, alias="import")
    channel: Id
    during: list[Window] = Field(default_factory=list)
    layers: list[RotationLayer] = Field(default_factory=list, max_length=8)
    user_group: UserGroupId | None = None
    _days_off: tuple[DayOff, ...] = PrivateAttr(default=())
    _people: frozenset[str] | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _every_fits_the_clock(self) -> Self:
        hour, most = timedelta(hours=1), 52 * WEEK
        if not hour <= self.every <= most or self.every % hour or (self.every % DAY and DAY % self.every):
            raise ValueError(
                "every: a shift lasts whole days or weeks, or hours that divide a day: 12h, 1d, 1w, 2w"
            )
        if self.every % WEEK and "on" in self.handoff.model_fields_set:
            raise ValueError(
                "handoff.on: only shifts of whole weeks change on a weekday; leave it out, or every: 1w"
            )
        return self

    @model_validator(mode="after")
    def _layers_are_rotations(self) -> Self:
        if len({self.id, *(layer.id for layer in self.layers)}) <= len(self.layers):
            raise ValueError("layers: two have the same id, or the rotation's; each needs its own")
        _ = self.stack
        return self

    @model_validator(mode="after")
    def _learners_are_members(self) -> Self:
        learners = [each.person for each in self.shadowing]
        for each in self.shadowing:
            if each.person not in self.everybody:
                raise ValueError(
                    f"shadowing: “{each.person}” is not among the members. Add them: their turns fall to the next "
                    "until they are ready"
                )
            if each.mentor in learners:
                raise ValueError(f"shadowing: the mentor “{each.mentor}” is still learning; name somebody else")
        if len(set(learners)) < len(learners):
            raise ValueError("shadowing: somebody is there twice; one plan for each person")
        if set(self.members) <= set(learners):
            raise ValueError("shadowing: all members are learning; somebody has to be relied on")
        return self

    @cached_property
    def stack(self) -> list[tuple[str, "Rotation"]]:
        """The layers, the one that decides first first, each as a rotation of its own; the last is the rotation."""
        return [*((layer.id, self._whole(layer)) for layer in reversed(self.layers)), (self.id, self)]

    @property
    def handed_over(self) -> list[tuple[str, "Rotation"]]:
        """The layers whose shifts end with a handoff, each as in `stack`."""
        quiet = {layer.id for layer in self.layers if not layer.handoffs}
        return [(name, layer) for name, layer in self.stack if name not in quiet]

    @property
    def everybody(self) -> list[str]:
        """The members of all layers, each once."""
        return list(dict.fromkeys(member for _, layer in reversed(self.stack) for member in layer.members))

    @property
    def days_off(self) -> tuple[DayOff, ...]:
        """The holidays of its people, as the team declares them."""
        return self._days_off

    @property
    def people(self) -> frozenset[str]:
        """Who is in the team that declares it; nobody while no team does."""
        return self._people or frozenset()

    def knows(self, person: str) -> bool:
        """Whether this person (an id) is in the team that declares the rotation; anybody while no team does."""
        return self._people is None or person in self._people

    def within(self, people: Iterable[str]) -> "Rotation":
        """The same rotation, of a team of these people."""
        found = self.model_copy()
        found.__dict__.pop("stack", None)  # whose last is the rotation itself
        found._people = frozenset(people)
        return found

    def with_days_off(self, days: Iterable[DayOff]) -> "Rotation":
        """The same rotation, with holidays."""
        found = self.model_copy()
        found.__dict__.pop("stack", None)  # whose last is the rotation itself
        found._days_off = tuple(days)
        return found

    def _whole(self, layer: RotationLayer) -> "Rotation":
        try:
            return Rotation(
                id=self.id,
                title=self.title,
                timezone=layer.timezone or self.timezone,
                every=layer.every or self.every,
                handoff=layer.handoff or self.handoff,
                starts=layer.starts or self.starts,
                members=layer.members,
                channel=self.channel,
                during=layer.during,
            )
        except ValidationError as error:
            raise ValueError(
                f"layer {layer.id}: {error.errors()[0]['msg'].removeprefix('Value error, ')}"
            ) from None
