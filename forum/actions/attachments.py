"""Files of posts: uploaded while one writes, bound by the deed that posts the text which names them."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.http import Http404
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from core.lines import one_line
from files.checking import Checked
from files.pictures import draw, is_picture
from files.storage import delete_stored, kept_or_deleted
from forum.attachments import linked_in, named_in
from forum.models import Attachment, Draft, Post, ScheduledTopic
from forum.permissions import can_attach

DAY = timedelta(hours=24)
AT_ONCE = 200
FILES_A_DAY = 500  # of one member


def attach_file(*, uploader: Member, file: Checked, alt: str = "") -> Attachment:
    """Keep a file for a text that is still being written. Pictures are drawn anew. Raises ValidationError on `file`."""
    can_attach(uploader).enforce()
    check_allowance(uploader, file, file.size)
    attachment = Attachment(alt=one_line(alt)[:300], created_by=uploader)
    contents = [file]
    if is_picture(file):
        try:
            drawn = draw(file)
        except ValidationError as error:
            raise ValidationError({"file": error.messages}) from error
        contents = [drawn.whole, drawn.small]
        attachment.width, attachment.height = drawn.width, drawn.height
    with kept_or_deleted(Attachment.STORED_UNDER, contents) as [kept, *small], transaction.atomic():
        # Two uploads at once are counted one after the other.
        Member.objects.select_for_update(no_key=True).get(pk=uploader.pk)
        check_allowance(uploader, file, kept.size + sum(each.size for each in small))
        attachment.filename, attachment.media_type = contents[0].filename, contents[0].media_type
        attachment.storage_key, attachment.size, attachment.sha256 = kept
        if small:
            attachment.small_key, attachment.small_size = small[0].key, small[0].size
        _let_be_scanned(attachment)
    return attachment


def check_allowance(uploader: Member, file: Checked, size: int) -> None:
    """What one member may attach within a day, posted or not: `size` bytes more, and one file more."""
    recent = Attachment.objects.of(uploader).filter(created_at__gt=timezone.now() - DAY)
    used = recent.aggregate(
        files=Count("pk"), whole=Sum("size", default=0), small=Sum("small_size", default=0)
    )
    if used["files"] >= FILES_A_DAY:
        sentence = _("“%(name)s” is more than the %(limit)d files that you can attach within 24 hours.")
        raise ValidationError({"file": sentence % {"name": file.filename, "limit": FILES_A_DAY}})
    if used["whole"] + used["small"] + size > settings.COMMONS_ATTACHMENTS_A_DAY:
        limit = filesizeformat(settings.COMMONS_ATTACHMENTS_A_DAY)
        sentence = _(
            "With “%(name)s” it would be more than the %(limit)s that you can attach within 24 hours."
        )
        raise ValidationError({"file": sentence % {"name": file.filename, "limit": limit}})


def _let_be_scanned(attachment: Attachment) -> None:
    from forum.tasks import scan_attachment  # tasks call actions

    needs_scan = attachment.await_scan()
    attachment.save(force_insert=True)
    if needs_scan:
        scan_attachment.enqueue(attachment.pk)


def drop_attachment(*, member: Member, attachment_id: int) -> None:
    """Take back a file that is not posted."""
    with transaction.atomic():
        own = Attachment.objects.unposted().of(member).select_for_update()
        attachment = own.filter(pk=attachment_id).first()
        if attachment is None:
            raise Http404
        _delete([attachment])


# --- With the post ----------------------------------------------------------------------------------
def lock_files(author: Member, html: str, post: Post | None = None) -> dict[int, Attachment]:
    """The files that belong to a text, by id, their rows locked: those it links to that the author has not posted yet,
    or that hang on the post. No query for a text that links to none."""
    if not (ids := linked_in(html)):
        return {}
    rightful = Q(post=None) if post is None else Q(post=None) | Q(post=post)
    found = Attachment.objects.of(author).filter(rightful, pk__in=ids).order_by("pk")
    return {attachment.pk: attachment for attachment in found.select_for_update()}


def bind(files: Mapping[int, Attachment], post: Post) -> None:
    if files:
        Attachment.objects.unposted().filter(pk__in=files).update(post=post)


def let_go(post: Post) -> None:
    """Files that neither the text nor any earlier one names are the author's alone again, until the sweep."""
    unnamed = _unnamed(post)
    if unnamed:
        Attachment.objects.filter(pk__in=[file.pk for file in unnamed]).update(post=None)


def discard_unnamed(post: Post) -> list[int]:
    """The same, when a text was taken out for good: what it alone named goes with it. Returns the ids."""
    unnamed = _unnamed(post)
    _delete(unnamed)
    return [file.pk for file in unnamed]


def _unnamed(post: Post) -> list[Attachment]:
    if not (files := list(Attachment.objects.filter(post=post).order_by("pk").select_for_update())):
        return []
    named = named_in(post.body).union(*map(named_in, post.revisions.values_list("body", flat=True)))
    return [file for file in files if file.pk not in named]


def _delete(attachments: Iterable[Attachment]) -> None:
    """The rows now, the bytes after the commit."""
    files = list(attachments)
    if not files:
        return
    keys = [key for file in files for key in file.keys]
    Attachment.objects.filter(pk__in=[file.pk for file in files]).delete()
    transaction.on_commit(partial(delete_stored, keys), robust=True)


# --- Later ------------------------------------------------------------------------------------------
def sweep_unposted() -> int:
    """Delete what was uploaded a day ago, never posted and is in no text that waits to be. Returns how many."""
    late = Attachment.objects.unposted().filter(created_at__lt=timezone.now() - DAY).order_by("pk")
    count = last = 0
    while True:
        with transaction.atomic():
            files = list(late.filter(pk__gt=last).select_for_update(skip_locked=True)[:AT_ONCE])
            awaited = _still_waiting(files)
            swept = [file for file in files if file.pk not in awaited]
            _delete(swept)
        count += len(swept)
        if len(files) < AT_ONCE:
            return count
        last = files[-1].pk


def _still_waiting(files: list[Attachment]) -> set[int]:
    """The ids of those that a draft of their uploader names, or what they will have posted later."""
    members = {file.created_by_id for file in files}
    texts = [(draft.member_id, draft.body) for draft in Draft.objects.filter(member__in=members).iterator()]
    texts += ScheduledTopic.objects.filter(author__in=members).values_list("author_id", "body")
    named = {(member, pk) for member, text in texts for pk in named_in(text)}
    return {file.pk for file in files if (file.created_by_id, file.pk) in named}


def settle_scan(*, attachment: Attachment, is_clean: bool) -> None:
    """Write the scanner's verdict. The bytes of what is harmful are deleted, the row stays to say so."""
    with transaction.atomic():
        if not attachment.take_verdict(is_clean=is_clean):
            return
        target = f"attachment:{attachment.pk}"
        record(actor=None, action="attachment.scan", target=target, outcome=str(attachment.scan))
        if not is_clean:
            transaction.on_commit(partial(delete_stored, attachment.keys), robust=True)


def note_download(*, actor: Member, attachment: Attachment) -> None:
    """Downloads from groups that are for their members only are audited, as those of resources are."""
    group = attachment.post.topic.category.group if attachment.post else None
    if group is not None and not group.is_open:
        record(
            actor=actor,
            action="attachment.download",
            target=f"attachment:{attachment.pk}",
            group=group.pk,
            post=attachment.post_id,
        )
