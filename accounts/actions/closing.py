"""Closing one's account: the person goes, what they wrote stays under a pseudonym.

The address is free again: whoever comes back signs up anew, proves it anew, and has nothing of before. (Somebody
suspended can't get here, so closing is no way round a suspension.) The old handle stays taken and leads nowhere.
Proofs, the audit log and the record of roles keep what they say for as long as they are kept at all.
"""

from __future__ import annotations

from functools import partial

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import avatars, live, registry
from accounts.actions.data import discard_exports
from accounts.actions.roles import lock_administrators
from accounts.models import HandleHistory, Member, RoleGrant, SiteRole
from audit.actions import record
from core.errors import Refused
from outbox.actions import send_mail


def obstacles_to_closing(member: Member) -> list[str]:
    """What the member has to do first, one sentence each."""
    return [*_last_administrator(member), *registry.obstacles_of(member)]


def _last_administrator(member: Member) -> list[str]:
    grants = RoleGrant.objects.filter(role=SiteRole.ADMINISTRATOR)
    if SiteRole.ADMINISTRATOR in member.site_roles and not grants.exclude(member=member).exists():
        return [_("You are the last administrator. Make another member one first.")]
    return []


@transaction.atomic
def close_account(*, actor: Member) -> Member:
    """Refused with what has to be done first. Ends sessions, tokens and sockets with the commit."""
    lock_administrators()  # of the last two who leave at once the second stays
    if obstacles := obstacles_to_closing(actor):
        raise Refused(" ".join(obstacles))
    registry.close_all(actor)
    locked = Member.objects.select_for_update().get(pk=actor.pk)
    record(actor=locked, action="member.close", target=f"member:{locked.pk}", roles=locked.site_roles)
    _say_goodbye(locked)
    discard_exports(member=locked)
    if locked.avatar_version:
        transaction.on_commit(partial(avatars.delete, locked.pk, locked.avatar_version), robust=True)
    HandleHistory.objects.get_or_create(handle=locked.handle, defaults={"member": locked})
    _take_keys(locked)
    _make_anonymous(locked)
    live.recheck(locked.pk)
    return locked


def _say_goodbye(member: Member) -> None:
    context = {"member": member, "site_name": settings.SITE_NAME, "contact": settings.COMMONS_CONTACT}
    subject, _line, text = render_to_string("accounts/letters/closed.txt", context).strip().partition("\n")
    # Without the member's number: it is the last mail, and goes out although they are no member any more.
    send_mail(to=member.email, subject=subject, text=text.strip() + "\n", kind="account.closed")


def _take_keys(member: Member) -> None:
    """Everything that lets somebody in as this member."""
    for session in UserSession.objects.filter(user=member):
        session.end()
    member.tokens.all().delete()
    member.identities.all().delete()
    Authenticator.objects.filter(user=member).delete()
    EmailAddress.objects.filter(user=member).delete()
    member.role_grants.all().delete()
    member.set_unusable_password()


def _make_anonymous(member: Member) -> None:
    now = timezone.now()
    member.name = _("Former member %(number)d") % {"number": member.pk}
    member.handle, member.email = f"former-{member.pk}", f"former-{member.pk}@closed.invalid"
    member.title = member.about = member.about_html = member.leadership_role = ""
    member.agency, member.affiliation, member.occupation = None, "", Member.Occupation.OTHER
    member.time_zone = Member._meta.get_field("time_zone").default
    member.site_roles, member.second_factor_at = [], None
    member.avatar_version, member.is_listed = 0, False
    member.is_active, member.eligible_until, member.closed_at = False, now, now
    member.save()
    member.interests.all().delete()
    member.mutes.all().delete()
