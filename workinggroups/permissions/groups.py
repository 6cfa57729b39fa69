from django.utils.translation import gettext as _

from accounts.models import Member
from core.errors import YES, Verdict, no
from workinggroups.models import Group
from workinggroups.permissions.standing import Standing, barred, living


def can_propose_group(member: Member) -> Verdict:
    return YES if member.is_member else no(_("Your membership of the community is not active."))


def can_create_group(member: Member) -> Verdict:
    """Start a group without anybody's approval."""
    if not member.is_member:
        return no(_("Your membership of the community is not active."))
    if member.is_steering or member.is_administrator:
        return YES
    return no(_("New groups are approved by the steering committee."))


def can_decide_proposal(s: Standing) -> Verdict:
    if not (verdict := barred(s)):
        return verdict
    if not (verdict := can_create_group(s.member)):
        return verdict
    if s.group.state != Group.State.PROPOSED:
        return no(_("This group is not waiting for approval."))
    if s.group.created_by_id == s.member.pk:
        return no(_("Nobody approves their own proposal."))
    return YES


def can_propose_again(s: Standing) -> Verdict:
    if not (verdict := barred(s)):
        return verdict
    if s.group.state != Group.State.DECLINED:
        return no(_("This group was not declined."))
    return YES if s.is_lead else no(_("Only its lead can propose this group again."))


def can_conclude(s: Standing) -> Verdict:
    if not (verdict := living(s)):
        return verdict
    if s.member.is_steering or s.member.is_administrator:
        return YES
    return no(_("The steering committee concludes groups."))


def can_reopen(s: Standing) -> Verdict:
    if not (verdict := barred(s)):
        return verdict
    if not s.group.is_concluded:
        return no(_("This group is not concluded."))
    if s.member.is_steering or s.member.is_administrator:
        return YES
    return no(_("The steering committee reopens groups."))


def can_edit_profile(s: Standing) -> Verdict:
    """Name, purpose, charter. Also while the group is a proposal."""
    if not (verdict := barred(s)):
        return verdict
    if s.group.is_concluded:
        return no(_("This working group is concluded. It can be read, but nothing can be changed."))
    return YES if s.is_leading else no(_("Only leads can change this."))


def can_change_settings(s: Standing) -> Verdict:
    """Who may join and how, what observers and members may do."""
    return can_edit_profile(s)


def can_change_visibility(s: Standing, listing: str = "", content: str = "") -> Verdict:
    """To this listing and content; with neither, whether the member can change anything about it at all."""
    if not (verdict := barred(s)):
        return verdict
    if s.group.is_concluded:
        return no(_("This working group is concluded. It can be read, but nothing can be changed."))
    if s.group.state in Group.UNBORN:
        return YES if s.is_lead else no(_("Only its lead can change this."))
    if not (s.is_lead or s.member.is_steering or s.member.is_administrator):
        return no(_("Only leads change who can see the group."))
    if is_more_visible(s.group, listing, content) and not s.member.is_steering:
        return no(_("Only the steering committee can make a group more visible. Ask them to."))
    return YES


def is_more_visible(group: Group, listing: str, content: str) -> bool:
    """Whether somebody would see more than now."""
    return (group.is_hidden and listing == Group.Listing.LISTED) or (
        not group.is_open and content == Group.Content.OPEN
    )


def can_open_settings(s: Standing) -> Verdict:
    """Whether there is anything on the settings page for the member."""
    deeds = (can_change_settings, can_change_visibility, can_decide_proposal, can_conclude, can_reopen)
    if any(deed(s) for deed in deeds):
        return YES
    return no(_("Only leads change the settings of a group."))
