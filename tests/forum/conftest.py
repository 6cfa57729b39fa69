import pytest
from django.test import Client

from tests.factories import join, make_category, make_group, make_member, make_topic


@pytest.fixture
def member(db):
    return make_member("Rosa Ortiz", handle="rosa.ortiz")


@pytest.fixture
def other(db):
    return make_member("Tomas Marsh", handle="tomas.marsh")


@pytest.fixture
def topic(member):
    return make_topic(author=member, category=make_category("Governance"))


@pytest.fixture
def signed_in(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def as_other(other) -> Client:
    client = Client()
    client.force_login(other)
    return client


@pytest.fixture
def private_topic(member):
    """A topic in a members-only group that `member` leads."""
    group = make_group("Procurement", kind="members", lead=member)
    join(group, make_member("Dana Brooks", handle="dana.brooks"))
    return make_topic("Vendor shortlist", category=group.categories.get(), author=member)
