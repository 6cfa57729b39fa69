from typing import Any

from rest_framework import serializers

from accounts.api.serializers import MemberSerializer
from accounts.models import Agency
from forum.models import Bookmark, Category, Post, Reaction, Tag, Topic
from forum.permissions import can_start_topic
from forum.seen import Ranges, parse


class CategorySerializer(serializers.ModelSerializer):
    parent = serializers.SlugRelatedField("slug", read_only=True)
    group = serializers.SlugRelatedField("slug", read_only=True)
    can_post = serializers.SerializerMethodField()

    class Meta:
        model = Category
        fields = [
            "id", "slug", "name", "description", "about", "about_html", "parent", "group", "color", "position",
            "posting", "tag_policy", "is_archived", "can_post",
        ]  # fmt: skip

    def get_can_post(self, category: Category) -> bool:
        roles: dict[int, str] = self.context["roles"]
        return bool(
            can_start_topic(self.context["request"].user, category, roles.get(category.group_id or 0, ""))
        )


class TopicSerializer(serializers.ModelSerializer):
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    category = serializers.SlugRelatedField("slug", read_only=True)
    tags = serializers.SlugRelatedField("name", many=True, read_only=True)
    author = MemberSerializer(read_only=True)
    posts = serializers.IntegerField(source="posts_count", read_only=True)
    read_to = serializers.SerializerMethodField()
    unread = serializers.IntegerField(read_only=True)
    solved_by = serializers.IntegerField(source="solved_by_id", read_only=True, allow_null=True)
    is_locked = serializers.BooleanField(read_only=True)

    class Meta:
        model = Topic
        fields = [
            "id", "slug", "title", "url", "category", "tags", "author", "created_at", "version", "posts",
            "last_number", "last_post_at", "read_to", "unread", "is_locked", "lock_reason", "locked_until",
            "is_pinned", "is_pinned_everywhere", "pinned_until", "slow_seconds", "slow_reason",
            "has_poll", "is_announcement", "solved_by",
        ]  # fmt: skip

    def get_read_to(self, topic: Topic) -> int:
        """Every post up to this number was seen."""
        return topic.read_to if topic.read_to is not None else (0 if topic.unread else topic.last_number)


class TopicInput(serializers.Serializer):
    category = serializers.SlugField()
    title = serializers.CharField()
    body = serializers.CharField(trim_whitespace=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), required=False, default=list)
    client_token = serializers.CharField(max_length=64, required=False)


class TopicEditInput(serializers.Serializer):
    title = serializers.CharField(required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=40), required=False)


class LockInput(serializers.Serializer):
    reason = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        default="",
        help_text="Shown to the topic's readers.",
    )
    until = serializers.DateTimeField(required=False, allow_null=True, default=None)


class AgencyField(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    label = serializers.CharField()


class PostSerializer(serializers.ModelSerializer):
    topic = serializers.IntegerField(source="topic_id", read_only=True)
    parent = serializers.IntegerField(source="parent_id", read_only=True, allow_null=True)
    author = MemberSerializer(read_only=True)
    agency = serializers.SerializerMethodField()
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    is_removed = serializers.BooleanField(read_only=True)
    version = serializers.IntegerField(source="changed_version", read_only=True)
    reactions = serializers.DictField(
        source="reaction_counts",
        child=serializers.IntegerField(),
        read_only=True,
        help_text="How many of each kind.",
    )

    class Meta:
        model = Post
        fields = [
            "id", "topic", "number", "parent", "depth", "author", "agency", "body", "html", "revision",
            "created_at", "edited_at", "is_removed", "version", "reactions", "url",
        ]  # fmt: skip

    def get_agency(self, post: Post) -> str:
        agency: Agency | None = post.agency
        return agency.label if agency else ""

    def to_representation(self, post: Post) -> dict[str, Any]:
        """A removed post keeps its place; its text goes to nobody."""
        shown = super().to_representation(post)
        if post.is_removed:
            shown["body"] = shown["html"] = ""
            shown["reactions"] = {}
        return shown


class PostInput(serializers.Serializer):
    body = serializers.CharField(trim_whitespace=False)
    parent = serializers.IntegerField(required=False, allow_null=True)
    client_token = serializers.CharField(max_length=64, required=False)


class PostEditInput(serializers.Serializer):
    body = serializers.CharField(trim_whitespace=False)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    revision = serializers.IntegerField(required=False, help_text="Or the object's ETag in If-Match.")


class RevisionSerializer(serializers.Serializer):
    revision = serializers.IntegerField()
    body = serializers.CharField()
    editor = MemberSerializer()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    is_redacted = serializers.BooleanField()
    redaction_reason = serializers.CharField()


class RedactInput(serializers.Serializer):
    reason = serializers.CharField(max_length=200)


class ReactionSerializer(serializers.ModelSerializer):
    post = serializers.IntegerField(source="post_id")
    member = MemberSerializer(read_only=True)

    class Meta:
        model = Reaction
        fields = ["id", "post", "kind", "member", "created_at"]
        read_only_fields = ["id", "created_at"]


class BookmarkSerializer(serializers.ModelSerializer):
    post = serializers.IntegerField(source="post_id")
    url = serializers.CharField(source="post.get_absolute_url", read_only=True)
    title = serializers.CharField(source="post.topic.title", read_only=True)
    remind_at = serializers.DateTimeField(required=False, allow_null=True, default=None)

    class Meta:
        model = Bookmark
        fields = ["id", "post", "url", "title", "remind_at", "created_at"]
        read_only_fields = ["id", "created_at"]


class ChangesSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    reset = serializers.BooleanField(help_text="True when too much changed: fetch the topic anew.")
    posts = PostSerializer(many=True)
    gone = serializers.ListField(
        child=serializers.IntegerField(), help_text="Ids of posts that went to another topic."
    )


class ReadInput(serializers.Serializer):
    number = serializers.IntegerField(min_value=0, default=0, help_text="Every post up to this one was seen.")
    seen = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="And these, such as 4,7-9."
    )

    def validate_seen(self, text: str) -> Ranges:
        try:
            return parse(text)
        except ValueError:
            raise serializers.ValidationError("Post numbers and ranges of them, such as 4,7-9.") from None


class UnreadInput(serializers.Serializer):
    number = serializers.IntegerField(min_value=1, help_text="This post and all after it.")


class TagSerializer(serializers.ModelSerializer):
    synonyms = serializers.SlugRelatedField("name", many=True, read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Tag
        fields = ["id", "name", "is_official", "synonyms", "url"]
