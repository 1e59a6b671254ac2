"""Alerts that Goldilocks raises about itself: they go where alerts of no pipeline go, and end by themselves."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.alerts.delivery import Delivery, keyed, texts
from core.alerts.severity import Severity
from core.audit.tables import GOLDILOCKS
from core.config.load import Config
from core.decision import quoted
from workflows.respond import receive

LASTS = timedelta(hours=12)
"""How long such an alert fires after the last time that it was raised."""


def raise_own(
    session: Session,
    config: Config,
    name: str,
    about: str,
    summary: str,
    now: datetime,
    severity: Severity = Severity.WARNING,
) -> None:
    """Raise the alert `name`, or raise it again; `about` tells several of one name apart.

    Mostly it is a warning: what it is about has been mended or has found another way, and can wait for the morning.
    """
    labels = {"alertname": name, "severity": str(severity), "about": about}
    who, said = keyed(GOLDILOCKS, f"{name}:{about}", labels), {"title": TITLES[name], "summary": quoted(summary)}
    told = texts(said, labels=labels)
    receive(session, config, [Delivery(who, told, GOLDILOCKS, now, now + LASTS, expires=True)], now)


def end_own(session: Session, config: Config, name: str, about: str, now: datetime) -> None:
    """What the alert was about is over, whatever its severity was."""
    who = keyed(GOLDILOCKS, f"{name}:{about}", {"alertname": name, "about": about})
    receive(session, config, [Delivery(who, texts({}), GOLDILOCKS, None, now, expires=False)], now)


UNREACHABLE, CHANNEL_LOST, AUDITOR = "GoldilocksUnreachable", "GoldilocksChannelLost", "GoldilocksAuditor"
TAKING, STEPPING, CLOCK = "GoldilocksPassFailed", "GoldilocksPageFailed", "GoldilocksClock"
RUNS = "GoldilocksRunsWait"

TITLES = {
    UNREACHABLE: "Goldilocks cannot reach somebody who is called",
    CHANNEL_LOST: "Goldilocks cannot write in a channel",
    TAKING: "Goldilocks failed at something that was due, and tries again every second",
    STEPPING: "Goldilocks cannot call the next people about an alert, and tries again every minute",
    RUNS: "Goldilocks evaluates, retrains and rolls back nothing: the database of its runs is away",
    CLOCK: "A machine of Goldilocks has a clock that is wrong",
    AUDITOR: "Goldilocks found something of its own that stood still, and repaired it",
}
