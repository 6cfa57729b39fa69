from django.tasks import task
from django.utils import timezone

from files.storage import sweep
from outbox.periodic import every
from workinggroups.actions import purge_resource, settle_scan, withdraw_notices
from workinggroups.models import TRASH_LIFE, Group, MailedInvitation, Resource, ResourceVersion


@task()
def scan_version(version_id: int) -> None:
    """Raises while the scanner is away: the engine tries again, and the file stays unserved."""
    waiting = ResourceVersion.objects.unscanned().select_related("resource")
    if version := waiting.filter(pk=version_id).first():
        settle_scan(version=version, is_clean=version.passes_scan())


@task()
def take_back_notices(group_id: int, member_id: int | None) -> None:
    group = Group.objects.filter(pk=group_id).first()
    if group is not None:
        withdraw_notices(group=group, member_id=member_id)


@every(seconds=600)
@task()
def scan_what_waits() -> None:
    for version_id in ResourceVersion.objects.overdue():
        scan_version.enqueue(version_id)


@every(seconds=86_400)
@task()
def empty_trash() -> None:
    expired = Resource.objects.filter(trashed_at__lt=timezone.now() - TRASH_LIFE)
    for resource in expired.iterator(chunk_size=200):
        purge_resource(resource=resource)


@every(seconds=86_400)
@task()
def forget_lapsed_invitations() -> None:
    """Addresses of people who never came are not kept."""
    MailedInvitation.objects.lapsed().delete()


@every(seconds=86_400)
@task()
def sweep_orphans() -> None:
    """Delete stored bytes without a row."""
    versions = ResourceVersion.objects.order_by().values_list("storage_key", flat=True)
    sweep(ResourceVersion.STORED_UNDER, lambda keys: set(versions.filter(storage_key__in=keys)))
