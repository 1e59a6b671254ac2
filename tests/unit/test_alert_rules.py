"""Fingerprints, severities, grouping, routes and times: the pure rules about alerts."""

from datetime import UTC, datetime, timedelta

import pytest

from core.alerts.activity import SETTLING, Activity, Ending, activity, follow, is_echo, merge
from core.alerts.delivery import texts
from core.alerts.grouping import group_key, group_labels, route, summary, title
from core.alerts.labels import RefusedError, clean, fingerprint
from core.alerts.severity import Severity, pages, severity_of, worst
from core.config.load import Config
from tests.alerts_support import api, webhook

NOW = datetime(2013, 2, 11, 13, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("labels", "known"),
    [
        # Values of Prometheus's own tests (common/model/signature_test.go).
        ({}, 14695981039346656037),
        ({"name": "garland, briggs", "fear": "love is not enough"}, 5799056148416392346),
        ({"first-label": "first-label-value"}, 5146282821936882169),
        (
            {
                "first-label": "first-label-value",
                "second-label": "second-label-value",
                "third-label": "third-label-value",
            },
            13843036195897128121,
        ),
    ],
)
def test_fingerprints_are_alertmanagers(labels: dict[str, str], known: int) -> None:
    assert fingerprint(labels) == f"{known:016x}"
    assert fingerprint(dict(reversed(labels.items()))) == f"{known:016x}"


def test_labels_without_value_are_absent() -> None:
    assert clean({"a": "", "b": "x"}) == {"b": "x"}
    assert clean({"k8s.pod.name": "x", "größe": "1"}) == {"k8s.pod.name": "x", "größe": "1"}


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ({}, "at least one label"),
        ({"a": ""}, "at least one label"),
        ({"": "x"}, "invalid label name"),
        ({"a\x1b[0m": "x"}, "control characters"),
        ({"a" * 257: "x"}, "257 characters"),
        ({"a": "x" * 2_049}, "2049 characters"),
        ({f"l{i}": "x" for i in range(65)}, "65 labels, and at most 64"),
    ],
)
def test_labels_that_cannot_be_an_identity_are_refused(labels: dict[str, str], says: str) -> None:
    with pytest.raises(RefusedError, match=says):
        clean(labels)


def test_texts_are_cut_with_a_count_and_told_apart() -> None:
    long = texts({"a": "x" * 12_345}, "http://x/" + "y" * 9_000)
    assert long.annotations["a"].endswith("… (2,345 more characters cut)")
    assert long.generator_url == ""
    assert texts({"a": "1", "b": "2"}).digest == texts({"b": "2", "a": "1"}).digest
    assert texts({"a": "1"}).digest != texts({"a": "2"}).digest != texts({"a": "2"}, "http://x").digest
    with pytest.raises(RefusedError, match="65 annotations"):
        texts({f"a{i}": "x" for i in range(65)})


@pytest.mark.parametrize(
    ("label", "severity", "reason"),
    [
        ("page", Severity.CRITICAL, "severity_pages"),
        ("Critical", Severity.CRITICAL, "severity_pages"),
        ("error", Severity.ERROR, "severity_pages"),
        ("", Severity.ERROR, "severity_pages"),
        ("sev-17", Severity.ERROR, "severity_pages"),
        (" warning ", Severity.WARNING, "severity_waits"),
        ("none", Severity.INFO, "severity_waits"),
    ],
)
def test_severity_decides_who_is_called(label: str, severity: Severity, reason: str) -> None:
    assert severity_of({"severity": label}) is severity
    assert pages(severity).reason == reason


def test_the_worst_severity_counts() -> None:
    assert worst(Severity.WARNING, Severity.CRITICAL, Severity.INFO) is Severity.CRITICAL
    assert worst() is Severity.INFO


def test_groups_have_in_common_what_the_team_says() -> None:
    labels = {"alertname": "A", "zone": "b"}
    assert group_labels(labels, ["pipeline", "alertname"]) == {"alertname": "A"}
    assert group_key(labels, ["pipeline", "alertname"]) == group_key({"alertname": "A"}, ["alertname", "pipeline"])
    assert group_key({"a": "b,c"}, ["a", "c"]) != group_key({"a": "b", "c": ","}, ["a", "c"])


def test_a_known_pipeline_takes_its_alerts(config: Config) -> None:
    flights, team = config.pipelines["flights"], config.team.alerts
    assert route({"pipeline": "flights"}, config) == (
        "flights",
        flights.channel,
        flights.rotation,
        flights.escalation,
    )
    for labels in ({}, {"pipeline": "other"}):
        assert route(labels, config) == (None, team.channel, team.rotation, team.policy)


def test_a_group_is_called_after_what_it_says_about_itself() -> None:
    assert title({"alertname": "A"}, {"title": "Accuracy fell"}) == "Accuracy fell"
    assert title({"b": "2", "a": "1"}, {}) == "a=1"
    assert title({"alertname": " ", "team": "data"}, {"title": "\n"}) == "alertname=", "never nothing at all"
    assert len(title({"alertname": "x" * 999}, {})) == 150
    assert summary({"message": "m", "description": "d"}) == "d"
    assert summary({"summary": " ", "description": " d\n"}) == "d"
    assert summary({}) == ""


def at(start: int, end: int | None, explicit: bool = True) -> Activity:
    return Activity(NOW + start * MINUTE, None if end is None else NOW + end * MINUTE, explicit)


@pytest.mark.parametrize(
    ("old", "new", "merged"),
    [
        (at(-9, 1), at(-1, 5), at(-9, 5)),  # still firing: the earliest start, the newest end
        (at(-9, 9), at(-1, 5, False), at(-9, 9)),  # a stated later end outranks a timeout
        (at(-9, 9, False), at(-1, 5, False), at(-9, 5, False)),  # a timeout outranks nothing
        (at(-9, 9), at(-9, -1), at(-9, -1)),  # the end is told
        (at(-9, -1), at(-9, -2), at(-9, -1)),  # of two ends the later
        (at(-9, -3), at(-1, 5), at(-1, 5)),  # over before it began again: afresh
        (at(-9, None, False), at(-9, 0), at(-9, 0)),
        (at(-9, 9), at(-1, None, False), at(-9, None, False)),
    ],
)
def test_merging_follows_alertmanager(old: Activity, new: Activity, merged: Activity) -> None:
    assert merge(old, new, NOW) == merged


def test_what_a_sender_leaves_out_is_filled_in() -> None:
    assert activity(api(), NOW) == at(0, 5, False)
    assert activity(api(ends_at=NOW - MINUTE), NOW) == at(-1, -1)
    assert activity(webhook(starts_at=NOW), NOW) == at(0, None, False)


def test_an_echo_is_what_began_before_the_end_and_comes_soon_after_it() -> None:
    by_person = Ending(NOW - 9 * MINUTE, NOW, explicit=True, by_person=True)
    by_sender = by_person._replace(by_person=False)
    beat, late = api(starts_at=NOW - 9 * MINUTE), webhook(starts_at=NOW - 9 * MINUTE)
    assert is_echo(beat, by_person, NOW + MINUTE)
    assert is_echo(api(), by_person, NOW + MINUTE)
    assert not is_echo(api(starts_at=NOW + MINUTE), by_person, NOW + MINUTE)
    assert not is_echo(beat, by_person, NOW + SETTLING)
    assert is_echo(late, by_sender, NOW + MINUTE)
    assert not is_echo(beat, by_sender, NOW + MINUTE), "Prometheus says that it fires now"
    assert not is_echo(late, by_sender._replace(explicit=False), NOW + MINUTE), "it had only timed out"


def test_deliveries_are_followed_in_order() -> None:
    start = NOW - 9 * MINUTE
    fires, ends = webhook(starts_at=start), webhook(starts_at=start, ends_at=NOW)
    assert follow(None, None, [fires, ends, fires], NOW) == (Activity(start, NOW, True), 2, 1)
    assert follow(None, None, [ends], NOW) == (None, 0, 0)
    assert follow(at(-9, -2), None, [webhook(starts_at=NOW)], NOW).activity == at(0, None, False)


def test_a_start_ahead_without_an_end_is_of_a_wrong_clock() -> None:
    """An Alertmanager answers 400, and the alert is lost: with the resolve timeout it would end before it starts."""
    days = NOW + 5_000 * MINUTE
    first = activity(api(starts_at=days), NOW)
    assert first == at(0, 5, False)
    assert merge(first, activity(api(starts_at=days), NOW + MINUTE), NOW + MINUTE) == at(0, 6, False)
    assert activity(webhook(starts_at=days), NOW) == at(0, None, False)
    stated = api(starts_at=days, ends_at=days + MINUTE)
    assert activity(stated, NOW) == Activity(days, days + MINUTE, True), "as in an Alertmanager"


def test_a_start_ahead_does_not_contradict_a_person() -> None:
    """Else what somebody resolved would call again with every repetition."""
    ended = Ending(NOW - 9 * MINUTE, NOW, explicit=False, by_person=True)
    again = api(starts_at=NOW + 5_000 * MINUTE)
    assert is_echo(again, ended, NOW + MINUTE)
    assert not is_echo(again, ended, NOW + SETTLING), "what still fires then deserves a page"
    assert not is_echo(webhook(starts_at=NOW + 5_000 * MINUTE), ended, NOW), "it may not be told again"
