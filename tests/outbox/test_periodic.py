import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from outbox import periodic
from outbox.models import Job, Tick
from outbox.periodic import Clock, every
from tests.outbox.chores import chore

NOON = datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def only_ours(monkeypatch, time_machine):
    monkeypatch.setattr(periodic, "_registry", {})
    every(seconds=60, name="tidy up")(chore)
    time_machine.move_to(NOON, tick=False)


def waiting() -> int:
    return Job.objects.filter(task=chore.module_path).count()


def finish() -> None:
    Job.objects.update(state="done")


@pytest.mark.django_db
def test_a_chore_is_enqueued_once_in_its_slot_however_many_clocks_look():
    clocks = [Clock() for _ in range(3)]
    assert [clock.tick() for clock in clocks for _ in range(2)] == [1, 0, 0, 0, 0, 0]
    assert waiting() == 1


@pytest.mark.django_db
def test_the_next_slot_brings_the_next_one(time_machine):
    clock = Clock()
    for _ in range(3):
        assert clock.tick() == 1
        finish()
        time_machine.shift(timedelta(seconds=60))
    assert waiting() == 3


@pytest.mark.django_db
def test_missed_slots_are_not_made_up_for(time_machine):
    Clock().tick()
    finish()
    time_machine.shift(timedelta(hours=5))
    assert [Clock().tick(), Clock().tick()] == [1, 0]
    assert waiting() == 2


@pytest.mark.django_db
def test_a_chore_that_still_waits_is_not_piled_up(time_machine):
    Clock().tick()
    time_machine.shift(timedelta(seconds=60))
    Clock().tick()
    assert waiting() == 1


@pytest.mark.django_db
def test_a_clock_that_was_set_back_does_not_stop_the_chores():
    Tick.objects.create(name="tidy up", last_at=NOON + timedelta(days=400))
    assert Clock().tick() == 1


@pytest.mark.django_db(transaction=True)
def test_clocks_in_many_threads_enqueue_once():
    barrier = threading.Barrier(6)

    def look() -> None:
        clock = Clock()
        barrier.wait()
        clock.tick()
        connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waiting() == 1
