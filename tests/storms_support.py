"""A team that calls five groups within a minute a storm, and alerts that make one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.alerts.delivery import Delivery
from core.alerts.tables import AlertGroup
from core.config.load import Config
from tests.alerts_support import groups, webhook
from tests.oncall_support import config as team_config


def team(**alerts: Any) -> Config:
    storm = {"groups": 4, "within": "1m", "quiet": "5m"}
    base = {"channel": "oncall", "rotation": "flights", "policy": "page", "by": ["host"], "storm": storm}
    return team_config(alerts={**base, **alerts})


def fires(at: datetime, hosts: Iterable[int], ended: datetime | None = None, **labels: str) -> list[Delivery]:
    return [
        webhook(
            {"alertname": "Down", "severity": "critical", "host": f"h{host}", "zone": "ab"[host % 2], **labels},
            starts_at=at,
            ends_at=ended,
        )
        for host in hosts
    ]


def storms(session: Session) -> list[AlertGroup]:
    return [group for group in groups(session) if group.is_storm]
