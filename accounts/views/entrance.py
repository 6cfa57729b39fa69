"""What stands around allauth's own pages: the status page, expired codes, too many tries."""

from __future__ import annotations

from urllib.parse import urlencode

from allauth.account import views as allauth_views
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
    EmailVerificationProcess,
)
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
    PasswordResetVerificationProcess,
)
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.middleware import way_back
from accounts.staff_forms import AppealForm
from accounts.status import status_of
from accounts.throttles import telling
from core.errors import Refused


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def status(request: HttpRequest) -> HttpResponse:
    """Why a person who is signed in sees nothing else, or soon will. POST mails a code; the code's page gives access
    back, or prolongs it."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    following = _next(request)
    state = status_of(request.user)
    if state.kind == "current":
        return redirect(following or "/")
    if request.method == "POST" and state.can_prove:
        _send_code(request)
        page = reverse("account_email_verification_sent")
        return redirect(f"{page}?{urlencode({'next': following})}" if following else page)
    context = {"status": state, "next": following, "contact": settings.COMMONS_CONTACT}
    if state.kind == "suspended":
        suspension = request.user.suspensions.select_related("appeal").first()
        context |= {"suspension": suspension, "appeal_form": AppealForm()}
    return render(request, "accounts/status.html", context)


def _next(request: HttpRequest) -> str:
    url = request.POST.get("next") or request.GET.get("next", "")
    return url if url_has_allowed_host_and_scheme(url, None) else ""


def _send_code(request: HttpRequest) -> None:
    """The old proof is gone with the membership: the address counts as unproved until the code comes back."""
    member = request.user
    address, _created = EmailAddress.objects.update_or_create(
        user=member, email=member.email, defaults={"verified": False, "primary": True}
    )
    send_verification_email_to_address(request, address)


@way_back
@never_cache
@reauthentication_required
def change_address(request: HttpRequest) -> HttpResponse:
    """The new address is proved before anything changes. Whoever has left an agency, and its mail, comes back so."""
    return telling(allauth_views.email)(request)


@login_not_required
@never_cache
def confirm_email(request: HttpRequest) -> HttpResponse:
    """allauth's page for the code, and the sentence it leaves out when the code has expired."""
    waiting = EMAIL_VERIFICATION_CODE_SESSION_KEY in request.session
    if waiting and EmailVerificationProcess.resume(request) is None:
        if request.user.is_authenticated:
            messages.error(request, _("That code has expired. Ask for a new one here."))
            return redirect("account_email" if request.user.is_member else "accounts:status")
        messages.error(request, _("That code has expired. Sign in, and we will mail you a new one."))
        return redirect("account_login")
    return allauth_views.email_verification_sent(request)


@login_not_required
@never_cache
def confirm_reset(request: HttpRequest) -> HttpResponse:
    if expired := _reset_expired(request):
        return expired
    try:
        return allauth_views.confirm_password_reset_code(request)
    except Refused as refusal:  # the rules changed since the code was sent
        messages.error(request, str(refusal))
        return redirect("account_login")


@login_not_required
@never_cache
def complete_reset(request: HttpRequest) -> HttpResponse:
    return _reset_expired(request) or allauth_views.complete_password_reset(request)


def _reset_expired(request: HttpRequest) -> HttpResponse | None:
    waiting = PASSWORD_RESET_VERIFICATION_SESSION_KEY in request.session
    if not waiting or PasswordResetVerificationProcess.resume(request) is not None:
        return None
    messages.error(request, _("That code has expired. Ask for a new one here."))
    return redirect("account_reset_password")
