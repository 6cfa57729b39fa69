import pytest
from django.test import Client

from audit.models import AuditEntry
from tests.factories import PASSWORD, make_agency, make_category, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    member = make_member("Ada Lovelace", address="ada@gsa.gov", handle="ada", roles=("moderator",))
    client.force_login(member)
    return member


def test_me_tells_who_i_am(client, ada):
    me = client.get("/api/v1/me/").json()
    assert me["eligible_until"].endswith("Z")
    del me["eligible_until"]
    assert me == {
        "id": ada.pk,
        "handle": "ada",
        "name": "Ada Lovelace",
        "agency": "GSA",
        "title": "",
        "roles": ["moderator"],
        "occupation": "other",
        "about": "",
        "time_zone": "America/New_York",
        "interests": [],
        "is_listed": True,
        "address": "ada@gsa.gov",
        "unread": 0,
    }


def test_members_are_listed_by_name_without_addresses(client, ada, django_assert_max_num_queries):
    for number in range(25):
        make_member(f"Person {number:02}")
    make_member("Un Proved", eligible=False)
    with django_assert_max_num_queries(4):
        first = client.get("/api/v1/members/").json()
    assert set(first) == {"next", "previous", "results"}
    assert len(first["results"]) == 20
    second = client.get(first["next"]).json()
    everyone = [person["name"] for person in first["results"] + second["results"]]
    assert everyone == ["Ada Lovelace", *(f"Person {number:02}" for number in range(25))]
    assert set(first["results"][0]) == {"id", "handle", "name", "agency", "title", "roles"}
    assert "@" not in str(first["results"])


def test_members_are_searched_and_filtered(client, ada):
    nasa = make_agency("National Aeronautics and Space Administration", "NASA")
    grace = make_member("Grace Hopper", agency=nasa)

    def found(**query):
        return [person["id"] for person in client.get("/api/v1/members/", query).json()["results"]]

    assert found(search="grace") == [grace.pk]
    assert found(agency=nasa.pk) == [grace.pk]
    assert found(search="ada", agency=nasa.pk) == []
    assert client.get(f"/api/v1/members/{grace.pk}/").json()["agency"] == "NASA"
    assert client.get("/api/v1/agencies/").json()["results"][1]["abbreviation"] == "NASA"
    assert client.get(f"/api/v1/agencies/{nasa.pk}/").json()["kind"] == "federal"


def test_what_is_not_there_is_a_problem_of_404(client, ada):
    for path in ("members/999999/", f"members/{make_member(eligible=False).pk}/", "agencies/999999/"):
        response = client.get(f"/api/v1/{path}")
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["title"] == "Not Found"


def test_a_made_up_cursor_is_a_problem(client, ada):
    response = client.get("/api/v1/members/?cursor=x")
    assert response.status_code == 404
    assert response.json()["detail"]


def change(client, fields, **headers):
    return client.patch("/api/v1/me/", fields, content_type="application/json", headers=headers)


def test_members_change_their_profile_and_nothing_else_of_themselves(client, ada):
    make_category("Governance")
    fields = {"title": "Chief Data Officer", "about": "I like **bees**.", "interests": ["governance"]}
    response = change(client, fields | {"handle": "ada.l", "is_listed": False})
    assert response.status_code == 200
    wanted = fields | {"handle": "ada.l", "is_listed": False, "name": "Ada Lovelace"}
    assert response.json() | wanted == response.json()
    ada.refresh_from_db()
    assert "<strong>bees</strong>" in ada.about_html
    assert AuditEntry.objects.filter(action="profile.update").count() == 1
    before = vars(type(ada).objects.get(pk=ada.pk))
    for fields, field in [
        ({"address": "ada@epa.gov"}, "address"),
        ({"roles": ["administrator"], "title": "Queen"}, "roles"),
        ({"eligible_until": "2099-01-01T00:00:00Z"}, "eligible_until"),
        ({"handle": "me"}, "handle"),
        ({"handle": "Not One!"}, "handle"),
        ({"name": ""}, "name"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"interests": ["bees"]}, "interests"),
        ({"about": "x" * 2001}, "about"),
    ]:
        response = change(client, fields)
        assert (response.status_code, list(response.json()["errors"])) == (400, [field])
    after = vars(type(ada).objects.get(pk=ada.pk))
    assert {name: after[name] for name in after if name != "_state"} == {
        name: before[name] for name in before if name != "_state"
    }


def test_of_two_writers_the_later_one_is_told(client, ada):
    read = client.get("/api/v1/me/")["ETag"]
    first = change(client, {"title": "Director"}, **{"If-Match": read})
    second = change(client, {"title": "Deputy"}, **{"If-Match": read})
    assert (first.status_code, second.status_code) == (200, 412)
    ada.refresh_from_db()
    assert ada.title == "Director"
    assert change(client, {"title": "Deputy"}, **{"If-Match": first["ETag"]}).status_code == 200


def test_nothing_is_written_here(client, ada):
    for path in ("me/", "members/", f"members/{ada.pk}/", "agencies/"):
        for method in ("post", "put", "delete") if path == "me/" else ("post", "put", "patch", "delete"):
            response = getattr(client, method)(f"/api/v1/{path}")
            assert response.status_code == 405, (method, path)
            assert response["Content-Type"] == "application/problem+json"


def test_a_visitor_gets_401_with_a_scheme(client):
    response = client.get("/api/v1/me/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Authentication credentials were not provided.",
    }


def test_writing_without_the_token_is_refused():
    strict = Client(enforce_csrf_checks=True)
    member = make_member(address="ada@gsa.gov")
    strict.force_login(member)
    response = strict.post("/api/v1/me/", {}, content_type="application/json")
    assert response.status_code == 403
    assert "CSRF" in response.json()["detail"]


def test_a_script_signs_in_with_the_form_and_writes_with_the_cookies_token():
    strict = Client(enforce_csrf_checks=True)
    make_member(address="ada@gsa.gov")
    strict.get("/accounts/login/")
    token = strict.cookies["csrf"].value
    form = {"login": "ada@gsa.gov", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert strict.post("/accounts/login/", form).status_code == 302
    token = strict.cookies["csrf"].value
    response = strict.post("/api/v1/me/", {}, content_type="application/json", headers={"X-CSRFToken": token})
    assert response.status_code == 405, "past the token, to a method that is not there"
