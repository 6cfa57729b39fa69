"""What is offered while one writes, and that it betrays nothing to anybody."""

import pytest
from django.test import Client

from tests.factories import join, make_category, make_group, make_member, make_topic
from workinggroups.models import Group

pytestmark = pytest.mark.django_db


class World:
    """One topic in each kind of place, each titled alike, and one member of each closed group."""

    def __init__(self) -> None:
        self.community = make_category("Governance")
        self.groups = {kind: make_group(f"Grove {kind}", kind=kind) for kind in ("open", "members", "hidden")}
        self.topics = {"community": make_topic("Graphs in community", category=self.community)}
        for kind, group in self.groups.items():
            self.topics[kind] = make_topic(f"Graphs in {kind}", category=group.categories.get())
        self.outsider = make_member("Graham Outside", handle="graham.outside")
        self.people = {kind: make_member(f"Grace {kind}", handle=f"grace.{kind}") for kind in self.groups}
        for kind, group in self.groups.items():
            join(group, self.people[kind])

    def place(self, kind: str) -> str:
        return self.topics[kind].category.slug


@pytest.fixture
def world(db) -> World:
    return World()


def offered(member, text: str, place: str = "") -> list[str]:
    client = Client()
    client.force_login(member)
    answer = client.get("/forum/complete/", {"q": text, "place": place})
    assert answer.status_code == 200
    return [offer["value"] for offer in answer.json()["results"]]


def labels(member, text: str, place: str = "") -> set[str]:
    client = Client()
    client.force_login(member)
    return {
        offer["label"]
        for offer in client.get("/forum/complete/", {"q": text, "place": place}).json()["results"]
    }


def test_in_a_closed_group_its_own_people_alone_are_offered(world):
    for kind in ("members", "hidden"):
        inside = world.people[kind]
        assert offered(inside, "@gra", world.place(kind)) == [f"@grace.{kind}"]
        # For somebody from outside the place is no place: the same answer as for one that was never there.
        outside = offered(world.outsider, "@gra", world.place(kind))
        assert outside == offered(world.outsider, "@gra", "no-such-place")
        assert "@graham.outside" in outside


def test_people_come_with_name_and_agency_and_never_an_address(world):
    client = Client()
    client.force_login(world.outsider)
    [found] = client.get("/forum/complete/", {"q": "@graham"}).json()["results"]
    assert found == {
        "value": "@graham.outside",
        "label": "Graham Outside",
        "badge": "GSA",
        "note": "@graham.outside",
    }
    assert offered(world.outsider, "@graham.outside@gsa.gov") == []


def test_topics_are_offered_as_far_as_all_readers_of_the_place_may_see_them(world):
    public = {"Graphs in community", "Graphs in open"}
    for kind, member in world.people.items():
        assert labels(member, "#graphs", world.place("community")) == public
        assert labels(member, "#graphs", world.place("open")) == public
        own = {f"Graphs in {kind}"} | public
        assert labels(member, "#graphs", world.place(kind)) == own
    assert labels(world.outsider, "#graphs", world.place("hidden")) == public
    hidden = world.topics["hidden"].pk
    assert offered(world.people["hidden"], f"#{hidden}", world.place("community")) == []
    assert offered(world.people["hidden"], f"#{hidden}", world.place("hidden")) == [f"#{hidden}"]


def test_groups_are_offered_to_their_own_and_hidden_ones_only_in_their_own_place(world):
    assert offered(world.people["open"], "@group/gro", world.place("community")) == ["@group/grove-open"]
    assert offered(world.people["hidden"], "@group/gro", world.place("community")) == []
    assert offered(world.people["hidden"], "@group/gro", world.place("hidden")) == ["@group/grove-hidden"]
    assert offered(world.outsider, "@group/gro", world.place("open")) == []
    assert "@group/grove-members" in offered(world.people["members"], "@grou", world.place("members"))


def test_a_group_that_is_only_proposed_is_nowhere_offered(world):
    Group.objects.filter(slug="grove-open").update(state="proposed")
    assert labels(world.people["open"], "#graphs", world.place("community")) == {"Graphs in community"}


def test_signs_and_nonsense(world):
    assert offered(world.outsider, ":tad") == [":tada:"]
    for text in ("", "@", "#", ":", "x", "@\0", "#\0", "@" + "x" * 5_000, "#" + "9" * 40):
        assert offered(world.outsider, text) == []


def similar(member, title: str) -> str:
    client = Client()
    client.force_login(member)
    answer = client.get("/forum/similar/", {"title": title})
    assert answer.status_code == 200
    return answer.content.decode()


def test_similar_topics_are_those_the_one_who_types_may_see(world):
    shown = similar(world.people["hidden"], "Are there graphs?")
    assert "Graphs in hidden" in shown
    assert "Graphs in members" not in shown
    shown = similar(world.outsider, "Are there graphs?")
    assert "Graphs in community" in shown
    assert "Graphs in hidden" not in shown
    assert similar(world.outsider, "What about that?").strip() == ""
    assert similar(world.outsider, "\0 nothing alike").strip() == ""


def test_a_topic_reference_is_a_number_that_tells_no_title(world):
    from core.markup import render

    html = render(f"See #{world.topics['hidden'].pk}").html
    assert f">#{world.topics['hidden'].pk}</a>" in html
    assert "Graphs" not in html


def test_the_box_for_a_reply_says_in_which_place_one_writes(world):
    client = Client()
    client.force_login(world.people["hidden"])
    topic = world.topics["hidden"]
    for query in ("", "?reply=1"):
        page = client.get(f"{topic.get_absolute_url()}{query}").content.decode()
        assert f'data-place="{world.place("hidden")}"' in page, query
