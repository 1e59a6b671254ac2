"""What holds for every tree of routes, every set of labels, every inhibition and every rhythm of telling."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.alerts.asking import Asked, parse, written
from core.alerts.inhibition import Inhibiting, Source, by_digest, inhibited_by, source_of
from core.alerts.routing import matching, place
from core.alerts.silencing import warn_at
from core.alerts.storm import Course, Members, course
from core.alerts.tables import AlertGroup, GroupStatus
from core.alerts.timing import telling
from core.config.alerts import Inhibition, Route, Storm, Timing
from core.matchers import Matcher
from core.matchers import parse as parse_matcher
from tests.oncall_support import config as team_config

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES, VALUES = st.sampled_from("abc"), st.sampled_from(["", "x", "y"])
LABELS = st.dictionaries(NAMES, st.sampled_from(["x", "y"]), min_size=1)
MATCHERS = st.builds(Matcher, NAMES, VALUES, st.just(False), st.booleans())
QUICK = settings(max_examples=120, deadline=None)


@st.composite
def trees(draw: st.DrawFn, depth: int = 2) -> list[Route]:
    """Routes in routes; ids are unique by their place."""
    count = draw(st.integers(0, 3))
    return [
        Route.model_validate(
            {
                "id": f"r{depth}-{number}-{draw(st.integers(0, 10**9))}",
                "match": draw(st.lists(MATCHERS, max_size=2)),
                "continue": draw(st.booleans()),
                "channel": draw(st.sampled_from(["flights", "oncall", None])),
                "routes": draw(trees(depth - 1)) if depth else [],
            }
        )
        for number in range(count)
    ]


@QUICK
@given(trees(), LABELS)
def test_every_route_of_a_path_matches_and_only_continue_leads_on(
    routes: list[Route], labels: dict[str, str]
) -> None:
    found = matching(routes, labels)
    for path in found:
        assert all(matcher.holds(labels) for route in path for matcher in route.match)
        assert not matching(path[-1].routes, labels), "the innermost counts"
    first = next((r for r in routes if all(m.holds(labels) for m in r.match)), None)
    assert (found[0][0] if found else None) is first
    tops = list(dict.fromkeys(id(path[0]) for path in found))
    by_id = {id(route): route for route in routes}
    assert all(by_id[top].go_on for top in tops[:-1])


@QUICK
@given(trees(), LABELS, LABELS, st.lists(NAMES, min_size=1, max_size=2, unique=True))
def test_alerts_are_one_group_exactly_if_they_share_what_is_grouped_by(
    routes: list[Route], one: dict[str, str], other: dict[str, str], by: list[str]
) -> None:
    alerts = {"channel": "oncall", "rotation": "flights", "policy": "page", "by": by}
    config = team_config(alerts=alerts)
    same = [one.get(name, "") for name in by] == [other.get(name, "") for name in by]
    assert (place(one, config).key == place(other, config).key) == same
    placed = place(one, team_config(alerts={**alerts, "routes": routes}))
    assert placed.people.channel not in placed.copies
    assert placed.key == place(one, config).key, "where an alert goes does not change with what it is grouped"


@QUICK
@given(st.lists(MATCHERS, min_size=1, max_size=2), st.lists(MATCHERS, min_size=1, max_size=2), LABELS, LABELS)
def test_nothing_inhibits_itself_and_no_two_inhibit_each_other(
    source: list[Matcher], target: list[Matcher], one: dict[str, str], other: dict[str, str]
) -> None:
    rule = Inhibition.model_validate({"id": "i", "source": source, "target": target, "equal": ["a"]})
    rules = by_digest([rule])

    def quiet(labels: dict[str, str], by: dict[str, str]) -> bool:
        sources = [Source(1, 1, "f", by, name, equal) for name, equal in source_of(by, rules).items()]
        return inhibited_by(labels, Inhibiting(rules, sources)) is not None

    assert not quiet(one, one)
    assert not (quiet(one, other) and quiet(other, one))


SPANS = st.integers(0, 600).map(lambda seconds: timedelta(seconds=seconds))


@QUICK
@given(st.sampled_from(GroupStatus), SPANS, SPANS, SPANS, st.booleans(), st.booleans())
def test_people_hear_of_a_group_not_before_its_wait_and_of_changes_at_once(
    status: GroupStatus, wait: timedelta, interval: timedelta, age: timedelta, changed: bool, heard: bool
) -> None:
    group = AlertGroup(
        status=status, opened_at=NOW - age, revision=int(heard), told_at=NOW - age if heard else None
    )
    timing = Timing.model_construct(wait=wait, interval=interval, repeat=timedelta())
    at = telling(group, timing, changed, NOW).at
    if not heard and status == GroupStatus.RESOLVED:
        assert at is None
    elif not heard:
        assert at == max(NOW, group.opened_at + wait)
    else:
        assert at == NOW if changed else at == max(NOW, group.opened_at + interval)


@QUICK
@given(st.dictionaries(st.sampled_from(GroupStatus), st.integers(1, 40)), SPANS, st.booleans())
def test_a_storm_never_lets_go_of_what_would_call_by_itself(counts: Any, age: timedelta, answered: bool) -> None:
    rule, members = Storm(groups=20), Members(counts, NOW - age)
    became = course(members, answered, rule, NOW)
    assert (became is Course.END) == (members.open == 0)
    if became is Course.UNFOLD:
        assert members.open <= rule.groups
        assert age >= rule.quiet
        assert answered or members.firing == 0


@QUICK
@given(st.integers(1, 40 * 86_400))
def test_the_word_before_a_silence_ends_comes_while_it_is_in_force(seconds: int) -> None:
    end = NOW + timedelta(seconds=seconds)
    at = warn_at(NOW, end)
    assert at is None or (NOW < at < end and end - at <= timedelta(hours=1))
    assert (at is None) == (seconds < 1_800)


@QUICK
@given(
    st.lists(st.sampled_from(GroupStatus), max_size=3, unique=True),
    st.booleans(),
    st.booleans(),
    st.lists(st.sampled_from(["disk", "Latenz", "nyc-7"]), max_size=2),
    st.integers(1, 99),
)
def test_a_list_that_is_turned_asks_for_the_same(
    statuses: list[GroupStatus], everything: bool, mine: bool, named: list[str], page: int
) -> None:
    asked = Asked(
        tuple(statuses), everything, mine, "flights", older=timedelta(hours=2), named=tuple(named), page=1
    )
    assert parse(written(asked, page)) == replace(asked, page=page)


@QUICK
@given(NAMES, st.text(max_size=20).filter(lambda text: "\x00" not in text), st.booleans(), st.booleans())
def test_a_matcher_is_read_as_it_was_written(name: str, value: str, is_regex: bool, is_equal: bool) -> None:
    matcher = Matcher(name, value, is_regex, is_equal)
    assert parse_matcher(str(matcher)) == matcher
