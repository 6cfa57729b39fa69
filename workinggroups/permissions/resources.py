from django.utils.translation import gettext as _

from core.errors import YES, Verdict, no
from files.permissions import can_serve
from workinggroups.models import Membership, Resource, ResourceVersion
from workinggroups.permissions.standing import Standing, can_read, living


def can_download(s: Standing) -> Verdict:
    if not (verdict := can_read(s)):
        return verdict
    if s.is_observer and not s.group.observers_download:
        return no(_("Observers of this group cannot download its files. Ask a lead to make you a member."))
    return YES


def can_open_version(s: Standing, version: ResourceVersion) -> Verdict:
    """Download one version: served only when checked and clean."""
    if not (verdict := can_download(s)):
        return verdict
    return can_serve(version)


def can_see_downloads(s: Standing) -> Verdict:
    if not (verdict := can_read(s)):
        return verdict
    return YES if s.is_leading else no(_("Only leads see who downloaded a file."))


def can_upload(s: Standing) -> Verdict:
    """Add a file or a link."""
    if not (verdict := living(s)):
        return verdict
    return YES if s.is_writing else no(_("Only members of this group add resources."))


def can_change_resource(s: Standing, resource: Resource) -> Verdict:
    """Describe it, add a version, bring an old one back, trash and restore."""
    if not (verdict := living(s)):
        return verdict
    if s.is_leading or (s.member.is_moderator and can_read(s)):
        return YES
    if s.role == Membership.Role.MEMBER and resource.created_by_id == s.member.pk:
        return YES
    return no(_("Only leads, and whoever added it, can change this."))
