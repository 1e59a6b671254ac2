"""Laws of error budgets: what they say follows from the period's own metric."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.slo.budget import Objective, Reading, budget_of, burn, windows_left
from core.evaluation.slo.state import State, stand

GRAVITY = [State.MET, State.AT_RISK, State.BREACHED]
shares = st.floats(0.0, 1.0)
readings = st.lists(st.builds(Reading, st.one_of(st.none(), shares), st.integers(1, 500)), min_size=2, max_size=28)
objectives = st.builds(Objective, st.floats(0.05, 0.95))
full = st.lists(st.builds(Reading, shares, st.integers(1, 500)), min_size=4, max_size=28)


@given(readings, objectives)
def test_the_budget_is_spent_exactly_when_the_period_misses_the_objective(
    period: list[Reading], objective: Objective
) -> None:
    budget = budget_of(period, objective)
    known = [(each.value, each.labels) for each in period if each.value is not None]
    if not known:
        assert budget is None
        return
    assert budget is not None
    metric = sum(value * labels for value, labels in known) / sum(labels for _, labels in known)
    assert budget.value == pytest.approx(metric)
    if abs(metric - objective.value) > 1e-9:
        assert (budget.spent > 1) is (metric < objective.value)


@given(full, objectives, st.randoms())
def test_the_order_within_the_period_does_not_change_what_is_spent(
    period: list[Reading], objective: Objective, random: object
) -> None:
    shuffled = list(period)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert burn(shuffled, objective) == pytest.approx(burn(period, objective))


@given(full, objectives, st.integers(0, 27), st.floats(0.0, 1.0))
def test_a_worse_window_never_makes_the_state_better(
    period: list[Reading], objective: Objective, place: int, share: float
) -> None:
    index = place % len(period)
    value = period[index].value
    assert value is not None
    worse = [*period]
    worse[index] = replace(period[index], value=value * share)
    before, after = (stand(each, objective, 1).state for each in (period, worse))
    spent_before, spent_after = burn(period, objective), burn(worse, objective)
    assert spent_before is not None
    assert spent_after is not None
    assert spent_after >= spent_before - 1e-9
    if index == len(period) - 1:  # an older window that was worse leaves the period sooner, which is good news
        assert GRAVITY.index(after) >= GRAVITY.index(before)


@given(full, objectives, st.floats(0.0, 3.0), st.integers(1, 28))
def test_the_forecast_is_what_comes_when_things_go_on(
    period: list[Reading], objective: Objective, rate: float, horizon: int
) -> None:
    """Play the windows that the forecast assumes: the first period that misses is the one it names."""
    usual = sum(each.labels for each in period) / len(period)
    coming = Reading(objective.metric(rate * objective.allowed), usual)
    played = [*period, *([coming] * horizon)]
    spent = [burn(played[ahead : ahead + len(period)], objective) or 0.0 for ahead in range(horizon + 1)]
    if any(abs(each - 1) < 1e-9 for each in spent):
        return
    first = next((ahead for ahead, each in enumerate(spent) if each > 1), None)
    assert windows_left(period, objective, rate, horizon) == first


@given(full, objectives, st.floats(0.5, 20.0))
def test_weights_count_by_their_shares_alone(period: list[Reading], objective: Objective, factor: float) -> None:
    scaled = [replace(each, labels=each.labels * factor) for each in period]
    assert burn(scaled, objective) == pytest.approx(burn(period, objective))
