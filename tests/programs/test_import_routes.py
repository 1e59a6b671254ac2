"""An imported route tree, against amtool and a running Alertmanager: the same receivers, the same groups."""

import asyncio
import json
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.alerts.routing import Placement, place
from core.config.load import Config
from tests.imports_support import LABELS, alertmanagers, imported, put
from tests.programs.running import alertmanager, program, until

pytestmark = pytest.mark.slow


def receivers(file: Path, labels: dict[str, str]) -> list[str]:
    """The receivers that amtool names, each once."""
    pairs = [f"{name}={value}" for name, value in labels.items()]
    found = subprocess.run(
        [program("amtool"), "config", "routes", "test", f"--config.file={file}", *pairs],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, f"{found.stderr} {file.read_text()}"
    return list(dict.fromkeys(found.stdout.strip().split(",")))


def channels(placed: Placement) -> list[str]:
    return [placed.people.channel, *placed.copies]


UNSHRUNK = [Phase.explicit, Phase.reuse, Phase.generate]
"""Each try starts amtool thrice."""


@settings(max_examples=80, deadline=None, phases=UNSHRUNK, suppress_health_check=list(HealthCheck))
@given(alertmanagers(), st.lists(LABELS, min_size=3, max_size=3))
def test_alerts_reach_the_receivers_that_amtool_names(values: Any, alerts: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = put(values, Path(folder) / "alertmanager.yml")
        _, config = imported(file)
        for labels in alerts:
            assert channels(place(labels, config)) == receivers(file, labels)


async def test_alerts_are_grouped_as_a_running_alertmanager_groups_them(tmp_path: Path) -> None:
    """Forty generated trees beside each other in one Alertmanager, each for the alerts of one `case`."""
    values, alerts = _many()
    file = put(values, tmp_path / "am.yml")
    _, config = imported(file)
    async with (
        alertmanager(tmp_path, file.read_text()) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        sent = [{"labels": labels, "annotations": {"n": str(number)}} for number, labels in enumerate(alerts)]
        (await client.post("/api/v2/alerts", json=sent)).raise_for_status()
        theirs = await until("all alerts are in groups", lambda: _grouped(client, len(alerts)))
    ours = [place(labels, config) for labels in alerts]
    _agree(ours, [_first(theirs, placed, number) for number, placed in enumerate(ours)], config)


def _many(cases: int = 40, each: int = 12) -> tuple[dict[str, Any], list[dict[str, str]]]:
    found: list[Any] = []
    alerts: list[dict[str, str]] = []

    @settings(max_examples=cases, database=None, derandomize=True, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(alertmanagers(inherit=False), st.lists(LABELS, min_size=each, max_size=each))
    def draw(values: Any, labels: list[dict[str, str]]) -> None:
        case = str(len(found))
        found.append(_renamed(values["route"], case) | {"match": {"case": case}})
        alerts.extend({**dict(sorted(one.items())), "case": case} for one in labels)

    draw()
    names = sorted(set(_receivers(found)))
    declared = [{"name": name, "slack_configs": [{"channel": f"#{name}"}]} for name in ["root", *names]]
    root = {"receiver": "root", "group_wait": "1h", "routes": found}
    values = {"global": {"slack_api_url": "http://127.0.0.1:1/"}, "route": root, "receivers": declared}
    return values, [dict(pairs) for pairs in dict.fromkeys(tuple(one.items()) for one in alerts)]


def _renamed(route: dict[str, Any], case: str) -> dict[str, Any]:
    below = [_renamed(each, case) for each in route.get("routes", [])]
    return {**route, "receiver": f"c{case}-{route['receiver']}", "routes": below}


def _receivers(routes: Iterable[dict[str, Any]]) -> Iterable[str]:
    for each in routes:
        yield each["receiver"]
        yield from _receivers(each["routes"])


async def _grouped(client: httpx.AsyncClient, count: int) -> Any:
    await asyncio.sleep(0.2)
    groups = (await client.get("/api/v2/alerts/groups")).json()
    seen = {alert["fingerprint"] for group in groups for alert in group["alerts"]}
    return groups if len(seen) == count else None


def _first(groups: Any, placed: Placement, number: int) -> dict[str, Any]:
    """Their group of this alert at the receiver that it reaches first."""
    (found,) = [
        group
        for group in groups
        if group["receiver"]["name"] == placed.people.channel
        and any(alert["annotations"] == {"n": str(number)} for alert in group["alerts"])
    ]
    return dict(found)


def _agree(ours: list[Placement], theirs: list[dict[str, Any]], config: Config) -> None:
    assert [placed.labels for placed in ours] == [group["labels"] for group in theirs]
    by_key = {
        placed.key: json.dumps(group["labels"]) + group["receiver"]["name"]
        for placed, group in zip(ours, theirs, strict=True)
    }
    assert len(set(by_key.values())) == len(by_key), "no two of ours are one of theirs"
    for placed, group in zip(ours, theirs, strict=True):
        assert by_key[placed.key] == json.dumps(group["labels"]) + group["receiver"]["name"], "and none is two"
    assert len(by_key) > 100
    assert len(config.team.channels) > 50
