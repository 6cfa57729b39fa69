from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.actions.tokens import create_token, revoke_token
from accounts.forms import TokenForm
from core.forms import attempt, typed


@never_cache
@require_http_methods(["GET", "POST"])
@reauthentication_required
def tokens(request: HttpRequest) -> HttpResponse:
    """The member's keys. The answer to the POST shows the new one, and nothing shows it again."""
    form, made = TokenForm(typed(request)), None
    if form.is_valid() and (made := attempt(form, create_token, actor=request.user, **form.cleaned_data)):
        form = TokenForm()
    token, key = made or (None, "")
    context = {"form": form, "made": token, "key": key, "tokens": request.user.tokens.all(), "tab": "tokens"}
    return render(request, "accounts/tokens.html", context)


@require_http_methods(["GET", "POST"])
@reauthentication_required
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(request.user.tokens, pk=pk)
    if request.method == "POST":
        revoke_token(actor=request.user, token=token)
        messages.success(request, _("“%(name)s” is revoked.") % {"name": token.name})
        return redirect("accounts:tokens")
    return render(request, "accounts/revoke.html", {"token": token, "tab": "tokens"})
