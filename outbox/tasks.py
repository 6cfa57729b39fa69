import smtplib
from datetime import timedelta

from django.core.mail import EmailMultiAlternatives, mailers
from django.db.models import F
from django.tasks import TaskContext, task
from django.utils import timezone

from outbox.composers import Message, compose
from outbox.idempotency import KEPT as ANSWERS_KEPT
from outbox.models import Answer, Job, Mail
from outbox.periodic import every

MAIL_ATTEMPTS = 30  # with the back-off of the worker: most of a day
JOBS_KEPT = timedelta(days=2)
MAILS_KEPT = timedelta(days=90)


@task(attempts=MAIL_ATTEMPTS, takes_context=True)
def deliver_mail(context: TaskContext, mail_id: int) -> None:
    """Hand one mail to the server. An outage is tried again; a refusal for good or the last attempt fails it."""
    mail = Mail.objects.filter(pk=mail_id, state=Mail.State.WAITING).first()
    if mail is None:
        return
    waiting = Mail.objects.filter(pk=mail.pk, state=Mail.State.WAITING)
    message = compose(mail)
    if message is None:
        waiting.update(state=Mail.State.DROPPED)
        return
    try:
        mailers["default"].send_messages([_email(mail, message)])
    except (OSError, smtplib.SMTPException) as error:
        failed = {"attempts": F("attempts") + 1, "error": f"{type(error).__name__}: {error}"[:500]}
        if _is_final(error) or context.attempt >= MAIL_ATTEMPTS:
            waiting.update(state=Mail.State.FAILED, **failed)
            return
        waiting.update(**failed)
        raise
    waiting.update(
        state=Mail.State.SENT,
        sent_at=timezone.now(),
        attempts=F("attempts") + 1,
        error="",
        subject=message.subject,
    )


def _email(mail: Mail, message: Message) -> EmailMultiAlternatives:
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated", **message.headers}
    email = EmailMultiAlternatives(message.subject, message.text, to=[mail.to], headers=headers)
    if message.html:
        email.attach_alternative(message.html, "text/html")
    return email


def _is_final(error: Exception) -> bool:
    """Whether the server said no for good (a 5xx answer about the sender, the recipient or the text)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return 500 <= error.smtp_code < 600
    return False


@every(seconds=3600)
@task()
def purge() -> None:
    """Drop jobs that are done and mails that are long gone. Parked jobs stay until somebody looked."""
    now = timezone.now()
    Job.objects.filter(state=Job.State.DONE, finished_at__lt=now - JOBS_KEPT).delete()
    Mail.objects.exclude(state=Mail.State.WAITING).filter(created_at__lt=now - MAILS_KEPT).delete()


@every(seconds=3600)
@task()
def purge_answers() -> None:
    """What was answered to an Idempotency-Key is kept for a day."""
    Answer.objects.filter(created_at__lt=timezone.now() - ANSWERS_KEPT).delete()
