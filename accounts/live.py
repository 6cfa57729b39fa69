from collections.abc import Collection
from functools import partial

from django.db import transaction

from core import live

MANY = 100


def recheck(member_id: int) -> None:
    """After this transaction every process looks again whether the member's sockets may stay open."""
    transaction.on_commit(partial(live.recheck, member_id), robust=True)


def recheck_all(member_ids: Collection[int]) -> None:
    """The same for several; for many it is cheaper to look at everybody once."""
    if len(member_ids) > MANY:
        transaction.on_commit(live.recheck_everyone, robust=True)
        return
    for member_id in member_ids:
        recheck(member_id)
