"""What happens later: to files (who took them, what the scanner found, the trash) and to notices of a closed group."""

from functools import partial
from itertools import batched, groupby
from operator import itemgetter

from django.db import transaction
from django.db.models import F

from accounts.models import Member
from audit.actions import record
from files.storage import delete_stored
from notifications.actions import retract
from notifications.models import Notice
from workinggroups.models import Group, Resource, ResourceVersion

SOURCES_AT_ONCE = 500


def note_download(*, actor: Member, version: ResourceVersion) -> None:
    """Downloads from groups that are for their members only are audited; leads see who."""
    if not version.resource.group.is_open:
        record(
            actor=actor,
            action="resource.download",
            target=f"resource:{version.resource_id}",
            group=version.resource.group_id,
            version=version.number,
        )


def settle_scan(*, version: ResourceVersion, is_clean: bool) -> None:
    """Write the scanner's verdict. The bytes of what is harmful are deleted, the row stays to say so."""
    with transaction.atomic():
        if not version.take_verdict(is_clean=is_clean):
            return
        group = version.resource.group_id
        record(
            actor=None,
            action="resource.scan",
            target=f"resource:{version.resource_id}",
            outcome=str(version.scan),
            group=group,
            version=version.number,
        )
        if not is_clean:
            Group.objects.filter(pk=group).update(used=F("used") - version.size)
            transaction.on_commit(partial(delete_stored, [version.storage_key]), robust=True)


def purge_resource(*, resource: Resource) -> None:
    """Delete for good what has been in the trash for its time, its bytes after the commit."""
    with transaction.atomic():
        Group.objects.select_for_update(no_key=True).get(pk=resource.group_id)
        fresh = Resource.objects.trashed().filter(pk=resource.pk).first()
        if fresh is None:
            return
        kept = fresh.versions.exclude(scan=ResourceVersion.Scan.INFECTED)
        contents = dict(kept.values_list("storage_key", "size"))
        Group.objects.filter(pk=fresh.group_id).update(used=F("used") - sum(contents.values()))
        record(actor=None, action="resource.purge", target=f"resource:{fresh.pk}", group=fresh.group_id)
        fresh.delete()
        transaction.on_commit(partial(delete_stored, list(contents)), robust=True)


def withdraw_notices(*, group: Group, member_id: int | None = None) -> None:
    """Take back what was told of the group's topics from those who may not read them any more: one member, or all."""
    readers = group.readers_among(Member.objects.members())
    told = Notice.objects.all() if member_id is None else Notice.objects.of(member_id)
    for category in group.categories.all():
        topics = category.topics.order_by("pk").values_list("pk", flat=True)
        for sources in batched((f"topic:{pk}" for pk in topics.iterator()), SOURCES_AT_ONCE):
            wrong = told.filter(source__in=sources).exclude(member__in=readers).order_by("source")
            pairs = wrong.values_list("source", "member").distinct()
            for source, rows in groupby(pairs, key=itemgetter(0)):
                retract(source=source, member_ids=[member for _, member in rows])
