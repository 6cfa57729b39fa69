from typing import Any

from django.db.models import Q
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import moderate_unless
from core.numbers import number_in
from forum import actions
from forum.api.merged import LedOnMixin
from forum.api.moving import MovingMixin
from forum.api.serializers import (
    CategorySerializer,
    ChangesSerializer,
    LockInput,
    PostEditInput,
    PostInput,
    PostSerializer,
    ReadInput,
    RedactInput,
    RevisionSerializer,
    TagSerializer,
    TopicEditInput,
    TopicInput,
    TopicSerializer,
    UnreadInput,
)
from forum.models import Category, Post, Tag, Topic
from forum.permissions import can_restore_post
from workinggroups.models import Membership

CHANGES_MAX = 200


class CategoryViewSet(viewsets.ReadOnlyModelViewSet):
    serializer_class = CategorySerializer
    lookup_field = "slug"
    ordering = ("position", "id")
    queryset = Category.objects.none()

    def get_queryset(self):
        return Category.objects.visible_to(self.request.user).select_related("parent", "group")

    def get_serializer_context(self) -> dict[str, Any]:
        roles = Membership.objects.active().filter(member=self.request.user.pk).values_list("group", "role")
        return {**super().get_serializer_context(), "roles": dict(roles)}


class TagViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    serializer_class = TagSerializer
    ordering = ("name",)
    queryset = Tag.objects.none()

    def get_queryset(self):
        """Tags in use on topics the member may see, and those made by moderators; without synonyms."""
        return Tag.objects.visible_to(self.request.user).prefetch_related("synonyms")


@extend_schema_view(
    list=extend_schema(parameters=[OpenApiParameter(name, str) for name in ("category", "group", "tag")])
)
class TopicViewSet(
    LedOnMixin, MovingMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    topic_kwarg = "pk"
    moderation_actions = {"lock", "move", "split", "merge", "undo"}
    serializer_class = TopicSerializer
    ordering = ("-last_post_at", "-id")
    queryset = Topic.objects.none()

    def get_queryset(self):
        topics = Topic.objects.visible_to(self.request.user).for_listing(self.request.user)
        asked = self.request.query_params
        if category := asked.get("category"):
            topics = topics.filter(category__slug=category)
        if group := asked.get("group"):
            topics = topics.filter(category__group__slug=group)
        if tag := asked.get("tag"):
            named = Tag.objects.filter(Q(name=tag) | Q(synonyms__name=tag)).values("pk")
            topics = topics.filter(pk__in=Topic.tags.through.objects.filter(tag__in=named).values("topic"))
        return topics

    def answer(self, topic_id: int, code: int = status.HTTP_200_OK) -> Response:
        topic = get_object_or_404(
            Topic.objects.visible_to(self.request.user).for_listing(self.request.user), pk=topic_id
        )
        return Response(TopicSerializer(topic, context=self.get_serializer_context()).data, code)

    @extend_schema(request=TopicInput, responses={201: TopicSerializer, 200: TopicSerializer})
    def create(self, request: Request) -> Response:
        typed = TopicInput(data=request.data)
        typed.is_valid(raise_exception=True)
        token = typed.validated_data.pop("client_token", "")
        started = actions.start_topic(author=request.user, token=token, **typed.validated_data)
        return self.answer(
            started.topic.pk, status.HTTP_201_CREATED if started.is_new else status.HTTP_200_OK
        )

    @extend_schema(request=TopicEditInput, responses=TopicSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        topic = self.get_object()
        moderate_unless(request, owner=topic.author_id)
        typed = TopicEditInput(data=request.data)
        typed.is_valid(raise_exception=True)
        actions.edit_topic(
            editor=request.user,
            topic_id=topic.pk,
            title=typed.validated_data.get("title", topic.title),
            tags=typed.validated_data.get("tags", [tag.name for tag in topic.tags.all()]),
        )
        return self.answer(topic.pk)

    @extend_schema(request=ReadInput, responses={204: None})
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Every post up to `number` has been seen, and those that `seen` names."""
        typed = ReadInput(data=request.data)
        typed.is_valid(raise_exception=True)
        number, posts = typed.validated_data["number"], typed.validated_data["seen"]
        actions.mark_read(member=request.user, topic_id=self.get_object().pk, number=number, posts=posts)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=UnreadInput, responses={204: None})
    @action(detail=True, methods=["post"])
    def unread(self, request: Request, pk: str) -> Response:
        """The post `number` and all after it are unread again."""
        typed = UnreadInput(data=request.data)
        typed.is_valid(raise_exception=True)
        actions.mark_unread(member=request.user, topic_id=self.get_object().pk, **typed.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=LockInput, responses=TopicSerializer, methods=["POST"])
    @extend_schema(request=None, responses=TopicSerializer, methods=["DELETE"])
    @action(detail=True, methods=["post", "delete"])
    def lock(self, request: Request, pk: str) -> Response:
        topic = self.get_object()
        if request.method == "POST":
            typed = LockInput(data=request.data)
            typed.is_valid(raise_exception=True)
            actions.lock_topic(actor=request.user, topic_id=topic.pk, **typed.validated_data)
        else:
            actions.unlock_topic(actor=request.user, topic_id=topic.pk)
        return self.answer(topic.pk)

    @extend_schema(
        parameters=[OpenApiParameter("since", int, required=True, description="A version of the topic.")],
        responses=ChangesSerializer,
    )
    @action(detail=True, pagination_class=None)
    def changes(self, request: Request, pk: str) -> Response:
        """Posts that changed after a version, in tree order, and those that left; at most 200, else `reset`."""
        topic = self.get_object()
        since = number_in(request.query_params.get("since", ""))
        if since is None:
            raise ValidationError({"since": "since must be a version of the topic, a whole number."})
        posts = _posts(topic).filter(changed_version__gt=since)[: CHANGES_MAX + 1]
        reset = len(posts) > CHANGES_MAX or since > topic.version
        shown = [] if reset else PostSerializer(posts, many=True, context=self.get_serializer_context()).data
        gone = [] if reset or not topic.gaps_count else topic.left_since(since)
        return Response({"version": topic.version, "reset": reset, "posts": shown, "gone": gone})


def _posts(topic: Topic):
    return topic.posts.select_related("topic", "author__agency", "agency").order_by("path")


class TopicPostsViewSet(LedOnMixin, mixins.ListModelMixin, viewsets.GenericViewSet):
    """`topics/{id}/posts/`: the posts of a topic in the order of their numbers."""

    serializer_class = PostSerializer
    ordering = ("number",)
    queryset = Post.objects.none()

    def get_queryset(self):
        topic = get_object_or_404(Topic.objects.visible_to(self.request.user), pk=self.kwargs["topic_id"])
        return _posts(topic)

    @extend_schema(request=PostInput, responses={201: PostSerializer, 200: PostSerializer})
    def create(self, request: Request, topic_id: int) -> Response:
        typed = PostInput(data=request.data)
        typed.is_valid(raise_exception=True)
        posted = actions.post_reply(
            author=request.user,
            topic_id=topic_id,
            body=typed.validated_data["body"],
            parent_id=typed.validated_data.get("parent"),
            token=typed.validated_data.get("client_token", ""),
        )
        code = status.HTTP_201_CREATED if posted.is_new else status.HTTP_200_OK
        shown = PostSerializer(posted.post, context=self.get_serializer_context()).data
        return Response(shown, code, headers={"ETag": etag(posted.post)})


def etag(post: Post) -> str:
    return f'"{post.revision}"'


class PostViewSet(viewsets.GenericViewSet):
    owner_field = "author_id"
    serializer_class = PostSerializer
    queryset = Post.objects.none()

    def get_queryset(self):
        posts = Post.objects.visible_to(self.request.user)
        return posts.select_related("topic__category__group", "author__agency", "agency")

    def shown(self, post: Post) -> Response:
        return Response(
            PostSerializer(post, context=self.get_serializer_context()).data, headers={"ETag": etag(post)}
        )

    def retrieve(self, request: Request, pk: str) -> Response:
        return self.shown(self.get_object())

    @extend_schema(
        request=PostEditInput,
        responses={200: PostSerializer},
        parameters=[OpenApiParameter("If-Match", str, OpenApiParameter.HEADER)],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """412 when the post's revision is not the one that was read; nothing is changed then."""
        post = self.get_object()
        typed = PostEditInput(data=request.data)
        typed.is_valid(raise_exception=True)
        matched = request.headers.get("If-Match", "").removeprefix("W/").strip('"')
        revision = typed.validated_data.get("revision", number_in(matched))
        if revision is None:
            raise ValidationError({"revision": "Send the revision you edited, here or as If-Match."})
        changed = actions.edit_post(
            editor=request.user,
            post_id=post.pk,
            body=typed.validated_data["body"],
            revision=revision,
            reason=typed.validated_data["reason"],
        )
        return self.shown(changed)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Removes the post from view; its replies stay."""
        actions.remove_post(remover=request.user, post_id=self.get_object().pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=RevisionSerializer(many=True))
    @action(detail=True, pagination_class=None)
    def revisions(self, request: Request, pk: str) -> Response:
        post = self.get_object()
        if post.is_removed and not can_restore_post(request.user, post):
            raise Http404
        revisions = post.revisions.select_related("editor__agency")
        return Response(RevisionSerializer(revisions, many=True, context=self.get_serializer_context()).data)

    @extend_schema(request=RedactInput, responses=RevisionSerializer)
    @action(detail=True, methods=["post"], url_path=r"revisions/(?P<revision>\d{1,9})/redact")
    def redact(self, request: Request, pk: str, revision: str) -> Response:
        """Takes the text of an earlier revision out for good. For those who keep order."""
        typed = RedactInput(data=request.data)
        typed.is_valid(raise_exception=True)
        old = actions.redact_revision(
            keeper=request.user, post_id=self.get_object().pk, revision=int(revision), **typed.validated_data
        )
        return Response(RevisionSerializer(old, context=self.get_serializer_context()).data)
