"""How busy the machine is, so that what is promised of a quiet one can be asked of any."""

import time

SPIN_S = 0.3


def crowding() -> float:
    """How many times longer than its own work a process takes here right now: 1 on a quiet machine, 10 where ten
    want each core."""
    began, end = time.perf_counter(), time.process_time() + SPIN_S
    while time.process_time() < end:
        pass
    return max(1.0, (time.perf_counter() - began) / SPIN_S)
