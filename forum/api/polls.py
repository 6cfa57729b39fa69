"""`topics/{id}/poll/`: the poll of a topic, and `vote/` and `close/` under it."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import moderate_unless
from forum import actions
from forum.api.merged import LedOnMixin
from forum.models import Poll
from forum.polls import PollSeen, poll_of
from forum.thread import see


class PollOptionSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    text = serializers.CharField()
    votes = serializers.IntegerField(
        allow_null=True,
        help_text="In a ranked poll: first places. Null while the result is not shown to you.",
    )
    is_winner = serializers.BooleanField(allow_null=True)
    rounds = serializers.ListField(
        child=serializers.IntegerField(allow_null=True), help_text="Of a ranked poll; null once it is out."
    )


class PollSerializer(serializers.Serializer):
    topic = serializers.IntegerField()
    revision = serializers.IntegerField(help_text="Of question and options.")
    question = serializers.CharField()
    kind = serializers.ChoiceField(choices=Poll.Kind.choices)
    max_choices = serializers.IntegerField()
    is_secret = serializers.BooleanField()
    shown = serializers.ChoiceField(choices=Poll.Shown.choices, help_text="To whom the result is shown.")
    closes_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    is_open = serializers.BooleanField()
    options = PollOptionSerializer(many=True)
    votes = serializers.IntegerField(allow_null=True, help_text="Null while that is not told.")
    has_voted = serializers.BooleanField()
    my_choices = serializers.ListField(child=serializers.IntegerField(), help_text="Empty in a secret poll.")
    can_vote = serializers.BooleanField()


class PollInput(serializers.Serializer):
    question = serializers.CharField()
    options = serializers.ListField(child=serializers.CharField(allow_blank=True), max_length=100)
    kind = serializers.ChoiceField(choices=Poll.Kind.choices, default=Poll.Kind.SINGLE)
    max_choices = serializers.IntegerField(required=False, allow_null=True, default=None)
    is_secret = serializers.BooleanField(default=False)
    shown = serializers.ChoiceField(choices=Poll.Shown.choices, default=Poll.Shown.VOTED)
    closes_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class PollEditInput(serializers.Serializer):
    question = serializers.CharField(required=False)
    options = serializers.ListField(
        child=serializers.CharField(allow_blank=True), max_length=100, required=False
    )
    revision = serializers.IntegerField(help_text="The one that was read.")


class VoteInput(serializers.Serializer):
    choices = serializers.ListField(
        child=serializers.IntegerField(),
        max_length=Poll.OPTIONS_MOST,
        help_text="Numbers of options; in a ranked poll the best first.",
    )
    revision = serializers.IntegerField(
        required=False, help_text="Of the poll that was read; if it has another one, nothing is counted."
    )


class PollViewSet(LedOnMixin, viewsets.ViewSet):
    serializer_class = PollSerializer

    def answer(self, request: Request, topic_id: int, code: int = status.HTTP_200_OK) -> Response:
        shown = poll_of(see(request.user, topic_id))
        if shown is None:
            raise Http404
        return Response(PollSerializer(_told(shown)).data, code)

    def _keep_own(self, request: Request, topic_id: int) -> None:
        """Ends a poll that is the member's own, or in their topic; any other one is ended by moderation."""
        shown = poll_of(see(request.user, topic_id))
        if shown is None:
            raise Http404
        if shown.seen.topic.author_id != request.user.pk:
            moderate_unless(request, owner=shown.poll.created_by_id)

    @extend_schema(responses=PollSerializer)
    def retrieve(self, request: Request, topic_id: int) -> Response:
        return self.answer(request, topic_id)

    @extend_schema(request=PollInput, responses={201: PollSerializer})
    def create(self, request: Request, topic_id: int) -> Response:
        typed = PollInput(data=request.data)
        typed.is_valid(raise_exception=True)
        moderate_unless(request, owner=see(request.user, topic_id).topic.author_id)
        actions.add_poll(actor=request.user, topic_id=topic_id, **typed.validated_data)
        return self.answer(request, topic_id, status.HTTP_201_CREATED)

    @extend_schema(request=PollEditInput, responses=PollSerializer)
    def partial_update(self, request: Request, topic_id: int) -> Response:
        """Other words, until somebody has voted. 412 when `revision` is not the poll's any more."""
        shown = poll_of(see(request.user, topic_id))
        if shown is None:
            raise Http404
        typed = PollEditInput(data=request.data)
        typed.is_valid(raise_exception=True)
        words = {"question": shown.poll.question, "options": shown.poll.options}
        actions.edit_poll(actor=request.user, topic_id=topic_id, **{**words, **typed.validated_data})
        return self.answer(request, topic_id)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, topic_id: int) -> Response:
        self._keep_own(request, topic_id)
        actions.remove_poll(actor=request.user, topic_id=topic_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=VoteInput, responses=PollSerializer)
    def vote(self, request: Request, topic_id: int) -> Response:
        """One vote for each member. A later one takes its place, in a secret poll it answers 403."""
        typed = VoteInput(data=request.data)
        typed.is_valid(raise_exception=True)
        actions.vote(member=request.user, topic_id=topic_id, **typed.validated_data)
        return self.answer(request, topic_id)

    @extend_schema(request=None, responses=PollSerializer)
    def close(self, request: Request, topic_id: int) -> Response:
        self._keep_own(request, topic_id)
        actions.close_poll(actor=request.user, topic_id=topic_id)
        return self.answer(request, topic_id)


def _told(shown: PollSeen) -> dict[str, Any]:
    poll, result = shown.poll, shown.result
    if result:
        options: list[dict[str, Any]] = [line._asdict() for line in result.lines]
    else:
        options = [
            {"number": number, "text": text, "votes": None, "is_winner": None, "rounds": []}
            for number, text in poll.numbered
        ]
    return {
        "topic": poll.topic_id,
        "revision": poll.revision,
        "question": poll.question,
        "kind": poll.kind,
        "max_choices": poll.max_choices,
        "is_secret": poll.is_secret,
        "shown": poll.shown,
        "closes_at": poll.closes_at,
        "closed_at": poll.closed_at,
        "is_open": poll.is_open,
        "options": options,
        "votes": shown.total,
        "has_voted": shown.has_voted,
        "my_choices": shown.choices,
        "can_vote": bool(shown.can_vote),
    }
