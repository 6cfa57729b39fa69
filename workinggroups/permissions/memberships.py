from django.utils.translation import gettext as _

from core.errors import YES, Verdict, no
from workinggroups.models import Group, Membership
from workinggroups.permissions.standing import Standing, barred, can_find, can_read, living

Role = Membership.Role
RANK = {Role.OBSERVER: 0, Role.MEMBER: 1, Role.CO_LEAD: 2, Role.LEAD: 3}


def way_in(s: Standing) -> str:
    """What joining would do now: "accept" an invitation, "join", "request", or "" when it cannot be done."""
    if not can_join(s):
        return ""
    if s.is_invited:
        return "accept"
    if s.is_observer or s.group.join == Group.Join.REQUEST:
        return "request"
    return "join"


def can_join(s: Standing) -> Verdict:
    """Join, ask to join or, as an observer, ask to be a member. What it will be, `way_in` says."""
    if not (verdict := living(s)):
        return verdict
    if s.is_requesting:
        return no(_("You have asked already. A lead will decide."))
    if s.is_writing:
        return no(_("You are a member of this group."))
    if s.is_observer or s.is_invited:
        return YES
    if s.group.is_hidden or s.group.join == Group.Join.INVITATION:
        return no(_("This group is by invitation. Ask one of its leads."))
    return YES


def can_accept_mailed(s: Standing) -> Verdict:
    """An invitation to one's address, also where one could not even find the group."""
    if not (verdict := living(s)):
        return verdict
    return no(_("You are in this group already.")) if s.is_active else YES


def can_invite(s: Standing) -> Verdict:
    if not (verdict := living(s)):
        return verdict
    if s.is_leading or s.member.is_administrator:
        return YES
    if s.role == Role.MEMBER and s.group.members_invite:
        return YES
    return no(_("Only leads can invite to this group."))


def can_decide_requests(s: Standing) -> Verdict:
    if not (verdict := living(s)):
        return verdict
    return YES if s.is_leading else no(_("Only leads decide who joins."))


def can_remove_members(s: Standing) -> Verdict:
    if not (verdict := living(s)):
        return verdict
    if s.is_leading or s.member.is_administrator:
        return YES
    return no(_("Only leads can remove members."))


def can_remove(s: Standing, membership: Membership) -> Verdict:
    """Remove or ban one person, or lift a ban."""
    if not (verdict := can_remove_members(s)):
        return verdict
    if membership.is_active and membership.role == Role.LEAD:
        return no(_("A lead cannot be removed."))
    if membership.member_id == s.member.pk:
        return no(_("You cannot remove yourself. Leave the group instead."))
    return YES


def can_change_roles(s: Standing) -> Verdict:
    """Asked before anybody's role is looked at: whoever may not see the roster learns nothing from trying."""
    if not (verdict := living(s)):
        return verdict
    if s.is_active or s.member.is_steering or s.member.is_administrator:
        return YES
    return no(_("Only leads change roles."))


def can_appoint(s: Standing) -> Verdict:
    """Make somebody lead without being one."""
    if not (verdict := living(s)):
        return verdict
    if s.member.is_steering or s.member.is_administrator:
        return YES
    return no(_("Only the steering committee appoints leads."))


def can_change_role(s: Standing, membership: Membership, role: str) -> Verdict:
    """Whether another lead must stay is asked by the action, under the group's lock."""
    if not (verdict := living(s)):
        return verdict
    if not membership.is_active:
        return no(_("Only members of this group have a role in it."))
    if role == membership.role:
        return no(_("They have this role already."))
    is_self = membership.member_id == s.member.pk
    if is_self and RANK[Role(role)] > RANK[Role(membership.role)]:
        return no(_("Nobody raises their own role."))
    if is_self and s.is_leading:
        return YES
    is_about_leads = Role.LEAD in (role, membership.role) or Role.CO_LEAD in (role, membership.role)
    if is_about_leads and (s.member.is_steering or s.member.is_administrator):
        return YES
    return _change_role_as_lead(s, membership, role)


def _change_role_as_lead(s: Standing, membership: Membership, role: str) -> Verdict:
    if role == Role.LEAD:
        return no(_("Only the steering committee grants this. A lead can hand the group over instead."))
    if membership.role == Role.LEAD:
        return no(_("Only the steering committee takes the lead from somebody."))
    if Role.CO_LEAD in (role, membership.role):
        return YES if s.is_lead else no(_("Only a lead grants or takes the role of co-lead."))
    return YES if s.is_leading else no(_("Only leads change roles."))


def can_hand_over(s: Standing, membership: Membership) -> Verdict:
    """Ask another member to take one's place as lead."""
    if not (verdict := living(s)):
        return verdict
    if not s.is_lead:
        return no(_("Only a lead can hand the group over."))
    if not membership.is_active or membership.role not in Membership.WRITING or membership.role == Role.LEAD:
        return no(_("Choose a member or co-lead of this group."))
    return YES


def can_leave(s: Standing) -> Verdict:
    """Also from a concluded group. Whether another lead stays is asked by the action, under the group's lock."""
    if not (verdict := barred(s)):
        return verdict
    return YES if s.is_active else no(_("You are not a member of this group."))


def can_see_addresses(s: Standing) -> Verdict:
    if not (verdict := can_find(s)):
        return verdict
    if s.is_leading or s.member.is_administrator:
        return YES
    return no(_("Only leads see the addresses of members."))


def can_export_roster(s: Standing) -> Verdict:
    if not (verdict := can_read(s)):
        return verdict
    return YES if s.is_leading else no(_("Only leads export the roster."))
