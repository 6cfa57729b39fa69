from django.tasks import task

from files.storage import sweep
from forum.models import Attachment, Post
from notifications.actions import retract
from outbox.periodic import every


@task()
def retract_post(post_id: int) -> None:
    """Take back the notices that lead to a removed post, unless it was brought back meanwhile."""
    post = Post.objects.select_related("topic").filter(pk=post_id).first()
    if post and post.is_removed:
        retract(source=f"topic:{post.topic_id}", url=post.get_permalink())


@task()
def remind(bookmark_id: int) -> None:
    from forum.actions import remind_of_bookmark  # which enqueues this task

    remind_of_bookmark(bookmark_id=bookmark_id)


@task()
def post_topic(scheduled_id: int) -> None:
    """Posts what was written to be posted now."""
    from forum.actions import post_scheduled_topic  # whose module enqueues this task

    post_scheduled_topic(scheduled_id=scheduled_id)


@every(seconds=60)
@task()
def keep_time() -> None:
    """Ends what was to last until now: locks, pins, polls."""
    from forum.actions import close_due_polls, let_go_in_time

    let_go_in_time()
    close_due_polls()


@task()
def scan_attachment(attachment_id: int) -> None:
    """Raises while the scanner is away: the engine tries again, and the file stays unserved."""
    from forum.actions import settle_scan  # whose module enqueues this task

    if attachment := Attachment.objects.unscanned().filter(pk=attachment_id).first():
        settle_scan(attachment=attachment, is_clean=attachment.passes_scan())


@every(seconds=600)
@task()
def scan_attachments_that_wait() -> None:
    for attachment_id in Attachment.objects.overdue():
        scan_attachment.enqueue(attachment_id)


@every(seconds=3600)
@task()
def sweep_attachments() -> None:
    """Delete what nobody posted."""
    from forum.actions import sweep_unposted  # whose module enqueues a task of this one

    sweep_unposted()


@every(seconds=86_400)
@task()
def sweep_lost_bytes() -> None:
    """Delete stored bytes of attachments without a row."""

    def named(keys: list[str]) -> set[str]:
        whole = Attachment.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True)
        small = Attachment.objects.filter(small_key__in=keys).values_list("small_key", flat=True)
        return {*whole, *small}

    sweep(Attachment.STORED_UNDER, named)


@task()
def bring_notices(move_id: int) -> None:
    from forum.actions.told import bring_notices as bring  # beside the deeds that enqueue this task

    bring(move_id=move_id)
