"""What working groups hold of a member, for the download of one's own data."""

from django.utils.translation import gettext_lazy as _

from accounts import exports
from accounts.exports import Archive, fields
from accounts.models import Member
from files.storage import open_stored
from workinggroups.models import Membership, MembershipEvent, Resource, ResourceVersion


def write(member: Member, archive: Archive) -> None:
    memberships = Membership.objects.filter(member=member).select_related("group").order_by("id")
    archive.json(
        [fields(each) | {"group": each.group.name} for each in memberships.iterator()],
        *("groups", "memberships.json"),
    )
    events = MembershipEvent.objects.filter(membership__member=member).order_by("id")
    archive.json([fields(event) for event in events.iterator()], "groups", "history.json")
    resources = Resource.objects.filter(created_by=member).select_related("group").order_by("id")
    archive.json(
        [fields(each) | {"group": each.group.name} for each in resources.iterator()],
        *("groups", "resources.json"),
    )
    write_files(member, archive)


def write_files(member: Member, archive: Archive) -> None:
    """Each version the member uploaded, but for those the scanner refused."""
    versions = ResourceVersion.objects.filter(created_by=member).exclude(scan=ResourceVersion.Scan.INFECTED)
    for version in versions.select_related("resource__group").order_by("id").iterator():
        with open_stored(version.storage_key) as content:
            archive.file(
                content,
                *("groups", "files", version.resource.group.slug),
                f"{version.resource_id}-v{version.number}-{version.filename}",
            )


def register_exporter() -> None:
    exports.register("groups", _("Your groups and the files you shared"), write)
