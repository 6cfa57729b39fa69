from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import BigIntegerField, Case, QuerySet, Value, When
from django.db.models.fetch_modes import FieldFetchBlocked
from django.db.models.functions import Concat, Length
from django.db.models.lookups import GreaterThan
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Member
from core.compiled import (
    Compiled,
    CompiledDelete,
    CompiledInsert,
    CompiledModels,
    CompiledRows,
    CompiledUpdate,
    together,
)
from forum.models import Draft
from tests.factories import make_agency, make_member

pytestmark = pytest.mark.django_db


def named(member: int, seen_before: datetime) -> QuerySet:
    return (
        Member.objects.filter(pk=member, created_at__lt=seen_before, name__contains="100%")
        .exclude(handle="nobody")
        .values_list("name", "created_at", "site_roles")
    )


def test_it_answers_as_the_queryset_for_every_value() -> None:
    ask = Compiled(named, "member", "seen_before")
    members = [make_member("100% Ada", roles=("moderator",)), make_member("100% Grace"), make_member("Alan")]
    now = timezone.now()
    for member in members:
        for moment in (now, member.created_at):
            assert ask(member=member.pk, seen_before=moment) == list(named(member.pk, moment))


def test_models_come_with_what_is_selected_and_annotated() -> None:
    def build(member: int) -> QuerySet:
        members = Member.objects.filter(pk=member).select_related("agency")
        return members.annotate(length=Length("name")).only("name", "agency__abbreviation")

    ask = CompiledModels(build, "member")
    ada = make_member("Ada", agency=make_agency("Navy", "NAVY"))
    ask(member=ada.pk)
    with CaptureQueriesContext(connection) as captured:
        [found] = ask(member=ada.pk)
        assert (found, found.name, found.agency.abbreviation, found.length) == (ada, "Ada", "NAVY", 3)
    assert len(captured) == 1
    assert found.handle == ada.handle  # asked for when needed, as everywhere
    assert ask(member=0) == []


def test_rows_make_models_that_ask_for_nothing_more() -> None:
    ask = CompiledRows(lambda member: Member.objects.filter(pk=member).only("name", "created_at"), "member")
    ada = make_member("Ada")
    rows = ask(member=ada.pk)
    assert rows == ask(member=ada.pk)
    assert hash(rows)
    with CaptureQueriesContext(connection) as captured:
        [found] = ask.of(rows)
        assert (found.pk, found.name, found.created_at) == (ada.pk, "Ada", ada.created_at)
        with pytest.raises(FieldFetchBlocked):
            _ = found.handle
    assert len(captured) == 0


def test_questions_asked_together_are_answered_in_their_order() -> None:
    ada, grace = make_member("100% Ada"), make_member("Grace")
    now = timezone.now()
    ask = Compiled(named, "member", "seen_before")
    find = CompiledModels(lambda member: Member.objects.filter(pk=member), "member")
    questions = (
        ask.asked(member=ada.pk, seen_before=now),
        find.asked(member=0),
        find.asked(member=grace.pk),
    )
    expected = [list(named(ada.pk, now)), [], [grace]]
    assert together(*questions) == expected
    with CaptureQueriesContext(connection) as captured:
        assert together(*questions) == expected
    assert len(captured) == (1 if connection.vendor == "postgresql" else 3)


def test_a_text_may_be_a_value() -> None:
    ask = Compiled(lambda slug: Member.objects.filter(handle=slug).values_list("name"), "slug")
    make_member("Ada", handle="ada")
    assert ask(slug="ada") == [("Ada",)]
    assert ask(slug="x' OR '1'='1") == []


def test_sql_is_made_once() -> None:
    ask = Compiled(named, "member", "seen_before")
    member = make_member("100% Ada")
    values = {"member": member.pk, "seen_before": timezone.now()}
    ask(**values)
    with CaptureQueriesContext(connection) as captured:
        ask(**values)
    assert len(captured) == 1


def test_a_marker_that_is_not_used_is_told() -> None:
    with pytest.raises(ValueError, match="other"):
        Compiled(lambda member, other: Member.objects.filter(pk=member).values_list("pk"), "member", "other")(
            member=1, other=2
        )


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_column_that_changes_meanwhile_is_no_error() -> None:
    ask = Compiled(lambda member: Member.objects.filter(pk=member).values_list("title"), "member")
    member = make_member(title="Analyst")
    assert ask(member=member.pk) == [("Analyst",)]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_member ALTER COLUMN title TYPE varchar(130)")
    try:
        assert ask(member=member.pk) == [("Analyst",)]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_member ALTER COLUMN title TYPE varchar(120)")


def renamed(member: int, kind: str) -> tuple[QuerySet, dict[str, Any]]:
    longer = GreaterThan(Length("name"), Value(member, BigIntegerField()))
    changes = {"title": Case(When(longer, then=Value("long")), default=Concat("name", Value(kind)))}
    return Member.objects.filter(pk=member), changes


def test_an_update_sets_what_the_queryset_would() -> None:
    change = CompiledUpdate(renamed, "member", "kind")
    ada, grace = make_member("Ada"), make_member("Grace")
    for member, kind in ((ada, "!"), (grace, "100%"), (ada, "'; --")):
        assert change(member=member.pk, kind=kind) == 1
        member.refresh_from_db()
        assert member.title == ("long" if len(member.name) > member.pk else f"{member.name}{kind}")
    assert change(member=0, kind="!") == 0


def forgotten(member: int, token: str) -> QuerySet:
    return Draft.objects.filter(member=member, token=token)


def test_a_delete_takes_the_rows_of_the_queryset_alone() -> None:
    forget = CompiledDelete(forgotten, "member", "token")
    ada, grace = make_member("Ada"), make_member("Grace")
    for member in (ada, grace):
        for target, token in enumerate(("a", "a", "b")):
            Draft.objects.create(member=member, kind="reply", target=target, token=token)
    assert forget(member=ada.pk, token="a") == 2
    assert forget(member=ada.pk, token="a") == 0
    assert sorted(Draft.objects.values_list("member", "token")) == sorted(
        [(ada.pk, "b"), (grace.pk, "a"), (grace.pk, "a"), (grace.pk, "b")]
    )


def test_a_row_is_inserted_as_saving_it_would() -> None:
    insert = CompiledInsert(Draft)
    member = make_member("Ada")
    for target in (1, 2):
        fields = {"body": "100% 'so' %s", "parent": str(target)}
        made = insert(Draft(member=member, kind=Draft.Kind.REPLY, target=target, fields=fields))
        kept = Draft.objects.get(pk=made.pk)
        assert (kept.member, kept.kind, kept.target, kept.fields) == (member, "reply", target, fields)
        assert (kept.revision, kept.updated_at, kept.token) == (made.revision, made.updated_at, made.token)
    made.token = "changed"
    made.save()  # it is known to be there
    assert list(Draft.objects.order_by("target").values_list("token", flat=True)) == ["", "changed"]


def test_what_the_database_refuses_to_insert_is_rolled_back() -> None:
    insert, member = CompiledInsert(Draft), make_member("Ada")

    def draft() -> Draft:
        return Draft(member=member, kind=Draft.Kind.REPLY, target=1, fields={"body": "words"})

    insert(draft())
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(draft())
    assert Draft.objects.count() == 1
