from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import registry
from accounts.models import Appeal, Member, SiteRole, Suspension
from core.errors import YES, Verdict, no

MODERATOR_SUSPENDS = timedelta(hours=24)


def can_grant_role(actor: Member | None, member: Member) -> Verdict:
    """Also who may revoke. `None` is the operator at the shell."""
    if actor is None:
        return YES
    if not (actor.is_member and actor.is_administrator):
        return no(_("Only administrators grant and revoke roles."))
    if actor.pk == member.pk:
        return no(_("Nobody grants a role to themselves or takes their own."))
    return YES


def can_suspend(actor: Member, member: Member, until: datetime) -> Verdict:
    if actor.pk == member.pk:
        return no(_("You can’t suspend yourself."))
    if actor.is_member and actor.is_administrator:
        return YES
    if not (actor.is_member and actor.is_moderator):
        return no(_("Only moderators and administrators suspend a member."))
    if {SiteRole.ADMINISTRATOR, SiteRole.MODERATOR} & set(member.site_roles):  # awake or not
        return no(_("Moderators can’t suspend one another or an administrator."))
    if until > timezone.now() + MODERATOR_SUSPENDS:
        return no(_("Moderators suspend for 24 hours at most. Ask an administrator for longer."))
    if _is_beyond_moderators(member):
        return no(_("An administrator suspended this member. Only administrators change that."))
    return YES


def can_restore(actor: Member, member: Member) -> Verdict:
    if actor.pk == member.pk:
        return no(_("You can’t lift your own suspension."))
    if actor.is_member and actor.is_administrator:
        return YES
    if not (actor.is_member and actor.is_moderator):
        return no(_("Only moderators and administrators lift a suspension."))
    if _is_beyond_moderators(member):
        return no(_("An administrator suspended this member. Only administrators lift that."))
    return YES


def _is_beyond_moderators(member: Member) -> bool:
    return member.suspended_until is not None and member.suspended_until > timezone.now() + MODERATOR_SUSPENDS


def can_vouch(actor: Member | None, member: Member) -> Verdict:
    """Admit by one's own word: the address was checked in another way. `None` is the operator at the shell."""
    if actor is None:
        return YES
    if actor.pk == member.pk:
        return no(_("Nobody vouches for themselves."))
    if actor.is_member and actor.is_administrator:
        return YES
    return no(_("Only administrators vouch for a member."))


def can_decide_admission(actor: Member, member: Member) -> Verdict:
    """Whether an address that a rule admits after approval gets it."""
    if actor.pk == member.pk:
        return no(_("Nobody decides about themselves."))
    if actor.is_member and actor.is_administrator:
        return YES
    return no(_("Only administrators decide who is admitted."))


def can_change_rules(actor: Member | None) -> Verdict:
    """`None` is the operator at the shell."""
    if actor is None:
        return YES
    if actor.is_member and actor.is_administrator:
        return YES
    return no(_("Only administrators change domain rules."))


def can_edit_profile(actor: Member, member: Member) -> Verdict:
    return (
        YES if actor.pk == member.pk and actor.is_member else no(_("You can change your own profile only."))
    )


def can_mute(actor: Member, member: Member) -> Verdict:
    if actor.pk == member.pk:
        return no(_("You can’t mute yourself."))
    return YES if actor.is_member else no(_("Only members mute somebody."))


def can_see_address(actor: Member, member: Member) -> Verdict:
    if actor.pk == member.pk or actor.is_administrator or registry.reads_address(actor, member):
        return YES
    return no(_("Addresses are shown to their owner, leads of their groups and administrators only."))


# --- Staff ------------------------------------------------------------------------------------------
def can_moderate(actor: Member) -> Verdict:
    """Who the pages of the staff exist for."""
    if actor.is_member and (actor.is_administrator or actor.is_moderator):
        return YES
    return no(_("This is for moderators and administrators."))


def can_see_evidence(actor: Member) -> Verdict:
    """Addresses, proofs and sessions of others; also who may export them."""
    if actor.is_member and actor.is_administrator:
        return YES
    return no(_("Addresses, proofs and sessions are shown to administrators only."))


def can_end_sessions(actor: Member, member: Member) -> Verdict:
    """One's own are ended on the page of one's settings."""
    if actor.is_member and actor.is_administrator:
        return YES
    return no(_("Only administrators end the sessions of others."))


def can_ask_for_proof(actor: Member, member: Member) -> Verdict:
    if actor.pk == member.pk:
        return no(_("You can prove your own address again in your settings."))
    if actor.is_member and actor.is_administrator:
        return YES
    return no(_("Only administrators ask for a new proof."))


def can_appeal(member: Member, suspension: Suspension) -> Verdict:
    if suspension.member_id != member.pk:
        return no(_("You can appeal against your own suspension only."))
    if not suspension.is_in_force:
        return no(_("This suspension has ended."))
    if Appeal.objects.filter(suspension=suspension).exists():
        return no(_("You have appealed against this suspension already."))
    return YES


def can_decide_appeal(actor: Member, appeal: Appeal) -> Verdict:
    """Somebody of the staff who had no part in it, and who could lift the suspension."""
    suspension = appeal.suspension
    if actor.pk == suspension.member_id:
        return no(_("Nobody decides their own appeal."))
    if verdict := can_moderate(actor):
        if actor.pk == suspension.suspended_by_id:
            return no(_("You gave this suspension. Somebody else decides the appeal."))
        if appeal.decided_at:
            return no(_("This appeal is decided."))
        return can_restore(actor, suspension.member)
    return verdict


def can_keep_tokens(actor: Member) -> Verdict:
    return YES if actor.is_member else no(_("Only members have access tokens."))
