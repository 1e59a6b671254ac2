"""A clock that replicas agree about: it goes at the machine's pace, and is set by what somebody else says."""

from datetime import UTC, datetime, timedelta

import pytest

from core.clock import AgreedClock

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


class Machine:
    """A machine whose clock may be `wrong`, and whose pace is steady all the same."""

    def __init__(self) -> None:
        self.seconds, self.wrong = 0.0, timedelta(0)

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds) + self.wrong

    def steady(self) -> float:
        return self.seconds


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_a_machine_whose_clock_is_put_forward_or_back_changes_nothing(machine: Machine) -> None:
    clock = AgreedClock(machine, machine.steady)
    for wrong in (HOUR, -HOUR):
        machine.wrong = wrong
        machine.seconds += 1
        assert clock.now() == NOW + machine.seconds * SECOND
        assert clock.astray == wrong


def test_replicas_agree_whatever_their_machines_say(machine: Machine) -> None:
    other = Machine()
    other.wrong = HOUR
    one, two = AgreedClock(machine, machine.steady), AgreedClock(other, other.steady)
    said = NOW + 5 * SECOND
    assert one.agree(said, 0, 0) == 5 * SECOND
    assert two.agree(said, 0, 0) == 5 * SECOND - HOUR
    assert one.now() == two.now() == said


@pytest.mark.parametrize(
    ("said", "answered", "by"),
    [(1.0, 2.0, 0.0), (1.9, 2.0, 0.0), (2.2, 2.0, 1.2), (0.04, 0.0, 0.0), (-3600.0, 0.0, -3600.0)],
)
def test_only_what_is_certain_is_believed(machine: Machine, said: float, answered: float, by: float) -> None:
    """An answer that took two seconds may be a second old, or a second early."""
    clock = AgreedClock(machine, machine.steady)
    machine.seconds = answered
    assert clock.agree(NOW + said * SECOND, 0.0, answered) == by * SECOND
    assert clock.now() == NOW + (answered + by) * SECOND


def test_where_nobody_is_asked_it_follows_its_machine(machine: Machine) -> None:
    clock = AgreedClock(machine, machine.steady)
    machine.seconds, machine.wrong = 10, -HOUR
    assert clock.agree(None, 10, 10) == -HOUR
    assert clock.now() == machine.now()
    assert clock.astray == timedelta(0)
