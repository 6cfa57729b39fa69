from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import handler403, handler404, handler500, urlpatterns

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

FLOOR = b"<!DOCTYPE html><title>floor</title>" + b"x" * 60_000


def floor(request: HttpRequest) -> HttpResponse:
    """What no page of a member can beat: middleware, session, user, and 60 KB that are always the same."""
    if not request.user.is_member:
        return HttpResponse(status=403)
    return HttpResponse(FLOOR)


urlpatterns = [path("bench/floor/", floor), *urlpatterns]
