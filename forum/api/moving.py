"""Topics to other places, for those who keep order there. Each answers the topic that has the posts afterwards."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from forum import actions
from forum.actions.moving import REASON_MOST
from forum.api.serializers import TopicSerializer


class MoveInput(serializers.Serializer):
    category = serializers.SlugField(help_text="Of the category it goes to.")
    reason = serializers.CharField(max_length=REASON_MOST)


class SplitInput(serializers.Serializer):
    """To an existing topic, the `destination`, or to a new one with a `title`."""

    posts = serializers.ListField(child=serializers.IntegerField(), default=list, help_text="Ids.")
    with_replies = serializers.ListField(
        child=serializers.IntegerField(),
        default=list,
        help_text="Ids of posts that go with all that is below them.",
    )
    destination = serializers.IntegerField(required=False, max_value=2**62, help_text="A topic’s id.")
    title = serializers.CharField(required=False, default="")
    category = serializers.SlugField(
        required=False, default="", help_text="Of the new topic; without it the same as before."
    )
    reason = serializers.CharField(max_length=REASON_MOST)


class MergeInput(serializers.Serializer):
    destination = serializers.IntegerField(
        max_value=2**62, help_text="The id of the topic that takes all posts."
    )
    reason = serializers.CharField(max_length=REASON_MOST)


class MovingMixin:
    """Of the view set of topics."""

    @extend_schema(request=MoveInput, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """To another category."""
        return self._moved(request, actions.move_topic, MoveInput)

    @extend_schema(request=SplitInput, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def split(self, request: Request, pk: str) -> Response:
        """Some posts to another topic, which is the answer."""
        return self._moved(request, actions.split_topic, SplitInput)

    @extend_schema(request=MergeInput, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """All posts to another topic, which is the answer."""
        return self._moved(request, actions.merge_topic, MergeInput)

    @extend_schema(request=None, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Takes the latest of these deeds back, within 24 hours. Answers the topic that has its posts again."""
        move = actions.undo_move(actor=request.user, topic_id=self.get_object().pk)
        return self.answer(move.source_id)

    def _moved(self, request: Request, deed, form: type[serializers.Serializer]) -> Response:
        topic = self.get_object()
        typed = form(data=request.data)
        typed.is_valid(raise_exception=True)
        move = deed(actor=request.user, topic_id=topic.pk, **typed.validated_data)
        return self.answer(move.destination_id)
