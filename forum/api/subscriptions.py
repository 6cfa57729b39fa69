"""What a member follows: `topic:91`, `category:12`, `tag:7`, each with a level."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Member
from forum import actions
from forum.models import Category, CategoryFollow, Level, Tag, TagFollow, Topic, TopicState

SHOWN = 500  # of each sort
SORTS: dict[str, tuple[Any, Any]] = {
    "topic": (Topic, TopicState),
    "category": (Category, CategoryFollow),
    "tag": (Tag, TagFollow),
}
SOURCE = OpenApiParameter(
    "source", OpenApiTypes.STR, OpenApiParameter.PATH, description="Such as topic:91, category:12, tag:7."
)


class SubscriptionSerializer(serializers.Serializer):
    source = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True)
    level = serializers.ChoiceField(Level.choices)
    why = serializers.CharField(read_only=True, help_text="started, replied or chosen.")


def _shown(source: str, thing: Any, level: str, why: str = "chosen") -> dict[str, str]:
    return {
        "source": source,
        "title": str(thing),
        "url": thing.get_absolute_url(),
        "level": level,
        "why": why,
    }


def subscriptions_of(member: Member) -> list[dict[str, str]]:
    """The member's choices, of what they may still see: categories and tags by name, topics newest first."""
    places = CategoryFollow.objects.filter(member=member, category__in=Category.objects.visible_to(member))
    tags = TagFollow.objects.filter(member=member, tag__in=Tag.objects.visible_to(member))
    states = TopicState.objects.filter(member=member, topic__in=Topic.objects.visible_to(member))
    states = states.exclude(level="").select_related("topic").order_by("-topic__last_post_at", "-topic")
    return [
        *(
            _shown(f"category:{one.category_id}", one.category, one.level)
            for one in places.select_related("category__group").order_by("category__name")[:SHOWN]
        ),
        *(
            _shown(f"tag:{one.tag_id}", one.tag, one.level)
            for one in tags.select_related("tag").order_by("tag__name")[:SHOWN]
        ),
        *(_shown(f"topic:{one.topic_id}", one.topic, one.level, one.why) for one in states[:SHOWN]),
    ]


class SubscriptionsView(APIView):
    @extend_schema(responses=SubscriptionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Everything the member has chosen a level for, at most 500 of each sort."""
        return Response(SubscriptionSerializer(subscriptions_of(request.user), many=True).data)


class SubscriptionView(APIView):
    """One of them; `level` is empty where nothing was chosen. DELETE leaves it to tags and category again."""

    @extend_schema(parameters=[SOURCE], responses=SubscriptionSerializer)
    def get(self, request: Request, source: str) -> Response:
        thing, level = self._find(source)
        return Response(SubscriptionSerializer(_shown(source, thing, level, "chosen" if level else "")).data)

    @extend_schema(parameters=[SOURCE], request=SubscriptionSerializer, responses=SubscriptionSerializer)
    def put(self, request: Request, source: str) -> Response:
        thing, _level = self._find(source)
        typed = SubscriptionSerializer(data=request.data)
        typed.is_valid(raise_exception=True)
        level = typed.validated_data["level"]
        self._set(thing, level)
        return Response(SubscriptionSerializer(_shown(source, thing, level)).data)

    @extend_schema(parameters=[SOURCE], responses={204: None})
    def delete(self, request: Request, source: str) -> Response:
        self._set(self._find(source)[0], "")
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _find(self, source: str) -> tuple[Topic | Category | Tag, str]:
        """What the source names, if the member may see it, and the level they have chosen."""
        sort, _, number = source.partition(":")
        if sort not in SORTS or not (number.isascii() and number.isdigit() and len(number) < 19):
            raise Http404
        things, chosen = SORTS[sort]
        thing = things.objects.visible_to(self.request.user).filter(pk=int(number)).first()
        if thing is None:
            raise Http404
        kept = chosen.objects.filter(**{"member": self.request.user.pk, sort: thing.pk})
        return thing, kept.values_list("level", flat=True).first() or ""

    def _set(self, thing: Topic | Category | Tag, level: str) -> None:
        member = self.request.user
        if isinstance(thing, Topic):
            actions.follow_topic(member=member, topic_id=thing.pk, level=level)
        elif isinstance(thing, Category):
            actions.follow_category(member=member, category=thing, level=level)
        else:
            actions.follow_tag(member=member, tag=thing, level=level)
