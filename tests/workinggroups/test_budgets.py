"""What pages may cost, in queries: a page that asks once a row is found here."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import join, make_group, make_member, make_topic
from workinggroups.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(sign_in, lead, member, group):
    """The group with twenty topics, files and people."""
    client = sign_in(lead)
    for number in range(20):
        make_topic(f"Question {number}", category=group.categories.get(), author=lead)
        join(group, make_member())
        make_group(f"Other group {number}")
    files = [SimpleUploadedFile(f"{number}.txt", b"words") for number in range(20)]
    client.post("/groups/responsible-ai/resources/upload/", {"file": files})
    return group


def cost(client, path: str) -> list[str]:
    client.get(path)  # what is cached is cached
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in captured]


def test_pages_stay_within_their_budget(sign_in, member, busy):
    most = {
        "/groups/": 6,
        "/groups/?q=group": 4,
        "/groups/responsible-ai/": 6,
        "/groups/responsible-ai/resources/": 6,
        "/groups/responsible-ai/members/": 7,
        "/api/v1/groups/": 3,
        "/api/v1/groups/responsible-ai/members/": 4,
        "/api/v1/groups/responsible-ai/resources/": 4,
    }
    client = sign_in(member)
    asked = {path: cost(client, path) for path in most}
    over = {path: queries for path, queries in asked.items() if len(queries) > most[path]}
    assert not over, "\n".join(line for path, queries in over.items() for line in ["", path, *queries])


def test_the_line_since_the_last_visit_costs_three_more(sign_in, member, busy):
    client = sign_in(member)
    client.get("/groups/responsible-ai/")
    Membership.objects.filter(member=member).update(visited_at=timezone.now() - timedelta(days=1))
    with CaptureQueriesContext(connection) as captured:
        client.get("/groups/responsible-ai/")
    assert len(captured) <= 10, "\n".join(query["sql"] for query in captured)
