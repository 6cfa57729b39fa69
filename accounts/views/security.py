"""What guards an account: factors, and the session itself."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import views as passkey_views
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import factors, kept, sessions
from accounts.actions.sessions import end_own_session


@require_GET
def security(request: HttpRequest) -> HttpResponse:
    proof = request.user.proofs.first()
    context = {"proof": proof, "tab": "security", **factors.summary(request.user)}
    return render(request, "accounts/security.html", context)


@require_GET
def factor_pages(request: HttpRequest) -> HttpResponse:
    """allauth's own lists of factors: ours stands with everything else about security."""
    return redirect("accounts:security")


@reauthentication_required
def remove_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    passkey = get_object_or_404(Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN)
    adapter = factors.FactorAdapter()
    if not adapter.can_delete_authenticator(passkey):
        messages.error(request, str(adapter.error_messages["cannot_delete_authenticator"]))
        return redirect("accounts:security")
    return passkey_views.remove_webauthn(request, pk=pk)


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """One other browser; this one is left by signing out."""
    other = get_object_or_404(UserSession, pk=pk, user=request.user)
    if not other.is_current():
        end_own_session(actor=request.user, session=other)
        messages.success(request, _("That session is ended."))
    return redirect("usersessions_list")


@never_cache
@require_http_methods(["GET", "POST"])
def session(request: HttpRequest) -> JsonResponse:
    """How long the session still lasts. The POST is activity of the member and so has made it longer already."""
    ends = request.session.get_expiry_date()
    seconds = max(0, int((ends - timezone.now()).total_seconds()))
    return JsonResponse({"seconds": seconds, "extendable": ends < sessions.longest(request)})


@never_cache
@require_http_methods(["GET", "POST"])
def kept_form(request: HttpRequest) -> HttpResponse:
    """What was sent as the session had ended, to be looked at and sent by hand. POST here discards it."""
    form = kept.of_member(request)
    if request.method == "POST":
        kept.discard(request)
        messages.success(request, _("What you had typed is discarded."))
    if form is None or request.method == "POST":
        return redirect(form["page"] if form else "/")
    return render(request, "accounts/kept_form.html", {"kept": form, "fields": kept.shown(form["fields"])})
