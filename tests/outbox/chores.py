"""Tasks for the tests: a worker finds them by their path, as it finds any other."""

import time

from django.tasks import TaskContext, task

from audit.actions import record
from audit.models import AuditEntry
from audit.registry import register

register("test.chore", "Chore done")
register("test.tried", "Chore tried")


@task()
def chore(number: int) -> None:
    record(actor=None, action="test.chore", target=f"chore:{number}")


@task()
def slow_chore(number: int, seconds: float) -> None:
    time.sleep(seconds)
    record(actor=None, action="test.chore", target=f"chore:{number}")


@task(attempts=3, takes_context=True)
def bad_chore(context: TaskContext, until: int) -> None:
    """Fails until its attempt number `until`."""
    record(actor=None, action="test.tried", target=f"chore:{context.attempt}")
    if context.attempt < until:
        raise ValueError(f"attempt {context.attempt}")


@task(priority=50)
def urgent_chore(number: int) -> None:
    record(actor=None, action="test.chore", target=f"chore:{number}")


def done() -> list[int]:
    """The numbers of the chores that were done, in order."""
    targets = AuditEntry.objects.filter(action="test.chore").order_by("pk").values_list("target", flat=True)
    return [int(target.partition(":")[2]) for target in targets]


def tried() -> int:
    return AuditEntry.objects.filter(action="test.tried").count()
