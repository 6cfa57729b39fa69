from collections.abc import Iterable
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from core.errors import no
from core.lines import one_line
from forum.actions.drafts import use_up_draft
from forum.actions.lines import note
from forum.actions.posts import append_post, keep_pace, lock, render_body, save_topic
from forum.actions.tagging import clean_tags, set_tags
from forum.models import Category, Draft, Post, Topic, TopicEvent
from forum.permissions import can_choose_answer, can_keep_order, can_start_topic, can_tag


class Started(NamedTuple):
    post: Post
    is_new: bool

    @property
    def topic(self) -> Topic:
        return self.post.topic


def clean_title(title: str) -> str:
    title = one_line(title)
    if len(title) < 5:
        raise ValidationError({"title": _("Give the topic a title of at least 5 characters.")})
    if len(title) > 200:
        raise ValidationError(
            {"title": _("A title has at most 200 characters; this one has %d.") % len(title)}
        )
    return title


def start_topic(
    *,
    author: Member,
    category: str,
    title: str,
    body: str,
    tags: Iterable[str] = (),
    token: str = "",
    draft: int = 0,
    draft_target: int = 0,
) -> Started:
    """Start a topic in the category with that slug. With a `token` seen before, returns the topic made then. `draft`
    and `draft_target` are revision and target of the draft that is sent with it."""
    title, names, rendered = clean_title(title), clean_tags(tags), render_body(body)
    if token and (seen := _made_with(author, token)):
        return Started(seen, False)
    try:
        with transaction.atomic():
            place = Category.objects.visible_to(author).select_related("group").filter(slug=category).first()
            if place is None:
                raise ValidationError({"category": _("Choose a category.")})
            can_start_topic(author, place).enforce()
            if place.template and body.split() == place.template.split():
                raise ValidationError({"body": _("This is the template alone. Write something into it.")})
            keep_pace(author)
            topic = Topic.objects.create(
                category=place,
                title=title,
                slug=Topic.slug_for(title),
                author=author,
                last_author=author,
                version=0,
            )
            post = append_post(topic, author=author, body=body, rendered=rendered, parent=None, token=token)
            set_tags(topic, names)
            use_up_draft(
                member=author, kind=Draft.Kind.TOPIC, target=draft_target, revision=draft, token=token
            )
    except IntegrityError:
        # Two equal submits at once: the unique token let one through, this is the other.
        seen = _made_with(author, token) if token else None
        if seen is None:
            raise
        return Started(seen, False)
    return Started(post, True)


def _made_with(author: Member, token: str) -> Post | None:
    return Post.objects.filter(author=author, token=token).select_related("topic__category__group").first()


def edit_topic(*, editor: Member, topic_id: int, title: str, tags: Iterable[str]) -> Topic:
    """Retitle and tag. The author may tag; leads and moderators may do both."""
    title, names = clean_title(title), clean_tags(tags)
    with transaction.atomic():
        topic = lock(editor, topic_id)
        can_tag(editor, topic).enforce()
        if title != topic.title:
            if topic.author_id != editor.pk:
                can_keep_order(editor, topic).enforce()
            record(actor=editor, action="topic.retitle", target=f"topic:{topic.pk}")
            if topic.last_number > 1 or topic.author_id != editor.pk:
                note(topic, TopicEvent.Kind.RENAMED, editor, title=topic.title)
            topic.title, topic.slug = title, Topic.slug_for(title)
        before = sorted(topic.tags.values_list("name", flat=True))
        after = set_tags(topic, names)
        if topic.author_id != editor.pk and before != after:
            record(actor=editor, action="topic.tag", target=f"topic:{topic.pk}", before=before, after=after)
        save_topic(topic, "title", "slug")
    return topic


def choose_answer(*, actor: Member, topic_id: int, post_id: int | None) -> Topic:
    """Mark one post as the answer, or with None take the mark away."""
    with transaction.atomic():
        topic = lock(actor, topic_id)
        can_choose_answer(actor, topic).enforce()
        if post_id == topic.solved_by_id:
            return topic
        if post_id is None:
            topic.solved_by = None
            note(topic, TopicEvent.Kind.UNANSWERED, actor)
        else:
            post = topic.posts.filter(pk=post_id).first()
            if post is None:
                raise Http404
            if post.number == 1 or post.is_removed:
                no(_("Choose one of the replies.")).enforce()
            topic.solved_by = post
            note(topic, TopicEvent.Kind.ANSWERED, actor, post=post.pk)
        if topic.author_id != actor.pk:  # what the author chooses is no deed of staff
            record(actor=actor, action="topic.answer", target=f"topic:{topic.pk}", post=topic.solved_by_id)
        save_topic(topic, "solved_by")
    return topic
