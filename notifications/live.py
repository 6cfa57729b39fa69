from collections.abc import Iterable
from functools import partial

from django.db import transaction

from core import live
from core.shell import forget_shell


def publish_new(member_ids: Iterable[int]) -> None:
    """These members have new notices. The hub asks the database which; so none is missed and none out of order."""
    ids = list(member_ids)
    forget_shell(*ids)
    transaction.on_commit(partial(live.publish_to_members, ids, {"type": live.CATCH_UP}), robust=True)


def publish_read(member_id: int, ids: Iterable[int], unread: int) -> None:
    """To the member's tabs: these notices are read (or gone), so many are left."""
    forget_shell(member_id)
    event = {"type": "read", "ids": sorted(ids), "unread": unread}
    transaction.on_commit(partial(live.publish_to_members, [member_id], event), robust=True)
