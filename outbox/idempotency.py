"""`Idempotency-Key` on a POST of the API: the deed is done once, and the same answer given for 24 hours.

The answer's row and the deed are one transaction. Of two equal requests at once the second waits on the unique key,
then gets the first one's answer; when the first failed, its row is gone with it and the second does the deed.
"""

from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core.problems import problem
from outbox.models import Answer

KEPT = timedelta(hours=24)
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
KEY_MAX = 255


class IdempotencyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key or request.method != "POST" or not request.path.startswith("/api/"):
            return self.get_response(request)
        # By session or token; the views say what is wrong with anybody else.
        if not (request.user.is_authenticated and request.user.is_member):
            return self.get_response(request)
        if len(key) > KEY_MAX or not key.isprintable():
            return problem(400, _("Idempotency-Key has at most %d characters, all printable.") % KEY_MAX)
        return self.once(request, request.user.pk, key)

    def once(self, request: HttpRequest, member_id: int, key: str) -> HttpResponse:
        fingerprint = _fingerprint(request)
        fresh = timezone.now() - KEPT
        Answer.objects.filter(member_id=member_id, key=key, created_at__lt=fresh).delete()
        try:
            with transaction.atomic():
                answer = Answer.objects.create(
                    member_id=member_id, key=key, fingerprint=fingerprint, status=0
                )
                response = self.get_response(request)
                if not 200 <= response.status_code < 300:
                    transaction.set_rollback(True)
                    return response
                answer.status = response.status_code
                answer.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
                answer.body = response.content.decode()
                answer.save(update_fields=["status", "headers", "body"])
                return response
        except IntegrityError:
            given = Answer.objects.filter(member_id=member_id, key=key).first()
            if given is None:
                raise
        if given.fingerprint != fingerprint:
            return problem(422, _("This Idempotency-Key was used for another request."))
        return HttpResponse(
            given.body, status=given.status, headers={**given.headers, "Idempotency-Replayed": "true"}
        )


def _fingerprint(request: HttpRequest) -> str:
    """Of an upload only path and length: its body is a stream that is read once. Keyed, because a plain hash of a
    short body, such as a secret vote, would give it away to whoever tries them all."""
    is_upload = request.content_type == "multipart/form-data"
    body = request.headers.get("Content-Length", "").encode() if is_upload else request.body
    text = request.get_full_path().encode() + b"\0" + body
    return salted_hmac("outbox.idempotency", text, algorithm="sha256").hexdigest()
