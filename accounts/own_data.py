"""What this app holds of a member, for the download of one's own data."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from accounts import avatars, exports
from accounts.exports import Archive, fields
from accounts.models import Member
from audit.models import AuditEntry
from outbox.models import Mail

SECRET = ("password", "about_html")


def write_profile(member: Member, archive: Archive) -> None:
    profile = fields(member, without=SECRET)
    profile["agency"] = member.agency.name if member.agency else None
    profile["interests"] = [each.area for each in member.interests.all()]
    profile["handles_before"] = list(member.handles_before.values("handle", "ended_at"))
    profile["muted"] = list(member.mutes.values("muted__handle", "created_at"))
    archive.json(profile, "profile", "profile.json")
    if member.about:
        archive.text(member.about, "profile", "about.md")
    if member.avatar_version:
        with default_storage.open(avatars.key_of(member.pk, member.avatar_version, 256)) as picture:
            archive.file(picture, "profile", "picture.webp")


def write_membership(member: Member, archive: Archive) -> None:
    addresses = EmailAddress.objects.filter(user=member).values("email", "verified", "primary")
    archive.json(list(addresses), "membership", "addresses.json")
    archive.json([fields(proof) for proof in member.proofs.all()], "membership", "proofs.json")
    roles = member.role_grants.values("role", "granted_at")
    archive.json(list(roles), "membership", "roles.json")


def write_security(member: Member, archive: Archive) -> None:
    sessions = UserSession.objects.filter(user=member).values(
        "ip", "user_agent", "created_at", "last_seen_at"
    )
    archive.json(list(sessions), "security", "sessions.json")
    factors = Authenticator.objects.filter(user=member).values("type", "created_at", "last_used_at")
    archive.json(list(factors), "security", "second_factors.json")
    tokens = member.tokens.values("name", "scopes", "created_at", "expires_at", "last_used_at")
    archive.json(list(tokens), "security", "tokens.json")
    entries = AuditEntry.objects.filter(actor_id=member.pk).order_by("id").iterator()
    archive.json([entry.as_dict() for entry in entries], "security", "audit.json")


def write_mails(member: Member, archive: Archive) -> None:
    mails = Mail.objects.filter(member_id=member.pk).order_by("id")
    told = mails.values("to", "kind", "subject", "state", "created_at", "sent_at")
    archive.json(list(told), "mails", "mails.json")


def register_exporters() -> None:
    exports.register("profile", _("Your profile"), write_profile)
    exports.register("membership", _("Your membership"), write_membership)
    exports.register("security", _("Sessions, factors, tokens and the log of your deeds"), write_security)
    exports.register("mails", _("Mails sent to you"), write_mails)
