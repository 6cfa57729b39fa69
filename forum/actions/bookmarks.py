from datetime import datetime

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from core.errors import no
from forum.actions.clock import check_to_come
from forum.models import Bookmark, Post
from forum.tasks import remind
from notifications.actions import notify


def bookmark_post(
    *, member: Member, post_id: int, remind_at: datetime | None = None
) -> tuple[Bookmark, bool]:
    """The member's bookmark of that post, now with this reminder or none, and whether it is new."""
    if remind_at:
        check_to_come("remind_at", remind_at)
    with transaction.atomic():
        post = Post.objects.visible_to(member).filter(pk=post_id).first()
        if post is None:
            raise Http404
        if post.is_removed:
            no(_("This post was removed.")).enforce()
        bookmark, is_new = Bookmark.objects.update_or_create(
            member=member, post=post, defaults={"remind_at": remind_at}
        )
        if remind_at:
            remind.using(run_after=remind_at).enqueue(bookmark.pk)
    return bookmark, is_new


def remove_bookmark(*, member: Member, post_id: int) -> None:
    """Also of a post that the member may not read any more: it is their own row."""
    Bookmark.objects.filter(member=member, post=post_id).delete()


def remind_of_bookmark(*, bookmark_id: int) -> bool:
    """Tell the member if it is time. A job from before the time was changed, or run twice, does nothing."""
    with transaction.atomic():
        due = Bookmark.objects.select_for_update(of=("self",)).filter(
            pk=bookmark_id, remind_at__lte=timezone.now()
        )
        bookmark = due.select_related("post__topic").first()
        if bookmark is None:
            return False
        topic = bookmark.post.topic
        notify(
            kind="bookmark",
            actor=None,
            source=f"post:{bookmark.post_id}",
            url=bookmark.post.get_permalink(),
            data={
                "member": bookmark.member_id,
                "topic": topic.pk,
                "title": topic.title,
                "post": bookmark.post_id,
                "number": bookmark.post.number,
            },
        )
        bookmark.remind_at = None
        bookmark.save(update_fields=["remind_at"])
    return True
