"""How fast a week passes: a busy team's week on a simulated clock, with every deadline taken at its instant, and every
call, handoff and digest checked.

python bench/week.py [--incidents 300] [--seed 7]
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.db.database import Database
from core.db.schema import metadata
from tests.busy_week import replay
from tests.busy_week_checks import CHECKS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--incidents", type=int, default=300)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'week.db'}")
        metadata.create_all(database.engine)
        started, cpu = time.perf_counter(), time.process_time()
        week = replay(database, options.seed, options.incidents)
        took, busy = time.perf_counter() - started, time.process_time() - cpu
        database.dispose()
    calls = sum(len(each) for each in week.calls.values())
    wrong = [f"{name}: {what}" for name, check in CHECKS.items() for what in check(week)]
    print(
        f"a week of {len(week.incidents)} incidents in {took:.1f} s ({busy:.1f} s of processor time): {calls} calls, "
        f"{len(week.handoffs)} handoffs, {len(week.digests)} digests; "
        + ("each as expected, at its instant and to its people" if not wrong else f"{len(wrong)} wrong")
    )
    sys.exit("\n".join(wrong) or None)


if __name__ == "__main__":
    main()
