"""Passkeys, authenticator apps and recovery codes: where allauth's second factors meet our members."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from io import BytesIO
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import live
from accounts.models import Member
from audit.actions import record

SECOND_FACTORS = [Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP]


class FactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "That did not match. Try again with a fresh code, or with a passkey made for this site."
        ),
        "unverified_email": _("Prove your address first."),
        "cannot_delete_authenticator": _(
            "Your password has fewer than 15 characters, which is too few to stand alone. Choose a longer one first."
        ),
        "cannot_generate_recovery_codes": _("Set up a passkey or an authenticator app first."),
    }

    def _get_site_name(self) -> str:
        return settings.SITE_NAME

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        """Goes into the page itself: the policy allows no pictures in addresses."""
        from qrcode import make
        from qrcode.image.svg import SvgPathFillImage

        drawn = BytesIO()
        make(url, image_factory=SvgPathFillImage).save(drawn)
        text = drawn.getvalue().decode()
        return text[text.index("<svg") :]

    def generate_authenticator_name(self, user: Member, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey") if number == 1 else gettext("Passkey %(n)d") % {"n": number}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one beside a password that is too short to stand alone."""
        others = Authenticator.objects.filter(user=authenticator.user_id, type__in=SECOND_FACTORS)
        return others.exclude(pk=authenticator.pk).exists() or not authenticator.user.has_short_password


def _box() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet(
        [Fernet(urlsafe_b64encode(sha256(f"factors:{secret}".encode()).digest())) for secret in secrets]
    )


@transaction.atomic
def factor_added(sender: Any, user: Member, authenticator: Authenticator, **kwargs: Any) -> None:
    record(actor=user, action="factor.add", target=f"member:{user.pk}", factor=authenticator.type)
    _write_second_factor(user)


@transaction.atomic
def factor_removed(sender: Any, user: Member, authenticator: Authenticator, **kwargs: Any) -> None:
    record(actor=user, action="factor.remove", target=f"member:{user.pk}", factor=authenticator.type)
    _write_second_factor(user)


def code_refused(
    sender: Any, user: Member, authenticator: Authenticator, reauthentication: bool, **kwargs: Any
) -> None:
    """Of an app or of recovery codes: which of them was meant, a wrong code does not say."""
    note_refused(user, authenticator.type, again=reauthentication)


def note_refused(member: Member | None, factor: str, *, again: bool) -> None:
    """A second factor that did not match. `member` None: a passkey alone, before anybody is known."""
    record(
        actor=None,
        action="factor.check",
        target=f"member:{member.pk}" if member else "site",
        outcome="failed",
        factor=factor,
        again=again,
    )


def _write_second_factor(member: Member) -> None:
    locked = Member.objects.select_for_update().get(pk=member.pk)
    first = Authenticator.objects.filter(user=locked, type__in=SECOND_FACTORS).order_by("created_at").first()
    locked.second_factor_at = first.created_at if first else None
    locked.save(update_fields=["second_factor_at"])
    live.recheck(locked.pk)


def summary(member: Member) -> dict[str, Any]:
    """What the security page tells of a member's factors."""
    kinds: dict[str, list[Authenticator]] = {}
    for each in Authenticator.objects.filter(user=member).order_by("created_at"):
        kinds.setdefault(each.type, []).append(each)
    codes = kinds.get(Authenticator.Type.RECOVERY_CODES, [])
    left = len(codes[0].wrap().get_unused_codes()) if codes else 0
    return {
        "passkeys": kinds.get(Authenticator.Type.WEBAUTHN, []),
        "totp": kinds.get(Authenticator.Type.TOTP, []),
        "has_codes": bool(codes),
        "codes_left": ngettext("%(n)d code is left.", "%(n)d codes are left.", left) % {"n": left},
    }
