from django.tasks import TaskContext, task

from accounts.actions import attend_to_inactive, note_refused_mails, remind_members, remove_unproved
from accounts.actions.data import discard_expired, fail_export, write_export
from audit.actions import prune
from outbox.periodic import every

EXPORT_ATTEMPTS = 3


@task(attempts=EXPORT_ATTEMPTS, takes_context=True)
def make_export(context: TaskContext, export_id: int) -> None:
    try:
        write_export(export_id=export_id)
    except Exception:
        if context.attempt >= EXPORT_ATTEMPTS:
            fail_export(export_id=export_id)
        raise


@every(seconds=3600)
@task()
def forget_exports() -> None:
    discard_expired()


@every(seconds=300)
@task()
def send_reminders() -> None:
    remind_members()


@every(seconds=3600)
@task()
def forget_the_unproved() -> None:
    remove_unproved()


@every(seconds=3600)
@task()
def notice_refused_mails() -> None:
    note_refused_mails()


@every(seconds=21_600)
@task()
def look_after_inactive() -> None:
    attend_to_inactive()


@every(seconds=86_400)
@task()
def prune_audit() -> None:
    prune()
