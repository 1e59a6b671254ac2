"""Nobody waits for ever to write, however busy another writer is."""

import time
from itertools import count
from threading import Event, Thread

from sqlalchemy import text

from core.db.database import Database
from core.db.turns import Turns

WAITS, TURNS = 15, 10
"""How often somebody writes beside the busy one, and how many turns of the busy one that may cost each time."""


def test_a_busy_writer_lets_others_in_between(database: Database) -> None:
    """Counted in turns, not in seconds: those take longer on a busy machine."""
    turns, over = 0, Event()

    def busy() -> None:
        nonlocal turns
        for turns in count(1):
            with database.write() as session:
                session.execute(text("SELECT 1"))
                time.sleep(0.05)
            if over.is_set() or turns > WAITS * TURNS:
                return

    writer = Thread(target=busy)
    writer.start()
    waited = []
    for _ in range(WAITS):
        time.sleep(0.02)
        before = turns
        with database.write() as session:
            session.execute(text("SELECT 1"))
        waited.append(turns - before)
        if waited[-1] > TURNS:
            break
    over.set()
    writer.join()
    assert turns > 1
    assert max(waited) <= TURNS, "not starved"


def test_whoever_waits_longest_is_next() -> None:
    turns, done = Turns(), list[int]()
    threads = []

    def take(name: int) -> None:
        with turns:
            done.append(name)

    with turns:
        for name in range(5):
            threads.append(Thread(target=take, args=(name,)))
            threads[-1].start()
            while len(turns._waiting) <= name:
                time.sleep(0.001)
    with turns:
        done.append(5)
    for thread in threads:
        thread.join()
    assert done == [0, 1, 2, 3, 4, 5]
