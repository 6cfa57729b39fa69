from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.parsing import StrictJSONParser
from files.uploads import the_file
from workinggroups import actions
from workinggroups.api.serializers import (
    ResourceEditInput,
    ResourceSerializer,
    UploadInput,
    VersionInput,
    VersionSerializer,
)
from workinggroups.api.views.groups import InGroup
from workinggroups.models import Resource
from workinggroups.permissions import can_change_resource, can_upload, standing


def shown(resource: Resource) -> dict[str, Any]:
    fresh = Resource.objects.for_listing().select_related("group", "created_by__agency", "newest__created_by")
    return ResourceSerializer(fresh.get(pk=resource.pk)).data


class GroupResourcesView(mixins.ListModelMixin, InGroup):
    """The shelf of a group, newest first; POST adds a file (multipart `file`) or a link."""

    serializer_class = ResourceSerializer
    parser_classes = [MultiPartParser, StrictJSONParser]
    ordering = ("-changed_at", "-id")
    queryset = Resource.objects.none()

    def get_queryset(self):
        self.enter()
        return (
            self.group.resources.shelved()
            .for_listing()
            .select_related("group", "created_by__agency", "newest")
        )

    @extend_schema(request={"multipart/form-data": UploadInput}, responses={201: ResourceSerializer})
    def create(self, request: Request, slug: str) -> Response:
        self.enter()
        can_upload(self.standing).enforce()
        typed = UploadInput(data=request.data)
        typed.is_valid(raise_exception=True)
        given = typed.validated_data
        if given["kind"] == Resource.Kind.LINK:
            parts = {name: given[name] for name in ("name", "link", "description", "collection")}
            resource = actions.add_link(actor=request.user, group=self.group, **parts)
        else:
            files = [the_file(request._request, given.get("file"))]
            parts = {name: given[name] for name in ("collection", "note")}
            [resource] = actions.add_files(actor=request.user, group=self.group, files=files, **parts)
        return Response(shown(resource), status.HTTP_201_CREATED)


class ResourceViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    owner_field = "created_by_id"
    serializer_class = ResourceSerializer
    parser_classes = [MultiPartParser, StrictJSONParser]
    queryset = Resource.objects.none()
    lookup_value_converter = "int"

    def get_queryset(self):
        resources = Resource.objects.visible_to(self.request.user).for_listing()
        return resources.select_related("group", "created_by__agency", "newest")

    def get_object(self) -> Resource:
        """What is in the trash is there for those who may bring it back."""
        resource = super().get_object()
        if resource.is_trashed and not can_change_resource(
            standing(self.request.user, resource.group), resource
        ):
            raise Http404
        return resource

    @extend_schema(request=ResourceEditInput, responses=ResourceSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:
        resource = self.get_object()
        typed = ResourceEditInput(data=request.data)
        typed.is_valid(raise_exception=True)
        parts = {name: getattr(resource, name) for name in ("name", "description", "collection")}
        changed = actions.edit_resource(
            actor=request.user, resource=resource, **(parts | typed.validated_data)
        )
        return Response(shown(changed))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Into the trash, where it can be restored for 30 days."""
        actions.trash_resource(actor=request.user, resource=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=ResourceSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: int) -> Response:
        return Response(shown(actions.restore_resource(actor=request.user, resource=self.get_object())))

    @extend_schema(methods=["GET"], responses=VersionSerializer(many=True))
    @extend_schema(
        methods=["POST"], request={"multipart/form-data": VersionInput}, responses={201: ResourceSerializer}
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def versions(self, request: Request, pk: int) -> Response:
        """Newest first. POST adds one (multipart `file`, `note`) and answers with the resource as it is now."""
        resource = self.get_object()
        if request.method == "GET":
            versions = list(resource.versions.select_related("created_by__agency"))
            for version in versions:
                version.resource = resource
            return Response(VersionSerializer(versions, many=True).data)
        can_change_resource(standing(request.user, resource.group), resource).enforce()
        typed = VersionInput(data=request.data)
        typed.is_valid(raise_exception=True)
        file = the_file(request._request, typed.validated_data.get("file"))
        actions.add_version(
            actor=request.user, resource=resource, file=file, note=typed.validated_data["note"]
        )
        return Response(shown(resource), status.HTTP_201_CREATED)
