"""Where a member's drafts go on: read from the rows of the moment, so that a draft tells of its topic only what its
member may still see of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Member
from forum.models import Draft, Post, Topic
from forum.permissions import can_edit_post, can_reply


@dataclass(frozen=True)
class Placed:
    """A draft with the title of its topic, and the address of the form that shows it, both empty where the member
    may not see the topic any more."""

    draft: Draft
    title: str
    url: str


def placed(member: Member, drafts: Iterable[Draft]) -> list[Placed]:
    """Two queries at most, however many drafts."""
    drafts = list(drafts)
    topics = _topics(member, [draft.target for draft in drafts if draft.kind == Draft.Kind.REPLY])
    posts = _posts(member, [draft.target for draft in drafts if draft.kind == Draft.Kind.EDIT])
    return [_place(draft, topics, posts) for draft in drafts]


def _topics(member: Member, ids: list[int]) -> dict[int, Topic]:
    return Topic.objects.visible_to(member).in_bulk(ids) if ids else {}


def _posts(member: Member, ids: list[int]) -> dict[int, Post]:
    return Post.objects.visible_to(member).select_related("topic").in_bulk(ids) if ids else {}


def _place(draft: Draft, topics: dict[int, Topic], posts: dict[int, Post]) -> Placed:
    if draft.kind == Draft.Kind.TOPIC:
        slot = f"?draft={draft.target}" if draft.target else ""
        return Placed(draft, draft.fields.get("title", ""), f"/forum/new/{slot}")
    if draft.kind == Draft.Kind.REPLY:
        topic = topics.get(draft.target)
        return (
            Placed(draft, topic.title, f"{topic.get_absolute_url()}#reply")
            if topic
            else Placed(draft, "", "")
        )
    post = posts.get(draft.target)
    return Placed(draft, post.topic.title, f"/forum/p/{post.pk}/edit/") if post else Placed(draft, "", "")


def can_go_on(member: Member, draft: Draft) -> bool:
    """Whether the form that would send this draft is there for the member."""
    if draft.kind == Draft.Kind.TOPIC:
        return True
    if draft.kind == Draft.Kind.REPLY:
        topics = Topic.objects.visible_to(member).select_related("category__group")
        topic = topics.filter(pk=draft.target).first()
        return bool(topic and can_reply(member, topic))
    posts = Post.objects.visible_to(member).select_related("topic__category__group")
    post = posts.filter(pk=draft.target).first()
    return bool(post and can_edit_post(member, post))


def whole_text(fields: dict[str, str]) -> str:
    """What is compared of two drafts: the title, where there is one, above the text."""
    return "\n\n".join(filter(None, [fields.get("title", ""), fields.get("body", "")]))


def joined(theirs: dict[str, str], mine: dict[str, str]) -> dict[str, str]:
    """Both texts one below the other; of the rest what is filled in, `mine` first."""
    body = "\n\n".join(filter(None, [theirs.get("body", "").rstrip(), mine.get("body", "")]))
    return {name: mine.get(name) or theirs.get(name, "") for name in {**theirs, **mine}} | {"body": body}
