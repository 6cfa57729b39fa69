from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import check_for_language, override
from django.views.decorators.http import require_safe

from core.words import words_path, words_script

YEAR = 365 * 24 * 3600


@require_safe
@login_not_required
def words(request: HttpRequest, name: str) -> HttpResponse:
    """What the scripts say in one language. A page of the previous release gets today's words, and asks anew later."""
    language, _, _digest = name.partition(".")
    if not check_for_language(language):
        raise Http404
    with override(language):
        response = HttpResponse(words_script(language), content_type="text/javascript; charset=utf-8")
        is_current = request.path == words_path(language)
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable" if is_current else "no-cache"
    return response
