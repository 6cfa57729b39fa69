from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from outbox.models import Mail
from outbox.tasks import deliver_mail


def send_mail(
    *,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    kind: str,
    member_id: int | None = None,
    headers: dict[str, str] | None = None,
    delay: int = 0,
) -> Mail:
    """Promise one message, `delay` seconds from now, in the caller's transaction. Its row tells its fate."""
    mail = Mail(
        to=to,
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        kind=kind,
        member_id=member_id,
        headers=headers or {},
    )
    return send_mails(mails=[mail], delay=delay)[0]


def send_mails(*, mails: list[Mail], delay: int = 0) -> list[Mail]:
    """The same for many unsaved rows at once; those with `about` get their text when they are sent."""
    for mail in mails:
        mail.message_id = mail.message_id or make_message_id()
    task = deliver_mail.using(run_after=timezone.now() + timedelta(seconds=delay)) if delay else deliver_mail
    with transaction.atomic():
        mails = Mail.objects.bulk_create(mails)
        task.get_backend().enqueue_many(task, [[mail.pk] for mail in mails])
    return mails


def make_message_id(local: str = "") -> str:
    """Kept with the row: however often a mail is handed over, its receiver sees one message."""
    return f"<{local or uuid4().hex}@{urlsplit(settings.SITE_URL).hostname}>"
