"""Whom a text calls: by their handle, by a group's name, by quoting what they wrote. Whether each of them may see the
post is asked when the notices are written."""

from accounts.models import Member
from core.markup import Rendered
from forum.models import Post
from forum.quotes import quoted_in
from workinggroups.models import Group


def called_by(author: Member, rendered: Rendered) -> dict[str, list[int]]:
    """Ids of members `mentioned` and `quoted`, and of `groups` mentioned. Queries only for what the text has."""
    return {
        "mentioned": _mentioned(rendered),
        "groups": _groups(author, rendered),
        "quoted": _quoted(author, rendered),
    }


def _mentioned(rendered: Rendered) -> list[int]:
    if not rendered.mentions:
        return []
    return sorted(Member.objects.members().called(rendered.mentions).values_list("pk", flat=True))


def _groups(author: Member, rendered: Rendered) -> list[int]:
    """Only the author's own groups: nobody calls a group from outside, nor learns that way that there is one."""
    if not rendered.group_mentions:
        return []
    groups = Group.objects.of(author).filter(slug__in=rendered.group_mentions, state__in=Group.LIVING)
    return sorted(groups.values_list("pk", flat=True))


def _quoted(author: Member, rendered: Rendered) -> list[int]:
    """The authors of quoted posts that the one who quotes can read."""
    if not (ids := quoted_in(rendered.html)):
        return []
    posts = Post.objects.visible_to(author).filter(pk__in=ids, removed_at=None)
    return sorted(set(posts.order_by().values_list("author", flat=True)))
