"""Whatever alerts, silences and people say, what is drawn of them is taken by Slack, and pings nobody by accident."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.limits import fit_view
from bot.slack.views import alert, alert_details, alert_forms, choosing, lists, silence, why
from bot.slack.views.parts import modal
from bot.slack.views.state import GroupState, StormState
from bot.slack.views.why import Line
from bot.workspace.blocks.check import check_view
from core.alerts.asking import Asked
from core.alerts.silence_tables import Silence
from core.alerts.silencing import PastGroup, Preview
from core.alerts.spread import Spread
from core.alerts.storm import Members
from core.alerts.tables import GroupStatus, Verdict
from core.audit.tables import AuditEntry
from core.matchers import written
from tests.slack_views_support import (
    CONFIG,
    LONG,
    NOW,
    PEOPLE,
    PERSON,
    QUICK,
    TEXT,
    TIMES,
    group_states,
    is_taken,
)

SPREAD = st.lists(
    st.builds(
        Spread, TEXT, st.integers(2, 10**5), st.lists(st.tuples(LONG, st.integers(1, 9)), max_size=3).map(tuple)
    ),
    max_size=8,
)
VERDICTS = st.builds(Verdict, verdict=st.just("noise"), reason=LONG, given_by=PERSON.filter(bool), given_at=TIMES)
STORMS = st.builds(
    StormState,
    st.builds(Members, st.dictionaries(st.sampled_from(GroupStatus), st.integers(1, 10**5)), TIMES),
    st.lists(st.tuples(LONG, st.integers(1, 10**5), st.integers(1, 10**8)), max_size=8),
    st.integers(-8, 500),
)
MATCHERS = st.lists(
    st.fixed_dictionaries({"name": TEXT, "value": LONG, "isRegex": st.booleans(), "isEqual": st.booleans()}),
    max_size=9,
)
SILENCES = st.builds(
    Silence,
    id=st.uuids().map(str),
    matchers=MATCHERS,
    starts_at=TIMES,
    ends_at=TIMES,
    created_by=st.one_of(PERSON.filter(bool), LONG),
    comment=LONG,
    until_resolved=st.booleans(),
)
LINES = st.builds(Line, st.one_of(st.none(), TIMES), TEXT, LONG)


@st.composite
def states(draw: st.DrawFn) -> GroupState:
    """A group with all that may be known about it; sometimes a storm."""
    state = draw(group_states())
    state = replace(
        state, spread=draw(SPREAD), verdict=draw(st.one_of(st.none(), VERDICTS)), silenced_by=draw(PERSON)
    )
    return replace(state, storm=draw(st.one_of(st.none(), STORMS)))


def is_view(view: dict[str, Any]) -> None:
    check_view(fit_view(view), "modal", lambda _file: True)


@QUICK
@given(states())
def test_groups_and_storms(state: GroupState) -> None:
    is_taken(alert.message(state, PEOPLE))
    is_view(modal("details", "Alert", alert_details.details(state, 20)))


@QUICK
@given(st.lists(states(), max_size=3), st.integers(0, 10**5), st.integers(1, 99))
def test_lists(found: list[GroupState], more: int, page: int) -> None:
    is_taken(lists.asked(found, len(found) + more, Asked(page=page), PEOPLE))


@QUICK
@given(st.lists(LINES, max_size=90), group_states())
def test_stories(told: list[Line], state: GroupState) -> None:
    is_taken(why.message(state.group, told, PEOPLE))
    is_taken(why.foretold(told[:6], PEOPLE))


@QUICK
@given(st.lists(SILENCES, max_size=25), LONG)
def test_silences(silences: list[Silence], detail: str) -> None:
    is_taken(silence.listed(silences, PEOPLE))
    for each in silences[:1]:
        entry = AuditEntry(at=NOW, subject_id=each.id, detail=detail)
        is_taken(silence.ends_soon(entry, each, PEOPLE))


@QUICK
@given(LONG, LONG, st.lists(st.tuples(LONG, st.integers(0, 10**6)), max_size=3), MATCHERS)
def test_forms(text: str, comment: str, past: list[tuple[str, int]], matchers: list[dict[str, Any]]) -> None:
    last = [PastGroup(number, title, NOW - timedelta(days=1), 1, 1) for title, number in past]
    looked = silence.looked_back(3, [Preview(7, 2, 1, last), Preview(30, 2, 1, last, capped=True)])
    is_view(silence.form(silence.Entered(matchers=written(matchers) + text, comment=comment), looked, "12"))
    is_view(alert_forms.call(CONFIG.team, None, text))


@QUICK
@given(st.lists(group_states(), max_size=3))
def test_forms_about_groups(found: list[GroupState]) -> None:
    groups = [state.group for state in found]
    for number, group in enumerate(groups):
        group.id = number + 1
        is_view(alert_forms.noise(group, []))
        is_view(alert_forms.call(CONFIG.team, group))
    is_view(alert_forms.noise(None, groups))
    is_view(alert_forms.call(CONFIG.team, None, "", groups))
    for verb in choosing.QUESTIONS:
        is_taken(choosing.alert(verb, groups))
