"""Files and links of a group."""

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.http import Http404
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from core.errors import Refused
from core.lines import one_line
from files.checking import FILES_MAX, Checked
from files.storage import Stored, kept_or_deleted
from workinggroups.actions.lock import lock
from workinggroups.models import Group, Resource, ResourceVersion
from workinggroups.permissions import Standing, can_change_resource, can_read, can_upload, standing


def add_files(
    *, actor: Member, group: Group, files: list[Checked], collection: str = "", note: str = ""
) -> list[Resource]:
    """Add each file as a resource of its own: all of them, or none."""
    if not files:
        raise ValidationError({"file": _("Choose a file first.")})
    if len(files) > FILES_MAX:
        raise ValidationError({"file": _("At most %d files at once.") % FILES_MAX})
    can_upload(standing(actor, group)).enforce()
    check_quota(group, sum(file.size for file in files))
    with kept_or_deleted(ResourceVersion.STORED_UNDER, files) as stored, transaction.atomic():
        s = lock(actor, group.pk)
        can_upload(s).enforce()
        take_quota(s.group, sum(each.size for each in stored))
        return [_add_file(s, file, each, collection, note) for file, each in zip(files, stored, strict=True)]


def _add_file(s: Standing, file: Checked, stored: Stored, collection: str, note: str) -> Resource:
    resource = Resource.objects.create(
        group=s.group,
        kind=Resource.Kind.FILE,
        name=file.filename,
        collection=clean_collection(collection),
        created_by=s.member,
    )
    _add_version(s, resource, file, stored, note)
    return resource


def check_quota(group: Group, size: int) -> None:
    """Before anything is stored: refuse what cannot fit. `take_quota` decides."""
    if group.used + size > group.quota_bytes:
        raise ValidationError({"file": _full(group)})


def take_quota(group: Group, size: int) -> None:
    """One conditional UPDATE, so that no two uploads share the last bytes, lock or no lock."""
    room = Group.objects.filter(pk=group.pk, used__lte=Coalesce(F("quota"), group.quota_bytes) - size)
    if not room.update(used=F("used") + size):
        raise ValidationError({"file": _full(group)})


def _full(group: Group) -> str:
    free = max(0, group.quota_bytes - group.used)
    return _("The group has no room for this: %(free)s of %(quota)s are free.") % {
        "free": filesizeformat(free),
        "quota": filesizeformat(group.quota_bytes),
    }


def clean_collection(collection: str) -> str:
    collection = one_line(collection)
    if len(collection) > 100:
        raise ValidationError({"collection": _("A collection's name has at most 100 characters.")})
    return collection


def _add_version(
    s: Standing, resource: Resource, file: Checked, stored: Stored, note: str
) -> ResourceVersion:
    version = ResourceVersion(
        filename=file.filename,
        media_type=file.media_type,
        storage_key=stored.key,
        size=stored.size,
        sha256=stored.sha256,
    )
    return _number_version(s, resource, version, note)


def _number_version(s: Standing, resource: Resource, version: ResourceVersion, note: str) -> ResourceVersion:
    """Give the version the next number, under the group's lock, and let the scanner see it before anybody else."""
    from workinggroups.tasks import scan_version  # tasks call actions

    resource.version += 1
    resource.changed_at = timezone.now()
    resource.save(update_fields=["version", "changed_at"])
    version.resource, version.number, version.created_by = resource, resource.version, s.member
    version.note = one_line(note)[:300]
    needs_scan = version.await_scan()
    version.save(force_insert=True)
    if needs_scan:
        scan_version.enqueue(version.pk)
    record(
        actor=s.member,
        action="resource.version",
        target=f"resource:{resource.pk}",
        group=s.group.pk,
        version=version.number,
        size=version.size,
        sha256=version.sha256,
    )
    return version


def add_link(
    *, actor: Member, group: Group, name: str, link: str, description: str = "", collection: str = ""
) -> Resource:
    name, link = one_line(name), link.strip()
    try:
        URLValidator(schemes=["http", "https"])(link)
    except ValidationError as error:
        raise ValidationError(
            {"link": _("Enter a web address that starts with https:// or http://.")}
        ) from error
    if len(link) > 500:
        raise ValidationError({"link": _("A web address has at most 500 characters here.")})
    if not 1 <= len(name) <= 150:
        raise ValidationError({"name": _("Give the link a name of at most 150 characters.")})
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_upload(s).enforce()
        resource = Resource.objects.create(
            group=s.group,
            kind=Resource.Kind.LINK,
            name=name,
            link=link,
            description=one_line(description)[:300],
            collection=clean_collection(collection),
            created_by=actor,
        )
        record(actor=actor, action="resource.link", target=f"resource:{resource.pk}", group=s.group.pk)
    return resource


def lock_resource(actor: Member, resource: Resource) -> tuple[Standing, Resource]:
    """The group's row locked, the resource freshly read, the right to change it checked."""
    s = lock(actor, resource.group_id)
    fresh = s.group.resources.filter(pk=resource.pk).first()
    if fresh is None or not can_read(s):
        raise Http404
    can_change_resource(s, fresh).enforce()
    fresh.group = s.group
    return s, fresh


def add_version(*, actor: Member, resource: Resource, file: Checked, note: str = "") -> ResourceVersion:
    can_change_resource(standing(actor, resource.group), resource).enforce()
    check_quota(resource.group, file.size)
    with kept_or_deleted(ResourceVersion.STORED_UNDER, [file]) as [stored], transaction.atomic():
        s, fresh = lock_resource(actor, resource)
        _check_takes_versions(fresh)
        take_quota(s.group, stored.size)
        return _add_version(s, fresh, file, stored, note)


def _check_takes_versions(resource: Resource) -> None:
    if resource.kind != Resource.Kind.FILE:
        raise Refused(_("A link has no versions."))
    if resource.is_trashed:
        raise Refused(_("This is in the trash. Restore it first."))


def restore_version(*, actor: Member, resource: Resource, number: int) -> ResourceVersion:
    """Make an old version the newest: a new version of the same content, which takes no further room."""
    with transaction.atomic():
        s, fresh = lock_resource(actor, resource)
        _check_takes_versions(fresh)
        old = fresh.versions.filter(number=number).first()
        if old is None:
            raise Http404
        if old.number == fresh.version:
            raise Refused(_("This is the newest version already."))
        if old.scan != ResourceVersion.Scan.CLEAN:
            raise Refused(_("Only a version that was checked can be brought back."))
        version = ResourceVersion(
            filename=old.filename,
            media_type=old.media_type,
            storage_key=old.storage_key,
            size=old.size,
            sha256=old.sha256,
            scan=old.scan,
        )
        return _number_version(s, fresh, version, _("Version %d again") % old.number)


def edit_resource(
    *, actor: Member, resource: Resource, name: str, description: str, collection: str
) -> Resource:
    name = one_line(name)
    if not 1 <= len(name) <= 150:
        raise ValidationError({"name": _("Give it a name of at most 150 characters.")})
    with transaction.atomic():
        s, fresh = lock_resource(actor, resource)
        fresh.name, fresh.collection = name, clean_collection(collection)
        fresh.description = one_line(description)[:300]
        fresh.save(update_fields=["name", "description", "collection"])
        record(actor=actor, action="resource.edit", target=f"resource:{fresh.pk}", group=s.group.pk)
    return fresh


def trash_resource(*, actor: Member, resource: Resource) -> Resource:
    """Out of sight at once; for 30 days it can be restored."""
    with transaction.atomic():
        s, fresh = lock_resource(actor, resource)
        if not fresh.is_trashed:
            fresh.trashed_at, fresh.trashed_by = timezone.now(), actor
            fresh.save(update_fields=["trashed_at", "trashed_by"])
            record(actor=actor, action="resource.trash", target=f"resource:{fresh.pk}", group=s.group.pk)
    return fresh


def restore_resource(*, actor: Member, resource: Resource) -> Resource:
    with transaction.atomic():
        s, fresh = lock_resource(actor, resource)
        if fresh.is_trashed:
            fresh.trashed_at = fresh.trashed_by = None
            fresh.save(update_fields=["trashed_at", "trashed_by"])
            record(actor=actor, action="resource.restore", target=f"resource:{fresh.pk}", group=s.group.pk)
    return fresh
