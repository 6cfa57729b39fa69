from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

YEAR = 365 * 24 * 60 * 60  # seconds


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie; "auto" follows the system again. Back to the page the form stood on."""
    before = urlsplit(request.headers.get("Referer", ""))
    here = before.netloc == request.get_host()
    path = before.path if here and before.path.startswith("/") and not before.path.startswith("//") else "/"
    response = redirect(f"{path}?{before.query}" if here and before.query else path)
    chosen = request.POST.get("theme")
    if chosen in {"light", "dark"}:
        response.set_cookie("theme", chosen, YEAR, secure=settings.SECURE, httponly=False, samesite="Lax")
    else:
        response.delete_cookie("theme")
    return response
