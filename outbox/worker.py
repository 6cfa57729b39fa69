"""Runs jobs: as `manage.py worker`, or as threads of the single process."""

import logging
import os
import random
import socket
import threading
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.tasks.base import TaskContext, TaskResultStatus
from django.tasks.signals import task_finished, task_started
from django.utils import timezone
from django.utils.module_loading import import_string

from outbox.backend import ATTEMPTS, task_result
from outbox.models import Job
from outbox.nudge import POLL, nudge, seen, wait
from outbox.periodic import Clock

logger = logging.getLogger(__name__)
REST = 1.0  # seconds that an idle thread waits while another looks out
TURN = 0.5  # seconds between two looks at the clock
BACKOFF_BASE = 2.0  # seconds before the second attempt, doubled for each further one
BACKOFF_MOST = 3600.0
ERROR_MOST = 8_000  # characters of a traceback that are kept


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts; spread, so that those who failed together part."""
    seconds = min(BACKOFF_BASE * 2 ** (attempts - 1), BACKOFF_MOST)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311


class Worker:
    """Some threads that run jobs and one that keeps their leases, and with `schedule` also enqueues what is periodic.

    A job is claimed by writing a lease on its row. Whoever is killed stops renewing, and another takes the job up
    when the lease is over: a task must bear being run twice.
    """

    def __init__(self, *, threads: int = 1, schedule: bool = True) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self.lease = timedelta(seconds=settings.COMMONS_JOB_LEASE)
        self.clock = Clock() if schedule else None
        self._stop = threading.Event()
        self._held: set[int] = set()
        self._lookout = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, name=f"jobs-{n}", args=(self._work,), daemon=True)
            for n in range(threads)
        ]
        self._threads.append(
            threading.Thread(target=self._run, name="jobs-clock", args=(self._clock,), daemon=True)
        )

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 25) -> bool:
        """Take no further job, wait for the running ones; false if some did not end in time (their lease will)."""
        self._stop.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def wait(self) -> None:
        self._stop.wait()

    def ask_to_stop(self) -> None:
        self._stop.set()

    def run_once(self) -> bool:
        """Claim one due job and run it; false when none is due."""
        job = self._claim()
        if job is None:
            return False
        self._held.add(job.pk)
        nudge()  # there may be more
        try:
            self._execute(job)
        finally:
            self._held.discard(job.pk)
        return True

    def _run(self, turn: Callable[[], None]) -> None:
        """Take turns until stopped. The database may go away and come back."""
        while not self._stop.is_set():
            try:
                turn()
            except DatabaseError as error:
                logger.warning("Jobs wait for the database: %s", error)
                self._stop.wait(1)
            except Exception:
                logger.exception("The worker stumbled")
                self._stop.wait(1)
            finally:
                connections.close_all()

    def _work(self) -> None:
        """Jobs as they come. Of the idle threads one looks out and wakes the others by its claims."""
        idle_until = time.monotonic() + 60  # then let go of the connection once
        while not self._stop.is_set() and time.monotonic() < idle_until:
            since = seen()
            if self.run_once():
                continue
            looks_out = self._lookout.acquire(blocking=False)
            try:
                wait(since, POLL if looks_out else REST)
            finally:
                if looks_out:
                    self._lookout.release()

    def _clock(self) -> None:
        """Keep the leases of running jobs, those of the last ones too, and enqueue what is periodic."""
        renew_at = 0.0
        while not self._stop.is_set() or self._held:
            if self._held and time.monotonic() >= renew_at:
                renew_at = time.monotonic() + self.lease.total_seconds() / 3
                held = Job.objects.filter(pk__in=list(self._held), worker=self.name, state=Job.State.RUNNING)
                held.update(leased_until=timezone.now() + self.lease)
            if self.clock and not self._stop.is_set():
                self.clock.tick()
            time.sleep(TURN) if self._stop.is_set() else self._stop.wait(TURN)

    def _claim(self) -> Job | None:
        now = timezone.now()
        # A look without a lock first: on SQLite the lock would stop every writer.
        if not Job.objects.due(now).exists():
            return None
        with transaction.atomic():
            job = Job.objects.due(now).select_for_update(skip_locked=True).first()
            if job is None:
                return None
            job.state = Job.State.RUNNING
            job.worker = self.name
            job.attempts += 1
            job.leased_until = now + self.lease
            job.save(update_fields=["state", "worker", "attempts", "leased_until"])
        return job

    def _execute(self, job: Job) -> None:
        attempts = ATTEMPTS
        try:
            task = import_string(job.task)
            attempts = task.attempts
            if job.attempts > attempts:
                raise RuntimeError("Its worker died at every attempt.")
            result = task_result(task, job, TaskResultStatus.RUNNING)
            task_started.send(type(self), task_result=result)
            context = [TaskContext(task_result=result)] if task.takes_context else []
            task.call(*context, *job.args, **job.kwargs)
        except Exception as error:
            self._failed(job, error, attempts)
        else:
            self._settle(job, state=Job.State.DONE, finished_at=timezone.now(), error="")
            object.__setattr__(result, "status", TaskResultStatus.SUCCESSFUL)
            task_finished.send(type(self), task_result=result)

    def _failed(self, job: Job, error: Exception, attempts: int) -> None:
        told = "".join(traceback.format_exception(error))[-ERROR_MOST:]
        if job.attempts >= attempts:
            logger.error("Job %s (%s) is parked after %s attempts: %s", job.pk, job.task, job.attempts, error)
            self._settle(job, state=Job.State.PARKED, finished_at=timezone.now(), error=told)
            return
        delay = backoff(job.attempts)
        logger.warning(
            "Job %s (%s) failed, again in %.0f s: %s", job.pk, job.task, delay.total_seconds(), error
        )
        self._settle(job, state=Job.State.READY, run_at=timezone.now() + delay, error=told)

    def _settle(self, job: Job, **fields: object) -> None:
        """Write the outcome, unless the lease was lost and somebody else has the job by now."""
        mine = Job.objects.filter(pk=job.pk, worker=self.name, attempts=job.attempts, state=Job.State.RUNNING)
        mine.update(leased_until=None, **fields)


def drain() -> int:
    """Run everything that is due now, in this thread, and answer how much it was. For tests and commands."""
    worker = Worker(threads=0)
    count = 0
    while worker.run_once():
        count += 1
    return count
