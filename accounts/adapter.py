"""Where allauth meets our rules: the gate, the account it makes, the proof, and how its mails leave."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.core.internal.ratelimit import respond_429
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import kept, live
from accounts.actions import check_address, prove_eligibility, register_member, who_may_join
from accounts.models import EligibilityProof, Member
from accounts.oidc.provider import configured
from accounts.throttles import may_mail, note_failed_tries
from core.errors import Refused
from outbox.actions import send_mail

LONG_PASSWORD = 15  # characters that may stand alone
# Mails that whoever types an address gets sent there, whether there is an account or not.
CAUSED_BY_ANYBODY = {
    "account_already_exists",
    "email_confirmation",
    "email_confirmation_signup",
    "password_reset_code",
    "unknown_account",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The address and the password do not belong together. Check both."),
        "email_taken": _("There is an account with this address already."),
        "duplicate_email": _("This is your address already."),
        "incorrect_code": _("That is not the code we sent. Use the one in the newest mail."),
        "incorrect_password": _("That is not your password."),
        "enter_current_password": _("That is not your current password."),
        "rate_limited": _(
            "We have sent several mails already. Please wait an hour before asking for another."
        ),
        "too_many_login_attempts": _(
            "Too many tries. Please wait five minutes, then sign in again; if your address still has to be "
            "proved, you will get a new code."
        ),
        "too_many_tries": _("Too many tries. Please wait five minutes, then try again with a fresh code."),
    }

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """In a form "rate_limited" is what allauth says of codes that were typed; mails have pages of their own."""
        if code in {"too_many_login_attempts", "rate_limited"}:
            note_failed_tries()
        return super().validation_error("too_many_tries" if code == "rate_limited" else code, *args)

    def _get_login_attempts_cache_key(self, request, **credentials: Any) -> str:
        """A browser that the member signed in with lately counts by itself: strangers who try the address shut out
        strangers, for as long as they try, and never the member."""
        key = super()._get_login_attempts_cache_key(request, **credentials)
        known = kept.last_member(request)
        typed = str(credentials.get("email") or "")
        if known and Member.objects.filter(pk=known, email__iexact=typed).exists():
            return f"{key}:{known}"
        return key

    def clean_email(self, email: str) -> str:
        decision = check_address(email)
        if not decision:
            raise ValidationError(who_may_join(decision.reason), code="ineligible")
        return decision.address

    def save_user(self, request, user, form, commit: bool = True) -> Member:
        data = form.cleaned_data
        return register_member(
            address=data["email"],
            name=data["name"],
            encoded_password=form.encoded_password,
            employment=data["employment"],
            occupation=data["occupation"],
            leadership_role=data["leadership_role"],
        )

    def confirm_email(self, request, email_address) -> bool:
        """The code was right; `prove` (below) decides again, and what it refuses leaves everything as it was."""
        try:
            with transaction.atomic():
                return super().confirm_email(request, email_address)
        except Refused as refusal:
            self.add_message(request, messages.ERROR, message=str(refusal))
            return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        kind = template_prefix.rpartition("/")[2]
        if kind in CAUSED_BY_ANYBODY and not may_mail(email):
            raise ImmediateHttpResponse(respond_429(self.request))
        site = SimpleNamespace(name=settings.SITE_NAME, domain=settings.SITE_URL)
        message = self.render_mail(
            template_prefix,
            email,
            {
                "request": self.request,
                "email": email,
                "current_site": site,
                "contact": settings.COMMONS_CONTACT,
            }
            | context,
        )
        send_mail(
            to=email,
            subject=str(message.subject),
            text=str(message.body),
            html=next((str(part.content) for part in getattr(message, "alternatives", [])), ""),
            kind=f"account.{kind}",
            member_id=getattr(context.get("user"), "pk", None),
            headers={"Auto-Submitted": "auto-generated"},
        )

    def get_login_stages(self) -> list[str]:
        proving = "allauth.account.stages.EmailVerificationStage"
        return [
            "accounts.stages.ProofStage" if stage == proving else stage
            for stage in super().get_login_stages()
        ]

    def post_login(self, request, user, **kwargs: Any):
        if user.has_sleeping_roles:
            text = _("Your roles are asleep until you add a second factor: Settings, Security.")
            self.add_message(request, messages.WARNING, message=text)
        return super().post_login(request, user, **kwargs)

    def set_password(self, user, password: str) -> None:
        """A new password ends the other sessions; their rows stay, so their sockets must be told."""
        user.set_password(password)
        user.has_short_password = len(password) < LONG_PASSWORD or None
        user.save(update_fields=["password", "has_short_password"])
        live.recheck(user.pk)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in a few minutes ago, by whatever means, need not do it again."""
        member = self.request.user
        times = [entry["at"] for entry in get_authentication_records(self.request, member)]
        if times and time.time() - max(times) <= account_settings.REAUTHENTICATION_TIMEOUT:
            return False
        if not get_reauthentication_flows(member) and self.get_reauthentication_methods(member):
            raise ReauthenticationRequired  # allauth itself asks nobody who has neither password nor factor
        return True

    def get_reauthentication_methods(self, user) -> list[dict[str, Any]]:
        methods = super().get_reauthentication_methods(user)
        provider = configured()
        if provider and user.is_authenticated and user.identities.filter(issuer=provider.issuer).exists():
            described = _("Use %(name)s") % {"name": provider.name}
            methods.append({"id": "oidc", "description": described, "url": reverse("oidc:confirm")})
        return methods


def prove(sender, email_address, **kwargs) -> None:
    """allauth has just seen a code that only the holder of the address could know: whatever the code was for."""
    prove_eligibility(
        member=email_address.user, address=email_address.email, method=EligibilityProof.Method.CODE
    )
