"""What the frame tells one member (unread topics and notices, groups) is kept for some seconds, and forgotten at once
when a deed changes it."""

from functools import partial
from typing import Any

from django.core.cache import cache
from django.db import transaction

KEEP_SECONDS = 30
# For so long after a deed nothing is kept: figures that were asked for before it could arrive after it.
GONE, GONE_SECONDS = "gone", 2


def _key(member_id: int) -> str:
    return f"shell:{member_id}"


def kept_shell(member_id: int) -> Any | None:
    figures = cache.get(_key(member_id))
    return None if figures == GONE else figures


def keep_shell(member_id: int, figures: Any) -> None:
    cache.add(_key(member_id), figures, KEEP_SECONDS)


def forget_shell(*member_ids: int) -> None:
    """Call in the transaction of a deed that changes what these members' frames show."""
    gone = dict.fromkeys(map(_key, member_ids), GONE)
    transaction.on_commit(partial(cache.set_many, gone, GONE_SECONDS), robust=True)
