"""The log that newcomers try the backtest on has the faults that its docstring and docs/backtest.md name."""

from datetime import date

from examples.made_log import made_log


def test_wrong_predictions_get_their_labels_later() -> None:
    log = made_log()
    delay = log["label_at"] - log["at"]
    wrong = log["label"] != log["predicted"]
    assert delay.min().total_seconds() >= 0
    assert delay[wrong].median() > 1.5 * delay[~wrong].median()


def test_its_faults_are_on_the_days_that_it_says() -> None:
    log = made_log()
    by_day = log.assign(right=log["label"] == log["predicted"]).groupby(log["at"].dt.date)
    income, missing = by_day["income"].median(), by_day["age"].apply(lambda ages: ages.isna().mean())
    assert list(income.index[income > 10 * income.median()]) == [date(2024, 3, 16)]
    assert list(missing.index[missing > 0]) == [date(2024, 3, 23)]
    right = by_day["right"].mean()
    assert list(right.index[right < 0.5]) == [date(2024, 4, day) for day in range(6, 11)]
