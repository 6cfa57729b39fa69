from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications import actions
from notifications.api.serializers import NoticeSerializer, ReadAnswerSerializer, ReadSerializer
from notifications.models import Notice


class NoticeFilter(filters.FilterSet):
    unread = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")
    after = filters.NumberFilter(field_name="id", lookup_expr="gt", min_value=0, max_value=2**62)
    kind = filters.CharFilter()

    class Meta:
        model = Notice
        fields = ["unread", "after", "kind"]


class Notifications(ListAPIView):
    """The member's notifications, the newest first."""

    serializer_class = NoticeSerializer
    filter_backends = [filters.DjangoFilterBackend]
    filterset_class = NoticeFilter
    queryset = Notice.objects.none()

    def get_queryset(self) -> QuerySet[Notice]:
        return Notice.objects.of(self.request.user).for_listing()


class ReadNotifications(APIView):
    @extend_schema(request=ReadSerializer, responses=ReadAnswerSerializer)
    def post(self, request: Request) -> Response:
        """Mark notifications read; other tabs hear of it."""
        asked = ReadSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        ids = actions.read(member_id=request.user.pk, **asked.validated_data)
        return Response({"ids": ids, "unread": Notice.objects.of(request.user).unread().count()})
