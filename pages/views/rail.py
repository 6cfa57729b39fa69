from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from pages.context import frame


@require_GET
def rail(request: HttpRequest) -> HttpResponse:
    """The rail alone: what an open page asks for when its member has read something in another tab."""
    return HttpResponse(frame(request)()["rail"])
