from functools import partial

from django.db import transaction

from accounts.models import Member
from core import live
from core.shell import forget_every_shell, forget_shell
from workinggroups.models import Group


def may_listen(member: Member, group_id: int) -> bool:
    return Group.objects.visible_to(member).filter(pk=group_id).exists()


def recheck_member(member_id: int) -> None:
    """After a change of a membership: the member's open pages lose what they may not hear, the frame is drawn anew."""
    forget_shell(member_id)
    transaction.on_commit(partial(live.recheck, member_id), robust=True)


def recheck_everyone() -> None:
    """After a group closed its content: anybody could listen, so everybody's sockets are looked at again."""
    forget_every_shell()
    transaction.on_commit(live.recheck_everyone, robust=True)
