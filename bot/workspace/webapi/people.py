"""Who is in the workspace: people and groups."""

from ..config import Person, UserGroup
from ..context import Context
from ..errors import SlackError
from ..messages import Json
from .arguments import Arguments
from .pages import page
from .registry import method


def describe(ctx: Context, person: Person) -> Json:
    """A person as users.info shows them."""
    return {
        "id": person.id,
        "team_id": ctx.config.team_id,
        "name": person.name,
        "real_name": person.display,
        "deleted": False,
        "color": person.color.removeprefix("#"),
        "tz": person.tz,
        "is_admin": person.is_admin,
        "is_bot": False,
        "profile": {
            "real_name": person.display,
            "display_name": person.name,
            "title": person.title,
            "email": person.email,
        },
    }


def describe_bot(ctx: Context) -> Json:
    config = ctx.config
    profile = {"real_name": config.bot_display, "display_name": config.bot_name, "bot_id": config.bot_id}
    return {
        "id": config.bot_user_id,
        "team_id": config.team_id,
        "name": config.bot_name,
        "real_name": config.bot_display,
        "deleted": False,
        "tz": "UTC",
        "is_admin": False,
        "is_bot": True,
        "profile": profile,
    }


@method("users.info", tier=4, scopes=("users:read",))
def info(ctx: Context, args: Arguments) -> Json:
    user = args.required("user", "user_not_found")
    if user == ctx.config.bot_user_id:
        return {"ok": True, "user": describe_bot(ctx)}
    person = ctx.config.person(user)
    if person is None:
        raise SlackError("user_not_found")
    return {"ok": True, "user": describe(ctx, person)}


@method("users.list", tier=2, scopes=("users:read",))
def list_people(ctx: Context, args: Arguments) -> Json:
    members = [*(describe(ctx, person) for person in ctx.config.people), describe_bot(ctx)]
    found, cursor = page(members, args, most=1000)
    return {"ok": True, "members": found, "response_metadata": {"next_cursor": cursor}}


@method("users.lookupByEmail", tier=3, scopes=("users:read.email",))
def lookup_by_email(ctx: Context, args: Arguments) -> Json:
    email = args.required("email", "users_not_found").lower()
    person = next((item for item in ctx.config.people if item.email.lower() == email), None)
    if person is None:
        raise SlackError("users_not_found")
    return {"ok": True, "user": describe(ctx, person)}


def _group(ctx: Context, args: Arguments) -> UserGroup:
    group_id = args.required("usergroup", "no_such_subteam")
    group = next((item for item in ctx.config.user_groups if item.id == group_id), None)
    if group is None:
        raise SlackError("no_such_subteam")
    return group


def _describe_group(ctx: Context, group: UserGroup, with_users: bool) -> Json:
    users = ctx.state.user_groups[group.id]
    body: Json = {
        "id": group.id,
        "team_id": ctx.config.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "user_count": len(users),
    }
    return body | ({"users": users} if with_users else {})


@method("usergroups.list", tier=2, scopes=("usergroups:read",))
def list_groups(ctx: Context, args: Arguments) -> Json:
    with_users = args.flag("include_users")
    groups = [_describe_group(ctx, group, with_users) for group in ctx.config.user_groups]
    return {"ok": True, "usergroups": groups}


@method("usergroups.users.list", tier=2, scopes=("usergroups:read",))
def group_members(ctx: Context, args: Arguments) -> Json:
    return {"ok": True, "users": ctx.state.user_groups[_group(ctx, args).id]}


@method("usergroups.users.update", tier=2, scopes=("usergroups:write",))
def update_group(ctx: Context, args: Arguments) -> Json:
    group = _group(ctx, args)
    users = args.words("users")
    if not users:
        raise SlackError("no_users_provided")
    if any(ctx.config.person(user) is None for user in users):
        raise SlackError("invalid_users")
    ctx.state.user_groups[group.id] = list(dict.fromkeys(users))
    ctx.state.announce("group", (group.id, ctx.state.user_groups[group.id]))
    return {"ok": True, "usergroup": _describe_group(ctx, group, with_users=True)}
