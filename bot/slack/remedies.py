"""What somebody can do about a refusal, in words. Pure."""

_AGAIN = "install the app again and give its new token as SLACK_BOT_TOKEN"
_POSTING = "who may post there is restricted: let the app, or name another channel in team.yaml"
_PERSON = "there is no such account any more: put the person's id right in team.yaml, or take them out of it"
_ADMIN = "an administrator of the workspace has to let the app in"

REMEDIES = {
    "channel_not_found": "it is private, or gone: invite the app, or put its id right in team.yaml",
    "is_archived": "unarchive it, or name another channel in team.yaml",
    "is_inactive": "unarchive it, or name another channel in team.yaml",
    "not_in_channel": "invite the app there: /invite @Goldilocks",
    "restricted_action": _POSTING,
    "restricted_action_read_only_channel": _POSTING,
    "restricted_action_thread_only_channel": _POSTING,
    "restricted_action_non_threadable_channel": _POSTING,
    "restricted_action_thread_locked": _POSTING,
    "no_permission": _POSTING,
    "user_not_found": _PERSON,
    "user_disabled": _PERSON,
    "messages_tab_disabled": "switch on the Messages tab under the app's App Home",
    "cannot_dm_bot": "the id in team.yaml is an app's: put the person's there",
    "invalid_auth": _AGAIN,
    "not_authed": _AGAIN,
    "account_inactive": _AGAIN,
    "token_revoked": _AGAIN,
    "token_expired": _AGAIN,
    "not_allowed_token_type": "SLACK_BOT_TOKEN must start with xoxb-",
    "missing_scope": "compare the app's scopes with `goldilocks manifest`, and install it again",
    "team_access_not_granted": _ADMIN,
    "two_factor_setup_required": _ADMIN,
    "access_denied": _ADMIN,
    "ekm_access_denied": _ADMIN,
    "enterprise_is_restricted": _ADMIN,
    "HTTP 401": "it does not know the routing key: put it right where team.yaml says it is",
    "HTTP 403": "it does not know the routing key: put it right where team.yaml says it is",
    "HTTP 404": "nothing is at its url: put that right in team.yaml",
}
_REDIRECTS = {f"HTTP {status}" for status in (301, 302, 303, 307, 308)}


def remedied(reason: str) -> str:
    """The reason, and what to do about it where that is known."""
    if reason in _REDIRECTS:
        return f"{reason} (it leads to another address, where no page is sent: give that one in team.yaml)"
    return f"{reason} ({REMEDIES[reason]})" if reason in REMEDIES else reason
