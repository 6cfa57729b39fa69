"""Away to the identity provider and back. Nobody gets further here than `sign_in` and `actions` let them."""

from __future__ import annotations

from functools import wraps
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.models import Login
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Member
from accounts.oidc import sign_in
from accounts.oidc.actions import (
    eligible_addresses,
    is_identity_of,
    join_with_identity,
    link_identity,
    record_refusal,
    unlink_identity,
    use_identity,
)
from accounts.oidc.errors import SignInRefused, Unavailable
from accounts.oidc.forms import JoinForm
from accounts.oidc.provider import Provider, configured
from core.forms import attempt, typed

SECURITY_PAGE = "/settings/security/"


def with_provider(view):
    """404 where no provider is configured; throttled; a page of its own when the provider is ill."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        provider = configured()
        if provider is None:
            raise Http404
        if too_many := ratelimit.consume_or_429(request, action="login"):
            return too_many
        try:
            return view(request, provider)
        except Unavailable as trouble:
            response = _refused(request, provider, str(trouble), 503)
            response["Retry-After"] = "60"
            return response

    return guarded


@login_not_required
@never_cache
@require_POST
@with_provider
def login(request: HttpRequest, provider: Provider) -> HttpResponse:
    return _leaving(request, provider, sign_in.SIGN_IN, _following(request))


@never_cache
@require_http_methods(["GET", "POST"])
@reauthentication_required
@with_provider
def link(request: HttpRequest, provider: Provider) -> HttpResponse:
    """GET is where a member arrives who had to confirm who they are first: it asks, and changes nothing."""
    if request.method == "GET":
        return render(request, "oidc/link.html", {"provider": provider})
    return _leaving(request, provider, sign_in.LINK, SECURITY_PAGE)


@never_cache
@require_http_methods(["GET", "POST"])
@with_provider
def confirm(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Before a deed that could hand the account to somebody else: show at the provider that it's still you."""
    if request.method == "GET":
        return render(request, "oidc/confirm.html", {"provider": provider, "next": _following(request)})
    return _leaving(request, provider, sign_in.CONFIRM, _following(request))


@never_cache
@require_http_methods(["GET", "POST"])
@reauthentication_required
@with_provider
def unlink(request: HttpRequest, provider: Provider) -> HttpResponse:
    if request.method == "GET":
        return render(request, "oidc/unlink.html", {"provider": provider})
    if unlink_identity(member=request.user, issuer=provider.issuer):
        messages.success(request, _("%(name)s does not sign you in any more.") % {"name": provider.name})
    return redirect(SECURITY_PAGE)


@login_not_required
@never_cache
@require_GET
@with_provider
def callback(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Where people come back to. A GET that signs in: the protocol wants it so, and the state guards it."""
    person = None
    try:
        away = sign_in.returned(request)
        person = sign_in.identify(provider, away, request.GET)
        if away.purpose != sign_in.SIGN_IN:
            return _return_of_member(request, provider, away, person)
        member = use_identity(person=person)
        if member is None:
            address = eligible_addresses(person)[0].address
            sign_in.keep_newcomer(request, person, address, away.following)
            return redirect("oidc:join")
        return _enter(request, provider, member, away.following)
    except SignInRefused as refusal:
        actor = request.user if request.user.is_authenticated else None
        record_refusal(refusal=refusal, issuer=provider.issuer, person=person, member=actor)
        return _refused(request, provider, str(refusal), 403)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
@with_provider
def join(request: HttpRequest, provider: Provider) -> HttpResponse:
    """The few facts that the provider could not tell of a newcomer."""
    known = sign_in.newcomer(request)
    if known is None:
        messages.info(request, _("Please sign in at %(name)s once more.") % {"name": provider.name})
        return redirect("account_login")
    form = JoinForm(typed(request), address=known["address"], initial={"name": known["name"]})
    if request.method == "POST" and form.is_valid():
        facts = {key: known[key] for key in ("issuer", "subject", "address")}
        if member := attempt(form, join_with_identity, **facts, **form.cleaned_data):
            request.session.pop(sign_in.NEWCOMER)
            return _enter(request, provider, member, known["following"])
    return render(
        request, "oidc/join.html", {"form": form, "provider": provider, "address": known["address"]}
    )


def _enter(request: HttpRequest, provider: Provider, member: Member, following: str) -> HttpResponse:
    """Through allauth's own stages: a second factor, an address to prove, the page that was wanted."""
    record_authentication(request, member, method="oidc", issuer=provider.issuer)
    return perform_login(request, Login(user=member, redirect_url=following or None))


def _return_of_member(
    request: HttpRequest, provider: Provider, away: sign_in.Away, person: sign_in.Person
) -> HttpResponse:
    member = request.user
    if not isinstance(member, Member) or member.pk != away.member:
        raise SignInRefused("signed_out")
    if away.purpose == sign_in.LINK:
        link_identity(member=member, person=person)
        messages.success(request, _("From now on you can sign in with %(name)s.") % {"name": provider.name})
        return redirect(SECURITY_PAGE)
    if not is_identity_of(member=member, person=person):
        raise SignInRefused("somebody_else", name=provider.name)
    record_authentication(request, member, method="oidc", reauthenticated=True, issuer=provider.issuer)
    request.GET = QueryDict(urlencode({"next": away.following}))  # where allauth looks for it
    return resume_request(request) or redirect("/")


def _following(request: HttpRequest) -> str:
    url = request.POST.get("next") or request.GET.get("next", "")
    return url if url_has_allowed_host_and_scheme(url, None) else ""


def _leaving(request: HttpRequest, provider: Provider, purpose: str, following: str) -> HttpResponse:
    """A page that moves on by itself: our policy lets no form of ours end at another site."""
    url = sign_in.leave(request, provider, purpose=purpose, following=following)
    response = render(request, "oidc/leaving.html", {"provider": provider, "url": url})
    response["Refresh"] = f"0; url={url}"
    return response


def _refused(request: HttpRequest, provider: Provider, sentence: str, status: int) -> HttpResponse:
    context = {"provider": provider, "sentence": sentence}
    return render(request, "oidc/refused.html", context, status=status)
