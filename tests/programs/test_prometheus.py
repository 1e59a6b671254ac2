"""A real Prometheus evaluates a rule and posts straight to us: it fires, goes on firing, and resolves."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from core.alerts import store
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import groups, statuses
from tests.loopback import free_socket, serving
from tests.programs.running import TOKEN, ourselves, prometheus, until

pytestmark = pytest.mark.slow

RULES = """
groups:
  - name: serving
    interval: 1s
    rules:
      - alert: ModelServingBroken
        expr: serving_broken == 1
        labels: {severity: critical, pipeline: flights}
        annotations: {summary: "{{ $labels.instance }} answers with errors"}
"""

CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - authorization: {{credentials: {token}}}
      static_configs: [{{targets: ["{us}"]}}]
scrape_configs:
  - job_name: serving
    static_configs: [{{targets: ["{target}"]}}]
"""


class Serving:
    """Something with a metric that says whether it is broken."""

    def __init__(self) -> None:
        self.broken = 1

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/metrics", lambda _: PlainTextResponse(f"serving_broken {self.broken}\n"))]
        )


async def test_prometheus_fires_and_resolves(tmp_path: Path, config: Config, sqlite_database: Database) -> None:
    bound, target = free_socket()
    model = Serving()
    (tmp_path / "rules.yml").write_text(RULES, encoding="utf-8")

    def status() -> list[str]:
        with sqlite_database.read() as session:
            return list(statuses(session))

    def sent_again() -> bool:
        with sqlite_database.read() as session:
            return store.count_alerts(session, 1)[2] >= 3

    async with serving(model.app(), bound), ourselves(config, sqlite_database) as us:
        places = {"us": us.removeprefix("http://"), "target": target.removeprefix("http://"), "token": TOKEN}
        async with prometheus(tmp_path, CONFIG.format(**places)) as server:
            await until("it fires", lambda: status() == ["firing"])
            await until("it is sent again while it fires", sent_again)
            model.broken = 0
            await until("it is resolved", lambda: status() == ["resolved"])
            async with httpx.AsyncClient() as client:
                metrics = (await client.get(f"{server.url}/metrics")).text
    with sqlite_database.read() as session:
        (group,) = groups(session)
        (row,) = store.alerts_of(session, 1)
    assert (group.title, group.severity, group.pipeline) == ("ModelServingBroken", "critical", "flights")
    assert group.summary.endswith("answers with errors")
    assert row.generator_url.endswith("/graph?g0.expr=serving_broken+%3D%3D+1&g0.tab=1")
    assert failures(metrics) == {"0"}, "Prometheus lost nothing on the way to us"


def failures(metrics: str) -> set[str]:
    """What Prometheus itself counts as errors and as dropped."""
    names = ("prometheus_notifications_errors_total", "prometheus_notifications_dropped_total")
    return {line.rsplit(" ", 1)[1] for line in metrics.splitlines() if line.startswith(names)}
