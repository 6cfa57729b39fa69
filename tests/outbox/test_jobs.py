import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from outbox.models import Job
from outbox.tasks import purge
from outbox.worker import Worker, backoff, drain
from tests.outbox.chores import bad_chore, chore, done, slow_chore, tried, urgent_chore


def wait_until(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.05)


@pytest.mark.django_db
def test_a_job_runs_once_and_is_done():
    chore.enqueue(1)
    assert drain() == 1
    assert drain() == 0
    job = Job.objects.get()
    assert (job.state, job.attempts, job.error, job.leased_until) == ("done", 1, "", None)
    assert done() == [1]


@pytest.mark.django_db(transaction=True)
def test_a_job_vanishes_with_the_deed_that_failed():
    with transaction.atomic():
        chore.enqueue(1)
        transaction.set_rollback(True)
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_later_job_waits_for_its_time(clock):
    chore.using(run_after=timezone.now() + timedelta(minutes=5)).enqueue(1)
    assert drain() == 0
    clock.shift(timedelta(minutes=6))
    assert drain() == 1


@pytest.mark.django_db
def test_the_urgent_go_first():
    chore.enqueue(1)
    urgent_chore.enqueue(2)
    drain()
    assert done() == [2, 1]


@pytest.mark.django_db
def test_a_failed_job_is_tried_again_later_and_then_done(clock):
    bad_chore.enqueue(until=2)
    drain()
    job = Job.objects.get()
    assert job.state == "ready"
    assert "ValueError: attempt 1" in job.error
    assert drain() == 0, "not before its time"
    clock.shift(timedelta(seconds=10))
    drain()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == ("done", 2, "")


@pytest.mark.django_db
def test_a_hopeless_job_is_parked_and_the_rest_goes_on(clock):
    bad_chore.enqueue(until=99)
    for _ in range(5):
        drain()
        clock.shift(timedelta(hours=2))
    chore.enqueue(7)
    drain()
    job = Job.objects.get(state="parked")
    assert job.attempts == tried() == 3
    assert "ValueError: attempt 3" in job.error
    assert done() == [7]


@pytest.mark.django_db
def test_a_task_that_is_gone_fails_its_job_alone():
    Job.objects.create(task="outbox.tasks.was_never_there")
    chore.enqueue(1)
    drain()
    assert "was_never_there" in Job.objects.get(state="ready").error
    assert done() == [1]


@pytest.mark.django_db
def test_the_back_off_doubles_and_spreads_and_ends():
    for attempts in range(1, 30):
        middle = min(2.0 * 2 ** (attempts - 1), 3600)
        delays = {backoff(attempts).total_seconds() for _ in range(20)}
        assert len(delays) > 1
        assert all(0.74 * middle < delay < 1.26 * middle for delay in delays)


@pytest.mark.django_db
def test_a_job_whose_worker_died_is_taken_up_when_its_lease_is_over(clock):
    chore.enqueue(1)
    dead = Worker(threads=0)
    assert dead._claim() is not None
    assert drain() == 0, "the lease is still held"
    clock.shift(timedelta(minutes=1))
    assert drain() == 1
    assert done() == [1]
    assert Job.objects.get().attempts == 2


@pytest.mark.django_db
def test_a_job_that_kills_its_worker_each_time_is_parked(clock):
    bad_chore.enqueue(until=0)
    for _ in range(3):
        assert Worker(threads=0)._claim() is not None
        clock.shift(timedelta(minutes=1))
    drain()
    job = Job.objects.get()
    assert job.state == "parked"
    assert "died at every attempt" in job.error
    assert tried() == 0


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_does_not_settle_the_job_of_another(clock):
    chore.enqueue(1)
    slow = Worker(threads=0)
    job = slow._claim()
    clock.shift(timedelta(minutes=1))
    other = Worker(threads=0)
    assert other._claim().pk == job.pk
    slow._execute(job)
    assert Job.objects.get().worker == other.name
    assert Job.objects.get().state == "running"


@pytest.mark.django_db(transaction=True)
def test_several_workers_share_the_jobs_without_doubling():
    workers = [Worker(threads=3, schedule=False) for _ in range(2)]
    for worker in workers:
        worker.start()
    with transaction.atomic():
        for number in range(40):
            chore.enqueue(number)
    wait_until(lambda: not Job.objects.exclude(state="done").exists(), 20)
    assert all(worker.stop() for worker in workers)
    assert sorted(done()) == list(range(40))
    assert len(set(Job.objects.values_list("worker", flat=True))) == 2


@pytest.mark.thorough  # waits
@pytest.mark.django_db(transaction=True)
def test_a_long_job_keeps_its_lease_and_is_ended_before_the_worker_stops(settings):
    settings.COMMONS_JOB_LEASE = 2
    slow_chore.enqueue(1, 3.0)
    worker, other = Worker(threads=1, schedule=False), Worker(threads=1, schedule=False)
    worker.start()
    wait_until(lambda: Job.objects.filter(state="running").exists())
    other.start()
    time.sleep(0.3)
    assert worker.stop(10), "it ends its job first"
    assert other.stop(10)
    assert done() == [1]
    assert Job.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_a_job_starts_as_soon_as_it_is_committed():
    worker = Worker(threads=1, schedule=False)
    worker.start()
    time.sleep(0.3)
    started = time.monotonic()
    chore.enqueue(1)
    wait_until(lambda: done() == [1])
    assert time.monotonic() - started < 1
    worker.stop()


@pytest.mark.django_db
def test_done_jobs_are_dropped_and_parked_ones_stay(clock):
    chore.enqueue(1)
    drain()
    parked = Job.objects.create(task="x", state="parked", finished_at=timezone.now())
    clock.shift(timedelta(days=3))
    purge.call()
    assert list(Job.objects.all()) == [parked]
