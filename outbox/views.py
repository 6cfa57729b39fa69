import re
from email import policy
from email.parser import BytesParser
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

SHOWN = 50
NAME = re.compile(r"[0-9a-f-]{10,60}")


@login_not_required
def outbox(request: HttpRequest) -> HttpResponse:
    """The mails of a machine where nothing really leaves, so that a newcomer can finish signing up."""
    _only_here()
    files = sorted(Path(settings.MAIL_OUTBOX_DIR).glob("*.eml"), reverse=True)[:SHOWN]
    return render(request, "outbox/outbox.html", {"mails": [_read(path) for path in files]})


@login_not_required
def outbox_mail(request: HttpRequest, name: str) -> HttpResponse:
    _only_here()
    path = Path(settings.MAIL_OUTBOX_DIR) / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise Http404
    return render(request, "outbox/outbox_mail.html", {"mail": _read(path)})


def _only_here() -> None:
    if not settings.LOCAL_OUTBOX:
        raise Http404


def _read(path: Path) -> dict[str, object]:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    plain = message.get_body(("plain",))
    text = plain.get_content().strip() if plain else ""
    return {
        "name": path.stem,
        "to": message["To"],
        "subject": message["Subject"],
        "text": text,
        "preview": " ".join(text.split())[:200],
        "at": timezone.datetime.fromtimestamp(path.stat().st_mtime, timezone.get_default_timezone()),
    }
