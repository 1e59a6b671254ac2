"""How many connections may come in, so that files, the database and Slack can always be opened besides."""

import resource

import structlog

log = structlog.get_logger(__name__)

ENOUGH = 16_384
"""Descriptors for more connections than one process serves."""

RESERVED = 200
"""Descriptors that connections leave: a busy process has about sixty others."""


def room_for_connections() -> int:
    """How many connections may be open at once; the system's soft limit on descriptors is raised first, as far as the
    hard one lets us. Where both are small, connections get half."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(ENOUGH, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    limit = ENOUGH if soft == resource.RLIM_INFINITY else soft
    if limit < 2 * RESERVED:
        log.warning("descriptors.few", limit=limit, connections=limit // 2)
    return max(limit - RESERVED, limit // 2)
