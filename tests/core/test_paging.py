from contextlib import suppress
from datetime import timedelta

import pytest
from django.http import Http404
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.models import AuditEntry
from core.paging import Keyset
from tests.texts import texts

pytestmark = pytest.mark.django_db
LATEST = Keyset("-at", "-id")


@pytest.fixture
def entries():
    """Ten moments, three rows at each."""
    start = timezone.now()
    for number in range(30):
        at = start + timedelta(microseconds=number // 3)
        AuditEntry.objects.create(action=f"a{number}", target="t:1", at=at)
    return list(AuditEntry.objects.order_by("-at", "-id"))


@pytest.mark.parametrize("size", [1, 4, 7, 29, 30, 31])
def test_every_row_once_forth_and_back(entries, size):
    page = LATEST.page(AuditEntry.objects.all(), None, size=size)
    pages = [page]
    while page.next:
        page = LATEST.page(AuditEntry.objects.all(), page.next, size=size)
        pages.append(page)
    assert [row for page in pages for row in page] == entries
    for earlier in reversed(pages[:-1]):
        page = LATEST.page(AuditEntry.objects.all(), page.previous, size=size)
        assert page.rows == earlier.rows
    assert page.previous == ""


def test_a_new_row_shifts_no_page(entries):
    first = LATEST.page(AuditEntry.objects.all(), None, size=10)
    AuditEntry.objects.create(action="new", target="t:1")
    second = LATEST.page(AuditEntry.objects.all(), first.next, size=10)
    assert second.rows == entries[10:20]
    assert len(LATEST.page(AuditEntry.objects.all(), second.previous, size=20).rows) == 11


def test_mixed_directions(entries):
    keyset = Keyset("target", "-action", "id")
    page = keyset.page(AuditEntry.objects.all(), "", size=13)
    rows = page.rows + keyset.page(AuditEntry.objects.all(), page.next, size=17).rows
    assert rows == list(AuditEntry.objects.order_by("target", "-action", "id"))


def test_each_page_is_one_query(entries, django_assert_num_queries):
    cursor = LATEST.page(AuditEntry.objects.all(), None, size=10).next
    with django_assert_num_queries(1):
        LATEST.page(AuditEntry.objects.all(), cursor, size=10)


def test_an_empty_list_has_one_empty_page():
    page = LATEST.page(AuditEntry.objects.none(), None)
    assert (list(page), page.next, page.previous) == ([], "", "")


def test_numbers_that_no_database_holds_are_no_crash(entries):
    for number in (10**40, -(10**40)):
        entries[0].id = number
        assert len(LATEST.page(AuditEntry.objects.all(), LATEST.cursor(entries[0])).rows) in (20, 0)


@settings(max_examples=200)
@given(st.one_of(texts(40), st.text(alphabet="WzAsIjBd0123456789_-", max_size=60)))
def test_a_made_up_cursor_is_no_page_and_no_crash(cursor):
    with suppress(Http404):
        LATEST.page(AuditEntry.objects.none(), cursor)
