"""What the frame tells one member (unread topics and notices, groups) is kept for some seconds, and forgotten at once
when a deed changes it."""

from collections.abc import Callable
from functools import partial
from secrets import token_hex
from typing import Any

from django.core.cache import cache
from django.db import transaction

KEEP_SECONDS = 30
# The last deed that mattered to a member, and to everyone: figures hold only under the marks they were asked for. A
# mark outlives what was kept before it.
EVERYONE, MARK_SECONDS = "shell:deed", 2 * KEEP_SECONDS


def _deed(member_id: int) -> str:
    return f"shell:deed:{member_id}"


def shell_of(member_id: int, make: Callable[[], Any]) -> Any:
    """The member's figures: those that are kept, or else what `make` answers."""
    key, deed = f"shell:{member_id}", _deed(member_id)
    found = cache.get_many([key, deed, EVERYONE])
    marks = (found.get(deed), found.get(EVERYONE))
    kept = found.get(key)
    if kept and kept[0] == marks:
        return kept[1]
    figures = make()
    cache.set(key, (marks, figures), KEEP_SECONDS)
    return figures


def forget_shell(*member_ids: int) -> None:
    """Call in the transaction of a deed that changes what these members' frames show."""
    marks = dict.fromkeys(map(_deed, member_ids), token_hex(8))
    transaction.on_commit(partial(cache.set_many, marks, MARK_SECONDS), robust=True)


def forget_every_shell() -> None:
    """Call in the transaction of a deed that changes what anybody may have unread."""
    transaction.on_commit(partial(cache.set, EVERYONE, token_hex(8), MARK_SECONDS), robust=True)
