from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.serializers import MemberSerializer
from workinggroups.models import Group, MailedInvitation, Membership, Resource, ResourceVersion


class GroupSerializer(serializers.ModelSerializer):
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    members = serializers.IntegerField(source="member_count", read_only=True)
    my_role = serializers.ChoiceField(Membership.Role.choices, read_only=True, allow_null=True)

    class Meta:
        model = Group
        fields = [
            "id", "slug", "name", "purpose", "url", "listing", "content", "join", "state", "my_role", "members",
        ]  # fmt: skip


class GroupInput(serializers.Serializer):
    name = serializers.CharField()
    purpose = serializers.CharField()
    charter = serializers.CharField(required=False, default="", trim_whitespace=False, allow_blank=True)
    listing = serializers.ChoiceField(Group.Listing.choices, default=Group.Listing.LISTED)
    content = serializers.ChoiceField(Group.Content.choices, default=Group.Content.OPEN)
    join = serializers.ChoiceField(Group.Join.choices, default=Group.Join.OPEN)


class JoinInput(serializers.Serializer):
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)


class MembershipSerializer(serializers.ModelSerializer):
    member = MemberSerializer(read_only=True)

    class Meta:
        model = Membership
        fields = ["member", "role", "status", "since"]


class RequestSerializer(serializers.ModelSerializer):
    """A request to join, or an observer's to become a member."""

    member = MemberSerializer(read_only=True)

    class Meta:
        model = Membership
        fields = ["id", "member", "note", "status", "requested_at"]


class DeclineInput(serializers.Serializer):
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)


class MailedInvitationSerializer(serializers.ModelSerializer):
    status = serializers.SerializerMethodField()
    since = serializers.DateTimeField(source="invited_at")

    class Meta:
        model = MailedInvitation
        fields = ["id", "address", "role", "status", "since"]

    def get_status(self, invitation: MailedInvitation) -> str:
        """As of a membership that is not one yet."""
        return Membership.Status.INVITED


class InvitationInput(serializers.Serializer):
    """With the handle of a member, or the address of somebody who may not be one yet."""

    handle = serializers.CharField(required=False, max_length=31)
    address = serializers.CharField(required=False, max_length=320)
    role = serializers.ChoiceField(
        [Membership.Role.MEMBER, Membership.Role.OBSERVER], default=Membership.Role.MEMBER
    )
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)

    def validate(self, data: dict) -> dict:
        if ("handle" in data) == ("address" in data):
            raise serializers.ValidationError({"handle": _("Send a handle or an address.")})
        return data


class ResourceSerializer(serializers.ModelSerializer):
    """A file by its newest version, or a link. Needs `for_listing()`."""

    group = serializers.SlugRelatedField("slug", read_only=True)
    created_by = MemberSerializer(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    size = serializers.SerializerMethodField(help_text="Bytes; null for a link.")
    sha256 = serializers.SerializerMethodField()
    media_type = serializers.SerializerMethodField(
        help_text="From the content, never what the browser claimed."
    )
    scan = serializers.SerializerMethodField()
    download_url = serializers.SerializerMethodField()

    class Meta:
        model = Resource
        fields = [
            "id", "group", "kind", "name", "description", "collection", "link", "version", "size", "sha256",
            "media_type", "scan", "url", "download_url", "created_by", "created_at", "changed_at",
        ]  # fmt: skip

    def get_size(self, resource: Resource) -> int | None:
        return resource.newest.size if resource.newest else None

    def get_sha256(self, resource: Resource) -> str | None:
        return resource.newest.sha256 if resource.newest else None

    def get_media_type(self, resource: Resource) -> str | None:
        return resource.newest.media_type if resource.newest else None

    @extend_schema_field(serializers.ChoiceField(ResourceVersion.Scan.choices, allow_null=True))
    def get_scan(self, resource: Resource) -> str | None:
        return resource.newest.scan if resource.newest else None

    def get_download_url(self, resource: Resource) -> str | None:
        return f"{resource.get_absolute_url()}v/{resource.version}/" if resource.newest else None


class VersionSerializer(serializers.ModelSerializer):
    version = serializers.IntegerField(source="number")
    created_by = MemberSerializer(read_only=True)
    download_url = serializers.CharField(source="get_download_url", read_only=True)

    class Meta:
        model = ResourceVersion
        fields = [
            "version", "filename", "size", "sha256", "media_type", "scan", "note", "created_by", "created_at",
            "download_url",
        ]  # fmt: skip


class UploadInput(serializers.Serializer):
    """Multipart. A file, or with `kind=link` a `name` and a `link`."""

    kind = serializers.ChoiceField(Resource.Kind.choices, default=Resource.Kind.FILE)
    file = serializers.FileField(required=False)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=300)
    collection = serializers.CharField(required=False, default="", allow_blank=True, max_length=100)
    name = serializers.CharField(required=False, default="", max_length=150)
    link = serializers.CharField(required=False, default="", max_length=500)
    description = serializers.CharField(required=False, default="", allow_blank=True, max_length=300)


class VersionInput(serializers.Serializer):
    file = serializers.FileField(required=False)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=300)


class ResourceEditInput(serializers.Serializer):
    name = serializers.CharField(required=False, max_length=150)
    description = serializers.CharField(required=False, allow_blank=True, max_length=300)
    collection = serializers.CharField(required=False, allow_blank=True, max_length=100)
