"""Nobody waits for ever to write, however busy another writer is."""

import time
from threading import Thread

from sqlalchemy import text

from core.db.database import Database


def test_a_busy_writer_lets_others_in_between(database: Database) -> None:
    over = time.monotonic() + 3

    def busy() -> None:
        while time.monotonic() < over:
            with database.write() as session:
                session.execute(text("SELECT 1"))
                time.sleep(0.05)

    writer = Thread(target=busy)
    writer.start()
    time.sleep(0.1)
    waited = []
    while time.monotonic() < over - 0.5:
        began = time.monotonic()
        with database.write() as session:
            session.execute(text("SELECT 1"))
        waited.append(time.monotonic() - began)
        time.sleep(0.01)
    writer.join()
    assert max(waited) < 1.5, "not starved"
