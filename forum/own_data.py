"""What the forum holds of a member, for the download of one's own data.

What they wrote, wherever it is now; but nothing else of a place that is not there for them any more.
"""

from django.utils.translation import gettext_lazy as _

from accounts import exports
from accounts.exports import Archive, fields
from accounts.models import Member
from files.storage import open_stored
from forum.models import (
    Acknowledgement,
    Attachment,
    Category,
    CategoryFollow,
    Draft,
    Post,
    PostRevision,
    ScheduledTopic,
    TagFollow,
    Topic,
    TopicState,
    Vote,
)

DERIVED = ("html", "text", "path", "token")
KEYS = ("storage_key", "small_key", "small_size")


def write(member: Member, archive: Archive) -> None:
    places = dict(Category.objects.visible_to(member).values_list("pk", "name"))
    topics = Topic.objects.filter(author=member).order_by("id")
    told = []
    for topic in topics.iterator():
        if topic.category_id in places:
            told.append(fields(topic) | {"category": places[topic.category_id]})
        else:
            told.append({"id": topic.pk, "title": topic.title, "created_at": topic.created_at})
    archive.json(told, "forum", "topics.json")
    told = []
    posts = Post.objects.filter(author=member).select_related("topic").order_by("id")
    for post in posts.iterator():
        is_there = post.topic.category_id in places
        title, slug = (post.topic.title, f"-{post.topic.slug}") if is_there else ("", "")
        told.append(fields(post, without=DERIVED) | {"topic": title})
        archive.text(
            f"# {title}\n\n{post.created_at:%Y-%m-%d %H:%M} UTC\n\n{post.body}\n",
            *("forum", "posts", f"{post.topic_id}{slug}", f"{post.number}.md"),
        )
    archive.json(told, "forum", "posts.json")
    revisions = PostRevision.objects.filter(post__author=member).order_by("post", "revision")
    archive.json([fields(revision) for revision in revisions.iterator()], "forum", "revisions.json")
    visible = Topic.objects.visible_to(member).values("pk")
    states = TopicState.objects.filter(member=member, topic__in=visible).order_by("topic")
    kept = states.values("topic", "topic__title", "read_to", "seen_above", "level", "why")
    archive.json(list(kept), "forum", "reading.json")
    follows_of = CategoryFollow.objects.filter(member=member, category__in=list(places))
    tags = TagFollow.objects.filter(member=member).order_by("tag__name")
    by_place = follows_of.order_by("category__name").values("category__name", "level")
    follows = [*by_place, *tags.values("tag__name", "level")]
    archive.json(follows, "forum", "following.json")
    drafts = Draft.objects.of(member).order_by("id")
    archive.json([fields(draft, without=DERIVED) for draft in drafts.iterator()], "forum", "drafts.json")
    waiting = ScheduledTopic.objects.of(member).order_by("id")
    archive.json([fields(each, without=DERIVED) for each in waiting.iterator()], "forum", "scheduled.json")
    write_answers(member, archive)
    write_files(member, archive)


def write_answers(member: Member, archive: Archive) -> None:
    """What the member answered where a topic asked. Of a secret vote there is nothing but that it was cast."""
    votes = Vote.objects.filter(member=member).order_by("id")
    cast = votes.values("poll__topic", "poll__question", "poll__options", "is_secret", "choices")
    archive.json(list(cast), "forum", "votes.json")
    visible = Topic.objects.visible_to(member).values("pk")
    confirmed = Acknowledgement.objects.filter(member=member, announcement__in=visible).order_by("id")
    read = confirmed.values("announcement", "announcement__topic__title", "revision", "at")
    archive.json(list(read), "forum", "acknowledgements.json")


def write_files(member: Member, archive: Archive) -> None:
    """Each file the member attached, posted or not, but for those the scanner refused."""
    attachments = Attachment.objects.of(member).order_by("id")
    archive.json([fields(each, without=KEYS) for each in attachments.iterator()], "forum", "files.json")
    for each in attachments.exclude(scan=Attachment.Scan.INFECTED).iterator():
        with open_stored(each.storage_key) as content:
            archive.file(content, "forum", "files", f"{each.pk}-{each.filename}")


def register_exporter() -> None:
    exports.register("forum", _("Your topics, posts and files"), write)
