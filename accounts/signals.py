"""What allauth and Django tell of signing in, out and changing what one signs in with, written to the audit log."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import Member
from audit.actions import record

SHOWN = 16  # characters of a hash: enough to see that the same address was tried again


@receiver(account.user_logged_in, dispatch_uid="accounts.signed_in")
def signed_in(sender: Any, request: HttpRequest, user: Member, **kwargs: Any) -> None:
    methods = [entry["method"] for entry in get_authentication_records(request, user)]
    record(actor=user, action="member.sign_in", target=f"member:{user.pk}", methods=methods)


@receiver(user_login_failed, dispatch_uid="accounts.sign_in_failed")
def sign_in_failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None, **kwargs: Any
) -> None:
    """What was typed may be anything, a password too: only its keyed hash is kept."""
    typed = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
    member = Member.objects.filter(email__iexact=typed.replace("\0", "")).first()
    record(
        actor=None,
        action="member.sign_in",
        target=f"member:{member.pk}" if member else "site",
        outcome="failed",
        typed=salted_hmac("accounts.signals", typed, algorithm="sha256").hexdigest()[:SHOWN],
        again=request is not None and hasattr(request, "user") and request.user.is_authenticated,
    )


@receiver(user_logged_out, dispatch_uid="accounts.signed_out")
def signed_out(sender: Any, user: Member | None, **kwargs: Any) -> None:
    if user is not None:
        record(actor=user, action="member.sign_out", target=f"member:{user.pk}")


@receiver(account.password_changed, dispatch_uid="accounts.password_changed")
@receiver(account.password_set, dispatch_uid="accounts.password_set")
def password_changed(sender: Any, user: Member, **kwargs: Any) -> None:
    record(actor=user, action="member.password", target=f"member:{user.pk}", way="signed in")


@receiver(account.password_reset, dispatch_uid="accounts.password_reset")
def password_reset(sender: Any, user: Member, **kwargs: Any) -> None:
    record(actor=user, action="member.password", target=f"member:{user.pk}", way="code by mail")


@receiver(account.email_verification_code_rejected, dispatch_uid="accounts.address_code_rejected")
@receiver(account.password_reset_code_rejected, dispatch_uid="accounts.reset_code_rejected")
@receiver(account.login_code_rejected, dispatch_uid="accounts.sign_in_code_rejected")
def code_rejected(sender: Any, user: Member, last_attempt: bool, **kwargs: Any) -> None:
    record(
        actor=None,
        action="member.check_code",
        target=f"member:{user.pk}",
        outcome="failed",
        last_attempt=last_attempt,
    )


@receiver(account.email_changed, dispatch_uid="accounts.address_changed")
def address_changed(
    sender: Any,
    user: Member,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **kwargs: Any,
) -> None:
    """The domains, which decide about membership; not the addresses."""
    before = from_email_address.email.rpartition("@")[2] if from_email_address else None
    after = to_email_address.email.rpartition("@")[2]
    record(actor=user, action="member.address", target=f"member:{user.pk}", before=before, after=after)
