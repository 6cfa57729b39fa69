from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workinggroups import actions
from workinggroups.api.serializers import (
    DeclineInput,
    GroupInput,
    GroupSerializer,
    InvitationInput,
    JoinInput,
    MailedInvitationSerializer,
    MembershipSerializer,
    RequestSerializer,
)
from workinggroups.models import Group, Membership
from workinggroups.permissions import can_decide_requests, can_invite, can_read, standing


class GroupViewSet(viewsets.ReadOnlyModelViewSet):
    """The groups the member may know of. `?q=` searches, `?mine=1` keeps the member's own."""

    serializer_class = GroupSerializer
    lookup_field = "slug"
    ordering = ("name", "id")
    queryset = Group.objects.none()  # for the schema alone

    def get_queryset(self):
        member, query = self.request.user, self.request.query_params.get("q", "")[:100]
        groups = Group.objects.findable_by(member).with_my_role(member).matching(query)
        return groups.of(member) if self.request.query_params.get("mine") == "1" else groups

    @extend_schema(request=GroupInput, responses={201: GroupSerializer})
    def create(self, request: Request) -> Response:
        """A group at once for the steering committee and administrators, else a proposal for them."""
        typed = GroupInput(data=request.data)
        typed.is_valid(raise_exception=True)
        group = actions.create_group(actor=request.user, **typed.validated_data)
        shown = self.get_queryset().get(pk=group.pk)
        return Response(self.get_serializer(shown).data, status.HTTP_201_CREATED)

    @extend_schema(request=JoinInput, responses={201: MembershipSerializer, 202: RequestSerializer})
    @action(detail=True, methods=["post"])
    def join(self, request: Request, slug: str) -> Response:
        """201 when the member is in, 202 with the request when the leads decide."""
        typed = JoinInput(data=request.data)
        typed.is_valid(raise_exception=True)
        membership = actions.join_group(actor=request.user, group=self.get_object(), **typed.validated_data)
        if membership.requested_at is None:
            return Response(MembershipSerializer(membership).data, status.HTTP_201_CREATED)
        return Response(RequestSerializer(membership).data, status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, slug: str) -> Response:
        actions.leave_group(actor=request.user, group=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class InGroup(viewsets.GenericViewSet):
    """What lies below `groups/{slug}/`. A group the member may not know of is 404, as one that is not there."""

    queryset = Membership.objects.none()

    def initial(self, request: Request, *args, **kwargs) -> None:
        super().initial(request, *args, **kwargs)
        group = Group.objects.findable_by(request.user).filter(slug=kwargs["slug"]).first()
        if group is None:
            raise Http404
        self.group, self.standing = group, standing(request.user, group)

    def enter(self) -> None:
        if not can_read(self.standing):
            raise Http404


class GroupMembersView(mixins.ListModelMixin, InGroup):
    """The roster."""

    serializer_class = MembershipSerializer
    ordering = ("id",)

    def get_queryset(self):
        self.enter()
        return self.group.memberships.active().select_related("member__agency")


class JoinRequestViewSet(mixins.ListModelMixin, InGroup):
    """What leads have to decide."""

    moderation_actions = {"approve", "decline"}
    serializer_class = RequestSerializer
    ordering = ("id",)

    def get_queryset(self):
        can_decide_requests(self.standing).enforce()
        return self.group.memberships.requesting().select_related("member__agency")

    @extend_schema(request=None, responses=MembershipSerializer)
    def approve(self, request: Request, slug: str, pk: int) -> Response:
        membership = actions.approve_request(actor=request.user, group=self.group, membership_id=pk)
        return Response(MembershipSerializer(membership).data)

    @extend_schema(request=DeclineInput, responses={204: None})
    def decline(self, request: Request, slug: str, pk: int) -> Response:
        typed = DeclineInput(data=request.data)
        typed.is_valid(raise_exception=True)
        actions.decline_request(
            actor=request.user, group=self.group, membership_id=pk, **typed.validated_data
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class InvitationsView(mixins.ListModelMixin, InGroup):
    """Open invitations of members; POST invites by handle, or by address: then a mail goes there (202)."""

    moderation_actions = {"create"}
    serializer_class = MembershipSerializer
    ordering = ("id",)

    def get_queryset(self):
        can_invite(self.standing).enforce()
        return self.group.memberships.invited().select_related("member__agency")

    @extend_schema(
        request=InvitationInput, responses={201: MembershipSerializer, 202: MailedInvitationSerializer}
    )
    def create(self, request: Request, slug: str) -> Response:
        can_invite(self.standing).enforce()
        typed = InvitationInput(data=request.data)
        typed.is_valid(raise_exception=True)
        if "address" in typed.validated_data:
            mailed = actions.invite_address(actor=request.user, group=self.group, **typed.validated_data)
            return Response(MailedInvitationSerializer(mailed).data, status.HTTP_202_ACCEPTED)
        membership = actions.invite(actor=request.user, group=self.group, **typed.validated_data)
        return Response(MembershipSerializer(membership).data, status.HTTP_201_CREATED)
