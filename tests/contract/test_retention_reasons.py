"""Each reason for which an old alert, or an old message, is kept."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.alerts.silence_tables import Silence
from core.alerts.tables import AlertCold, AlertHot, Digest, Verdict
from core.approvals.tables import Approval
from core.audit import store as audit
from core.changes.tables import Change
from core.db.database import Database
from core.db.schema import metadata
from core.decision import allow
from core.oncall.rota_tables import Notice
from core.oncall.tables import Notification, Page, PageCall
from core.outbox import store as outbox
from core.outbox.store import Post
from core.tickets.tables import Ticket
from tests.alerts_support import groups
from tests.conftest import ROOT
from tests.oncall_support import add_evaluation, add_group
from tests.retention_support import ALERTS, CONFIG, DAY, PRESENT, now_in, rounds, team


def test_an_old_alert_stays_for_each_reason_alone(database: Database) -> None:
    old, long_ago = PRESENT - 500 * DAY, PRESENT - 499 * DAY
    with database.write() as session:

        def group(name: str, **changes: Any) -> int:
            over = {"opened_at": old, "resolved_at": long_ago, "status": "resolved", "evaluation_id": None}
            return add_group(session, **{**over, "key": name, "title": name, **changes}).id

        def page(group_id: int, status: str, called: datetime) -> None:
            values = {"rotation": "flights", "policy": "page", "step": 0, "opened_at": old, "due_at": old}
            row = Page(group_id=group_id, status=status, **values)
            session.add(row)
            session.flush()
            session.add(Notification(page_id=row.id, step=0, people=["maya"], reason="first", at=called))

        def silence(name: str, group_id: int | None, ends: datetime) -> str:
            times = {"starts_at": old, "ends_at": ends, "created_at": old}
            session.add(Silence(id=name, matchers=[], created_by="maya", comment="", group_id=group_id, **times))
            return name

        page(group("nothing"), "answered", PRESENT - 367 * DAY)
        silence("ended", group("silence ended"), PRESENT - DAY)
        group("still open", status="acknowledged", resolved_at=None)
        group("just over", resolved_at=PRESENT - (ALERTS - 1) * DAY)
        group("evaluation", evaluation_id=add_evaluation(session).id)
        bug = {"title": "", "severity": "low", "symptom": "other", "reporter": "maya", "created_at": old}
        session.add(Ticket(group_id=group("bug"), updated_at=old, status="closed", **bug))
        said = {"verdict": "noise", "reason": "", "given_by": "maya", "given_at": old, "withdrawn_at": old}
        session.add(Verdict(group_id=group("verdict, taken back"), **said))
        asked = {"action": "roll_back", "pipeline": "flights", "to_version": 1, "channel": "flights"}
        thread = f"alert-group:{group('approval')}"
        session.add(Approval(parent=thread, requested_by="maya", requested_at=old, due_at=old, **asked))
        silence("for it", group("silence for it"), PRESENT + DAY)
        group("silenced", silence_id=silence("on it", None, PRESENT + DAY))
        page(group("called"), "answered", PRESENT - 365 * DAY)
        page(group("waits"), "exhausted", old)
        cause = _alert(session, group("explains"), old)
        group("explained", status="inhibited", resolved_at=None, inhibitor_id=cause)
        parent = f"alert-group:{group('message waits')}"
        outbox.enqueue(session, Post("note", 1, "note:1", "oncall", parent), old)
        storm = group("storm")
        session.add(Ticket(group_id=group("its bug", storm_id=storm), updated_at=old, **bug))
        group("beside it", storm_id=storm)
        # What has the newest ids stays, too.
        page(newest := group("newest"), "answered", old)
        _alert(session, newest, old)
        settled = group("message arrived")
        post = outbox.enqueue(session, Post("alert_group", settled, f"alert-group:{settled}", "o"), old)
        outbox.settle_sent(session, post.id, "C", "1.0", old)
        group("last")
    rounds(database, CONFIG, PRESENT)
    with database.read() as session:
        left = {group.title for group in groups(session)}
    assert left == {
        *("still open", "just over", "evaluation", "bug", "verdict, taken back", "approval"),
        *("silence for it", "silenced", "called", "waits", "explained", "explains", "message waits"),
        *("storm", "its bug", "beside it", "newest", "last"),
    }


def test_a_message_keeps_its_place_as_long_as_it_may_change(database: Database) -> None:
    config, old = team(messages="30d"), PRESENT - 400 * DAY
    with database.write() as session:

        def message(
            kind: str, subject: int, key: str, ts: str | None = "1.0", at: datetime = old, **changes: Any
        ) -> None:
            row = outbox.enqueue(session, Post(kind, subject, key, "oncall"), at)
            outbox.settle_sent(session, row.id, "C", ts, at)
            for name, value in changes.items():
                setattr(row, name, value)
            session.flush()

        for name, over in (
            ("open", {}),
            ("over", {"status": "resolved", "resolved_at": old}),
            ("young", {"status": "resolved", "resolved_at": PRESENT - DAY}),
        ):
            group = add_group(session, key=name, **over)
            values = {"rotation": "flights", "policy": "page", "step": 0, "opened_at": old, "due_at": old}
            page = Page(group_id=group.id, status="exhausted", **values)
            session.add(page)
            session.flush()
            step = Notification(page_id=page.id, step=0, people=["maya"], reason="first", at=old)
            calls = {
                kind: PageCall(page_id=page.id, step=0, kind=kind, target="maya", at=old)
                for kind in ("person", "shadow", "webhook")
            }
            asked = audit.record(
                session,
                at=old,
                actor="goldilocks",
                action="page.ask",
                subject=("page", page.id),
                decision=allow("asks_holder"),
            )
            session.add_all([step, *calls.values()])
            session.flush()
            message("alert_group", group.id, f"{name}: alert")
            message("page", step.id, f"{name}: step")
            message("page_call", calls["person"].id, f"{name}: call")
            message("page_call", calls["person"].id, f"{name}: call")
            message("page_call", calls["shadow"].id, f"{name}: shadow's call")
            message("pager_trigger", calls["webhook"].id, f"{name}: pager", ts=None)
            message("page_question", asked.id, f"{name}: question")
            message("note", asked.id, f"{name}: note")
        message("ticket", 1, "bug")
        message("ticket", 1, "bug")
        message("ticket", 2, "refused", ts=None, status="dead")
        message("note", 1, "young note", at=PRESENT - 29 * DAY)
        message("note", 1, "waits", status="pending", sent_at=None)
        message("note", 1, "newest")
    rounds(database, config, PRESENT)
    left = sorted(row["key"] for row in now_in(database)["outbox"].values())
    goes_on = ("alert", "step", "call", "shadow's call", "pager", "question")
    assert left == sorted(
        [f"{name}: {each}" for name in ("open", "young") for each in goes_on]
        + ["over: alert", "over: shadow's call", "bug", "young note", "waits", "newest"]
    )


def test_changes_notices_and_digests_go_when_nobody_needs_them(database: Database) -> None:
    old, young = PRESENT - 200 * DAY, PRESENT - DAY
    with database.write() as session:

        def change(summary: str, at: datetime = old) -> int:
            row = Change(source="ci", summary=summary, at=at, received_at=at, digest=summary)
            session.add(row)
            session.flush()
            return row.id

        def notice(person: str, status: str = "told", ends: datetime = old) -> Notice:
            row = Notice(
                rotation="flights", kind="start", person=person, role="primary", starts_at=old, ends_at=ends
            )
            row.due_at, row.status = old, status
            session.add(row)
            session.flush()
            return row

        change("nothing")
        add_group(session, key="followed", change_id=change("followed"))
        outbox.enqueue(session, Post("change", change("waits"), "change:9", "oncall"), old)
        change("young", young)
        change("newest")
        for status, ends in (("told", old), ("dropped", old), ("planned", old), ("told", young)):
            notice(f"{status} {'young' if ends == young else 'old'}", status, ends)
        outbox.enqueue(session, Post("duty", notice("waits").id, "duty:9", "@maya"), old)
        notice("newest")
        for channel, ends in (("old", old), ("young", young), ("newest", old)):
            session.add(Digest(channel=channel, starts_at=ends - DAY, ends_at=ends, content={}))
            session.flush()
    rounds(database, CONFIG, PRESENT)
    after = now_in(database)
    assert {row["summary"] for row in after["change"].values()} == {"followed", "waits", "young", "newest"}
    assert {row["person"] for row in after["notice"].values()} == {"planned old", "told young", "waits", "newest"}
    assert {row["channel"] for row in after["digest"].values()} == {"young", "newest"}


def test_the_guide_says_of_every_table_when_its_rows_go() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told = re.findall(r"`(\w+)`", guide[guide.index("| Table | Goes |") : guide.index("## Databases")])
    assert set(metadata.tables) <= set(told)


def _alert(session: Session, group_id: int, at: datetime) -> int:
    who = {"fingerprint": str(group_id), "source": "test", "labels": {}, "is_open": False}
    row = AlertCold(group_id=group_id, first_seen=at, **who)
    session.add(row)
    session.flush()
    times = {"starts_at": at, "ends_at": at, "last_seen": at}
    session.add(AlertHot(id=row.id, ends_explicit=True, resolved=True, counted=1, **times))
    return row.id
