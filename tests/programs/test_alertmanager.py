"""A real Alertmanager that keeps its own routes and notifies us, by webhook and by its PagerDuty receiver."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from core.alerts import store
from core.alerts.tables import AlertGroup
from core.config.load import Config
from core.db.database import Database
from tests.alerts_support import groups
from tests.programs.running import TOKEN, alertmanager, ourselves, until

pytestmark = pytest.mark.slow

CONFIG = """
route:
  receiver: webhook
  group_by: [alertname]
  group_wait: 1ms
  group_interval: 1s
  routes: [{{receiver: pagerduty, matchers: [via="pagerduty"]}}]
receivers:
  - name: webhook
    webhook_configs:
      - url: {us}/webhooks/alertmanager
        http_config: {{authorization: {{credentials: {token}}}}}
  - name: pagerduty
    pagerduty_configs:
      - url: {us}/v2/enqueue
        routing_key: {token}
        severity: "{{{{ .CommonLabels.severity }}}}"
        details: {{pipeline: "{{{{ .CommonLabels.pipeline }}}}"}}
"""


def alert(name: str, **labels: str) -> dict[str, object]:
    return {
        "labels": {"alertname": name, "severity": "critical", "pipeline": "flights", **labels},
        "annotations": {"summary": f"{name} for real"},
        "generatorURL": "http://prometheus:9090/graph",
    }


async def test_its_webhook_and_its_pagerduty_receiver(
    tmp_path: Path, config: Config, sqlite_database: Database
) -> None:
    posted = [
        alert("ByWebhook", instance="a"),
        alert("ByWebhook", instance="b"),
        alert("ByPager", via="pagerduty"),
    ]

    def all_are(status: str) -> list[AlertGroup]:
        with sqlite_database.read() as session:
            found = groups(session)
        return list(found) if len(found) == 2 and {group.status for group in found} == {status} else []

    async with (
        ourselves(config, sqlite_database) as us,
        alertmanager(tmp_path, CONFIG.format(us=us, token=TOKEN)) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        assert (await client.post("/api/v2/alerts", json=posted)).status_code == 200
        firing = await until("both arrive", lambda: all_are("firing"))
        over = [{**each, "endsAt": datetime.now(UTC).isoformat()} for each in posted]
        assert (await client.post("/api/v2/alerts", json=over)).status_code == 200
        await until("both are resolved", lambda: all_are("resolved"))
        metrics = (await client.get("/metrics")).text
    by_title = {group.title: group for group in firing}
    webhook = next(group for title, group in by_title.items() if title == "ByWebhook")
    pager = next(group for title, group in by_title.items() if "ByPager" in title)
    assert (webhook.pipeline, webhook.severity) == (pager.pipeline, pager.severity) == ("flights", "critical")
    with sqlite_database.read() as session:
        assert store.count_alerts(session, webhook.id)[1] == 2
        assert "ByPager for real" in str(store.alerts_of(session, pager.id)[0].annotations)
    assert failures(metrics) == 0, "Alertmanager itself counts no failed notification"


def failures(metrics: str) -> float:
    name = "alertmanager_notifications_failed_total"
    return sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if line.startswith(name))
