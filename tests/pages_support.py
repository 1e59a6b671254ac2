"""An alert that calls people, the time that passes, and the direct messages that call them."""

from datetime import timedelta

from bot.workspace.messages import Message
from core.audit import store as audit
from tests.alerts_support import api
from tests.slack_support import Desk
from workflows import respond
from workflows.step_pages import step_due

PIPELINE = {"alertname": "HighLatency", "severity": "critical", "pipeline": "flights"}


async def fire(at: Desk, labels: dict[str, str] | None = None) -> None:
    at.do(lambda s, c, now: respond.receive(s, c, [api(labels or PIPELINE, annotations={"summary": "4 s"})], now))
    await at.deliver()


async def wait(at: Desk, minutes: float) -> None:
    at.clock.advance(timedelta(minutes=minutes))
    at.do(lambda s, c, now: step_due(s, c, now))
    await at.deliver()


def page(at: Desk, user: str) -> Message:
    """The last direct message to somebody."""
    return at.workspace.direct(user)[-1]


def trail(at: Desk, action: str) -> list[str]:
    with at.database.read() as session:
        return [entry.reason for entry in audit.of(session, "page", 1) if entry.action == action]
