"""What a member sets on a post without writing: reactions and bookmarks."""

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from core.numbers import number_in
from forum import actions
from forum.api.serializers import BookmarkSerializer, ReactionSerializer
from forum.models import Bookmark, Reaction


@extend_schema_view(
    list=extend_schema(parameters=[OpenApiParameter("post", int), OpenApiParameter("topic", int)])
)
class ReactionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Who reacted how. Saying the same again answers 200 with what was said before."""

    serializer_class = ReactionSerializer
    ordering = ("-id",)
    queryset = Reaction.objects.none()

    def get_queryset(self):
        reactions = Reaction.objects.visible_to(self.request.user).select_related("member__agency")
        for name, field in (("post", "post"), ("topic", "post__topic")):
            if (value := number_in(self.request.query_params.get(name, ""))) is not None:
                reactions = reactions.filter(**{field: value})
        return reactions

    def create(self, request: Request) -> Response:
        typed = ReactionSerializer(data=request.data)
        typed.is_valid(raise_exception=True)
        reaction, is_new = actions.react(
            member=request.user, post_id=typed.validated_data["post_id"], kind=typed.validated_data["kind"]
        )
        shown = ReactionSerializer(reaction, context=self.get_serializer_context()).data
        return Response(shown, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        reaction = self.get_object()
        if reaction.member_id != request.user.pk:
            raise PermissionDenied("This is somebody else’s reaction.")
        actions.take_back_reaction(member=request.user, post_id=reaction.post_id, kind=reaction.kind)
        return Response(status=status.HTTP_204_NO_CONTENT)


class BookmarkViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The member's own bookmarks. Posting for the same post again changes its reminder."""

    serializer_class = BookmarkSerializer
    ordering = ("-id",)
    queryset = Bookmark.objects.none()

    def get_queryset(self):
        return Bookmark.objects.of(self.request.user).select_related("post__topic")

    def create(self, request: Request) -> Response:
        typed = BookmarkSerializer(data=request.data)
        typed.is_valid(raise_exception=True)
        bookmark, is_new = actions.bookmark_post(member=request.user, **typed.validated_data)
        shown = BookmarkSerializer(bookmark, context=self.get_serializer_context()).data
        return Response(shown, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        actions.remove_bookmark(member=request.user, post_id=self.get_object().post_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
