"""How far each threshold moves, and from how many examples on; what a proposal says beside its messages."""

from datetime import UTC, datetime, timedelta

import pytest

from core.evaluation.tuning.past import PastWindow, Said, judge
from core.evaluation.tuning.policy import DEFAULT, AlertingPolicy
from core.evaluation.tuning.proposal import Nothing, Proposal, propose, replay
from core.evaluation.tuning.refit import FEWEST_DROPS, FEWEST_FOUND, FEWEST_USELESS, LOWEST_RECORD, Fitted, refit

DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=UTC)
DRIFT, HARD = Said("drift", "drift", 1.5), Said("range", "hard", 3.0)


def window(
    day: int, risk: float | None, dropped: bool, *said: Said, acted: bool = False, stated: bool | None = None
) -> PastWindow:
    """Every other day, so that no drop follows right upon a window."""
    return PastWindow(
        START + 2 * day * DAY, START + (2 * day + 1) * DAY, risk, said, dropped, acted, stated=stated
    )


def feared(*risks: float, quiet: float = 0.01, false: int = 0) -> list[PastWindow]:
    """Drops that were feared this much, `false` days feared at 0.5 for nothing, and quiet days to make up 40."""
    past = [(risk, True) for risk in risks] + [(0.5, False)] * false
    past += [(quiet, False)] * (40 - len(past))
    return [window(day, risk, dropped) for day, (risk, dropped) in enumerate(past)]


def fitted(past: list[PastWindow], recall: float = 0.9, current: AlertingPolicy = DEFAULT) -> Fitted:
    return refit(judge(past), recall, current)


def test_what_is_kept_untold_begins_below_every_drop_that_was_seen() -> None:
    found = fitted(feared(*[0.9] * 9, 0.1006, false=3)).policy
    assert found.page_from > 0.5, "one of ten may be left out"
    assert found.record_from == 0.1, "of three digits the one below: rounded up it would lose that drop"
    assert found.records(0.1006, hard=False)


def test_what_is_kept_untold_moves_only_when_it_has_to() -> None:
    low = AlertingPolicy(record_from=0.1)
    assert fitted(feared(*[0.9] * 10, false=3), current=low).policy.record_from == 0.1
    assert fitted(feared(*[0.9] * 9, 0.1, false=3), current=low).policy.record_from == 0.1
    assert fitted(feared(*[0.9] * 9, 0.02, false=3)).policy.record_from == LOWEST_RECORD
    assert (
        fitted(feared(*[0.9] * 10, false=3), current=AlertingPolicy(record_from=0.01)).policy.record_from == 0.35
    )
    lowest = AlertingPolicy(record_from=LOWEST_RECORD)
    assert fitted(feared(*[0.9] * 10, false=3), current=lowest).policy.record_from == LOWEST_RECORD


@pytest.mark.parametrize(("drops", "kept_from"), [(FEWEST_DROPS - 1, 0.25), (FEWEST_DROPS, 0.1)])
def test_what_is_kept_untold_moves_from_five_drops_on(drops: int, kept_from: float) -> None:
    found = fitted(feared(*[0.9] * (drops - 1), 0.1, false=3), recall=0.8)
    assert found.policy.record_from == kept_from


def test_drops_that_no_estimate_feared_move_nothing_that_is_kept() -> None:
    stated = [window(40 + day, 0.03, True, stated=True) for day in range(5)]
    assert fitted([*feared(*[0.9] * 9, 0.12, false=3), *stated]).policy.record_from == 0.12


@pytest.mark.parametrize(("drops", "moves"), [(FEWEST_DROPS - 1, False), (FEWEST_DROPS, True)])
def test_pages_move_from_five_drops_on(drops: int, moves: bool) -> None:
    assert (fitted(feared(*[0.2] * drops)).policy.page_from < DEFAULT.page_from) == moves


@pytest.mark.parametrize(("useful", "needed"), [(True, FEWEST_FOUND), (False, FEWEST_USELESS)])
def test_a_checks_level_moves_once_it_found_enough(useful: bool, needed: int) -> None:
    """A check that was right once is known sooner than one that never was: then most of what it finds is no use."""

    def past(windows: int) -> list[PastWindow]:
        first = Said("drift", "drift", 2.0)
        spoke = [window(0, 0.1, False, first, acted=useful)]
        spoke += [window(day, 0.1, False, DRIFT) for day in range(1, windows)]
        return [*spoke, *(window(day, 0.1, False) for day in range(windows, 40))]

    few, enough = fitted(past(needed - 1)), fitted(past(needed))
    assert few.policy.level("drift") == 0
    assert f"“drift” stays as it is: it spoke in {needed - 1} windows, and {needed} are needed." in few.held
    assert enough.policy.level("drift") > DRIFT.score
    assert not any("drift" in each for each in enough.held)


def test_a_level_that_is_of_no_use_any_more_is_given_up() -> None:
    strict = AlertingPolicy(notify_from={"drift": 3.0})
    past = [window(day, 0.1, False, DRIFT, acted=True) for day in range(40)]
    assert fitted(past, current=strict).policy.notify_from == {}


def test_values_that_cannot_be_right_have_no_level_and_share_no_allowance() -> None:
    """Only one of the ten drifts may go, which spares nobody anything: messages about hard values, and ones that were
    of no use, allow for no more."""
    drifts = [window(day, 0.1, False, Said("drift", "drift", 1 + day / 10), acted=True) for day in range(10)]
    false = [window(day, 0.1, False, Said("drift", "drift", 1.25)) for day in range(10, 30)]
    hard = [window(day, 0.1, False, HARD, acted=True) for day in range(30, 50)]
    assert fitted([*drifts, *false, *hard]).policy.notify_from == {}


def test_a_check_keeps_its_allowance_where_hard_values_were_found_as_well() -> None:
    acted = [window(day, 0.1, False, Said("drift", "drift", 2 + day / 10), HARD, acted=True) for day in range(10)]
    false = [window(day, 0.1, False, Said("drift", "drift", 2.05)) for day in range(10, 30)]
    assert fitted([*acted, *false]).policy.level("drift") > 2.05


def test_checks_that_speak_of_the_same_windows_share_what_may_be_left_out() -> None:
    """Each by itself could leave out one of ten; together they could leave out two."""
    both = [
        window(
            day, 0.1, False, Said("drift", "drift", 2 + day / 10), Said("nulls", "soft", 2 + day / 10), acted=True
        )
        for day in range(10)
    ]
    false = [window(day, 0.1, False, Said("drift", "drift", 2.05)) for day in range(10, 30)]
    assert fitted([*both, *false]).policy.notify_from == {}


def test_a_check_is_spoken_of_from_its_level_on_and_hard_values_always() -> None:
    policy = AlertingPolicy(notify_from={"drift": 1.5, "range": 5.0})
    assert [policy.notifies("drift", "drift", score) for score in (1.4, 1.5)] == [False, True]
    assert policy.notifies("range", "hard", 1.0)


def test_a_possible_miss_is_kept_from_the_lower_of_both_thresholds_on() -> None:
    policy = AlertingPolicy(page_from=0.2, record_from=0.3)
    assert [policy.records(risk, hard=False) for risk in (None, 0.19, 0.2)] == [False, False, True]
    assert [DEFAULT.records(risk, hard=True) for risk in (0.12, 0.125)] == [False, True]


def test_a_replay_counts_what_no_threshold_could_have_told() -> None:
    """One was not estimated, and of one the labels that were in said otherwise."""
    told = [window(0, 0.9, True), window(1, 0.1, True, stated=True)]
    past = [*told, window(2, None, True), window(3, 0.9, True, stated=False), window(4, 0.1, False)]
    found = replay(judge(past), DEFAULT)
    assert (found.told, found.drops, found.beyond) == (2, 2, 2)


def proposal(past: list[PastWindow], recall: float = 0.9) -> Proposal:
    found = propose(judge(past), recall, DEFAULT)
    assert isinstance(found, Proposal), found
    return found


def test_a_proposal_tells_of_drops_that_no_threshold_tells_of() -> None:
    beyond = [window(40 + day, None, True) for day in range(2)]
    said = proposal([*feared(*[0.9] * 6, false=9), *beyond]).sentence
    assert said.endswith("missing none of the 6 real drops. No threshold could have told of 2 more.")


def test_a_proposal_tells_of_data_that_it_leaves_without_a_message() -> None:
    """One of the ten findings that somebody acted on is given up, with the twenty below it that nobody did."""
    acted = [window(day, 0.1, False, Said("drift", "drift", 2 + day / 10), acted=True) for day in range(10)]
    false = [window(day, 0.1, False, Said("drift", "drift", 2.05)) for day in range(10, 30)]
    said = proposal([*acted, *false]).sentence
    assert said.endswith("Of 10 windows whose data was worth a message, 1 would have had none.")


def test_a_proposal_counts_in_words_that_fit() -> None:
    """One drop, told by labels that were in, and thirty findings of no use but the last."""
    useless = [window(day, 0.1, False, DRIFT) for day in range(30)]
    one = window(30, 0.1, True, Said("drift", "drift", 4.0), stated=True)
    found = proposal([*useless, one])
    assert found.sentence.startswith(
        "Over 31 windows it would have sent 2 messages instead of 32, not missing the one real drop."
    )
    assert proposal([*useless, window(30, 0.1, True, stated=True)]).sentence.startswith(
        "Over 31 windows it would have sent 1 message instead of 31"
    )


def test_a_proposal_says_when_the_thresholds_of_now_missed_none() -> None:
    said = proposal(feared(*[0.9] * 9, 0.5, false=12)).sentence
    assert said.endswith("missing 1 of the 10 real drops. The thresholds of now missed none of them.")


@pytest.mark.parametrize(("later", "keeps"), [(9, True), (8, False), (0, None)])
def test_what_a_fit_promised_it_keeps_where_at_least_so_many_were_told(later: int, keeps: bool | None) -> None:
    """Fitted on ten drops at 0.9 above false pages at 0.5, and tried on as many days, of which `later` are like it."""
    newer = feared(*[0.9] * later, *[0.6] * (10 - later if later else 0), false=3)
    moved = [window(40 + day, each.risk, bool(each.dropped)) for day, each in enumerate(newer)]
    found = proposal([*feared(*[0.9] * 10, false=3), *moved])
    assert found.forward_keeps is keeps


@pytest.mark.parametrize(
    ("past", "reason"),
    [
        ([*feared(*[0.9] * 6), *(window(40 + day, 0.9, True) for day in range(20))], "nothing_to_change"),
        (feared(*[0.9] * 6, false=1), "little_would_change"),
    ],
)
def test_what_would_change_nothing_or_little_is_not_asked(past: list[PastWindow], reason: str) -> None:
    found = propose(judge(past), 0.9, DEFAULT)
    assert isinstance(found, Nothing)
    assert found.reason == reason


def test_two_messages_fewer_are_worth_asking_about_and_so_is_one_drop_more() -> None:
    assert proposal(feared(*[0.9] * 6, false=2)).before.sent == 8
    assert proposal(feared(*[0.9] * 6, 0.4), recall=1.0).sentence.endswith(
        "missing none of the 7 real drops. The thresholds of now missed 1 of them."
    )
