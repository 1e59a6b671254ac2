"""How severe an alert is, and whether that calls somebody. Pure rules."""

from enum import StrEnum
from functools import lru_cache

from core.alerts.labels import Labels
from core.decision import Decision, allow, refuse


class Severity(StrEnum):
    """Worst first."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_NAMES = {
    **dict.fromkeys(("critical", "page", "fatal", "emergency"), Severity.CRITICAL),
    **dict.fromkeys(("error", "high", "major"), Severity.ERROR),
    **dict.fromkeys(("warning", "warn", "medium", "minor"), Severity.WARNING),
    **dict.fromkeys(("info", "information", "low", "none", "debug"), Severity.INFO),
}


def severity_of(labels: Labels) -> Severity:
    """The `severity` label in our words. Whoever states none, or one that nobody knows, means an ERROR: an alert
    that might matter must not stay silent for want of a label."""
    return _meant(labels.get("severity", ""))


@lru_cache(maxsize=1_024)
def _meant(text: str) -> Severity:
    return _NAMES.get(text.strip().lower(), Severity.ERROR)


_RANK: dict[str, int] = {severity: rank for rank, severity in enumerate(Severity)}


def worst(*severities: Severity) -> Severity:
    """The worst of them; INFO for none."""
    return min(severities, key=_RANK.__getitem__, default=Severity.INFO)


def is_worse(severity: str, than: str) -> bool:
    """Whether the one calls for more than the other."""
    return _RANK[severity] < _RANK[than]


def pages(severity: Severity) -> Decision:
    """Whether somebody is called: for CRITICAL and ERROR. WARNING and INFO only post their message."""
    if severity in (Severity.CRITICAL, Severity.ERROR):
        return allow("severity_pages", f"Alerts of severity “{severity}” call the person on call.")
    return refuse("severity_waits", f"Alerts of severity “{severity}” are posted and call nobody.")
