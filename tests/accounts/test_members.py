"""Directory, profiles, completion, settings."""

import pytest
from django.utils import timezone

from accounts.models import Member
from audit.models import AuditEntry
from tests.factories import PASSWORD, join, make_agency, make_group, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    member = make_member("Ada Lovelace", address="ada@gsa.gov", handle="ada")
    client.force_login(member)
    return member


@pytest.fixture
def grace():
    nasa = make_agency("National Aeronautics and Space Administration", "NASA")
    return make_member("Grace Hopper", address="grace@nasa.gov", handle="grace", agency=nasa)


def names(response):
    return [person.name for person in response.context["page"]]


def test_the_directory_lists_members_by_name(client, ada, grace):
    make_member("Not Yet", eligible=False)
    make_member("Out For Now", suspended_until=timezone.now() + timezone.timedelta(days=1))
    assert names(client.get("/members/")) == ["Ada Lovelace", "Grace Hopper"]


@pytest.mark.parametrize(
    "query, found",
    [
        ("grace", ["Grace Hopper"]),
        ("HOPP", ["Grace Hopper"]),
        ("nasa", ["Grace Hopper"]),
        ("space grace", ["Grace Hopper"]),
        ("ada nasa", []),
        ("ada@gsa.gov", []),
        ("gsa.gov", []),
        ("%", []),
        ("_", []),
        ("'; --", []),
        ("a\0b", []),
        ("", ["Ada Lovelace", "Grace Hopper"]),
    ],
)
def test_search_finds_people_and_never_by_their_address(client, ada, grace, query, found):
    response = client.get("/members/", {"q": query})
    assert names(response) == found
    if not found:
        assert "Nobody found" in response.text


def test_the_directory_is_filtered_by_agency(client, ada, grace):
    assert names(client.get("/members/", {"agency": grace.agency.pk})) == ["Grace Hopper"]
    for nonsense in ("x", "999999", "9" * 40, "-1"):
        assert client.get("/members/", {"agency": nonsense}).status_code == 200


def test_pages_go_forth_and_back_with_the_search_kept(client, ada):
    for number in range(64):
        make_member(f"Person {number:02}")
    seen, url = [], "/members/?q=person"
    for _page in range(3):
        response = client.get(url)
        seen.append(names(response))
        url = f"/members/?q=person&cursor={response.context['page'].next}"
        assert f"q=person&amp;cursor={response.context['page'].next}" in response.text or _page == 2
    assert [len(page) for page in seen] == [30, 30, 4]
    assert [name for page in seen for name in page] == [f"Person {number:02}" for number in range(64)]
    assert response.context["page"].next == ""
    back = client.get(f"/members/?q=person&cursor={response.context['page'].previous}")
    assert names(back) == seen[1]
    first = client.get(f"/members/?q=person&cursor={back.context['page'].previous}")
    assert names(first) == seen[0]
    assert first.context["page"].previous == ""


@pytest.mark.parametrize(
    "cursor", ["x", "WzBd", "WzAsIlx1MDAwMCIsMV0", "WzAsImEiLCJiIl0", "WzIsImEiLDFd", "é", "W" * 5000]
)
def test_a_made_up_cursor_is_no_page(client, ada, cursor):
    assert client.get("/members/", {"cursor": cursor}).status_code == 404


def test_the_directory_costs_the_same_for_one_and_for_thirty(client, ada, django_assert_max_num_queries):
    for number in range(30):
        make_member(f"Person {number}")
    client.get("/members/")
    with django_assert_max_num_queries(6):
        client.get("/members/")


def test_a_profile_shows_what_colleagues_may_know(client, ada, grace):
    Member.objects.filter(pk=grace.pk).update(title="Rear Admiral", about_html="<p>COBOL &amp; more</p>")
    page = client.get("/members/grace/").text
    for text in ("Grace Hopper", "NASA", "Rear Admiral", "<p>COBOL &amp; more</p>", "@grace"):
        assert text in page
    assert "grace@nasa.gov" not in page


def test_an_address_is_shown_to_its_owner_and_to_administrators(client, ada, grace):
    assert "ada@gsa.gov" in client.get("/members/ada/").text
    client.force_login(make_member(roles=("administrator",)))
    assert "grace@nasa.gov" in client.get("/members/grace/").text
    client.force_login(make_member(roles=("moderator", "steering")))
    assert "grace@nasa.gov" not in client.get("/members/grace/").text


def test_an_address_is_shown_to_who_leads_a_group_of_theirs(client, ada, grace):
    group = make_group("Compilers", lead=ada)
    assert "grace@nasa.gov" not in client.get("/members/grace/").text
    membership = join(group, grace)
    assert "grace@nasa.gov" in client.get("/members/grace/").text
    client.force_login(grace)
    assert "ada@gsa.gov" not in client.get("/members/ada/").text
    membership.status = "left"
    membership.save()
    client.force_login(ada)
    assert "grace@nasa.gov" not in client.get("/members/grace/").text


def test_no_page_of_the_directory_shows_an_address(client, ada, grace):
    assert "grace@nasa.gov" not in client.get("/members/").text
    assert "grace@nasa.gov" not in client.get("/members/complete/?q=gra").text


@pytest.mark.parametrize("path", ["nobody", "unproved", "x" * 31, "%00", "..", "gr%20ace"])
def test_a_missing_and_an_unproved_person_are_both_missing(client, ada, path):
    make_member("Un Proved", handle="unproved", eligible=False)
    assert client.get(f"/members/{path}/").status_code == 404


def test_a_handle_is_found_in_any_case(client, ada, grace):
    assert client.get("/members/Grace/").status_code == 200


def test_whoever_left_keeps_their_name(client, ada, grace):
    Member.objects.filter(pk=grace.pk).update(eligible_until=timezone.now() - timezone.timedelta(days=1))
    assert "No longer a member" in client.get("/members/grace/").text
    assert "Grace Hopper" not in names(client.get("/members/"))


@pytest.mark.parametrize(
    "query, found",
    [
        ("gr", ["grace"]),
        ("@gr", ["grace"]),
        ("GRACE H", ["grace"]),
        ("hop", ["grace"]),
        ("race", []),
        ("", []),
    ],
)
def test_completion_by_handle_and_by_the_words_of_the_name(client, ada, grace, query, found):
    results = client.get("/members/complete/", {"q": query}).json()["results"]
    assert [person["handle"] for person in results] == found
    if found:
        assert results[0] == {"handle": "grace", "name": "Grace Hopper", "agency": "NASA"}


def test_completion_offers_eight_at_most(client, ada):
    for number in range(12):
        make_member(f"Person {number}")
    assert len(client.get("/members/complete/?q=person").json()["results"]) == 8


def test_in_a_closed_group_only_its_people_are_offered(client, ada, grace):
    group = make_group("Closed", lead=make_member("Gregor Lead"), kind="hidden")
    everyone = client.get("/members/complete/?q=gr&group=closed").json()["results"]
    assert {person["name"] for person in everyone} == {"Grace Hopper", "Gregor Lead"}, (
        "an outsider learns nothing"
    )
    join(group, ada)
    inside = client.get("/members/complete/?q=gr&group=closed").json()["results"]
    assert [person["name"] for person in inside] == ["Gregor Lead"]


def test_the_profile_is_edited_and_rendered(client, ada):
    form = {
        "name": "Ada L.",
        "handle": "ada",
        "title": "Analyst",
        "occupation": "developer",
        "time_zone": "America/Chicago",
    }
    response = client.post("/settings/profile/", form | {"about": "I like *engines*. <script>x</script>"})
    assert response.url == "/settings/profile/"
    ada.refresh_from_db()
    assert (ada.name, ada.title, ada.occupation, ada.time_zone) == (
        "Ada L.",
        "Analyst",
        "developer",
        "America/Chicago",
    )
    assert "<em>engines</em>" in ada.about_html
    assert "<script>" not in ada.about_html
    assert AuditEntry.objects.get().action == "profile.update"


def test_bad_input_keeps_what_was_typed_and_changes_nothing(client, ada):
    form = {
        "name": "",
        "handle": "Ada Byron",
        "title": "Analyst\u202e",
        "occupation": "king",
        "time_zone": "Mars/Olympus",
        "about": "x" * 2001,
    }
    response = client.post("/settings/profile/", form)
    assert response.status_code == 200
    assert set(response.context["form"].errors) == set(form)
    assert "x" * 2001 in response.text
    ada.refresh_from_db()
    assert ada.name == "Ada Lovelace"
    assert "Ada Lovelace" in client.get("/members/ada/").text


def test_nobody_sets_more_than_the_form_has(client, ada):
    form = {"name": "Ada", "handle": "ada", "occupation": "other", "time_zone": "UTC"}
    client.post(
        "/settings/profile/", form | {"site_roles": '["administrator"]', "email": "a@b.gov", "agency": "1"}
    )
    ada.refresh_from_db()
    assert (ada.name, ada.site_roles, ada.email) == ("Ada", [], "ada@gsa.gov")


def test_settings_lead_to_the_profile_and_security_to_its_parts(client, ada):
    client.logout()
    client.post(
        "/accounts/login/", {"login": ada.email, "password": PASSWORD}
    )  # just now: the address asks for that
    assert client.get("/settings/").url == "/settings/profile/"
    page = client.get("/settings/security/").text
    for path in ("/accounts/email/", "/accounts/password/change/", "/accounts/sessions/"):
        assert f'href="{path}"' in page
        assert client.get(path).status_code == 200
