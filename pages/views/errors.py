from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from core.errors import Refused
from core.problems import problem


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    reason = str(exception) if isinstance(exception, Refused) else ""
    return render(request, "403.html", {"reason": reason}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The same bytes for what is missing and what is hidden: the path is not repeated."""
    if request.path.startswith("/api/"):
        return problem(404, _("Not found."))
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Renders without the request: whatever failed may fail again in the frame."""
    if request.path.startswith("/api/"):
        return problem(500, _("Something broke on our side. It was noted; please try again later."))
    return HttpResponse(render_to_string("500.html"), status=500)
