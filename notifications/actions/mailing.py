from django.db import transaction
from django.utils import timezone

from notifications.models import Notice, Preferences
from outbox.actions import send_mails
from outbox.models import Mail

BATCH = 500


def mail_due() -> int:
    """Promise a mail for each notice that has waited long enough to be read and was not. Answers how many."""
    total = 0
    while made := _mail_batch():
        total += made
    return total


@transaction.atomic
def _mail_batch() -> int:
    due = Notice.objects.to_mail(timezone.now()).select_related("member").order_by("pk")
    notices = list(due.select_for_update(of=("self",), skip_locked=True)[:BATCH])
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mail_at=None)
    send_mails(
        mails=[
            Mail(
                to=notice.member.email,
                member_id=notice.member_id,
                kind=notice.kind,
                about=f"notice:{notice.bundle or notice.pk}",
            )
            for notice in notices
        ]
    )
    return len(notices)


def switch_off(*, member_id: int, switches: list[str]) -> None:
    """Send the member no more mail of these kinds."""
    Preferences.objects.update_or_create(
        member_id=member_id, defaults={f"mail_{switch}": False for switch in switches}
    )
