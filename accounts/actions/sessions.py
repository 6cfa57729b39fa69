from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import live
from accounts.models import Member
from audit.actions import record
from core.errors import Refused


@transaction.atomic
def end_own_session(*, actor: Member, session: UserSession) -> None:
    """Sign out one other browser of one's own; its sockets close."""
    if session.user_id != actor.pk:
        raise Refused(_("This is not a session of yours."))
    session.end()
    record(actor=actor, action="member.sign_out", target=f"member:{actor.pk}", elsewhere=True)
    live.recheck(actor.pk)
