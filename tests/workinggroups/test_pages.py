import re
from datetime import timedelta

import pytest
from django.utils import timezone

from forum.models import TopicState
from tests.factories import join, make_category, make_group, make_member, make_post, make_topic
from workinggroups.models import Group

pytestmark = pytest.mark.django_db


def page(client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def test_the_directory_shows_my_groups_first_and_never_a_hidden_one(sign_in, member, outsider, group, hidden):
    make_group("Data quality")
    text = page(sign_in(member), "/groups/")
    assert text.index("My groups") < text.index("Red team") < text.index("Data quality")
    text = page(sign_in(outsider), "/groups/")
    assert "Red team" not in text
    assert "Responsible AI" in text


@pytest.mark.parametrize(
    "query, found",
    [("?q=procure", ["Procurement"]), ("?show=request", ["Procurement"]), ("?show=open", ["Responsible AI"])],
)
def test_the_directory_searches_and_filters(sign_in, outsider, group, closed, hidden, query, found):
    text = page(sign_in(outsider), f"/groups/{query}")
    for name in ("Responsible AI", "Procurement", "Red team"):
        assert (f">{name}</a>" in text) == (name in found)


def test_a_search_for_nothing_says_what_to_do(sign_in, outsider):
    assert "propose the group that is missing" in page(sign_in(outsider), "/groups/?q=quantum")


def test_the_directory_knows_only_its_own_filters(sign_in, outsider):
    page(sign_in(outsider), "/groups/?show=secret", 404)


def test_the_overview_shows_charter_leads_topics_and_people(sign_in, member, lead, group):
    Group.objects.update(charter="We meet.", charter_html="<p>We meet.</p>")
    make_topic("Draft charter", category=group.categories.get(), author=lead)
    text = page(sign_in(member), "/groups/responsible-ai/")
    for words in (
        "To try things out.",
        "<p>We meet.</p>",
        "Rosa Ortiz",
        "Draft charter",
        "2 members",
        "from 2 agencies",
    ):
        assert words in text
    assert 'aria-current="page">Overview' in text


def test_the_overview_is_each_readers_own_and_never_late(sign_in, member, lead, outsider, group):
    topic = make_topic("Draft charter", category=group.categories.get(), author=lead)
    TopicState.objects.create(member=lead, topic=topic, read_to=1)
    path, clients = "/groups/responsible-ai/", [sign_in(one) for one in (lead, member, outsider)]
    of_lead, of_member, of_outsider = (page(client, path) for client in clients)
    assert [f"{path}settings/" in text for text in (of_lead, of_member, of_outsider)] == [True, False, False]
    assert ["1 new" in text for text in (of_lead, of_member, of_outsider)] == [False, True, True]
    assert [">Join</button>" in text for text in (of_lead, of_member, of_outsider)] == [False, False, True]

    make_post(topic, author=lead)
    type(lead).objects.filter(pk=lead.pk).update(name="Rosa Ortiz-Lang")
    type(topic).objects.filter(pk=topic.pk).update(title="Charter, second draft")
    text = page(clients[1], path)
    for words in ("Rosa Ortiz-Lang", "Charter, second draft", "2 new"):
        assert words in text
    assert "Rosa Ortiz<" not in text

    token = re.compile(r'name="csrfmiddlewaretoken" value="(\w{64})"')
    given = [set(token.findall(page(client, path))) for client in (clients[2], sign_in(make_member()))]
    assert given[0]
    assert given[1]
    assert not given[0] & given[1]


def test_a_listed_group_shows_outsiders_purpose_and_leads_but_neither_people_nor_content(
    sign_in, outsider, lead, closed
):
    make_topic("Vendor shortlist", category=closed.categories.get(), author=lead)
    text = page(sign_in(outsider), "/groups/procurement/")
    assert "To try things out." in text
    assert "Rosa Ortiz" in text
    assert "Ask to join" in text
    for words in (
        "Vendor shortlist",
        "Tomas Marsh",
        "/groups/procurement/members/",
        "/groups/procurement/resources/",
    ):
        assert words not in text


def bare(response, slug: str) -> str:
    """Without what differs in any two answers: the mask of the CSRF token, the nonce, the address asked for."""
    text = re.sub(
        r'(name="csrf-token" content|name="csrfmiddlewaretoken" value|nonce)="[^"]+"', r"\1", response.text
    )
    return text.replace(slug, "")


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "members/",
        "members/export/",
        "resources/",
        "resources/trash/",
        "settings/",
        "discussions/",
        "join/",
    ],
)
def test_a_hidden_group_answers_the_same_bytes_as_none(sign_in, outsider, hidden, tail):
    client = sign_in(outsider)
    there, nowhere = client.get(f"/groups/red-team/{tail}"), client.get(f"/groups/red-tean/{tail}")
    assert there.status_code == nowhere.status_code == 404
    assert bare(there, "red-team") == bare(nowhere, "red-tean")


@pytest.mark.parametrize(
    "tail", ["", "discussions/", "resources/", "resources/trash/", "members/", "settings/"]
)
def test_every_page_of_a_group_is_headed_by_it(sign_in, lead, group, tail):
    html = page(sign_in(lead), f"/groups/responsible-ai/{tail}")
    assert html.count("<h1>") == html.count(f"<h1>{group.name}</h1>") == 1
    assert html.count('aria-label="Parts of Responsible AI"') == 1


def test_since_the_last_visit_counts_posts_and_files_once(sign_in, member, lead, group, time_machine):
    client = sign_in(member)
    path = "/groups/responsible-ai/"
    assert "Since your last visit" not in page(client, path)
    time_machine.move_to(timezone.now() + timedelta(hours=1))
    client = sign_in(member)  # an hour ends a session
    topic = make_topic("Draft charter", category=group.categories.get(), author=lead)
    make_post(topic, author=lead)
    text = page(client, path)
    assert "2 new posts in 1 topic." in " ".join(text.split())
    assert "Since your last visit" not in page(client, path)


def test_a_member_proposes_and_the_committee_approves(sign_in, outsider):
    committee = make_member("Ada", roles=("steering",))
    typed = {
        "name": "Data quality",
        "purpose": "To agree on what good data is.",
        "charter": "",
        "kind": "request",
    }
    response = sign_in(outsider).post("/groups/new/", typed)
    group = Group.objects.get()
    assert response.url == "/groups/data-quality/"
    assert (group.state, group.content, group.join, group.member_count) == (
        "proposed",
        "members",
        "request",
        1,
    )
    assert not group.categories.exists()
    assert "Data quality" not in page(sign_in(make_member()), "/groups/")
    page(sign_in(make_member()), "/groups/data-quality/", 404)

    client = sign_in(committee)
    assert "Proposed, for you to decide" in page(client, "/groups/")
    assert "Approve this group" in page(client, "/groups/data-quality/")
    assert client.post("/groups/data-quality/approve/").status_code == 302
    group.refresh_from_db()
    assert group.state == "active"
    assert group.categories.count() == 1


def test_a_declined_proposal_goes_back_and_may_come_again(sign_in, outsider):
    committee = make_member("Ada", roles=("administrator",))
    typed = {"name": "Data quality", "purpose": "To agree on what good data is.", "kind": "open"}
    sign_in(outsider).post("/groups/new/", typed)
    path, client = "/groups/data-quality/", sign_in(committee)
    assert client.post(f"{path}decline/", {"reason": " "}).status_code == 422
    assert client.post(f"{path}decline/", {"reason": "Too close to another."}).status_code == 302
    assert "was not approved" in page(sign_in(outsider), path)
    assert sign_in(outsider).post(f"{path}propose/").status_code == 302
    assert Group.objects.get().state == "proposed"


def test_nobody_approves_their_own_proposal(sign_in, outsider):
    typed = {"name": "Data quality", "purpose": "To agree on what good data is.", "kind": "open"}
    sign_in(outsider).post("/groups/new/", typed)
    outsider.site_roles = ["steering"]
    outsider.save()
    response = sign_in(outsider).post("/groups/data-quality/approve/")
    assert response.status_code == 403
    assert "Nobody approves their own proposal" in response.content.decode()


def test_the_committee_creates_a_group_at_once(sign_in):
    client = sign_in(make_member("Ada", roles=("steering",)))
    client.post(
        "/groups/new/",
        {"name": "Data quality", "purpose": "To agree on what good data is.", "kind": "hidden"},
    )
    group = Group.objects.get()
    assert (group.state, group.listing, group.join) == ("active", "hidden", "invitation")
    assert group.categories.count() == 1
    assert group.memberships.get().role == "lead"


@pytest.mark.parametrize(
    "typed, said",
    [
        ({"name": "AI"}, "3 to 80 characters"),
        ({"purpose": "Short"}, "10 to 300 characters"),
        ({"name": "responsible ai"}, "There is a group of this name already"),
        ({"name": "Responsible\u200b AI"}, "There is a group of this name already"),
        ({"kind": "secret"}, "Select a valid choice"),
        ({"charter": "x" * 25_000}, "20,000"),
    ],
)
def test_a_bad_proposal_keeps_what_was_typed(sign_in, outsider, group, typed, said):
    typed = {"name": "Data quality", "purpose": "To agree on what good data is.", "kind": "open", **typed}
    response = sign_in(outsider).post("/groups/new/", typed)
    text = response.content.decode()
    assert response.status_code == 422
    assert said in text
    assert typed["purpose"] in text
    assert Group.objects.count() == 1


def test_a_name_taken_by_a_hidden_group_does_not_betray_it(sign_in, outsider, hidden):
    typed = {"name": "Red team", "purpose": "To agree on what good data is.", "kind": "open"}
    assert sign_in(outsider).post("/groups/new/", typed).status_code == 302


def test_a_group_is_never_called_like_a_page(sign_in):
    client = sign_in(make_member("Ada", roles=("steering",)))
    client.post("/groups/new/", {"name": "New", "purpose": "To agree on what good data is.", "kind": "open"})
    assert Group.objects.get().slug == "new-2"


def test_a_group_may_be_called_like_a_practice_area(sign_in):
    make_category("Data")
    client = sign_in(make_member("Ada", roles=("steering",)))
    client.post("/groups/new/", {"name": "Data", "purpose": "To agree on what good data is.", "kind": "open"})
    group = Group.objects.get()
    assert group.slug == "data"
    assert "Nothing said yet" in page(client, "/groups/data/")
    page(client, "/groups/data/discussions/")


def test_leads_edit_the_profile_and_the_settings(sign_in, lead, group):
    client, path = sign_in(lead), "/groups/responsible-ai/settings/"
    assert "Save the profile" in page(client, path)
    typed = {"name": "Trustworthy AI", "purpose": "To find out what trust takes.", "charter": "**We meet.**"}
    assert client.post(path, typed).status_code == 302
    assert client.post(f"{path}policies/", {"join": "request", "members_invite": "on"}).status_code == 302
    group.refresh_from_db()
    assert (group.name, group.slug, group.join) == ("Trustworthy AI", "responsible-ai", "request")
    assert "<strong>We meet.</strong>" in group.charter_html
    assert group.categories.get().name == "Trustworthy AI"
    assert (group.members_invite, group.observers_download) == (True, False)


def test_a_change_of_visibility_says_first_who_gains_and_who_loses(sign_in, lead, group):
    client, path = sign_in(lead), "/groups/responsible-ai/settings/visibility/"
    response = client.post(path, {"sight": "hidden"})
    assert "lose" in response.content.decode()
    assert Group.objects.get(pk=group.pk).listing == "listed"
    client.post(path, {"sight": "hidden", "confirmed": "1"})
    group.refresh_from_db()
    assert (group.listing, group.content, group.join) == ("hidden", "members", "invitation")


def test_a_lead_cannot_make_a_group_more_visible_but_the_committee_can(sign_in, lead, closed):
    path = "/groups/procurement/settings/visibility/"
    typed = {"sight": "open", "confirmed": "1"}
    assert sign_in(lead).post(path, typed).status_code == 403
    assert sign_in(make_member(roles=("administrator",))).post(path, typed).status_code == 403
    assert sign_in(make_member(roles=("steering",))).post(path, typed).status_code == 302
    closed.refresh_from_db()
    assert closed.content == "open"


def test_a_hidden_group_cannot_be_joined_otherwise_than_by_invitation(sign_in, lead, hidden):
    response = sign_in(lead).post("/groups/red-team/settings/policies/", {"join": "open"})
    assert response.status_code == 422
    assert "by invitation only" in response.content.decode()


def test_a_concluded_group_is_read_and_may_be_reopened(sign_in, lead, member, group):
    committee = sign_in(make_member(roles=("steering",)))
    join(group, make_member("Waiting"), status="requested")
    assert "Conclude" in page(committee, "/groups/responsible-ai/conclude/")
    committee.post("/groups/responsible-ai/conclude/")
    assert "This group is concluded" in page(sign_in(member), "/groups/responsible-ai/")
    assert sign_in(lead).post("/groups/responsible-ai/settings/", {"name": "Other"}).status_code == 403
    assert not group.memberships.filter(status="requested").exists()
    committee.post("/groups/responsible-ai/reopen/")
    group.refresh_from_db()
    assert group.state == "active"
