"""Topics to which a keeper may bring posts, found by what a person has at hand: a number, a link, or words."""

import re

from django.db.models import QuerySet

from accounts.models import Member
from forum.addresses import taken_by
from forum.models import Category, Post, Topic

MOST = 10
WORDS_MOST = 8
NUMBER = re.compile(r"#?(\d{1,9})", re.ASCII)
TOPIC_LINK = re.compile(r"/forum/t/(\d{1,9})(?:/|$)", re.ASCII)
POST_LINK = re.compile(r"/p/(\d{1,9})(?:/|$)", re.ASCII)


def open_to(member: Member, *, but: Topic) -> QuerySet[Topic]:
    """Those that the member sees and keeps order in, but for the one that posts would come from."""
    topics = Topic.objects.visible_to(member).filter(category__in=Category.objects.kept_by(member))
    return topics.exclude(pk=but.pk).select_related("category__group").order_by("-last_post_at", "-pk")


def find(member: Member, text: str, *, but: Topic) -> list[Topic]:
    """The one that a number or a link names, or else the latest ones with all these words in their titles."""
    topics, text = open_to(member, but=but), text.replace("\0", "")
    if (named := _named(member, text.strip())) is not None:
        return list(topics.filter(pk=named))
    for word in text.split()[:WORDS_MOST]:
        topics = topics.filter(title__icontains=word)
    return list(topics[:MOST])


def _named(member: Member, text: str) -> int | None:
    if number := NUMBER.fullmatch(text):
        topic = int(number[1])
    elif link := TOPIC_LINK.search(text):
        topic = int(link[1])
    elif link := POST_LINK.search(text):
        return (
            Post.objects.visible_to(member).filter(pk=int(link[1])).values_list("topic", flat=True).first()
            or 0
        )
    else:
        return None
    followed = taken_by(member, topic)
    return followed.pk if followed else topic
