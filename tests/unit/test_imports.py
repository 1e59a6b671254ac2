"""What `goldilocks import` makes of files of other tools: of good ones, of hostile ones, and how it writes."""

import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from bot.checks import check_directory
from bot.imports import alertmanager, grafana_oncall, pagerduty
from bot.imports.draft import Draft, Note
from bot.imports.files import Source
from bot.imports.names import Ids, said, slug
from bot.imports.people import Member, slack_members
from bot.imports.writing import written
from core.alerts.routing import place
from core.config.team import Team
from tests.imports_support import FILES, NOW, SLACK, again, alertmanagers, answers, go, imported, of, put


def told(made: Draft) -> str:
    return "\n".join(map(str, made.notes))


TOOLS = ("alertmanager", "grafana-oncall", "pagerduty")


@pytest.mark.parametrize("tool", TOOLS)
def test_what_is_written_is_read_again_as_the_same_team(tool: str, tmp_path: Path) -> None:
    made = of(tool)
    assert again(made, tmp_path).team == made.team
    assert check_directory(tmp_path) == 0


@settings(max_examples=25, deadline=None)
@given(alertmanagers())
def test_so_is_every_tree_of_routes(values: Any) -> None:
    made = alertmanager.draft(Source(Path("am.yml"), values), "data")
    with tempfile.TemporaryDirectory() as folder:
        assert again(made, Path(folder)).team == made.team


ODD = [
    "yes",
    "1e3",
    "- a",
    "a: b",
    "#x",
    "q\"'",
    "tab\there",
    "line\nbreak",
    "x\u2028y",
    "null",
    "Zoë 🦊",
    "C:\\d",
    " pad ",
]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_written_as_what_they_are(name: str, tmp_path: Path) -> None:
    base = of("pagerduty").team
    person = base.people[0].model_copy(update={"name": name.strip()})
    team = Team.model_validate({**base.model_dump(by_alias=True, exclude_unset=True), "team": name})
    made = Draft(team.model_copy(update={"people": [person, *team.people[1:]]}), (Note(name, name, name, "see"),))
    assert again(made, tmp_path).team == made.team


def test_alertmanagers_receivers_become_channels_pagers_and_policies() -> None:
    made = of("alertmanager")
    team = made.team
    assert [each.name for each in team.channels] == ["alerts", "data-oncall", "C0123456789"]
    assert [(each.id, each.routing_key) for each in team.pagers] == [
        ("pagerduty-primary", "env:PAGER_PAGERDUTY_PRIMARY"),
        ("late-pager", "env:PAGER_LATE_PAGER"),
    ]
    assert "0123456789abcdef" not in written(made, "x"), "no key is written"
    policy = team.policy_for("pagerduty-primary", "info")
    assert policy.named("webhook") == ["pagerduty-primary"], "a pager is called at every severity, as it was"
    watchdog = next(route for route in team.alerts.routes if route.id == "null")
    assert watchdog.digest, "what was dropped is told in a digest"
    assert (team.alerts.wait, team.alerts.interval, team.alerts.repeat) == (
        timedelta(seconds=30),
        timedelta(minutes=5),
        timedelta(hours=12),
    )
    assert [str(each) for each in team.alerts.inhibit[0].target] == ['severity=~"warning|info"']


@pytest.mark.parametrize(
    "said_of",
    [
        "alertmanager.yml:39 receivers.1.slack_configs.0: how messages look (title)",
        "1 email of “mail”",
        "1 webhook of “slack-web”",
        "mute_time_intervals: nights",
        "message templates",
        "the pager of “late-pager”, for alerts that an earlier route with continue takes as well",
        "group_by: ['...']",
    ],
)
def test_what_alertmanager_has_and_we_do_not_is_said_with_its_place(said_of: str) -> None:
    assert said_of in told(of("alertmanager"))


def test_values_of_matchers_are_texts_and_merged_keys_count(tmp_path: Path) -> None:
    file = tmp_path / "am.yml"
    file.write_text(
        "common: &c {group_by: [job], receiver: a}\n"
        "route: {receiver: a, routes: [{<<: *c, match: {code: 500, on: yes, v: 1.10}}]}\nreceivers: [{name: a}]\n"
    )
    made, config = imported(file)
    assert [str(each) for each in made.team.alerts.routes[0].match] == ['code="500"', 'on="yes"', 'v="1.10"']
    assert place({"code": "500", "on": "yes", "v": "1.10", "job": "x"}, config).labels == {"job": "x"}


def test_pagerduty_becomes_rotations_policies_routes_and_sources() -> None:
    team = of("pagerduty").team
    first = team.rotations[0]
    assert (first.members, [layer.id for layer in first.layers]) == (
        ["maya-chen", "amina-diallo", "jonas-weber"],
        ["berlin-hours"],
    )
    policy = team.escalation[0]
    assert (policy.repeat, policy.named("rotation"), policy.named("person")) == (
        2,
        ["data-primary", "data-secondary"],
        ["maya-chen"],
    )
    assert policy.acknowledgement is not None
    assert policy.acknowledgement.ask_after == timedelta(minutes=30)
    assert [str(each) for each in team.alerts.routes[0].match] == ['service="churn-model"']
    (source,) = team.sources
    assert source.labels == {"service": "churn-model"}
    assert {each.id: each.slack for each in team.people}["maya-chen"] == "U0MAYA000", "found by the mail address"


def as_terraform(answer: dict[str, Any]) -> dict[str, Any]:
    """The schedules and policies of the fixture as the provider keeps them: layers the other way round."""
    resources = []
    for each in answer["schedules"]:
        layers = [
            {**one, "users": [user["user"]["id"] for user in one["users"]], "restriction": one["restrictions"]}
            for one in reversed(each["schedule_layers"])
        ]
        values = {"id": each["id"], "name": each["name"], "time_zone": each["time_zone"], "layer": layers}
        resources.append({"type": "pagerduty_schedule", "values": values})
    for each in answer["escalation_policies"]:
        rules = [{**rule, "target": rule["targets"]} for rule in each["escalation_rules"]]
        resources.append({"type": "pagerduty_escalation_policy", "values": {**each, "rule": rules}})
    resources += [{"type": "pagerduty_user", "values": each} for each in answer["users"]]
    return {
        "format_version": "1.0",
        "terraform_version": "1.5.0",
        "values": {"root_module": {"resources": resources}},
    }


def test_terraforms_words_for_it_become_the_same_team() -> None:
    api = {key: value for each in answers("pagerduty") for key, value in each.values.items() if key != "services"}
    shown = as_terraform(api)
    flat = [
        {"type": r["type"], "instances": [{"attributes": r["values"]}]}
        for r in shown["values"]["root_module"]["resources"]
    ]
    state = {"version": 4, "terraform_version": "1.5.0", "resources": flat}
    expected = pagerduty.draft(answers("pagerduty", services={"services": []}), "data", SLACK, NOW)
    for values in (shown, state):
        made = pagerduty.draft([Source(Path("state.json"), values)], "data", SLACK, NOW)
        assert made.team == expected.team
        assert "which of its layers decides" in told(made)


def test_grafana_oncall_becomes_rotations_policies_and_routes() -> None:
    made = of("grafana-oncall")
    team = made.team
    first, second = team.rotations
    assert (first.members, first.user_group) == (["bob", "cy", "alex"], "S0GROUP00")
    assert second.imported == "env:FROM_CALENDAR_CALENDAR"
    assert "secret.ics" not in written(made, "x"), "no secret address is written"
    (policy,) = team.escalation
    assert [step.wait for step in policy.steps] == [
        timedelta(minutes=15),
        timedelta(minutes=5),
        timedelta(minutes=30),
    ]
    assert policy.repeat == 5
    (route,) = team.alerts.routes
    assert [[str(each) for each in inner.match] for inner in route.routes] == [
        ['severity="critical"', 'team="ml"']
    ]
    for said_of in (
        "2 people on call together",
        "oover",
        "months have no turns",
        "trigger_webhook",
        "us-(east|west)",
    ):
        assert said_of in told(made)


def test_hours_of_a_chain_delay_its_later_steps() -> None:
    hours = {"notify_if_time_from": "09:00:00Z", "notify_if_time_to": "18:00:00Z"}
    kinds: list[dict[str, Any]] = [
        {"type": "notify_persons", "persons_to_notify": ["UBOB"]},
        {"type": "notify_if_time_from_to", **hours},
        {"type": "notify_persons", "persons_to_notify": ["UCY"]},
    ]
    steps = [{"id": f"E{n}", "escalation_chain_id": "F", "position": n, **each} for n, each in enumerate(kinds)]
    chains = {"results": [{"id": "F", "name": "f", "team_id": None}]}
    changed = {"escalation_policies": {"results": steps}, "escalation_chains": chains}
    policy = grafana_oncall.draft(answers("grafana-oncall", **changed), "data", {}, NOW).team.escalation[0]
    assert [step.hours is None for step in policy.steps] == [True, False]
    assert policy.steps[1].hours is not None
    assert not policy.steps[1].hours.ignored_for


def test_pages_of_one_answer_may_be_in_several_files() -> None:
    users = [{"id": f"U{n}", "username": f"u{n}", "email": "e", "slack": None} for n in range(3)]
    page = {"count": 3, "next": "https://next", "previous": None, "results": users[:2]}
    more = {"count": 3, "next": None, "previous": "https://first", "results": users[2:]}
    made = grafana_oncall.draft(answers("grafana-oncall", extra=page, extra2=more), "data", {}, NOW)
    assert len(made.team.people) == 7, "those of the calendar's schedule, whom its events may name"


def test_people_are_found_in_slacks_lists_by_their_mail_addresses() -> None:
    csv = "username,email,userid,fullname\nmaya,Maya@Example.com,U1,Maya Chen\n"
    assert slack_members(csv, "m.csv") == {"maya@example.com": Member("U1", "Maya Chen")}
    gone = {"id": "U2", "deleted": True, "profile": {"email": "b@example.com"}}
    here = {"id": "U1", "profile": {"email": "a@example.com", "real_name": "Ada"}}
    assert slack_members(json.dumps({"members": [gone, here]}), "u") == {"a@example.com": Member("U1", "Ada")}


@pytest.mark.parametrize(
    ("text", "said_of"),
    [
        ("{", "not valid JSON"),
        ('{"ok": false}', "no “members” in it"),
        ('{"members": [], "response_metadata": {"next_cursor": "x"}}', "the first page only"),
        ("a,b\n1,2\n", "has the columns email and userid"),
    ],
)
def test_a_list_of_slacks_that_cannot_be_used_is_told(
    text: str, said_of: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "slack").write_text(text)
    assert go("pagerduty", FILES / "pagerduty", slack=tmp_path / "slack") == 2
    assert said_of in capsys.readouterr().err


def test_ids_are_made_of_names_and_differ() -> None:
    ids = Ids("person")
    names = ["Zoë Å", "zoe a", "日本", "x" * 99]
    made = [ids.of(str(number), name) for number, name in enumerate(names)]
    assert made == ["zoe-a", "zoe-a-2", "person", "x" * 63]
    assert ids.of("0", "other") == "zoe-a"
    assert slug("-- --", "thing") == "thing"
    assert said("a {here}\n b", "x") == "a (here) b"


def test_without_group_by_all_is_one_group(tmp_path: Path) -> None:
    file = put({"route": {"receiver": "a"}, "receivers": [{"name": "a"}]}, tmp_path / "a.yml")
    made, config = imported(file)
    assert made.team.alerts.by == [], "as there: one group for all"
    assert place({"x": "1"}, config).key == place({"x": "2"}, config).key
