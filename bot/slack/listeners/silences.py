"""Silences by hand: the form with its look back, the list, and longer or over now."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from bot.slack import inbound
from bot.slack.dispatch import Handler
from bot.slack.escape import code, escape
from bot.slack.ids import Action, Callback, Field
from bot.slack.inbound import number_in
from bot.slack.rendered import Rendered
from bot.slack.request import Request
from bot.slack.views import silence as views
from bot.slack.views.help import meant
from core.alerts import past_store, silence_store, silence_words, store
from core.alerts.labels import RefusedError
from core.alerts.matching import check_matchers, parse_matcher
from core.alerts.silence_words import Known, SilenceWords
from core.alerts.silence_words import parts as _split
from core.alerts.silencing import matchers_of
from core.decision import Decision, refuse
from core.matchers import written
from core.nearest import nearest
from workflows import quieten
from workflows.preview_silence import preview
from workflows.quieten import SilenceRequest

WORDS = ("list", "new")
"""What may stand behind `/alerts silence` in place of an alert or matchers."""

LISTED = frozenset(("list", "show", "end", "stop", "remove", "delete", "cancel", "expire", "extend"))
"""Words for what the list of silences shows, or has buttons for."""

WITH_ALERTS = "3d"
"""How long at most, where somebody only said that it lasts until the alerts end."""

WRONG = {"matchers_invalid": Field.MATCHERS, "length_invalid": Field.LENGTH, "reason_missing": Field.WHY}
"""Beside which field of the form it stands why there is no silence."""

KNOWN = 200
"""How many alerts, open and over, a typed name is looked for in."""


async def command(request: Request, args: str) -> None:
    """`/alerts silence`, with a group's id, with matchers, `list`, or `new` for the empty form."""
    word, _, rest = args.strip().partition(" ")
    if word.lower() in LISTED:
        await listed(request)
    elif (group_id := number_in(word)) is not None:
        await of_group(request, group_id, rest)
    else:
        await _as_typed(request, rest if word.lower() == "new" else args)


async def _as_typed(request: Request, args: str) -> None:
    """The form, filled with what was typed; what is like the name of an alert, or a word of ours, is asked about."""
    known = await request.deps.database.fetch(lambda session: _known(session, request))
    said = silence_words.read(args, known, request.now, zone_of(request))
    near = nearest(said.guessed, [*known.alerts, *known.pipelines, *WORDS]) if said.guessed else []
    if said.guessed and near and said.guessed.casefold() not in WORDS:
        problem = f"{code(said.guessed, 60)} is neither a matcher nor an alert."
        offered = [f"/alerts silence {args.replace(said.guessed, each, 1)}" for each in near]
        await request.tell(meant(problem, offered))
    else:
        await _open(request, _filled(said, said.matchers), once=said.again)


def _known(session: Session, request: Request) -> Known:
    """What words may name: of alerts those that are open or were lately, and every pipeline."""
    groups = [*store.open_groups(session, limit=KNOWN), *past_store.over(session, KNOWN)]
    labels = [group.labels for group in groups]
    return Known(
        alerts=list(dict.fromkeys(each["alertname"] for each in labels if "alertname" in each)),
        pipelines=list(request.deps.config.pipelines),
        labels={"alertname", "pipeline", "severity", *(name for each in labels for name in each)},
    )


def _filled(said: SilenceWords, matchers: str) -> views.Entered:
    length = views.Entered.length
    if said.length is not None:
        length = _key(said.length)
    elif said.end is not None:
        length = f"@{int(said.end.timestamp())}"
    elif said.with_alerts:
        length = WITH_ALERTS
    until = "alerts" if said.with_alerts else "time"
    return views.Entered(matchers, length, until, said.comment, said.start)


def _key(length: timedelta) -> str:
    """Its key among those that can be chosen, else its minutes."""
    found = next((key for key, (_, each) in views.LENGTHS.items() if each == length), None)
    return found or f"{max(1, round(length.total_seconds() / 60))}m"


def zone_of(request: Request) -> str:
    """Where whoever asks lives."""
    return request.person.timezone if request.person else "UTC"


async def of_group(request: Request, group_id: int, words: str = "") -> None:
    """The form, filled with what the group stands for, and with the time and the reason that were typed."""
    text = await request.deps.database.fetch(lambda session: _matchers_of(session, request, group_id))
    if text is None:
        await request.tell(Rendered("There is no such alert."))
    else:
        said = silence_words.read(words, Known(), request.now, zone_of(request), of_alert=True)
        await _open(request, _filled(said, text), str(group_id), once=said.again)


def _matchers_of(session: Session, request: Request, group_id: int) -> str | None:
    group = store.get(session, group_id)
    if group is None:
        return None
    if group.is_storm:
        return ""  # it has no labels of its own: whoever wants some of its alerts quiet writes which
    labels = past_store.labels_of(session, group_id)
    found = matchers_of(group.key, request.deps.config.team.alerts.causes, labels)[0]
    return "\n".join(written([matcher]) for matcher in found)


def labels_in(text: str) -> dict[str, str]:
    """Labels, typed as matchers that have one value each; raises RefusedError."""
    found = [parse_matcher(part) for part in _split(text)]
    vague = next((each for each in found if each["isRegex"] or not each["isEqual"]), None)
    if vague is not None:
        raise RefusedError(f"{written([vague])} is no label: write label=value")
    return {each["name"]: each["value"] for each in found}


async def _open(request: Request, entered: views.Entered, data: str = "", *, once: bool = False) -> None:
    """Open the form at once, and look back then: a trigger lives three seconds, a look back may take longer. `once`
    says that it does not repeat, to whoever asked that it should."""
    looked = views.LOOKING if entered.matchers else "Write matchers, then look back."
    view_id = await request.open(views.form(entered, looked, data, zone_of(request), once=once))
    if view_id is not None and entered.matchers:
        await _look(request, view_id, entered, data, once=once)


async def look_back(request: Request) -> None:
    """With the matchers that are in the form now."""
    view = request.body["view"]
    await _look(request, str(view["id"]), _entered(request), inbound.metadata(request.body))


async def _look(request: Request, view_id: str, entered: views.Entered, data: str, *, once: bool = False) -> None:
    try:
        matchers = [parse_matcher(part) for part in _split(entered.matchers)]
        check_matchers(matchers)
        found = await request.deps.database.fetch(lambda session: preview(session, matchers, request.now))
        later = entered.start is not None and entered.start > request.now
        looked = views.looked_back(*found, later=later)
    except RefusedError as error:
        looked = escape(str(error))
    await request.change(view_id, views.form(entered, looked, data, zone_of(request), once=once))


def _entered(request: Request) -> views.Entered:
    values = inbound.entered(request.body)
    return views.Entered(
        matchers=values.get(Field.MATCHERS, ""),
        length=values.get(Field.LENGTH, ""),
        until=values.get(Field.UNTIL, ""),
        comment=values.get(Field.WHY, ""),
        start=datetime.fromtimestamp(int(start), UTC) if (start := values.get(Field.FROM, "")) else None,
    )


async def submitted(request: Request) -> None:
    entered = _entered(request)
    decision = await request.run(lambda session: _silence(session, request, entered))
    if decision.allowed:
        await request.tell(Rendered(request.people.fill(escape(decision.detail))))
    elif decision.reason in WRONG:
        request.errors = {WRONG[decision.reason]: decision.detail}
    else:
        await request.refuse(decision.detail)


def _silence(session: Session, request: Request, entered: views.Entered) -> Decision:
    try:
        matchers = [parse_matcher(part) for part in _split(entered.matchers)]
    except RefusedError as error:
        return refuse("matchers_invalid", str(error))
    start = max(entered.start or request.now, request.now)
    wanted = SilenceRequest(
        matchers=matchers,
        starts_at=start,
        ends_at=start + views.length_of(entered.length, start),
        created_by=request.actor,
        comment=entered.comment,
        group_id=request.form_number or None,
        until_resolved=entered.until == "alerts",
    )
    return quieten.silence_by_hand(
        session, request.deps.config, wanted, request.person, request.actor, request.now
    )


async def listed(request: Request) -> None:
    found = await request.deps.database.fetch(lambda session: silence_store.standing_since(session, request.now))
    await request.tell(views.listed(found, request.people))


async def extend(request: Request) -> None:
    silence_id, _, key = request.value.partition(":")
    _, length = views.LENGTHS.get(key, ("", timedelta()))
    await _change(
        request,
        lambda session: quieten.extend(
            session, request.deps.config, silence_id, length, request.person, request.actor, request.now
        ),
    )


async def end(request: Request) -> None:
    await _change(
        request,
        lambda session: quieten.end_by_hand(
            session, request.deps.config, request.value, request.person, request.actor, request.now
        ),
    )


async def _change(request: Request, work: Callable[[Session], Decision]) -> None:
    decision = await request.run(work)
    await request.tell(Rendered(request.people.fill(escape(decision.detail))))


ACTIONS: dict[str, Handler] = {
    Action.SILENCE_PREVIEW: look_back,
    Action.SILENCE_EXTEND: extend,
    Action.SILENCE_END: end,
}
SUBMISSIONS: dict[str, Handler] = {Callback.SILENCE: submitted}
