from django.tasks import task

from notifications import actions
from outbox.periodic import every


@task(attempts=20)
def fan_out(event_id: int) -> None:
    actions.fan_out(event_id=event_id)


@every(seconds=60)
@task()
def mail_notices() -> None:
    actions.mail_due()


@every(seconds=86_400)
@task()
def purge_notices() -> None:
    actions.purge()
