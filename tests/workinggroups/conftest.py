import pytest
from django.test import Client

from tests.factories import join, make_agency, make_group, make_member


@pytest.fixture(autouse=True)
def _own_storage(own_storage) -> None:
    """Files of one test are not another's."""


@pytest.fixture
def lead(db):
    return make_member("Rosa Ortiz", handle="rosa.ortiz")


@pytest.fixture
def member(db):
    return make_member("Tomas Marsh", handle="tomas.marsh", agency=make_agency("NASA", "NASA"))


@pytest.fixture
def outsider(db):
    return make_member("Katherine Jones", handle="katherine.jones")


@pytest.fixture
def group(lead, member):
    """Open, with a lead and a member."""
    group = make_group("Responsible AI", lead=lead)
    join(group, member)
    return group


@pytest.fixture
def closed(lead, member):
    """Listed, for its members, by request."""
    group = make_group("Procurement", lead=lead, kind="members")
    join(group, member)
    return group


@pytest.fixture
def hidden(lead, member):
    group = make_group("Red team", lead=lead, kind="hidden")
    join(group, member)
    return group


@pytest.fixture
def sign_in():
    def sign_in(member) -> Client:
        client = Client()
        client.force_login(member)
        return client

    return sign_in
