from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Member
from core.compiled import CompiledInsert
from notifications import live, tasks
from notifications.models import Notice, NoticeEvent, Preferences
from notifications.registry import Kind, kind_of

_insert = CompiledInsert(NoticeEvent)
BATCH = 500  # members served in one transaction


def notify(
    *, kind: str, actor: Member | None, source: str, url: str, data: dict[str, Any] | None = None
) -> NoticeEvent:
    """Have everyone told whom the kind names, from the caller's transaction on: if that commits, they will be.

    `source` is a string key such as "topic:91"; `data` holds ids and labels that the kind needs, no private text.
    """
    kind_of(kind)  # a kind nobody registered is a mistake of the caller
    with transaction.atomic(savepoint=False):
        event = _insert(NoticeEvent(kind=kind, actor=actor, source=source, url=url, data=data or {}))
        tasks.fan_out.enqueue(event.pk)
    return event


def fan_out(*, event_id: int) -> int:
    """Write the notices of an event, batch by batch, and answer how many. May be killed, repeated or run twice at
    once: each batch moves the event's cursor in its own transaction."""
    total = 0
    while (made := _serve_batch(event_id)) is not None:
        total += made
    return total


@transaction.atomic
def _serve_batch(event_id: int) -> int | None:
    """The next members of the audience; None when all are served."""
    event = NoticeEvent.objects.select_for_update().filter(pk=event_id, done_at=None).first()
    if event is None:
        return None
    kind = kind_of(event.kind)
    audience = kind.audience(event, event.cursor, BATCH)
    notices = _write(event, kind, {pk: reason for pk, reason in audience if pk != event.actor_id})
    if audience:
        event.cursor = audience[-1][0]
    if len(audience) < BATCH:
        event.done_at = timezone.now()
        if mail_at := event.notices.aggregate(last=Max("mail_at"))["last"]:
            tasks.mail_notices.using(run_after=mail_at).enqueue()
    event.save(update_fields=["cursor", "done_at"])
    live.publish_new(notice.member_id for notice in notices)
    return len(notices)


def _write(event: NoticeEvent, kind: Kind, reasons: dict[int, str]) -> list[Notice]:
    """One notice for each member who may see it. The members' rows are held, so that for each of them ids rise in
    the order of commits, and a client that has id n misses nothing below."""
    if not reasons:
        return []
    seeing = kind.may_see(event, list(reasons))
    rows = Member.objects.members().filter(pk__in=seeing).order_by("pk").select_for_update(no_key=True)
    members = list(rows.values_list("pk", flat=True))
    wishes = Preferences.objects.in_bulk(members)
    bundles = _take_bundles(event, kind, {pk: reasons[pk] for pk in members})
    mail_at = timezone.now() + timedelta(seconds=settings.COMMONS_MAIL_DELAY)
    default = Preferences()
    notices = []
    for pk in members:
        reason = reasons[pk]
        notice = Notice(
            member_id=pk,
            kind=kind.name,
            reason=reason,
            actor_id=event.actor_id,
            source=event.source,
            bucket=kind.bucket(event, reason),
            url=event.url,
            data=event.data,
            event=event,
        )
        bundle = bundles.get((pk, notice.bucket))
        if bundle:
            notice.count = bundle.count + 1
            notice.replaces = bundle.pk
            notice.bundle = bundle.bundle or bundle.pk
            notice.mail_at = bundle.mail_at
        elif wishes.get(pk, default).mails(kind.switch(reason)):
            notice.mail_at = mail_at
        notices.append(notice)
    return Notice.objects.bulk_create(notices)


def _take_bundles(event: NoticeEvent, kind: Kind, reasons: dict[int, str]) -> dict[tuple[int, str], Notice]:
    """Remove the unread notices that the new ones replace, and answer them by member and bucket."""
    buckets = {kind.bucket(event, reason) for reason in set(reasons.values()) & kind.collapses}
    if not buckets:
        return {}
    unread = Notice.objects.unread().filter(member__in=list(reasons), source=event.source, bucket__in=buckets)
    bundles = {
        (notice.member_id, notice.bucket): notice
        for notice in unread.only("member", "bucket", "count", "bundle", "mail_at")
    }
    Notice.objects.filter(pk__in=[notice.pk for notice in bundles.values()]).delete()
    return bundles
