from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.numbers import number_in
from files.uploads import the_file
from forum import actions
from forum.attachments import markdown_of
from forum.models import Attachment
from forum.permissions import is_withheld


class AttachmentSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="filename")
    post = serializers.IntegerField(source="post_id", allow_null=True, help_text="Null until it is posted.")
    url = serializers.CharField(source="get_absolute_url")
    small_url = serializers.CharField(help_text="Of a picture, as posts show it; else empty.")
    markdown = serializers.SerializerMethodField(help_text="What names the file in a text.")

    class Meta:
        model = Attachment
        fields = [
            "id", "name", "size", "sha256", "media_type", "scan", "width", "height", "alt", "post", "url",
            "small_url", "markdown", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_markdown(self, attachment: Attachment) -> str:
        return markdown_of(attachment)


class AttachmentInput(serializers.Serializer):
    file = serializers.FileField(required=False)
    alt = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=300, help_text="What a picture shows."
    )


@extend_schema_view(
    list=extend_schema(
        parameters=[OpenApiParameter("post", int, description="Its files, instead of one’s own unposted.")]
    )
)
class AttachmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Files of posts. Upload one (multipart `file`), put its `markdown` into a text, post that text."""

    owner_field = "created_by_id"
    serializer_class = AttachmentSerializer
    parser_classes = [MultiPartParser]
    ordering = ("id",)
    queryset = Attachment.objects.none()

    def get_queryset(self):
        files = Attachment.objects.visible_to(self.request.user)
        files = files.select_related("post__topic__category__group")
        if self.action != "list":
            return files
        post = number_in(self.request.query_params.get("post", ""))
        return files.unposted() if post is None else files.filter(post=post, post__removed_at=None)

    def get_object(self) -> Attachment:
        found = super().get_object()
        if is_withheld(self.request.user, found):
            raise Http404
        return found

    @extend_schema(request={"multipart/form-data": AttachmentInput}, responses={201: AttachmentSerializer})
    def create(self, request: Request) -> Response:
        typed = AttachmentInput(data=request.data)
        typed.is_valid(raise_exception=True)
        upload = typed.validated_data.get("file")
        file = the_file(request._request, upload, limit=settings.COMMONS_ATTACHMENT_MAX)
        kept = actions.attach_file(uploader=request.user, file=file, alt=typed.validated_data["alt"])
        shown = AttachmentSerializer(kept, context=self.get_serializer_context()).data
        return Response(shown, status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Takes back a file that is not posted. 404 for any other."""
        actions.drop_attachment(member=request.user, attachment_id=self.get_object().pk)
        return Response(status=status.HTTP_204_NO_CONTENT)
