"""How often somebody would be called about a metric that only chance moves, and how soon about one that falls.

Days of so many predictions of which eight in ten are right, all labels in when they are evaluated; 60 days are the
history that the objective is learned from. By the rules of the backtest: the objective alone, and with what chance
does. In the second half of the table the share that is right has fallen for good.

    python bench/pages.py [--years 200]
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

# The house is imported from where this file lies, not from where it is run.
import numpy as np  # noqa: E402

from core.config.metric import Metric  # noqa: E402
from core.evaluation.backtest.chance import learn_chance  # noqa: E402
from core.evaluation.backtest.objective import learned_objective  # noqa: E402

RIGHT, HISTORY, YEAR = 0.8, 60, 365


def year(rng: np.random.Generator, each: int, right: float) -> tuple[int, int, int | None]:
    """Alerts of a year by the objective alone, and with chance; the first day of one with chance."""
    past = rng.binomial(each, RIGHT, HISTORY) / each
    accuracy = Metric.ACCURACY
    objective = learned_objective(accuracy, past.tolist())
    # What halves of a day differ by, as `halves_apart` measures it.
    half = rng.binomial(each // 2, RIGHT, (2, HISTORY)) / (each // 2)
    chance = learn_chance(accuracy, past.tolist(), ((half[0] - half[1]) ** 2 / 4 * each).tolist())
    if objective is None or chance is None:
        raise AssertionError("there is a history")
    alone, with_chance, first, before = 0, 0, None, (False, False)
    for day, value in enumerate(rng.binomial(each, right, YEAR) / each):
        bad = objective.missed_by(value)
        sure = chance.convincing(float(value), each, looks_bad=bad)
        alone += bad and not before[0]
        with_chance += sure and not before[1]
        first = day if sure and first is None else first
        before = (bad, sure)
    return alone, with_chance, first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=200)
    years = parser.parse_args().years
    rng = np.random.default_rng(0)
    print("rows a day   calm: pages a year, objective alone / with chance")
    for each in (30, 100, 300, 1000, 5000):
        found = [year(rng, each, RIGHT) for _ in range(years)]
        print(f"{each:10}   {np.mean([f[0] for f in found]):10.2f} / {np.mean([f[1] for f in found]):.3f}")
    print("rows a day   fallen by   years told   days until then: median, nine in ten")
    for each in (30, 100, 300, 1000):
        for fall in (0.1, 0.2):
            firsts = [year(rng, each, RIGHT - fall)[2] for _ in range(years)]
            days = np.array([day + 1 for day in firsts if day is not None])
            print(
                f"{each:10}   {fall:9.2f}   {len(days) / years:10.0%}   {np.median(days):10.0f} "
                f"{np.quantile(days, 0.9):10.0f}"
            )


if __name__ == "__main__":
    main()
