"""A unit of work is one transaction, whichever way its statements go to the database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core.alerts import journal_store as journal
from core.alerts.tables import AlertJournal
from core.db.database import Database, after_commit
from core.db.direct import Statement, array

NOW = datetime(2026, 1, 2, tzinfo=UTC)
BROKEN = Statement("SELECT 1 FROM nowhere")
TWICE = Statement(
    "INSERT INTO alert_journal (id, at, folded, changed, beats) "
    "SELECT id, at, folded, changed, beats FROM alert_journal"
)


def entries(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(AlertJournal.changed).order_by(AlertJournal.id)))


def add(session: Session, what: int, direct: bool) -> None:
    if direct:
        journal.add(session, b"", [what], NOW)
    else:
        session.add(AlertJournal(at=NOW, folded=False, changed=f"[{what}]", beats=b""))


@pytest.mark.parametrize("ways", [(True,), (False,), (True, False), (False, True), (True, False, True)])
def test_all_of_it_is_committed_or_nothing(database: Database, ways: tuple[bool, ...]) -> None:
    told: list[int] = []
    for number in range(2):
        with database.write() as session:
            for direct in ways:
                add(session, number, direct)
                session.flush()
            after_commit(session, lambda: told.append(len(told)))
    expected = [f"[{number}]" for number in range(2) for _ in ways]
    assert (entries(database), told) == (expected, [0, 1])
    with pytest.raises(ZeroDivisionError), database.write() as session:
        _fail(session, ways)
    with database.write() as session:
        add(session, 7, ways[0])
        session.flush()
        session.rollback()
    assert (entries(database), told) == (expected, [0, 1])
    with database.write() as session:
        add(session, 9, ways[-1])
    assert entries(database) == [*expected, "[9]"]


def _fail(session: Session, ways: tuple[bool, ...]) -> None:
    for direct in ways:
        add(session, 5, direct)
    after_commit(session, lambda: pytest.fail("it was not committed"))
    session.flush()
    _ = 1 / 0


def test_what_the_driver_refuses_is_an_error_of_the_house(database: Database) -> None:
    with pytest.raises(DBAPIError), database.write() as session:
        BROKEN.run(session)
    with database.write() as session:
        journal.add(session, b"", [1], NOW)
    with pytest.raises(IntegrityError), database.write() as session:
        TWICE.run(session)
    assert entries(database) == ["[1]"]


def test_a_database_that_is_busy_is_an_error_to_try_again(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.db.database.BUSY_TIMEOUT_S", 0)
    other = Database(str(sqlite_database.url))
    with sqlite_database.write() as session:
        journal.add(session, b"", [1], NOW)
        with pytest.raises(OperationalError), other.write() as second:
            journal.add(second, b"", [2], NOW)
    with other.write() as second:
        journal.add(second, b"", [3], NOW)
    other.dispose()
    assert entries(sqlite_database) == ["[1]", "[3]"]


ODD = ["", "NULL", None, 'say "hi"', "back\\slash\\", "{a,b}", "two\nlines", "größe 🦊", "'; --", "\\x41", " "]


def test_texts_arrive_as_they_were_sent(postgres_database: Database) -> None:
    asked = Statement("SELECT {texts:list}", "SELECT x FROM unnest({texts}::text[]) AS x")
    with postgres_database.read() as session:
        for texts in (ODD, [text for text in ODD if text is not None]):
            assert [row[0] for row in asked.run(session, texts=texts)] == texts
        asked = Statement("SELECT 1", "SELECT x FROM unnest({values}::timestamptz[]) AS x")
        west = NOW.astimezone(timezone(timedelta(hours=-5))) + timedelta(microseconds=1)
        for values in ([NOW, None], [NOW, west], [NOW - timedelta(days=700_000), NOW]):
            assert [row[0] for row in asked.run(session, values=values)] == values
    assert array([]) == "{}"
    assert array(['a"b', "c\\d", "", "e\n,}"]) == '{"a\\"b","c\\\\d","","e\n,}"}'
    assert array(["a\0b", "c"]) == '{"a\0b","c"}', "which the database refuses; nothing moves to another place"
    assert array([True, False]) == "{True,False}"
    assert array([None, 1, -(2**63)]) == "{NULL,1,-9223372036854775808}"


@pytest.mark.postgres
@pytest.mark.parametrize("direct", [True, False])
def test_a_server_that_writes_again_is_written_to_again(postgres_database: Database, direct: bool) -> None:
    """Its sessions would only read for ever: what the server told them holds as long as they last."""
    name = postgres_database.url.database
    with postgres_database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    postgres_database.engine.dispose()
    with pytest.raises(DBAPIError, match="read-only"), postgres_database.write() as session:
        add(session, 1, direct)
    with create_engine(postgres_database.url).connect() as connection:
        connection.exec_driver_sql("SET TRANSACTION READ WRITE")
        connection.exec_driver_sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        connection.commit()
    with postgres_database.write() as session:
        add(session, 2, direct)
    assert entries(postgres_database) == ["[2]"]


@pytest.mark.postgres
def test_a_server_that_went_away_without_a_word_is_given_up(postgres_database: Database) -> None:
    patient = Database(postgres_database.url.set(query={"connect_timeout": "3"}).render_as_string(False))
    for database, seconds in ((postgres_database, "10"), (patient, "3")):
        with database.engine.connect() as connection:
            told = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
        assert (told["connect_timeout"], told["keepalives_idle"], told["tcp_user_timeout"]) == (
            seconds,
            "10",
            "30000",
        )
    patient.dispose()
