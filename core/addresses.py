from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse


class PlainAddressMiddleware:
    """An address with a null character in it names nothing; the database would refuse even to look for it. In a query
    it is read as the sign for what cannot be read (U+FFFD), so that no view has to think of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            raise Http404
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query:
            request.META["QUERY_STRING"] = query.replace("%00", "%EF%BF%BD")
        return self.get_response(request)
