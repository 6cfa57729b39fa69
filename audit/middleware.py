import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from audit.origin import Origin, current

HEADER = "X-Request-ID"
GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")


class OriginMiddleware:
    """Names every request, says the name in the answer, and lets audit rows know where their deed came from.

    The name that a proxy gave is kept when there is a proxy to be trusted.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "") if settings.ALLAUTH_TRUSTED_PROXY_COUNT else ""
        origin = Origin(request, given if GIVEN.fullmatch(given) else uuid.uuid4().hex)
        token = current.set(origin)
        try:
            response = self.get_response(request)
        finally:
            current.reset(token)
        response[HEADER] = origin.request_id
        return response
