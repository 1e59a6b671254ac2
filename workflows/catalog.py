"""Every kind of durable run, by the name that it is asked for."""

from workflows.approve import CHANGE_CHAMPION, REJECT_CANDIDATE
from workflows.change_champion import change_champion
from workflows.evaluate import evaluate
from workflows.read_calendars import KIND as READ_CALENDARS
from workflows.read_calendars import read_calendars
from workflows.reject_candidate import reject_candidate
from workflows.retrain import retrain
from workflows.review import review
from workflows.runtime import Workflow
from workflows.tune import tune
from workflows.weekly import weekly

WORKFLOWS: dict[str, Workflow] = {
    CHANGE_CHAMPION: change_champion,
    REJECT_CANDIDATE: reject_candidate,
    READ_CALENDARS: read_calendars,
    "evaluate": evaluate,
    "retrain": retrain,
    "review": review,
    "tune": tune,
    "weekly": weekly,
}
