"""How a rota is doing: what is wrong with it, and how its load is shared."""

from collections.abc import Sequence
from datetime import datetime

from bot.slack.escape import escape, inline
from bot.slack.rendered import Json, Rendered
from bot.slack.views.parts import context, menu_buttons, plural, section, when
from bot.slack.views.people import People
from core.config.team import Rotation
from core.oncall.check import Finding, sentence
from core.oncall.fairness import Share, spread

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


def _even(percent: float) -> str:
    return f"The most is {percent:.0f}% above an equal share" if percent >= 0.5 else "Everybody had an equal share"


def shared(found: Sequence[Share], span: tuple[datetime, datetime], people: People) -> list[Json]:
    """The table of who carried how much, most first, in hours."""
    names = [_cut(people.name(share.person)) for share in found[:SHOWN]]
    width = max([len("Person"), *map(len, names)])
    rows = [f"{'Person':<{width}}  Hours  Night  Wkend  Holiday  Calls"]
    rows += [f"{name:<{width}}  {_figures(each)}" for name, each in zip(names, found, strict=False)]
    table = "\n".join(rows)
    head = f"*How on-call was shared*, {when(span[0], DAY)} to {when(span[1], DAY)}"
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    notes = f"Hours. {_even(spread(found))}{more}. Nights are 22:00 to 07:00 at home."
    return [section(f"{head}\n```{table}```"), context(notes)]


def _figures(share: Share) -> str:
    hours = f"{share.hours:>5.0f}  {share.night:>5.0f}  {share.weekend:>5.0f}  {share.holiday:>7.0f}"
    return f"{hours}  {share.calls:>5}"


def _cut(name: str) -> str:
    return name if len(name) <= 18 else name[:17] + "…"
