from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from audit.actions import record
from core import rates
from core.compiled import Compiled, CompiledInsert, CompiledModels, CompiledUpdate, together
from core.errors import TooSoon, no
from core.lines import one_line
from core.markup import RENDERER_VERSION, Rendered, render
from forum import live
from forum.actions.attachments import bind, lock_files
from forum.actions.drafts import NO_TOKEN, use_up_draft
from forum.actions.links import note_links
from forum.actions.reading import note_taking_part
from forum.attachments import placed
from forum.calls import called_by
from forum.models import Draft, Post, Topic, nest
from forum.permissions import can_remove_post, can_restore_post
from forum.tasks import retract_post
from forum.thread import Seen, asked_to_see, see, seen_in
from notifications.actions import notify


class Posted(NamedTuple):
    post: Post
    is_new: bool  # False when the client token had been seen: the post is the one made then


def _row_of(topic: int) -> QuerySet:
    return Topic.objects.select_for_update(no_key=True).filter(pk=topic).order_by().values_list("pk")


def _said_or_answered(member: int, topic: int, token: str, parent: int) -> QuerySet:
    """The member's post with that token, if they have posted it, and the post that is answered."""
    return Post.objects.filter(Q(author=member, token=token) | Q(pk=parent), topic=topic).order_by()


def _going_on(
    topic: int, number: int, count: int, version: int, posted_at: datetime, author: int
) -> tuple[QuerySet, dict[str, Any]]:
    return Topic.objects.filter(pk=topic), {
        "last_number": number,
        "posts_count": count,
        "version": version,
        "last_post_at": posted_at,
        "last_author": author,
    }


_insert = CompiledInsert(Post)
_go_on = CompiledUpdate(_going_on, "topic", "number", "count", "version", "posted_at", "author")
_lock_row = Compiled(_row_of, "topic")
_near = CompiledModels(_said_or_answered, "member", "topic", "token", "parent")


def lock_rows(*topic_ids: int) -> None:
    """In the order of ids, so that two deeds with the same topics wait for each other instead of for ever."""
    for topic_id in sorted(set(topic_ids)):
        _lock_row(topic=topic_id)


def lock_seen(member: Member, topic_id: int) -> Seen:
    """The topic as the member sees it, its row locked before it is read. Every change of a topic starts here."""
    _lock_row(topic=topic_id)
    return see(member, topic_id)


def lock(member: Member, topic_id: int) -> Topic:
    return lock_seen(member, topic_id).topic


def lock_by_clock(topic_id: int) -> Topic | None:
    """The same for what happens by itself at its time, with no member to see the topic."""
    _lock_row(topic=topic_id)
    return Topic.objects.select_related("category__group").filter(pk=topic_id).first()


def lock_with(member: Member, post_id: int) -> Post:
    """A post and its topic, the topic's row locked."""
    topic_id = Post.objects.filter(pk=post_id).values_list("topic_id", flat=True).first()
    if topic_id is None:
        raise Http404
    topic = lock(member, topic_id)
    post = topic.posts.select_related("author", "agency").filter(pk=post_id).first()
    if post is None:  # between the two questions
        raise ValidationError(_("This post has just been moved to another topic. Try again."))
    post.topic = topic
    return post


def render_body(body: str) -> Rendered:
    """The text made safe. Raises ValidationError on the field `body` for an empty or over-limit text."""
    if not body.strip():
        raise ValidationError({"body": _("Write something first.")})
    try:
        return render(body)
    except ValidationError as error:
        raise ValidationError({"body": error.messages}) from error


def keep_pace(author: Member) -> None:
    """So many posts a minute for each member, whichever way they come. Raises TooSoon."""
    if rates.times(f"post:{author.pk}") > settings.COMMONS_POST_RATE:
        most = settings.COMMONS_POST_RATE
        reason = ngettext(
            "One post a minute is the limit. Wait a moment and send it again; your text is kept.",
            "%(most)d posts a minute are the limit. Wait a moment and send it again; your text is kept.",
            most,
        )
        raise TooSoon(reason % {"most": most}, rates.seconds_left())


def post_reply(
    *,
    author: Member,
    topic_id: int,
    body: str,
    parent_id: int | None = None,
    token: str = "",
    draft: int = 0,
) -> Posted:
    """Add a reply. With a `token` seen before from this author, returns the post made then. `draft` is the revision
    of the draft that is sent with it."""
    rendered = render_body(body)
    with transaction.atomic():
        near_to = {"member": author.pk, "topic": topic_id}
        _locked, rows, near = together(
            _lock_row.asked(topic=topic_id),
            asked_to_see(author, topic_id),
            _near.asked(**near_to, token=token or NO_TOKEN, parent=parent_id or 0),
        )
        seen = seen_in(rows, author)
        topic = seen.topic
        for post in near:
            if token and post.token == token and post.author_id == author.pk:
                post.topic = topic
                return Posted(post, False)
        seen.can_reply.enforce()
        keep_pace(author)
        parent = near[0] if near else None
        if parent_id is not None and (parent is None or parent.is_removed):
            raise ValidationError({"parent": _("The post you reply to is not there any more.")})
        post = append_post(topic, author=author, body=body, rendered=rendered, parent=parent, token=token)
        use_up_draft(member=author, kind=Draft.Kind.REPLY, target=topic.pk, revision=draft, token=token)
    return Posted(post, True)


def append_post(
    topic: Topic, *, author: Member, body: str, rendered: Rendered, parent: Post | None, token: str
) -> Post:
    """Write the next post of a topic whose row is locked, tell its followers and open pages."""
    had_read = topic.last_post_at <= author.read_before
    topic.last_number += 1
    topic.posts_count += 1
    topic.version += 1
    topic.last_post_at = now = timezone.now()
    topic.last_author = author
    path, depth = nest(parent, topic.last_number)
    files = lock_files(author, rendered.html)
    post = Post(
        topic=topic,
        number=topic.last_number,
        parent=parent,
        depth=depth,
        path=path,
        author=author,
        agency_id=author.agency_id,
        body=body,
        html=placed(rendered.html, files),
        text=rendered.text,
        renderer=RENDERER_VERSION,
        changed_version=topic.version,
        created_at=now,
        token=token,
    )
    _insert(post)
    bind(files, post)
    _go_on(
        topic=topic.pk,
        number=topic.last_number,
        count=topic.posts_count,
        version=topic.version,
        posted_at=now,
        author=author.pk,
    )
    note_taking_part(member=author, topic=topic, number=post.number, had_read=had_read)
    called = called_by(author, rendered)
    notify(
        kind="post",
        actor=author,
        source=f"topic:{topic.pk}",
        url=post.get_permalink(),
        data={
            "topic": topic.pk,
            "title": topic.title,
            "post": post.pk,
            "number": post.number,
            "parent_author": parent.author_id if parent else None,
            **called,
        },
    )
    note_links(post, is_new=True)
    live.publish_post("post.created", topic, post)
    return post


def remove_post(*, remover: Member, post_id: int, reason: str = "") -> Post:
    """Hide a post from readers. Its text stays for those who may bring it back; replies stay in place."""
    with transaction.atomic():
        post = lock_with(remover, post_id)
        can_remove_post(remover, post).enforce()
        if post.number == 1:
            no(_("The first post is the topic itself and cannot be removed alone.")).enforce()
        if post.is_removed:
            return post
        post.removed_at, post.removed_by, post.removal_reason = (
            timezone.now(),
            remover,
            one_line(reason)[:200],
        )
        if post.topic.solved_by_id == post.pk:
            post.topic.solved_by = None
        post.topic.posts_count -= 1
        touch(post, "removed_at", "removed_by", "removal_reason")
        record(
            actor=remover, action="post.remove", target=f"post:{post.pk}", own=post.author_id == remover.pk
        )
        retract_post.enqueue(post.pk)
        live.publish_post("post.removed", post.topic, post)
    return post


def restore_post(*, restorer: Member, post_id: int) -> Post:
    with transaction.atomic():
        post = lock_with(restorer, post_id)
        can_restore_post(restorer, post).enforce()
        if not post.is_removed:
            return post
        post.removed_at = post.removed_by = None
        post.removal_reason = ""
        post.topic.posts_count += 1
        touch(post, "removed_at", "removed_by", "removal_reason")
        record(actor=restorer, action="post.restore", target=f"post:{post.pk}")
        live.publish_post("post.edited", post.topic, post)
    return post


def touch(post: Post, *fields: str) -> None:
    """Save a changed post under its topic's next version. The topic's row is locked by the caller."""
    post.topic.version += 1
    post.changed_version = post.topic.version
    post.save(update_fields=[*fields, "changed_version"])
    post.topic.save(update_fields=["version", "posts_count", "reactions_count", "solved_by"])


def save_topic(topic: Topic, *fields: str) -> None:
    """Save a changed topic under its next version and tell open pages. Its row is locked by the caller."""
    topic.version += 1
    topic.save(update_fields=[*fields, "version"])
    live.publish_topic(topic)
