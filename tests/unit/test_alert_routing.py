"""Routes, causes and inhibitions of the team's YAML: what they mean, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest

from core.alerts.inhibition import Inhibiting, Source, by_digest, digest, inhibited_by, source_of
from core.alerts.routing import explain, matching, named, place, place_all, timing_of
from core.config.alerts import Inhibition, Route
from core.config.load import Config
from tests.oncall_support import TEAM
from tests.oncall_support import config as team_config

FLIGHTS = Path(__file__).parents[2] / "examples" / "flights"
PLACES = {"data": "/data", "python": "python", "serving": "http://127.0.0.1:1"}

ROUTES: list[dict[str, Any]] = [
    {"id": "audit", "match": ['severity="critical"'], "channel": "flights", "continue": True},
    {
        "id": "data",
        "match": ['team=~"data|warehouse"'],
        "channel": "oncall",
        "wait": "30s",
        "repeat": "4h",
        "routes": [
            {"id": "nightly", "match": ['job="nightly"'], "channel": "flights", "by": ["job"], "wait": "2m"}
        ],
    },
    {"id": "model", "match": ['kind="model"'], "pipeline": "flights"},
]
CAUSES = ["table", {"label": "deploy", "also": ["version"], "within": ["pipeline"]}]


def team(**alerts: Any) -> Config:
    base = {"channel": "oncall", "rotation": "flights", "policy": "page"}
    return team_config(alerts={**base, **alerts})


def reasons(labels: dict[str, str], config: Config) -> list[str]:
    return [reason.name for reason in explain(labels, config)]


def test_the_first_route_that_matches_counts_and_the_inner_one_says_more() -> None:
    config = team(routes=ROUTES)
    placed = place({"team": "data", "job": "nightly"}, config)
    assert (placed.route, placed.people.channel, placed.labels) == ("data/nightly", "flights", {"job": "nightly"})
    assert (placed.timing.wait.seconds, placed.timing.repeat.seconds) == (120, 4 * 3600)
    assert place({"team": "data"}, config).route == "data"
    assert timing_of(config, "data").wait.seconds == 30
    assert timing_of(config, "data/gone").wait.seconds == timing_of(config, "").wait.seconds == 0


def test_a_route_to_a_pipeline_goes_to_its_people(config: Config) -> None:
    placed = place({"kind": "model"}, team(routes=ROUTES))
    assert placed.people.pipeline == "flights"
    assert placed.people == place({"pipeline": "flights"}, team()).people


def test_with_continue_later_routes_get_a_copy() -> None:
    config = team(routes=ROUTES)
    placed = place({"severity": "critical", "team": "data"}, config)
    assert (placed.route, placed.people.channel, placed.copies) == ("audit", "flights", ("oncall",))
    same = place({"severity": "critical", "team": "data", "job": "nightly"}, config)
    assert same.copies == ()
    assert reasons({"severity": "critical", "team": "data"}, config)[:2] == ["route", "copied"]
    assert "also_matches" in reasons({"severity": "critical", "team": "data", "job": "nightly"}, config)


def test_without_routes_everything_is_as_it_was() -> None:
    config = team()
    assert reasons({"pipeline": "flights"}, config) == ["pipeline", "labels"]
    assert reasons({"rotation": "flights"}, config) == ["rotation", "labels"]
    assert reasons({}, config) == ["catch_all", "labels"]


def test_an_alert_may_name_the_rotation_that_it_is_for() -> None:
    first = TEAM["rotations"][0]
    rotations = [first, {**first, "id": "rides", "channel": "flights"}]
    config = team_config(
        rotations=rotations, alerts={"channel": "oncall", "rotation": "flights", "policy": "page"}
    )
    assert place({"rotation": "rides"}, config).people == (None, "flights", "rides", "page")
    assert place({"rotation": "gone"}, config).people == (None, "oncall", "flights", "page")


def test_alerts_that_name_one_table_are_one_group_whatever_they_call_it() -> None:
    config = team(causes=[{"label": "table", "also": ["upstream"]}])
    one = place({"pipeline": "flights", "alertname": "Late", "table": "orders"}, config)
    other = place({"pipeline": "other", "alertname": "Nulls", "upstream": "orders"}, config)
    assert one.key == other.key
    assert one.labels == {"table": "orders"}
    assert place({"alertname": "Nulls", "upstream": "users"}, config).key != one.key
    assert "cause" in reasons({"upstream": "orders"}, config)


def test_the_first_cause_counts_and_a_version_is_one_of_its_pipeline() -> None:
    config = team(causes=CAUSES)
    assert place({"table": "t", "deploy": "v2"}, config).labels == {"table": "t"}
    assert (
        place({"version": "v2", "pipeline": "a"}, config).key
        != place({"version": "v2", "pipeline": "b"}, config).key
    )
    routed = team(causes=CAUSES, routes=[{"id": "own", "match": ["own=yes"], "by": ["own"]}])
    assert place({"own": "yes", "table": "t"}, routed).labels == {"own": "yes"}, "a route's own grouping wins"


def test_matching_follows_the_order_of_the_file() -> None:
    routes = [Route.model_validate(each) for each in ROUTES]
    assert [named(path) for path in matching(routes, {"severity": "critical", "team": "data"})] == [
        "audit",
        "data",
    ]
    assert [named(path) for path in matching(routes, {"team": "data", "kind": "model"})] == ["data"], (
        "it ends there"
    )
    assert matching(routes, {"a": "b"}) == []


def test_a_route_that_says_what_it_groups_by_has_groups_of_its_own() -> None:
    a = {"id": "a", "match": ["team=a"], "by": ["job"], "routes": [{"id": "in", "match": ["in=yes"]}]}
    config = team(by=["job"], routes=[a, {"id": "b", "match": ["team=b"], "by": ["job"]}, {"id": "c", "by": []}])
    nightly = {"job": "nightly"}
    keys = [place({**nightly, **more}, config).key for more in ({"team": "a"}, {"team": "b"}, {"team": "c"}, {})]
    assert len(set(keys)) == 3, "neither with each other's nor with the team's"
    assert keys[2] == keys[3] == place({"job": "hourly"}, config).key, "grouped by nothing, all of it is one"
    inner = place({**nightly, "team": "a", "in": "yes"}, config)
    assert (inner.key, inner.route) == (keys[0], "a/in"), "what says nothing itself is as around it"


def test_what_was_decided_for_one_alert_is_not_said_of_another_that_a_route_tells_apart() -> None:
    config = team(routes=[{"id": "hosts", "match": ["kind=host"], "by": ["host"]}])
    alerts = [{"kind": "host", "host": each} for each in ("a", "b", "a")]
    assert place_all(alerts, config) == [place(each, config) for each in alerts]
    assert len({placed.key for placed in place_all(alerts, config)}) == 2
    assert place_all(alerts, team()) == [place(each, team()) for each in alerts], "nor by another configuration"


@pytest.mark.parametrize(
    ("timing", "name", "said"),
    [
        ({"wait": "30s"}, "waits", "People hear of it 30s after it opens, for more to come in."),
        ({"interval": "5m"}, "interval", "Alerts that join or end are told every 5m at most."),
        ({"repeat": "4h"}, "repeats", "While it goes on, people are reminded every 4h."),
    ],
)
def test_when_people_hear_of_it_is_part_of_the_story(timing: dict[str, str], name: str, said: str) -> None:
    assert (name, said) in explain({"alertname": "Late"}, team(**timing))
    assert name not in reasons({"alertname": "Late"}, team())


def test_the_story_names_what_the_group_has_in_common() -> None:
    told = {reason.name: reason.detail for reason in explain({"pipeline": "flights"}, team())}
    assert told["labels"].endswith("one group for pipeline=flights.")
    told = {reason.name: reason.detail for reason in explain({"host": "a"}, team(routes=[{"id": "all"}]))}
    assert told["labels"].endswith("one group for none of the labels.")
    assert told["route"].startswith("Route “all” takes everything: ")


INHIBIT: dict[str, Any] = {
    "id": "down",
    "source": ['alertname="TableDown"'],
    "target": ['severity=~"warning|error"'],
    "equal": ["table"],
}


def source(labels: dict[str, str], rule: Inhibition) -> Source:
    return Source(1, 1, "f", labels, digest(rule), source_of(labels, by_digest([rule]))[digest(rule)])


def test_a_source_explains_what_shares_its_labels() -> None:
    rule = Inhibition.model_validate(INHIBIT)
    down = {"alertname": "TableDown", "table": "orders", "severity": "error"}
    firing = Inhibiting(by_digest([rule]), [source(down, rule)])
    assert inhibited_by({"severity": "warning", "table": "orders"}, firing)
    assert inhibited_by({"severity": "warning", "table": "users"}, firing) is None
    assert inhibited_by({"severity": "critical", "table": "orders"}, firing) is None
    assert inhibited_by(down, firing) is None, "nothing inhibits itself"
    twin = {**down, "replica": "b"}
    assert inhibited_by(twin, firing) is None, "two that are both source and target do not inhibit each other"


@pytest.mark.parametrize(
    ("labels", "explained"),
    [
        ({"severity": "warning", "table": "orders", "zone": "a", "kind": "lag"}, True),
        ({"severity": "warning", "table": "orders", "zone": "b", "kind": "lag"}, False),
        ({"severity": "warning", "table": "orders", "zone": "a"}, False),
        ({"severity": "error", "table": "orders", "zone": "a", "kind": "lag", "alertname": "TableDown"}, True),
    ],
    ids=["all of it", "another zone", "one matcher of two", "a source of which the other is no target"],
)
def test_every_matcher_holds_and_every_label_in_equal_is_the_same(labels: dict[str, str], explained: bool) -> None:
    rule = Inhibition.model_validate(
        {**INHIBIT, "target": [*INHIBIT["target"], "kind=lag"], "equal": ["table", "zone"]}
    )
    down = {"alertname": "TableDown", "table": "orders", "zone": "a", "severity": "critical"}
    assert bool(inhibited_by(labels, Inhibiting(by_digest([rule]), [source(down, rule)]))) == explained


def test_a_label_that_both_lack_is_the_same() -> None:
    rule = Inhibition.model_validate(INHIBIT)
    firing = Inhibiting(by_digest([rule]), [source({"alertname": "TableDown"}, rule)])
    assert inhibited_by({"severity": "warning"}, firing)


def test_a_changed_rule_does_not_go_on_with_old_sources() -> None:
    rule = Inhibition.model_validate(INHIBIT)
    changed = Inhibition.model_validate({**INHIBIT, "equal": []})
    old = source({"alertname": "TableDown", "table": "orders"}, rule)
    assert (
        inhibited_by({"severity": "warning", "table": "orders"}, Inhibiting(by_digest([changed]), [old])) is None
    )
