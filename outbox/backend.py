"""The engine behind `django.tasks`: a job is a row of the deed's own transaction.

Chosen over a library because none of those tried keeps all of these at once: it runs on SQLite and PostgreSQL, as
processes and as threads of the single process; what is enqueued commits or vanishes with the deed; workers share
the jobs without doubling; a killed worker loses nothing (docs/architecture.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import Task, TaskResult, TaskResultStatus
from django.tasks.signals import task_enqueued
from django.utils import timezone
from django.utils.json import normalize_json

from core.compiled import CompiledInsert
from outbox.models import Job
from outbox.nudge import nudge

_insert = CompiledInsert(Job)
ATTEMPTS = 8  # with the back-off of the worker: about ten minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class RetriedTask(Task):
    """`@task(attempts=24)`: how often it is tried before it is parked."""

    attempts: int = ATTEMPTS


class JobBackend(BaseTaskBackend):
    task_class = RetriedTask
    supports_defer = True
    supports_priority = True

    def enqueue(self, task: Task, args: Sequence[Any], kwargs: dict[str, Any]) -> TaskResult:
        return self.enqueue_many(task, [args], kwargs)[0]

    def enqueue_many(
        self, task: Task, each: Sequence[Sequence[Any]], kwargs: dict[str, Any] | None = None
    ) -> list[TaskResult]:
        """One job for each tuple of arguments, in one statement."""
        self.validate_task(task)
        now = timezone.now()
        jobs = [
            Job(
                task=task.module_path,
                args=normalize_json(args),
                kwargs=normalize_json(kwargs or {}),
                queue=task.queue_name,
                priority=task.priority,
                run_at=task.run_after or now,
            )
            for args in each
        ]
        if len(jobs) == 1:
            _insert(jobs[0])
        else:
            jobs = Job.objects.bulk_create(jobs)
        transaction.on_commit(nudge, robust=True)
        results = [task_result(task, job, TaskResultStatus.READY) for job in jobs]
        for result in results:
            transaction.on_commit(partial(task_enqueued.send, type(self), task_result=result), robust=True)
        return results


def task_result(task: Task, job: Job, status: TaskResultStatus) -> TaskResult:
    """The job as `django.tasks` shows it to its callers, signals and contexts."""
    return TaskResult(
        task=task,
        id=str(job.pk),
        status=status,
        enqueued_at=job.created_at,
        started_at=None,
        finished_at=job.finished_at,
        last_attempted_at=None,
        args=job.args,
        kwargs=job.kwargs,
        backend=task.backend,
        errors=[],
        worker_ids=[job.worker] * job.attempts,
    )
