from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.actions import accept_terms
from accounts.terms import in_force, outstanding


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """Notice and guidelines, to read at any time and to accept when they are new. Each box carries the version read."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    following = request.POST.get("next") or request.GET.get("next", "")
    following = following if url_has_allowed_host_and_scheme(following, None) else "/"
    if not in_force():
        return redirect(following)
    error = ""
    if request.method == "POST" and request.user.is_member:
        try:
            accept_terms(
                actor=request.user,
                versions={each.name: request.POST.get(each.name, "") for each in in_force()},
            )
        except ValidationError as refusal:
            error = refusal.messages[0]
        else:
            return redirect(following)
    waiting = outstanding(request.user) if request.user.is_member else []
    context = {"all": in_force(), "outstanding": waiting, "next": following, "error": error}
    return render(request, "accounts/terms.html", context, status=422 if error else 200)
