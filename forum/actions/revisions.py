from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from core.errors import Conflict
from core.markup import RENDERER_VERSION
from forum import live
from forum.actions.attachments import bind, discard_unnamed, let_go, lock_files
from forum.actions.drafts import use_up_draft
from forum.actions.links import note_links
from forum.actions.posts import lock_with, render_body, touch
from forum.attachments import placed
from forum.models import Draft, Post, PostRevision
from forum.permissions import can_edit_post, can_redact
from notifications.models import NoticeEvent

GRACE = timedelta(minutes=5)


def edit_post(
    *,
    editor: Member,
    post_id: int,
    body: str,
    revision: int,
    reason: str = "",
    token: str = "",
    draft: int = 0,
) -> Post:
    """Replace a post's text. Raises Conflict with the current post if `revision` is not the one it has now.

    What stood there is kept as a snapshot, except for a slip mended within minutes of posting, before anybody took
    notice. `token` and `draft` tell which draft is sent with it.
    """
    rendered = render_body(body)
    with transaction.atomic():
        post = lock_with(editor, post_id)
        can_edit_post(editor, post).enforce()
        if post.revision != revision:
            raise Conflict(post)
        use_up_draft(member=editor, kind=Draft.Kind.EDIT, target=post.pk, revision=draft, token=token)
        if body == post.body:
            return post
        if not _went_unnoticed(post):
            PostRevision.objects.create(
                post=post, revision=post.revision, body=post.body, editor=editor, reason=reason.strip()[:200]
            )
            post.edited_at = timezone.now()
        files = lock_files(editor, rendered.html, post)
        post.body, post.html, post.text = body, placed(rendered.html, files), rendered.text
        post.renderer = RENDERER_VERSION
        post.revision += 1
        touch(post, "body", "html", "text", "renderer", "edited_at", "revision")
        bind(files, post)
        let_go(post)
        note_links(post)
        live.publish_post("post.edited", post.topic, post)
    return post


def _went_unnoticed(post: Post) -> bool:
    """Posted within the grace, and nobody has answered it, reacted or was told of it."""
    if post.edited_at or timezone.now() - post.created_at >= GRACE:
        return False
    # A newer post's notice may have taken the place of this one's, so all since count. One that is still to be
    # delivered counts too.
    events = NoticeEvent.objects.filter(
        source__in=[f"topic:{post.topic_id}", f"announcement:{post.topic_id}"],
        created_at__gte=post.created_at,
    )
    told = events.filter(Q(done_at=None) | Q(notices__isnull=False))
    return not (post.replies.exists() or post.reactions.exists() or told.exists())


def redact_revision(*, keeper: Member, post_id: int, revision: int, reason: str) -> PostRevision:
    """Blank what a post said before an edit, for good, and delete the files that this text alone named. Its keyed hash,
    the reason and who did it stay."""
    with transaction.atomic():
        post = lock_with(keeper, post_id)
        old = post.revisions.filter(revision=revision).first()
        if old is None:
            raise Http404
        can_redact(keeper, post).enforce()
        if len(reason := reason.strip()) < 5:
            raise ValidationError({"reason": _("Say why, in at least 5 characters.")})
        if old.is_redacted:
            return old
        # Keyed, because a plain hash of a number somebody let slip would give it away to whoever tries them all.
        old.digest = salted_hmac("forum.redaction", old.body, algorithm="sha256").hexdigest()
        old.body, old.redaction_reason = "", reason[:200]
        old.redacted_at, old.redacted_by = timezone.now(), keeper
        old.save()
        gone = discard_unnamed(post)
        facts: dict[str, Any] = {"revision": revision, "reason": reason, "files": gone}
        record(actor=keeper, action="post.redact", target=f"post:{post.pk}", **facts)
    return old
