from workinggroups.api.views.groups import GroupMembersView, GroupViewSet, InvitationsView, JoinRequestViewSet
from workinggroups.api.views.resources import GroupResourcesView, ResourceViewSet

__all__ = [
    "GroupMembersView",
    "GroupResourcesView",
    "GroupViewSet",
    "InvitationsView",
    "JoinRequestViewSet",
    "ResourceViewSet",
]
