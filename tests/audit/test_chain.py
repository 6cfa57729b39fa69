"""The log is only added to, and says what was done to it behind its back."""

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from time_machine import travel

from audit.actions import prune, record
from audit.chain import verify
from audit.models import AuditEntry, AuditHead, AuditLink
from tests.audit.guards import unguarded
from tests.factories import make_member

pytestmark = pytest.mark.django_db(transaction=True)


def write(count: int) -> list[AuditEntry]:
    return [
        record(actor=None, action="topic.lock", target=f"topic:{n}", number=n) for n in range(1, count + 1)
    ]


def run(sql: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_rows_are_chained_in_the_order_of_their_commits():
    entries = write(3)
    links = list(AuditLink.objects.all())
    assert [(link.position, link.entry_id) for link in links] == [
        (number, entry.pk) for number, entry in enumerate(entries, 1)
    ]
    assert len({link.hash for link in links}) == 3
    head = AuditHead.objects.get()
    assert (head.position, head.hash) == (3, links[-1].hash)
    finding = verify()
    assert (finding.rows, finding.hash, finding.broken) == (3, head.hash, "")


def fail() -> None:
    with transaction.atomic():
        write(2)
        raise ZeroDivisionError


def test_what_is_rolled_back_leaves_neither_row_nor_gap():
    write(1)
    with pytest.raises(ZeroDivisionError):
        fail()
    with transaction.atomic():
        write(1)
        with pytest.raises(ZeroDivisionError):
            fail()
    assert (verify().rows, verify().broken) == (2, "")


def test_every_kind_of_fact_verifies():
    facts = {"n": 10**18, "no": None, "yes": True, "deep": {"b": [1, "two"], "a": "ü\u2028\U0001f600 \"'\\"}}
    record(
        actor=make_member("Zoë O’Neill"), action="group.edit", target="group:7", outcome="waiting", **facts
    )
    AuditEntry.objects.bulk_create([AuditEntry(action="group.edit", target="group:8") for _ in range(3)])
    assert AuditEntry.objects.first().facts == {}
    assert AuditEntry.objects.last().facts == facts
    assert (verify().rows, verify().broken) == (4, "")


TAMPERED = [
    ("UPDATE audit_auditentry SET actor_label = 'x' WHERE id = %s", "Row 3 (entry {id}) was changed."),
    ("UPDATE audit_auditentry SET outcome = 'donf' WHERE id = %s", "Row 3 (entry {id}) was changed."),
    ("UPDATE audit_auditentry SET actor_id = 1 WHERE id = %s", "Row 3 (entry {id}) was changed."),
    ("UPDATE audit_auditentry SET keep_until = NULL WHERE id = %s", "Row 3 (entry {id}) was changed."),
    (
        "UPDATE audit_auditentry SET facts = '{{\"number\": 4}}' WHERE id = %s",
        "Row 3 (entry {id}) was changed.",
    ),
    ("DELETE FROM audit_auditentry WHERE id = %s", "Row 3 (entry {id}) was removed."),
    (
        "UPDATE audit_auditlink SET digest = 'g' || substr(digest, 2, 63) WHERE entry_id = %s",
        "Row 3 (entry {id}) ",
    ),
    (
        "UPDATE audit_auditlink SET hash = 'z' || substr(hash, 2, 63) WHERE entry_id = %s",
        "Row 3 (entry {id}) was reord",
    ),
    ("DELETE FROM audit_auditlink WHERE entry_id = %s", "Row 3 of the chain was removed."),
]


@pytest.mark.parametrize("sql, told", TAMPERED)
def test_the_first_row_that_was_touched_is_named(sql, told, capsys):
    entries = write(5)
    with unguarded():
        run(sql.replace("{{", "{").replace("}}", "}"), entries[2].pk)
    with pytest.raises(CommandError, match="The audit log was altered") as refused:
        call_command("verify_audit")
    assert told.format(id=entries[2].pk) in str(refused.value)
    assert refused.value.returncode == 1


def test_one_byte_that_says_the_same_is_still_a_change():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps JSON as values, not as bytes")
    entry = write(1)[0]
    with unguarded():
        run("UPDATE audit_auditentry SET facts = facts || ' ' WHERE id = %s", entry.pk)
    assert verify().broken == f"Row 1 (entry {entry.pk}) was changed."


def test_bytes_that_are_no_text_any_more_are_a_change_and_no_crash():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps nothing that is no text")
    entry = write(2)[1]
    with unguarded():
        run("UPDATE audit_auditentry SET target = CAST(X'FF' AS TEXT) WHERE id = %s", entry.pk)
        run("UPDATE audit_auditlink SET hash = CAST(X'FF' AS TEXT) WHERE entry_id = %s", entry.pk)
    assert verify().broken == f"Row 2 (entry {entry.pk}) was changed."


def test_rows_that_change_places_are_told():
    first, second, *_rest = write(4)
    with unguarded():
        run("UPDATE audit_auditlink SET position = -1 WHERE entry_id = %s", first.pk)
        run("UPDATE audit_auditlink SET position = 1 WHERE entry_id = %s", second.pk)
        run("UPDATE audit_auditlink SET position = 2 WHERE entry_id = %s", first.pk)
    assert verify().broken == f"Row 1 (entry {second.pk}) was reordered, or its link was changed."


def test_a_tail_cut_off_is_told_and_so_is_a_head_made_to_fit():
    entries = write(5)
    noted = f"5:{verify().hash}"
    with unguarded():
        for entry in entries[3:]:
            run("DELETE FROM audit_auditentry WHERE id = %s", entry.pk)
            run("DELETE FROM audit_auditlink WHERE entry_id = %s", entry.pk)
        assert verify().broken == "Row 4 of the chain was removed, and all up to row 5, the last."
        run("UPDATE audit_audithead SET position = 3, hash = %s", AuditLink.objects.get(position=3).hash)
    assert verify().broken == ""  # all that the database itself can know
    with pytest.raises(
        CommandError, match="Row 4 of the chain was removed, and all up to row 5, which was noted"
    ):
        call_command("verify_audit", anchor=noted)
    write(4)
    with pytest.raises(CommandError, match=r"Row 5 .* not the one that was noted"):
        call_command("verify_audit", anchor=noted)


def test_a_head_that_was_changed_or_removed_is_told():
    write(2)
    with unguarded():
        run("UPDATE audit_audithead SET hash = 'x'")
        assert "does not end as row 2" in verify().broken
        run("UPDATE audit_audithead SET position = 1, hash = %s", AuditLink.objects.get(position=1).hash)
        assert verify().broken == "The head of the chain was changed: it says 1 rows, and there are 2."
        run("DELETE FROM audit_audithead")
    assert verify().broken == "The head of the chain was removed."
    with pytest.raises(DatabaseError, match=r"lost its head|no rows"):
        write(1)
    assert AuditEntry.objects.count() == 2


def test_a_row_beside_the_chain_is_told():
    write(1)
    with unguarded():
        AuditEntry.objects.create(action="topic.lock", target="topic:9")
    assert verify().broken == f"Entry {AuditEntry.objects.first().pk} was added beside the chain."


REFUSED = [
    "UPDATE audit_auditentry SET outcome = 'x'",
    "UPDATE audit_auditentry SET outcome = outcome",
    "DELETE FROM audit_auditentry",
    "UPDATE audit_auditlink SET hash = ''",
    "DELETE FROM audit_auditlink",
    "UPDATE audit_audithead SET position = 0",
    "UPDATE audit_audithead SET hash = ''",
    "DELETE FROM audit_audithead",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_the_database_refuses_the_application_to_change_or_remove(sql):
    write(2)
    with pytest.raises(IntegrityError, match="append-only"):
        run(sql)
    assert (verify().rows, verify().broken) == (2, "")


@pytest.mark.services
@pytest.mark.parametrize("table", ["audit_auditentry", "audit_auditlink", "audit_audithead"])
def test_postgresql_refuses_to_empty_the_tables(table):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    write(2)
    with pytest.raises(IntegrityError, match="append-only"):
        run(f"TRUNCATE {table}")
    assert verify().rows == 2


def test_rows_go_when_their_time_is_over_and_the_rest_still_verifies():
    member = make_member()
    with travel(datetime(2020, 1, 1, tzinfo=UTC)):
        record(actor=member, action="profile.update", target=f"member:{member.pk}")  # kept for 30 months
        record(actor=member, action="role.grant", target=f"member:{member.pk}")  # for ever
    kept = record(actor=member, action="topic.lock", target="topic:1")
    with pytest.raises(IntegrityError, match="append-only"):
        AuditEntry.objects.all().delete()
    call_command("prune_audit")
    assert prune() == 0
    left = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert left == ["role.grant", "topic.lock", "audit.prune"]
    assert (verify().rows, verify().broken) == (4, "")
    with unguarded():
        run("DELETE FROM audit_auditentry WHERE id = %s", kept.pk)
    assert verify().broken == f"Row 3 (entry {kept.pk}) was removed."


@pytest.mark.services
def test_deeds_at_once_make_one_chain_without_forks():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    threads, deeds = 8, 25
    together = Barrier(threads)
    failed: list[Exception] = []

    def work(number: int) -> None:
        try:
            together.wait()
            for deed in range(deeds):
                with transaction.atomic():
                    record(actor=None, action="topic.lock", target=f"topic:{number}", deed=deed)
                    if deed % 3 == 0:
                        record(actor=None, action="topic.unlock", target=f"topic:{number}", deed=deed)
                    if deed % 5 == 4:
                        transaction.set_rollback(True)
        except Exception as error:  # told below, in the test's own thread
            failed.append(error)
        finally:
            connection.close()

    workers = [Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert verify().rows == AuditEntry.objects.count() > 0
    assert verify().broken == ""


@pytest.mark.services
def test_commits_that_touch_each_other_do_not_deadlock():
    """One deed holds a member's row while another, already chained, has yet to check that the member is there."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    member, other = make_member(), make_member()
    at_once, failed = Barrier(2), []

    def hold() -> None:
        with transaction.atomic():
            run("SELECT 1 FROM accounts_member WHERE id = %s FOR UPDATE", member.pk)
            record(actor=None, action="member.suspend", target=f"member:{member.pk}")
            at_once.wait()
            run("SELECT pg_sleep(0.5)")

    def refer() -> None:
        with transaction.atomic():
            record(actor=None, action="role.grant", target=f"member:{other.pk}")
            other.role_grants.create(role="moderator", granted_by=member)
            at_once.wait()

    def work(deed) -> None:
        try:
            deed()
        except Exception as error:  # told below, in the test's own thread
            failed.append(error)
        finally:
            connection.close()

    workers = [Thread(target=work, args=(deed,)) for deed in (hold, refer)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert (verify().rows, verify().broken) == (2, "")
