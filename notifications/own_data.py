"""What notices hold of a member, for the download of one's own data."""

from django.utils.translation import gettext_lazy as _

from accounts import exports
from accounts.exports import Archive, fields
from accounts.models import Member
from notifications.models import Notice, Preferences


def write(member: Member, archive: Archive) -> None:
    notices = Notice.objects.filter(member=member).order_by("id")
    told = notices.values("kind", "reason", "actor__name", "url", "data", "count", "created_at", "read_at")
    archive.json(list(told), "notices", "notices.json")
    preferences = Preferences.objects.filter(member=member).first()
    archive.json(fields(preferences) if preferences else {}, "notices", "preferences.json")


def register_exporter() -> None:
    exports.register("notices", _("Your notices"), write)
