from rest_framework import serializers

from accounts.api.serializers import MemberSerializer
from notifications.models import Notice
from notifications.registry import kind_of


class NoticeSerializer(serializers.ModelSerializer):
    """A notification as the API and the socket show it."""

    actor = MemberSerializer(read_only=True, allow_null=True)
    text = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = [
            "id",
            "kind",
            "reason",
            "actor",
            "text",
            "url",
            "source",
            "count",
            "replaces",
            "created_at",
            "read_at",
        ]
        read_only_fields = fields

    def get_text(self, notice: Notice) -> str:
        return kind_of(notice.kind).describe(notice)


class ReadSerializer(serializers.Serializer):
    """Either `ids`, or `up_to`: all up to that id."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), required=False, max_length=1000
    )
    up_to = serializers.IntegerField(min_value=0, max_value=2**62, required=False)

    def validate(self, attrs):
        if ("ids" in attrs) == ("up_to" in attrs):
            raise serializers.ValidationError("Give either ids or up_to.")
        return attrs


class ReadAnswerSerializer(serializers.Serializer):
    ids = serializers.ListField(child=serializers.IntegerField())
    unread = serializers.IntegerField()
