"""When the hours of an escalation step begin and end, on the wall clock of their zone. Pure."""

from datetime import datetime, timedelta

from core.config.escalation import Hours
from core.config.fields import Weekday
from core.config.rotation import Window
from core.oncall.working_hours import is_open, spans

FURTHEST = timedelta(days=15)
"""Hours begin within this: those of one weekday come after seven days, or fourteen when the clock skips them once."""


def inside(hours: Hours, instant: datetime) -> bool:
    """Whether `instant` lies in `[start, end)` of one of the days."""
    return is_open([_window(hours)], hours.timezone, instant)


def opening(hours: Hours, instant: datetime) -> datetime:
    """When the hours begin next; `instant` itself inside of them."""
    begin, _ = next(spans([_window(hours)], hours.timezone, instant, instant + FURTHEST))
    return max(begin, instant)


def _window(hours: Hours) -> Window:
    return Window.model_validate({"days": hours.days, "from": hours.start, "to": hours.end})


def describe(hours: Hours) -> str:
    """“monday, tuesday 09:00-17:00 Europe/Berlin”."""
    days = ", ".join(day for day in Weekday if day in hours.days)
    return f"{days} {hours.start:%H:%M}-{hours.end:%H:%M} {hours.timezone}"
