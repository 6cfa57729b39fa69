from workinggroups.models.groups import (
    INVITATION_LIFE,
    Group,
    GroupQuerySet,
    Membership,
    MembershipEvent,
    readable_by,
)
from workinggroups.models.invitations import MailedInvitation, MailedInvitationQuerySet
from workinggroups.models.resources import TRASH_LIFE, Resource, ResourceVersion

__all__ = [
    "INVITATION_LIFE",
    "TRASH_LIFE",
    "Group",
    "GroupQuerySet",
    "MailedInvitation",
    "MailedInvitationQuerySet",
    "Membership",
    "MembershipEvent",
    "Resource",
    "ResourceVersion",
    "readable_by",
]
