"""From an outbox row to its message, drawn from the state as it is now."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from bot.slack import load
from bot.slack.escape import link
from bot.slack.rendered import Rendered
from bot.slack.views import (
    alert,
    approval,
    change,
    digest,
    duty,
    evaluation,
    handoff,
    incident,
    note,
    page,
    page_call,
    page_question,
    policy,
    review,
    shadow,
    silence,
    swap,
    ticket,
    weekly,
)
from bot.slack.views.people import People
from core.alerts import digest_store, silence_store
from core.alerts import store as alerts
from core.approvals import store as approvals
from core.approvals.tables import ApprovalAction
from core.audit import store as audit
from core.changes import store as changes
from core.config.load import Config
from core.config.pipeline import Pipeline
from core.config.rotation import Rotation
from core.evaluation import store as evaluations
from core.evaluation.tables import Evaluation
from core.evaluation.tuning import store as policies
from core.oncall import notice_store, rota_store, shadow_store
from core.oncall import store as oncall
from core.outbox.tables import OutboxRow
from core.tickets import store as tickets
from workflows import shadow_plan
from workflows.answer_evaluation import has_evidence

View = Callable[[Session, int], Rendered | None]


def _unknown(_session: Session, _key: str) -> None:
    """Nobody knows where messages are."""


class Renderer:
    """Draws every kind of message; None when its subject is gone."""

    def __init__(self, config: Config, link: load.Link = _unknown) -> None:
        self._config, self._link = config, link
        self._people = People(config.team)
        self._views: Mapping[str, View] = {
            "alert_group": self._alert_group,
            "page": self._page,
            "page_call": self._page_call,
            "page_question": self._page_question,
            "note": self._note,
            "silence": self._silence,
            "evidence": self._evidence,
            "evaluation": self._evaluation,
            "approval": self._approval,
            "alerting_policy": self._alerting_policy,
            "ticket": self._ticket,
            "digest": self._digest,
            "handoff": self._handoff,
            "handoff_report": self._handoff_report,
            "incident_report": self._incident_report,
            "duty": self._duty,
            "swap": self._swap,
            "shadow_step": self._shadow_step,
            "review": self._review,
            "review_card": self._review_card,
            "change": self._change,
            "weekly": self._weekly,
            "weekly_details": self._weekly_details,
        }

    def render(self, session: Session, row: OutboxRow) -> Rendered | None:
        """The message of a row; raises LookupError for a kind that nobody draws."""
        return self.draw(session, row.kind, int(row.subject))

    def draw(self, session: Session, kind: str, subject: int) -> Rendered | None:
        """What a message of this kind about this subject shows now."""
        return self._views[kind](session, subject)

    def _pipeline(self, pipeline_id: str | None) -> Pipeline | None:
        return self._config.pipelines.get(pipeline_id) if pipeline_id else None

    def _alert_group(self, session: Session, group_id: int) -> Rendered | None:
        group = alerts.get(session, group_id)
        return alert.message(load.group_state(session, self._config, group), self._people) if group else None

    def _page(self, session: Session, notification_id: int) -> Rendered | None:
        step = oncall.notification(session, notification_id)
        called = oncall.page(session, step.page_id) if step else None
        group = alerts.get(session, called.group_id) if called else None
        return page.message(step, group, self._people) if step and group else None

    def _page_call(self, session: Session, call_id: int) -> Rendered | None:
        state = load.call_state(session, self._config, call_id, self._link)
        return page_call.message(state, self._people) if state else None

    def _page_question(self, session: Session, entry_id: int) -> Rendered | None:
        entry = audit.get(session, entry_id)
        asked = oncall.page(session, int(entry.subject_id)) if entry else None
        group = alerts.get(session, asked.group_id) if asked else None
        if entry is None or asked is None or group is None:
            return None
        state = load.group_state(session, self._config, group, 1)
        return page_question.message(entry, asked, state, self._link(session, group.message), self._people)

    def _note(self, session: Session, entry_id: int) -> Rendered | None:
        entry = audit.get(session, entry_id)
        return note.message(entry, self._people) if entry else None

    def _silence(self, session: Session, entry_id: int) -> Rendered | None:
        entry = audit.get(session, entry_id)
        found = silence_store.find(session, entry.subject_id) if entry else None
        return silence.ends_soon(entry, found, self._people) if entry else None

    def _change(self, session: Session, change_id: int) -> Rendered | None:
        found = changes.get(session, change_id)
        return change.message(found) if found else None

    def _evidence(self, session: Session, evaluation_id: int) -> Rendered | None:
        found = evaluations.get(session, evaluation_id)
        return evaluation.evidence(found, self._pipeline(found.pipeline)) if found else None

    def _evaluation(self, session: Session, evaluation_id: int) -> Rendered | None:
        found = evaluations.get(session, evaluation_id)
        if found is None:
            return None
        return evaluation.message(found, self._pipeline(found.pipeline), self._alert_of(session, found))

    def _alert_of(self, session: Session, found: Evaluation) -> str:
        """The told alert whose thread has the evidence of an evaluation, with its address; empty without one."""
        for group in alerts.open_groups(session, found.pipeline):
            if group.evaluation_id == found.id and has_evidence(group) and group.revision and not group.storm_id:
                return f"in the thread of {link(self._link(session, group.message) or '', f'alert {group.id}')}"
        return ""

    def _approval(self, session: Session, approval_id: int) -> Rendered | None:
        found = approvals.get(session, approval_id)
        if found is None:
            return None
        if found.action == ApprovalAction.TUNE:
            version = policies.version(session, found.pipeline, found.to_version)
            return (
                policy.proposal(found, version, self._pipeline(found.pipeline), self._people) if version else None
            )
        evaluation_id = found.evidence.get("evaluation_id")
        evidence = evaluations.get(session, int(evaluation_id)) if evaluation_id else None
        return approval.message(found, self._pipeline(found.pipeline), evidence, self._people)

    def _alerting_policy(self, session: Session, policy_id: int) -> Rendered | None:
        found = policies.get(session, policy_id)
        return policy.applied(found, self._pipeline(found.pipeline), self._people) if found else None

    def _ticket(self, session: Session, ticket_id: int) -> Rendered | None:
        found = tickets.get(session, ticket_id)
        return ticket.message(found, self._people, self._pipeline(found.pipeline)) if found else None

    def _digest(self, session: Session, digest_id: int) -> Rendered | None:
        found = digest_store.get(session, digest_id)
        return digest.message(found, self._people) if found else None

    def _handoff(self, session: Session, handoff_id: int) -> Rendered | None:
        found = oncall.handoff(session, handoff_id)
        return handoff.message(found, self._rotation(found.rotation), self._people) if found else None

    def _incident_report(self, session: Session, report_id: int) -> Rendered | None:
        report = tickets.incident_report_by_id(session, report_id)
        return incident.message(report, self._people) if report else None

    def _handoff_report(self, session: Session, handoff_id: int) -> Rendered | None:
        found = oncall.handoff(session, handoff_id)
        return handoff.report(found, self._people, alone=False) if found else None

    def _duty(self, session: Session, notice_id: int) -> Rendered | None:
        notice = notice_store.get(session, notice_id)
        if notice is None:
            return None
        rotation = self._rotation(notice.rotation)
        held = rota_store.rota(session, rotation, notice.starts_at).at(notice.starts_at) if rotation else None
        entry = audit.get(session, notice.audit_id) if notice.audit_id else None
        return duty.message(notice, rotation, held, entry, self._people)

    def _shadow_step(self, session: Session, step_id: int) -> Rendered | None:
        found = shadow_store.step(session, step_id)
        if found is None:
            return None
        plan = shadow_plan.plan_of(self._config, found)
        return shadow.message(found, plan, self._rotation(found.rotation), self._people)

    def _swap(self, session: Session, swap_id: int) -> Rendered | None:
        found = rota_store.swap(session, swap_id)
        return swap.message(found, self._rotation(found.rotation), self._people) if found else None

    def _rotation(self, rotation_id: str) -> Rotation | None:
        return next((each for each in self._config.team.rotations if each.id == rotation_id), None)

    def _review(self, session: Session, review_id: int) -> Rendered | None:
        found = evaluations.get_review(session, review_id)
        if found is None:
            return None
        return review.message(found, self._pipeline(found.pipeline), evaluations.cards(session, review_id))

    def _weekly(self, session: Session, report_id: int) -> Rendered | None:
        found = evaluations.get_weekly(session, report_id)
        return weekly.message(found, self._pipeline(found.pipeline)) if found else None

    def _weekly_details(self, session: Session, report_id: int) -> Rendered | None:
        found = evaluations.get_weekly(session, report_id)
        return weekly.details(found, self._pipeline(found.pipeline)) if found else None

    def _review_card(self, session: Session, card_id: int) -> Rendered | None:
        card = evaluations.get_card(session, card_id)
        if card is None:
            return None
        total = len(evaluations.cards(session, card.review_id))
        saved = evaluations.get_slice(session, card.slice_id) if card.slice_id else None
        week = evaluations.get_review(session, card.review_id)
        pipeline = self._pipeline(week.pipeline) if week else None
        return review.card(card, total, saved, self._people, pipeline)
