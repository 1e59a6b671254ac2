"""Which column is off when two do not go together any more."""

from core.evaluation.checks.attribute import by_column
from core.evaluation.checks.signals import Key

BROKEN: dict[Key, float] = {("together", ("city", "currency")): 9.0}


def blamed(more: dict[Key, float]) -> set[str]:
    return set(by_column(BROKEN | more, limit=2.0))


def test_two_that_are_suspected_alike_are_both_named() -> None:
    assert blamed({}) == {"city", "currency"}


def test_what_nearly_is_off_by_itself_is_the_likelier_one() -> None:
    assert blamed({("unseen", ("city",)): 1.6}) == {"city"}


def test_what_still_goes_with_others_is_the_less_likely_one() -> None:
    assert blamed({("together", ("currency", "price")): 0.1}) == {"city"}


def test_a_column_without_a_part_in_the_broken_pair_is_not_named_beside_it() -> None:
    assert blamed({("together", ("price", "weight")): 9.0, ("level", ("price",)): 1.9}) >= {"price"}
    assert "weight" not in blamed({("together", ("price", "weight")): 9.0, ("level", ("price",)): 1.9})
