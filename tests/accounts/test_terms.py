"""The system-use notice and the guidelines: accepted before the first access and after each change of the text."""

import pytest

from accounts.models import Member
from audit.models import AuditEntry
from notifications.admission import admit
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    member = make_member("Ada Lovelace", handle="ada")
    client.force_login(member)
    return member


@pytest.fixture
def asked(settings):
    settings.COMMONS_SYSTEM_USE_NOTICE = "You are using a *government* system."
    settings.COMMONS_GUIDELINES = "Be kind."
    return settings


def boxes(client):
    page = client.get("/accounts/terms/")
    return {each.name: each.version for each in page.context["outstanding"]}


def test_without_texts_nothing_is_asked(client, ada):
    assert client.get("/members/").status_code == 200
    assert client.get("/accounts/terms/").url == "/"


def test_every_door_stays_shut_until_both_are_accepted(client, ada, asked):
    assert client.get("/members/?q=a").url == "/accounts/terms/?next=%2Fmembers%2F%3Fq%3Da"
    assert client.get("/").url == "/accounts/terms/"
    assert client.post("/settings/profile/", {"name": "x"}).url == "/accounts/terms/"
    answer = client.get("/api/v1/me/")
    assert answer.status_code == 403
    assert "/accounts/terms/" in answer.json()["detail"]
    assert client.get("/members/", headers={"HX-Request": "1"})["HX-Redirect"] == "/accounts/terms/"
    assert admit([client.session.session_key]) == [None]
    page = client.get("/accounts/terms/").text
    assert "<em>government</em>" in page
    assert "Be kind." in page
    assert 'href="/notifications/"' not in page
    response = client.post("/accounts/terms/", boxes(client) | {"next": "/members/?q=a"})
    assert response.url == "/members/?q=a"
    assert client.get("/members/").status_code == 200
    assert client.get("/api/v1/me/").status_code == 200
    assert admit([client.session.session_key]) != [None]
    accepted = AuditEntry.objects.filter(action="terms.accept", actor_id=ada.pk)
    assert {entry.facts["document"] for entry in accepted} == {"notice", "guidelines"}


def test_a_changed_text_is_asked_for_again_and_it_alone(client, ada, asked):
    client.post("/accounts/terms/", boxes(client))
    asked.COMMONS_GUIDELINES = "Be kind, and brief."
    assert client.get("/members/").url.startswith("/accounts/terms/")
    assert set(boxes(client)) == {"guidelines"}
    client.post("/accounts/terms/", boxes(client))
    assert client.get("/members/").status_code == 200
    assert AuditEntry.objects.filter(action="terms.accept").count() == 3


def test_an_empty_box_or_an_older_version_is_not_acceptance(client, ada, asked):
    read = boxes(client)
    for versions in ({}, {"notice": read["notice"]}, read | {"guidelines": "0" * 12}):
        response = client.post("/accounts/terms/", versions)
        assert response.status_code == 422
        assert "tick its box" in response.text
    assert Member.objects.get(pk=ada.pk).accepted_notice == ""
    assert not AuditEntry.objects.filter(action="terms.accept").exists()


def test_the_way_back_leads_nowhere_else(client, ada, asked):
    assert client.post("/accounts/terms/", boxes(client) | {"next": "https://evil.example"}).url == "/"


def test_the_gate_asks_no_further_query(client, ada, asked, django_assert_num_queries):
    client.get("/members/")  # the session's own row is written once a minute
    with django_assert_num_queries(1):
        client.get("/members/")


def test_whoever_is_no_member_reads_and_accepts_nothing(client, asked):
    assert client.get("/accounts/terms/").url.startswith("/accounts/login/")
    person = make_member(eligible=False)
    client.force_login(person)
    response = client.get("/accounts/terms/")
    assert "Be kind." in response.text
    assert response.context["outstanding"] == []
    version = response.context["all"][0].version
    assert client.post("/accounts/terms/", {"notice": version, "guidelines": version}).status_code == 200
    person.refresh_from_db()
    assert person.accepted_notice == ""
