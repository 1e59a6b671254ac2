"""Opening, pushing, updating modals and publishing home tabs."""

from functools import partial

from ..blocks.check import check_view
from ..blocks.fill import fill_ids
from ..blocks.schema import Surface
from ..context import Context
from ..errors import SlackError
from ..messages import Json
from . import lookup
from .arguments import Arguments
from .registry import method


def checked(ctx: Context, view: Json | None, kind: Surface) -> Json:
    """The view with ids filled in; raises SlackError where Slack would refuse it."""
    if view is None:
        raise SlackError("invalid_arguments", ["missing required field: view"])
    check_view(view, kind, partial(lookup.shows_file, ctx))
    return {**view, "blocks": fill_ids(view["blocks"], ctx.ids)}


@method("views.open", tier=4)
def open_view(ctx: Context, args: Arguments) -> Json:
    view = checked(ctx, args.object("view", "invalid_arguments"), "modal")
    trigger = ctx.triggers.check(args.required("trigger_id"))
    trigger.used = True
    return {"ok": True, "view": ctx.views.open(trigger.user, view, trigger.page)}


@method("views.push", tier=4)
def push_view(ctx: Context, args: Arguments) -> Json:
    view = checked(ctx, args.object("view", "invalid_arguments"), "modal")
    trigger = ctx.triggers.check(args.required("trigger_id"))
    if trigger.view_id is None:
        raise SlackError("not_found")
    pushed = ctx.views.push(trigger.user, view, trigger.view_id)
    trigger.used = True
    return {"ok": True, "view": pushed}


@method("views.update", tier=4)
def update_view(ctx: Context, args: Arguments) -> Json:
    view = checked(ctx, args.object("view", "invalid_arguments"), "modal")
    view_id, external_id = args.optional("view_id"), args.optional("external_id")
    if (view_id is None) == (external_id is None):
        raise SlackError("invalid_arguments", ["must provide exactly one of: view_id, external_id"])
    return {"ok": True, "view": ctx.views.update(view_id, external_id, view, args.optional("hash"))}


@method("views.publish", tier=4)
def publish_view(ctx: Context, args: Arguments) -> Json:
    user = args.required("user_id")
    if ctx.config.person(user) is None:
        raise SlackError("user_not_found")
    view = checked(ctx, args.object("view", "invalid_arguments"), "home")
    return {"ok": True, "view": ctx.views.publish(user, view, args.optional("hash"))}
