"""Who is on call."""

from collections.abc import Sequence

from bot.slack.escape import inline
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import section, when
from bot.slack.views.people import People
from core.config.team import Rotation
from core.oncall.schedule import Shift


def who(shifts: Sequence[tuple[Rotation, Shift]], people: People) -> Rendered:
    """Each rotation's primary, shadow, and who comes next."""
    lines = [
        f"{inline(rotation.title)}: {people.name(shift.primary)} until {shift.end:%a %H:%M} UTC"
        for rotation, shift in shifts
    ]
    return Rendered("\n".join(lines), [section(_rotation(rotation, shift, people)) for rotation, shift in shifts])


def _rotation(rotation: Rotation, shift: Shift, people: People) -> str:
    shadow = (
        f"\nShadow: {people.mention(shift.shadow)}, who goes along and is not relied on" if shift.shadow else ""
    )
    return (
        f"*{inline(rotation.title)}*\n"
        f"Primary: {people.mention(shift.primary)} until {when(shift.end)}{shadow}\n"
        f"Next: {people.mention(shift.next)}"
    )


def schedule(rotation: Rotation, shifts: Sequence[Shift], people: People) -> list[Json]:
    """The coming shifts of a rotation, one a line."""
    lines = [
        f"{when(shift.start, '{date_short_pretty}')}: {people.mention(shift.primary)}"
        + (f", shadow {people.mention(shift.shadow)}" if shift.shadow else "")
        for shift in shifts
    ]
    return [section(f"*{inline(rotation.title)}*\n" + "\n".join(lines))]
