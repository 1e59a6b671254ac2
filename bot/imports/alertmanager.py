"""Alertmanager's `alertmanager.yml` as a team: its route tree, receivers and inhibitions. Pure.

Alertmanager knows no people. The one person and the rotation that a team needs are placeholders.
"""

from collections.abc import Mapping
from typing import Any

from bot.imports import alertmanager_inhibit, alertmanager_routes
from bot.imports.alertmanager_receivers import Receivers
from bot.imports.draft import Draft, Note, Notes, SourceError, team_of
from bot.imports.files import Source
from bot.imports.names import Channels
from bot.imports.shapes import Alertmanager, AmOthers, fit
from bot.imports.steps import a_page
from core.config.placeholders import placeholder

CARRIED = ("global", "route", "receivers", "inhibit_rules", "inhibit_rule")
INTERVALS = ("time_intervals", "mute_time_intervals")
NOBODY = "somebody"


def draft(source: Source, team: str) -> Draft:
    """The team that this file describes; SourceError for a file that is none of Alertmanager's."""
    values = _whole(source)
    notes, channels = Notes(), Channels()
    receivers = Receivers(source, values, channels, notes)
    root = alertmanager_routes.Tree(source, receivers, notes)
    alerts = root.alerts(values["route"])
    alerts["inhibit"] = alertmanager_inhibit.rules(source, values.get("inhibit_rules") or [], notes)
    if receivers.drops:
        alerts["digests"] = {"every": "day", "at": "09:00"}
    _left_behind(source, values, notes)
    made = {
        "team": team,
        "people": [{"id": NOBODY, "name": "Somebody on call", "slack": placeholder("U", 1)}],
        "channels": list(channels.found.values()),
        "rotations": [_rotation(receivers.default)],
        "escalation": [a_page(receivers.default), *receivers.policies],
        "pagers": list(receivers.pagers.values()),
        "alerts": alerts,
    }
    comments = {
        f"people.{NOBODY}": "Alertmanager knows no people: put yours here, and into the rotation",
        "alerts": "the routes of alertmanager.yml, in the same order",
        **receivers.comments,
    }
    return Draft(team_of(made, source.file.name), (*_about(source), *notes.found), comments)


def _whole(source: Source) -> dict[str, Any]:
    values, file = source.values, source.file
    if not isinstance(values, Mapping):
        raise SourceError(f"{file}:1: there must be “route:” and “receivers:” here, as in an alertmanager.yml")
    if "scrape_configs" in values or "rule_files" in values:
        raise SourceError(
            f"{file}:1: this is Prometheus's own configuration; give the alertmanager.yml it sends to"
        )
    if values.get("kind") in ("Secret", "ConfigMap", "AlertmanagerConfig"):
        raise SourceError(
            f"{file}:1: this is a {values['kind']} of Kubernetes; take the alertmanager.yaml out of it, or fetch what "
            "runs: curl ALERTMANAGER/api/v2/status | jq -r .config.original"
        )
    if not isinstance(values.get("route"), Mapping) or not isinstance(values.get("receivers"), list):
        raise SourceError(
            f"{file}:1: no “route:” with “receivers:” in it, so this is no alertmanager.yml; is it another tool's?"
        )
    plain = {key: value or None for key, value in values.items()}
    fit(source, Alertmanager, plain)
    for number, receiver in enumerate(plain["receivers"] or []):
        configs = {key: value or None for key, value in receiver.items() if key.endswith("_configs")}
        fit(source, AmOthers, configs, ("receivers", number))
    return plain


def _rotation(channel: str) -> dict[str, Any]:
    return {
        "id": "oncall",
        "title": "On call",
        "handoff": {"on": "monday", "at": "09:00"},
        "starts": "2026-01-05",
        "members": [NOBODY],
        "channel": channel,
    }


def _about(source: Source) -> list[Note]:
    return [
        Note(
            source.at(("receivers",)),
            "receivers that only post in Slack",
            "here an alert of severity critical or error, or of none, also calls whoever is on call (policy “page”)",
            "say by_severity in the policy, or give alerts that may wait the severity warning or info",
        )
    ]


def _left_behind(source: Source, values: Mapping[str, Any], notes: Notes) -> None:
    for key in values:
        if key in INTERVALS:
            continue  # told where a route uses them
        if key == "templates":
            notes.add(
                source.at((key,)),
                "message templates",
                "messages are Goldilocks's own",
                "put what people need into the alert's annotations: title, summary, description",
            )
        elif key not in CARRIED:
            notes.add(source.at((key,)), f"“{key}”", "it is not known here", "look whether you need it")
