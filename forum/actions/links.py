"""Who leads where: written with the text of a post, from the links in it as they are shown."""

import re

from django.conf import settings
from django.db import connection
from django.db.models import BigIntegerField, Q, QuerySet, Value

from forum.models import Post, PostAlias, PostLink, Topic

MOST = 50  # of one post; what leads to more than that is a list, and linked from nowhere is no loss
HREF = re.compile(
    rf'href="(?:{re.escape(settings.SITE_URL)})?/'
    r'(?:p/(?P<post>\d{1,15})/|forum/t/(?P<topic>\d{1,15})/(?:[\w-]+/(?:(?P<number>\d{1,9})/)?)?)[^"/]*"'
)


def note_links(post: Post, *, is_new: bool = False) -> None:
    """Brings the rows of what a post leads to in line with its text, in one statement; in none for a new post that
    leads nowhere."""
    found = [match.groupdict() for match in HREF.finditer(post.html)][:MOST]
    if not is_new:
        post.links.all().delete()
    posts = {int(one["post"]) for one in found if one["post"]}
    numbered = {(int(one["topic"]), int(one["number"])) for one in found if one["number"]}
    topics = {int(one["topic"]) for one in found if one["topic"] and not one["number"]} - {post.topic_id}
    if not (posts or numbered or topics):
        return
    sql, params = _rows(post, posts, numbered, topics).query.sql_with_params()
    with connection.cursor() as cursor:
        # The queryset's own SQL; what stands in the text comes as parameters.
        cursor.execute(f"INSERT INTO {PostLink._meta.db_table} (source_id, topic_id, post_id) {sql}", params)


def _rows(post: Post, ids: set[int], numbered: set[tuple[int, int]], topics: set[int]) -> QuerySet:
    """(source, topic, post) of what exists: by id, by topic and number, also by a number it had before it was moved."""
    source = Value(post.pk, BigIntegerField())
    places = Q(pk__in=())
    for topic, number in numbered:
        places |= Q(topic=topic, number=number)
    here = Post.objects.filter(Q(pk__in=ids) | places).exclude(pk=post.pk).order_by()
    moved = PostAlias.objects.filter(places).order_by()
    whole = Topic.objects.filter(pk__in=topics).order_by()
    found = here.values_list(source, "topic_id", "pk").union(
        moved.values_list(source, "post__topic_id", "post_id"),
        whole.values_list(source, "pk", Value(None, BigIntegerField())),
    )
    return found.order_by()
