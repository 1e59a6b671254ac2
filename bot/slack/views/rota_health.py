"""How a rota is doing: what is wrong with it, and how its load is shared."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.slack.escape import escape, inline
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import context, menu_buttons, plural, section, when
from bot.slack.views.people import People
from core.config.rotation import Rotation
from core.oncall.check import Finding, sentence
from core.oncall.fairness import Share, spread
from core.text import length

SHOWN = 12
DAY = "{date_short_pretty}"


def checked(found: Sequence[tuple[Rotation, Sequence[Finding]]], people: People) -> Rendered:
    """Each rotation's faults, or that there are none."""
    count = sum(len(each) for _, each in found)
    head = f"{plural(count, 'thing')} to mend in the coming four weeks" if count else "Nothing is wrong in sight."
    blocks = [section(f"*{head}*"), *(section(_faults(*each, people)) for each in found if each[1])]
    choices = (
        ("Take a shift", "/oncall take"),
        ("Override", "/oncall override"),
        ("Schedule", "/oncall schedule"),
    )
    return Rendered(head, [*blocks, menu_buttons("rota_health", choices)])


def _faults(rotation: Rotation, found: Sequence[Finding], people: People) -> str:
    lines = [f"• {people.fill(escape(sentence(each)))}" for each in found[:SHOWN]]
    more = [f"… and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return "\n".join([f"*{inline(rotation.title)}*", *lines, *more])


def _even(found: Sequence[Share], span: tuple[datetime, datetime], whole_round: timedelta) -> str:
    """How even the shares are; while not everybody can have had a turn, that nobody can tell yet."""
    percent = spread(found)
    if span[1] - span[0] < whole_round:
        return f"Too short to compare: a round, in which everybody has a turn, takes {length(whole_round)}"
    return f"The most is {percent:.0f}% above an equal share" if percent >= 0.5 else "Everybody had an equal share"


def shared(
    found: Sequence[Share], span: tuple[datetime, datetime], whole_round: timedelta, people: People
) -> list[Json]:
    """Who carried how much, most first: a line each, since a table does not fit on a phone.

    `whole_round` is how long it takes until everybody has had a turn.
    """
    lines = [f"• *{people.name(each.person)}*: {_figures(each)}" for each in found[:SHOWN]]
    more = [f"… and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    head = f"*How on-call was shared*, {when(span[0], DAY)} to {when(span[1], DAY)}"
    notes = f"{_even(found, span, whole_round)}. Nights are 22:00 to 07:00 at home."
    return [section("\n".join([head, *lines, *more])), context(notes)]


def _figures(share: Share) -> str:
    """Hours and calls; kinds of hours that there were none of are left out."""
    parts = {"at night": share.night, "on weekends": share.weekend, "on holidays": share.holiday}
    told = [f"{hours:,.0f} {kind}" for kind, hours in parts.items() if round(hours)]
    return " · ".join([f"{share.hours:,.0f} hours", *told, plural(share.calls, "call")])
