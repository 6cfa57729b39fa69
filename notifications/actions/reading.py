from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.models import Member
from notifications import live
from notifications.models import Notice, NoticeEvent, NoticeQuerySet

READ_KEPT = timedelta(days=90)
UNREAD_KEPT = timedelta(days=365)
EVENTS_KEPT = timedelta(days=30)
RETRACTED_AT_ONCE = 1_000


def read(*, member_id: int, ids: Iterable[int] | None = None, up_to: int | None = None) -> list[int]:
    """Mark the member's unread notices read: those named, or all up to an id. Answers which it were."""
    unread = Notice.objects.unread()
    if ids is not None:
        return _read(member_id, unread.filter(pk__in=list(ids)))
    if up_to is not None:
        return _read(member_id, unread.filter(pk__lte=up_to))
    return []


def read_source(*, member_id: int, source: str) -> list[int]:
    """The same for all about one thing, because the member has just looked at the thing itself."""
    about = Notice.objects.unread().filter(source=source)
    # Nearly always there is nothing, and nothing to lock.
    return _read(member_id, about) if about.filter(member=member_id).exists() else []


@transaction.atomic
def _read(member_id: int, notices: NoticeQuerySet) -> list[int]:
    # With the member's row held no new notice comes in between, and the count told below is the last word.
    if not Member.objects.select_for_update(no_key=True).filter(pk=member_id).exists():
        return []
    ids = list(notices.filter(member=member_id).values_list("pk", flat=True))
    if ids:
        Notice.objects.filter(pk__in=ids).update(read_at=timezone.now(), mail_at=None)
        live.publish_read(member_id, ids, Notice.objects.filter(member=member_id).unread().count())
    return ids


def retract(*, source: str, url: str | None = None, member_ids: Iterable[int] | None = None) -> int:
    """Take back what was told of a thing that is gone: for everyone, or for members who may not see it any more,
    or only what leads to one address and nowhere else. Answers how many unread notices vanished."""
    about = {"source": source} if url is None else {"source": source, "url": url}
    with transaction.atomic():
        if member_ids is None:
            NoticeEvent.objects.filter(**about, done_at=None).update(done_at=timezone.now())
        notices = Notice.objects.filter(**about) if url is None else Notice.objects.filter(**about, count=1)
        if member_ids is not None:
            notices = notices.filter(member__in=list(member_ids))
        total = 0
        while batch := list(
            notices.order_by("member_id").values_list("member", "pk", "read_at")[:RETRACTED_AT_ONCE]
        ):
            total += _take_back(batch)
    return total


@transaction.atomic
def readdress(*, event_ids: Collection[int], source: str) -> None:
    """What these events told is from now on about this thing. An unread bundle joins the one that is there."""
    NoticeEvent.objects.filter(pk__in=event_ids).update(source=source)
    notices = Notice.objects.filter(event__in=event_ids).exclude(source=source)
    same = Q(member=OuterRef("member"), bucket=OuterRef("bucket"))
    doubles = notices.unread().filter(Exists(Notice.objects.unread().filter(same, source=source)))
    found = list(doubles.values_list("member", "pk", "read_at", "bucket", "count"))
    for member_id, _pk, _read_at, bucket, count in found:
        twin = Notice.objects.unread().filter(member=member_id, source=source, bucket=bucket)
        twin.update(count=F("count") + count)
    _take_back([row[:3] for row in found])
    notices.update(source=source)


def _take_back(batch: Sequence[tuple[int, int, object]]) -> int:
    gone = defaultdict(list)
    for member_id, pk, read_at in batch:
        if read_at is None:
            gone[member_id].append(pk)
    Notice.objects.filter(pk__in=[pk for _, pk, _ in batch]).delete()
    unread = (
        Notice.objects.unread()
        .filter(member__in=gone)
        .order_by()
        .values_list("member")
        .annotate(n=Count("pk"))
    )
    left = dict(unread)
    for member_id, ids in gone.items():
        live.publish_read(member_id, ids, left.get(member_id, 0))
    return sum(map(len, gone.values()))


def purge() -> None:
    """Drop notices nobody will look for any more, and events all of whose notices are gone."""
    now = timezone.now()
    Notice.objects.filter(read_at__lt=now - READ_KEPT).delete()
    Notice.objects.filter(created_at__lt=now - UNREAD_KEPT).delete()
    NoticeEvent.objects.filter(done_at__lt=now - EVENTS_KEPT, notices=None).delete()
