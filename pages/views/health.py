from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import live


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up; says nothing of what it leans on."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether this process can serve members: 200, or 503 naming the part that cannot."""
    database = _database()
    parts = {
        "database": database,
        "migrations": _migrations() if database == "ok" else "unknown",
        "cache": _cache(),
        "channel_layer": "ok" if live.is_up() else "does not answer",
    }
    is_ready = all(state == "ok" for state in parts.values())
    response = JsonResponse({"ready": is_ready, "parts": parts}, status=200 if is_ready else 503)
    if not is_ready:
        response["Retry-After"] = "5"
    return response


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return f"{waiting} to run" if waiting else "ok"


def _cache() -> str:
    # The cache swallows its own failures, so that pages work without it: only a round trip tells.
    cache.set("readyz", "ok", 30)
    return "ok" if cache.get("readyz") == "ok" else "does not answer"
