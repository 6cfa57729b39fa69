"""Jobs by the clock: once per slot of time, however many schedulers look."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.tasks.base import Task

from outbox.models import Job, Tick


@dataclass(frozen=True)
class Periodic:
    name: str
    seconds: int
    task: Task


_registry: dict[str, Periodic] = {}


def every(*, seconds: int, name: str = "") -> Callable[[Task], Task]:
    """Above `@task()`: enqueue it, without arguments, once in every slot of so many seconds."""

    def register(task: Task) -> Task:
        key = name or task.module_path
        _registry[key] = Periodic(key, seconds, task)
        return task

    return register


class Clock:
    """Enqueues what is due. Each scheduler has its own and remembers the slots it saw taken; the row decides."""

    def __init__(self) -> None:
        self._taken: dict[str, datetime] = {}

    def tick(self) -> int:
        """Answer how many were enqueued. A slot nobody was up for is skipped, not made up for."""
        now = time.time()
        return sum(self._claim(periodic, now) for periodic in list(_registry.values()))

    def _claim(self, periodic: Periodic, now: float) -> bool:
        slot = datetime.fromtimestamp(now - now % periodic.seconds, UTC)
        if self._taken.get(periodic.name) == slot:
            return False
        # A last time in the future was written by a clock that has been set back since.
        due = Q(last_at__lt=slot) | Q(last_at__gt=slot + timedelta(seconds=periodic.seconds))
        with transaction.atomic():
            Tick.objects.bulk_create(
                [Tick(name=periodic.name, last_at=datetime.fromtimestamp(0, UTC))], ignore_conflicts=True
            )
            mine = bool(Tick.objects.filter(due, name=periodic.name).update(last_at=slot))
            # While no worker is up the same chore must not pile up.
            waiting = Job.objects.filter(task=periodic.task.module_path, state=Job.State.READY)
            if mine and not waiting.exists():
                periodic.task.enqueue()
        self._taken[periodic.name] = slot
        return mine
