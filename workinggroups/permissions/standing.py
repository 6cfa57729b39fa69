"""What one member is in one group, and the rules every other rule begins with."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Member
from core.errors import YES, Verdict, no
from workinggroups.models import Group, Membership


@dataclass(frozen=True)
class Standing:
    """What one member is in one group: loaded once with `standing()`, asked by every predicate."""

    group: Group
    member: Member
    membership: Membership | None  # in any status

    @property
    def is_active(self) -> bool:
        return self.membership is not None and self.membership.is_active

    @property
    def role(self) -> str:
        """ "" without an active membership."""
        return self.membership.role if self.membership is not None and self.membership.is_active else ""

    @property
    def role_label(self) -> str:
        return str(Membership.Role(self.role).label) if self.role else ""

    @property
    def is_lead(self) -> bool:
        return self.role == Membership.Role.LEAD

    @property
    def is_leading(self) -> bool:
        return self.role in Membership.LEADING

    @property
    def is_writing(self) -> bool:
        return self.role in Membership.WRITING

    @property
    def is_observer(self) -> bool:
        return self.role == Membership.Role.OBSERVER

    @property
    def is_banned(self) -> bool:
        return self.membership is not None and self.membership.status == Membership.Status.BANNED

    @property
    def is_invited(self) -> bool:
        return self.membership is not None and self.membership.is_invited

    @property
    def is_requesting(self) -> bool:
        return self.membership is not None and self.membership.requested_at is not None

    @property
    def can_read(self) -> Verdict:
        return can_read(self)

    @property
    def can_post(self) -> Verdict:
        return can_post(self)

    @property
    def can_reply(self) -> Verdict:
        return can_reply(self)


def standing(member: Member, group: Group) -> Standing:
    return Standing(group, member, group.memberships.filter(member=member.pk).first())


def barred(s: Standing) -> Verdict:
    """Deny wins: what stands before every other rule. False when something bars the member."""
    if not s.member.is_member:
        return no(_("Your membership of the community is not active."))
    if s.is_banned:
        return no(_("This group is closed to you."))
    return YES


def living(s: Standing) -> Verdict:
    """Before every deed that writes."""
    if not (verdict := barred(s)):
        return verdict
    if s.group.is_concluded:
        return no(_("This working group is concluded. It can be read, but nothing can be changed."))
    if not s.group.is_living:
        return no(_("This working group has not been approved yet."))
    return YES


def can_find(s: Standing) -> Verdict:
    """Know of the group, see its charter and leads. The predicate twin of `Group.objects.findable_by`."""
    if not (verdict := barred(s)):
        return verdict
    if (
        s.is_active
        or s.is_invited
        or s.member.is_moderator
        or s.member.is_steering
        or s.member.is_administrator
    ):
        return YES
    if s.group.is_hidden or s.group.state in Group.UNBORN:
        return no(_("There is no such group."))
    return YES


def can_read(s: Standing) -> Verdict:
    """Read topics and files, see the roster. The predicate twin of `Group.objects.visible_to`.

    Site roles give nothing here: a moderator or administrator reads what every outsider reads.
    """
    if not (verdict := barred(s)):
        return verdict
    if s.is_active or (s.group.is_open and s.group.state not in Group.UNBORN):
        return YES
    return no(_("Only members of this group can read it."))


def can_post(s: Standing) -> Verdict:
    """Start a topic."""
    if not (verdict := living(s)):
        return verdict
    if s.is_observer:
        return no(_("Observers read here but do not start topics. Ask a lead to make you a member."))
    return YES if s.is_writing else no(_("Join the working group to take part."))


def can_reply(s: Standing) -> Verdict:
    if s.is_observer and s.group.observers_post:
        return living(s)
    return can_post(s)
