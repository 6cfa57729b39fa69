import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications import registry
from notifications.actions import fan_out, fanout, notify, read
from notifications.models import Notice, NoticeEvent
from outbox.models import Job
from outbox.worker import drain
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def make_members(number: int) -> list:
    return [make_member() for _ in range(number)]


def test_everyone_named_is_told_once_and_never_the_actor(kind, actor, run_jobs):
    members = make_members(3)
    event = kind.tell({**dict.fromkeys(members, "mention"), actor: "mention"}, actor=actor)
    run_jobs()
    assert sorted(Notice.objects.values_list("member", flat=True)) == [member.pk for member in members]
    event.refresh_from_db()
    assert event.done_at is not None


def test_nobody_is_told_what_they_may_not_see(kind, hidden_from, run_jobs):
    seeing, blind = make_members(2)
    hidden_from.add(blind.pk)
    kind.tell({seeing: "mention", blind: "mention"})
    run_jobs()
    assert [notice.member for notice in Notice.objects.all()] == [seeing]


def test_who_is_no_member_any_more_is_not_told(kind, run_jobs):
    now = timezone.now()
    gone = [
        make_member(eligible=False),
        make_member(is_active=False),
        make_member(suspended_until=now + timedelta(days=1)),
    ]
    kind.tell(dict.fromkeys(gone, "mention"))
    run_jobs()
    assert not Notice.objects.exists()


def test_nobody_is_told_of_a_deed_that_failed(kind, member):
    with transaction.atomic():
        kind.tell({member: "mention"})
        transaction.set_rollback(True)
    assert (NoticeEvent.objects.count(), Job.objects.count()) == (0, 0)


def test_a_kind_nobody_registered_is_refused(kind):
    with pytest.raises(KeyError):
        notify(kind="thong", actor=None, source="thing:1", url="/")


def test_unread_notices_of_one_source_are_one_with_a_count_under_a_new_id(kind, member, run_jobs):
    ids = []
    for what in ("one", "two", "three"):
        kind.tell({member: "followed"}, what=what)
        run_jobs()
        ids.append(Notice.objects.get().pk)
    notice = Notice.objects.get()
    assert ids == sorted(set(ids)), "each event is news: it has a new, higher id"
    assert (notice.count, notice.data["what"]) == (3, "three")
    assert (notice.replaces, notice.bundle) == (ids[1], ids[0])


def test_a_mention_keeps_its_own_notice(kind, member, run_jobs):
    for reason in ("followed", "mention", "mention", "followed"):
        kind.tell({member: reason})
    run_jobs()
    notices = Notice.objects.order_by("reason").values_list("reason", "count")
    assert list(notices) == [("followed", 2), ("mention", 1), ("mention", 1)]


def test_what_was_read_is_not_counted_again(kind, member, run_jobs):
    kind.tell({member: "followed"})
    run_jobs()
    read(member_id=member.pk, ids=[Notice.objects.get().pk])
    kind.tell({member: "followed"})
    run_jobs()
    assert list(Notice.objects.order_by("pk").values_list("count", "replaces")) == [(1, None), (1, None)]


def test_other_sources_are_other_notices(kind, member, run_jobs):
    kind.tell({member: "followed"}, source="thing:1")
    kind.tell({member: "followed"}, source="thing:2")
    run_jobs()
    assert Notice.objects.count() == 2


@pytest.mark.parametrize("die_after", [0, 1, 2, 3])
def test_a_worker_killed_between_batches_neither_loses_nor_doubles(
    kind, monkeypatch, die_after, time_machine
):
    monkeypatch.setattr(fanout, "BATCH", 2)
    members = make_members(5)
    kind.tell(dict.fromkeys(members, "followed"))
    serve, served = fanout._serve_batch, []

    def dies(event_id: int) -> int | None:
        if len(served) == die_after:
            raise SystemExit  # no handler runs: the job stays as it is, its lease runs out
        served.append(event_id)
        return serve(event_id)

    time_machine.move_to(timezone.now())
    monkeypatch.setattr(fanout, "_serve_batch", dies)
    with pytest.raises(SystemExit):
        drain()
    assert Notice.objects.count() == min(2 * die_after, 5)
    monkeypatch.setattr(fanout, "_serve_batch", serve)
    time_machine.shift(timedelta(minutes=1))
    drain()
    told = Notice.objects.order_by("member_id").values_list("member", "count")
    assert list(told) == [(member.pk, 1) for member in members]
    assert Job.objects.get(task__endswith="fan_out").state == "done"


def test_running_it_again_tells_nobody_again(kind, member, run_jobs):
    event = kind.tell({member: "followed"})
    run_jobs()
    assert fan_out(event_id=event.pk) == 0
    assert Notice.objects.get().count == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_event_tell_everyone_once(kind, monkeypatch):
    monkeypatch.setattr(fanout, "BATCH", 3)
    members = make_members(10)
    event = kind.tell(dict.fromkeys(members, "followed"))
    in_threads(3, lambda: fan_out(event_id=event.pk))
    assert list(Notice.objects.order_by("member_id").values_list("member", "count")) == [
        (member.pk, 1) for member in members
    ]


@pytest.mark.django_db(transaction=True)
def test_events_at_the_same_time_are_counted_exactly_in_one_notice(kind):
    members = make_members(4)
    events = [kind.tell(dict.fromkeys(members, "followed")) for _ in range(6)]
    left = [event.pk for event in events]
    in_threads(3, lambda: [fan_out(event_id=left.pop()) for _ in range(2)])
    assert list(Notice.objects.values_list("count", flat=True)) == [6] * 4


def in_threads(number: int, work) -> None:
    failed = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_a_batch_costs_the_same_for_few_and_for_many(kind):
    def queries(number: int) -> int:
        event = kind.tell(dict.fromkeys(make_members(number), "followed"))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            fan_out(event_id=event.pk)
        return len(captured)

    assert queries(2) == queries(60) <= 14


def test_a_kind_names_only_switches_that_exist(kind):
    with pytest.raises(ValueError, match="pigeon"):
        registry.register(registry.Kind("x", "X", None, None, None, switches={"mention": "pigeon"}))
