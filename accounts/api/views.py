from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.actions import update_profile
from accounts.api.serializers import AgencySerializer, MeInput, MemberSerializer, MeSerializer
from accounts.models import Agency, Member
from accounts.own_profile import profile_of, state_of


class MeView(APIView):
    """The member who asks, with an ETag of the profile."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return self.shown(request.user)

    @extend_schema(
        request=MeInput,
        responses=MeSerializer,
        parameters=[OpenApiParameter("If-Match", str, OpenApiParameter.HEADER)],
    )
    def patch(self, request: Request) -> Response:
        """Change the profile. 412 when it has changed since the ETag was read; nothing is changed then."""
        typed = MeInput(request.user, data=request.data, partial=True)
        typed.is_valid(raise_exception=True)
        matched = request.headers.get("If-Match", "").removeprefix("W/").strip('"')
        changed = update_profile(
            actor=request.user,
            member=request.user,
            seen="" if matched == "*" else matched,
            **profile_of(request.user) | typed.validated_data,
        )
        return self.shown(changed)

    def shown(self, member: Member) -> Response:
        return Response(MeSerializer(member).data, headers={"ETag": f'"{state_of(profile_of(member))}"'})


class MemberViewSet(ReadOnlyModelViewSet):
    """The directory. One member is also found after the membership has ended, by `id`."""

    serializer_class = MemberSerializer
    queryset = Member.objects.none()  # for the schema alone
    ordering = ("name", "id")
    lookup_value_converter = "int"

    def get_queryset(self):
        people = Member.objects.select_related("agency")
        if self.action != "list":
            return people.known()
        asked = self.request.query_params
        found = people.members().listed_for(self.request.user).search(asked.get("search", "")[:100])
        return found.at_agency(asked.get("agency", ""))

    @extend_schema(
        parameters=[
            OpenApiParameter("search", str, description="Words of the name, the handle or the agency."),
            OpenApiParameter("agency", int, description="The id of an agency."),
        ]
    )
    def list(self, request: Request, *args, **kwargs) -> Response:
        return super().list(request, *args, **kwargs)


class AgencyViewSet(ReadOnlyModelViewSet):
    serializer_class = AgencySerializer
    queryset = Agency.objects.all()
    ordering = ("name", "id")
    lookup_value_converter = "int"
