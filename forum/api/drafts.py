"""What the member has typed and not sent. A draft is addressed by what it is for: `drafts/reply/12/`."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Conflict
from core.numbers import number_in
from core.problems import conflict_answer
from forum import actions
from forum.drafts import Placed, placed
from forum.models import Draft


class DraftSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(Draft.Kind.choices)
    target = serializers.IntegerField(help_text="The topic of a reply, the post of an edit, else 0.")
    revision = serializers.IntegerField()
    title = serializers.CharField(help_text="Empty when the topic is not there for the member any more.")
    url = serializers.CharField()
    updated_at = serializers.DateTimeField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """With `fields`, a name that a serializer has for itself."""
        return super().get_fields() | {"fields": serializers.DictField(child=serializers.CharField())}

    def to_representation(self, place: Placed) -> dict[str, Any]:
        draft = place.draft
        return {
            "kind": draft.kind,
            "target": draft.target,
            "revision": draft.revision,
            "title": place.title,
            "url": draft.get_absolute_url(),
            "updated_at": serializers.DateTimeField().to_representation(draft.updated_at),
            "fields": draft.fields,
        }


class DraftInput(serializers.Serializer):
    revision = serializers.IntegerField(
        required=False, min_value=0, help_text="Of the draft you know, 0 for none; or its ETag in If-Match."
    )
    client_token = serializers.CharField(max_length=64, required=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        texts = serializers.DictField(
            child=serializers.CharField(allow_blank=True, trim_whitespace=False),
            help_text="topic: category, title, body, tags; reply: body, parent; edit: body, reason, revision.",
        )
        return super().get_fields() | {"fields": texts}


class DraftViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    serializer_class = DraftSerializer
    ordering = ("-updated_at", "-id")
    queryset = Draft.objects.none()

    def get_queryset(self):
        return Draft.objects.of(self.request.user)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(DraftSerializer(placed(request.user, page or []), many=True).data)

    def data(self, draft: Draft) -> dict[str, Any]:
        [place] = placed(self.request.user, [draft])
        return DraftSerializer(place).data

    def shown(self, draft: Draft, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.data(draft), code, headers={"ETag": f'"{draft.revision}"'})

    def retrieve(self, request: Request, kind: str, target: int) -> Response:
        return self.shown(get_object_or_404(self.get_queryset(), kind=kind, target=target))

    @extend_schema(
        request=DraftInput,
        responses={200: DraftSerializer, 201: DraftSerializer, 204: None},
        parameters=[OpenApiParameter("If-Match", str, OpenApiParameter.HEADER)],
    )
    def update(self, request: Request, kind: str, target: int) -> Response:
        """412 with both versions (`current` and `yours`) when the draft is not the one you know; nothing is saved
        then. Without a word in it the draft goes, and the answer is 204."""
        typed = DraftInput(data=request.data)
        typed.is_valid(raise_exception=True)
        cleaned = typed.validated_data
        matched = request.headers.get("If-Match", "").removeprefix("W/").strip('"')
        revision = cleaned.get("revision", number_in(matched) or 0)
        try:
            kept = actions.save_draft(
                member=request.user,
                kind=kind,
                target=target,
                fields=cleaned["fields"],
                revision=revision,
                token=cleaned.get("client_token", ""),
            )
        except Conflict as conflict:
            return self.both(conflict, cleaned["fields"])
        if kept is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return self.shown(kept, status.HTTP_200_OK if revision else status.HTTP_201_CREATED)

    def both(self, conflict: Conflict, yours: dict[str, str]) -> Response:
        current = self.data(conflict.current) if conflict.current else None
        return conflict_answer(conflict, current=current, yours=yours)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, kind: str, target: int) -> Response:
        get_object_or_404(self.get_queryset(), kind=kind, target=target)
        actions.discard_draft(member=request.user, kind=kind, target=target)
        return Response(status=status.HTTP_204_NO_CONTENT)
