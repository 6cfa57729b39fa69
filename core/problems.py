"""Errors of the API as problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from core.errors import Conflict, TooSoon

MEDIA_TYPE = "application/problem+json"


def problem_details(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None for what is our own fault: Django logs it and answers 500."""
    if isinstance(exc, DjangoValidationError):
        exc = exceptions.ValidationError(_messages(exc))
    elif isinstance(exc, Conflict):
        return conflict_answer(exc)
    elif isinstance(exc, TooSoon):
        return _too_soon(exc)
    response = exception_handler(
        exc, context
    )  # also turns Http404 and PermissionDenied (and so Refused) into its own
    if response is None:
        return None
    response.data = _body(response.status_code, response.data, str(exc))
    response.content_type = MEDIA_TYPE
    return response


def problem(status: int, detail: str) -> JsonResponse:
    """The same for a view that is not DRF's."""
    return JsonResponse(_body(status, {"detail": detail}, detail), status=status, content_type=MEDIA_TYPE)


def _body(status: int, data: Any, fallback: str) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if isinstance(data, dict) and set(data) == {"detail"}:
        return body | {"detail": str(data["detail"])}
    if status != HTTPStatus.BAD_REQUEST:
        return body | {"detail": fallback}
    errors = data if isinstance(data, dict) else {api_settings.NON_FIELD_ERRORS_KEY: data}
    return body | {"detail": _sentence(errors), "errors": errors}


def _sentence(errors: dict[str, Any]) -> str:
    """The message itself when there is one; otherwise where to look."""
    messages = [text for texts in errors.values() for text in (texts if isinstance(texts, list) else [texts])]
    if len(messages) == 1 and isinstance(messages[0], str):
        field = next(iter(errors))
        return messages[0] if field == api_settings.NON_FIELD_ERRORS_KEY else f"{field}: {messages[0]}"
    return _("Some fields need another look: %(fields)s.") % {"fields": ", ".join(errors)}


def _messages(error: DjangoValidationError) -> dict[str, list[str]]:
    if not hasattr(error, "error_dict"):
        return {api_settings.NON_FIELD_ERRORS_KEY: error.messages}
    return {
        api_settings.NON_FIELD_ERRORS_KEY if field == NON_FIELD_ERRORS else field: texts
        for field, texts in error.message_dict.items()
    }


def _too_soon(refusal: TooSoon) -> Response:
    body = _body(HTTPStatus.TOO_MANY_REQUESTS, {"detail": str(refusal)}, "")
    headers = {"Retry-After": str(refusal.wait)}
    return Response(body, status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers, content_type=MEDIA_TYPE)


def conflict_answer(conflict: Conflict, **more: Any) -> Response:
    """412, with the revision that the thing has now when it has one, and what else the caller adds."""
    body = _body(HTTPStatus.PRECONDITION_FAILED, {"detail": str(conflict)}, "")
    revision = getattr(conflict.current, "revision", None)
    if isinstance(revision, int):
        body["revision"] = revision
    body |= more
    return Response(body, status=HTTPStatus.PRECONDITION_FAILED, content_type=MEDIA_TYPE)
