from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import live
from accounts.actions.locks import lock_both
from accounts.models import Member, RoleGrant, SiteRole
from accounts.permissions import can_grant_role
from audit.actions import record
from core.errors import Refused


@transaction.atomic
def grant_role(*, actor: Member | None, member: Member, role: str) -> RoleGrant:
    """Idempotent. `actor` None is the operator at the shell."""
    if role not in SiteRole.values:
        raise ValidationError({"role": _("There is no such role.")})
    lock_administrators()
    actor, member = _fresh(actor, member)
    can_grant_role(actor, member).enforce()
    grant, created = RoleGrant.objects.get_or_create(member=member, role=role, defaults={"granted_by": actor})
    if created:
        record(actor=actor, action="role.grant", target=f"member:{member.pk}", role=role)
    _write_roles(member)
    return grant


@transaction.atomic
def revoke_role(*, actor: Member | None, member: Member, role: str) -> None:
    """The last administrator stays: somebody must be able to grant roles."""
    administrators = lock_administrators()
    actor, member = _fresh(actor, member)
    can_grant_role(actor, member).enforce()
    if role == SiteRole.ADMINISTRATOR and administrators == [member.pk]:
        raise Refused(_("This is the last administrator. Make another member one first."))
    deleted, _rows = RoleGrant.objects.filter(member=member, role=role).delete()
    if deleted:
        record(actor=actor, action="role.revoke", target=f"member:{member.pk}", role=role)
    _write_roles(member)


def lock_administrators() -> list[int]:
    """Their member ids. Held by every change of roles, so that two administrators can't unseat each other at once."""
    grants = RoleGrant.objects.select_for_update().filter(role=SiteRole.ADMINISTRATOR).order_by("pk")
    return [grant.member_id for grant in grants]


def _fresh(actor: Member | None, member: Member) -> tuple[Member | None, Member]:
    """Both as of now, after the lock: the actor may have lost the role, or been suspended, while waiting for it."""
    return (None, member) if actor is None else lock_both(actor, member)


def _write_roles(member: Member) -> None:
    locked = Member.objects.select_for_update().get(pk=member.pk)
    locked.site_roles = sorted(locked.role_grants.values_list("role", flat=True))
    locked.save(update_fields=["site_roles"])
    live.recheck(locked.pk)
