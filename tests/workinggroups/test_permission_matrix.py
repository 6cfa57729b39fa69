"""Who may do what in a working group, deed by deed: the rows of the permission table.

Each deed is done through HTTP, by page and by API, by each actor in each kind of group. 404 is hidden, 403 refused.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Member
from files.checking import check
from tests.factories import join, make_group, make_member
from tests.files import samples
from workinggroups.actions import add_files, add_link
from workinggroups.models import Group, Membership, Resource
from workinggroups.permissions import can_find, can_read, standing

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

INSIDE = ("observer", "member", "co_lead", "lead")
STAFF = ("moderator", "steering", "administrator")
ACTORS = ("visitor", "outsider", "banned", *INSIDE, *STAFF)
KINDS = ("open", "members", "hidden", "concluded", "proposed")
WRITERS = {"member", "co_lead", "lead"}
LEADS = {"co_lead", "lead"}
EVERYBODY = set(ACTORS) - {"visitor", "banned"}


class World:
    """A group of the kind with somebody in each role, three resources, a request, an invitation and a ban."""

    def __init__(self, kind: str) -> None:
        names = ("outsider", "banned", *INSIDE)
        self.people = {name: make_member(name, handle=f"the.{name.replace('_', '-')}") for name in names}
        self.people |= {name: make_member(name, handle=f"the.{name}", roles=(name,)) for name in STAFF}
        self.group = make_group(
            "The group",
            slug="g",
            lead=self.people["lead"],
            kind="" if kind in ("concluded", "proposed") else kind,
        )
        for name in INSIDE[:-1]:
            join(self.group, self.people[name], name)
        join(self.group, self.people["banned"], status="banned")
        self.target = join(self.group, make_member("Target", handle="target"))
        self.request = join(self.group, make_member("Asking", handle="asking"), status="requested")
        Membership.objects.filter(pk=self.request.pk).update(requested_at=self.request.since)
        make_member("New", handle="new.person")
        self.mailed = self.group.mailed_invitations.create(address="another@epa.gov")
        self.others, self.own = self._file("lead"), self._file("member")
        self.link = add_link(
            actor=self.people["lead"], group=self.group, name="A link", link="https://digital.gov/"
        )
        if kind in ("concluded", "proposed"):
            Group.objects.filter(pk=self.group.pk).update(state=kind)

    def _file(self, name: str) -> Resource:
        upload = SimpleUploadedFile("plan.pdf", samples.PDF)
        checked = check(name="plan.pdf", size=upload.size, content=upload.file)
        [resource] = add_files(actor=self.people[name], group=self.group, files=[checked])
        return resource

    def client(self, actor: str) -> Client:
        client = Client()
        if actor != "visitor":
            client.force_login(self.people[actor])
        return client


def get(path: str) -> Callable:
    return lambda client, world: client.get(path.format(w=world))


def post(path: str, **typed) -> Callable:
    return lambda client, world: client.post(path.format(w=world), typed)


def upload(path: str) -> Callable:
    return lambda client, world: client.post(
        path.format(w=world), {"file": SimpleUploadedFile("p.pdf", samples.PDF)}
    )


def api(path: str, **typed) -> Callable:
    return lambda client, world: client.post(
        f"/api/v1/{path.format(w=world)}", typed, content_type="application/json"
    )


def patch(path: str, **typed) -> Callable:
    return lambda client, world: client.patch(
        f"/api/v1/{path.format(w=world)}", typed, content_type="application/json"
    )


def delete(path: str) -> Callable:
    return lambda client, world: client.delete(f"/api/v1/{path.format(w=world)}")


def finders(kind: str) -> set[str]:
    """find the group, see charter and leads"""
    return set(INSIDE) | set(STAFF) if kind in ("hidden", "proposed") else EVERYBODY


def readers(kind: str) -> set[str]:
    """read content, see roster"""
    return EVERYBODY if kind in ("open", "concluded") else set(INSIDE)


def living(allowed: set[str]) -> Callable[[str], set[str]]:
    """Nothing is written in a group that is concluded, or not approved yet."""
    return lambda kind: set() if kind in ("concluded", "proposed") else allowed


def joiners(kind: str) -> set[str]:
    """By policy; an observer asks to be a member, wherever."""
    by_policy = {"open": EVERYBODY, "members": EVERYBODY, "hidden": set()}.get(kind, set())
    return (by_policy - set(INSIDE)) | ({"observer"} if kind in ("open", "members", "hidden") else set())


def resource_keepers(kind: str) -> set[str]:
    return living(LEADS | ({"moderator"} if kind == "open" else set()))(kind)


def own_keepers(kind: str) -> set[str]:
    return living(resource_keepers(kind) | {"member"})(kind)


def not_concluded(allowed: set[str]) -> Callable[[str], set[str]]:
    return lambda kind: set() if kind == "concluded" else allowed


def settings_readers(kind: str) -> set[str]:
    if kind == "proposed":
        return LEADS | {"steering", "administrator"}
    return (set() if kind == "concluded" else LEADS) | {"steering", "administrator"}


class Deed(NamedTuple):
    name: str  # of the URL, for the test that no URL is left out
    do: Callable
    allowed: Callable[[str], set[str]]
    seen_by: Callable[[str], set[str]] = finders  # the others get 404, not 403


G, R = "/groups/g/", "/groups/g/resources/"
DEEDS = [
    Deed("overview", get(G), finders),
    Deed("group-detail", get("/api/v1/groups/g/"), finders),
    Deed("members", get(f"{G}members/"), readers, readers),
    Deed("group-members", get("/api/v1/groups/g/members/"), readers, readers),
    Deed("export", get(f"{G}members/export/"), lambda kind: LEADS & readers(kind), readers),
    Deed("resources", get(R), readers, readers),
    Deed("trash", get(f"{R}trash/"), readers, readers),
    Deed("group-resources", get("/api/v1/groups/g/resources/"), readers, readers),
    Deed("resource", get(f"{R}{{w.others.pk}}/"), readers, readers),
    Deed("resource", get(f"{R}{{w.link.pk}}/"), readers, readers),
    Deed("resource-detail", get("/api/v1/resources/{w.others.pk}/"), readers, readers),
    Deed("resource-versions", get("/api/v1/resources/{w.others.pk}/versions/"), readers, readers),
    Deed("download", get(f"{R}{{w.others.pk}}/v/1/"), readers, readers),
    Deed("upload", upload(f"{R}upload/"), living(WRITERS), readers),
    Deed("group-resources", upload("/api/v1/groups/g/resources/"), living(WRITERS), readers),
    Deed("add_link", post(f"{R}link/", name="L", link="https://digital.gov/"), living(WRITERS), readers),
    Deed("add_version", upload(f"{R}{{w.others.pk}}/versions/"), resource_keepers, readers),
    Deed("add_version", upload(f"{R}{{w.own.pk}}/versions/"), own_keepers, readers),
    Deed("resource-versions", upload("/api/v1/resources/{w.others.pk}/versions/"), resource_keepers, readers),
    Deed("resource-versions", upload("/api/v1/resources/{w.own.pk}/versions/"), own_keepers, readers),
    Deed("edit_resource", post(f"{R}{{w.others.pk}}/edit/", name="N"), resource_keepers, readers),
    Deed("resource-detail", patch("resources/{w.own.pk}/", name="N"), own_keepers, readers),
    Deed("trash_resource", post(f"{R}{{w.others.pk}}/trash/"), resource_keepers, readers),
    Deed("trash_resource", post(f"{R}{{w.own.pk}}/trash/"), own_keepers, readers),
    Deed("resource-detail", delete("resources/{w.others.pk}/"), resource_keepers, readers),
    Deed("restore_resource", post(f"{R}{{w.others.pk}}/restore/"), resource_keepers, readers),
    Deed("resource-restore", api("resources/{w.own.pk}/restore/"), own_keepers, readers),
    Deed("join", post(f"{G}join/"), joiners),
    Deed("group-join", api("groups/g/join/"), joiners),
    Deed("leave", get(f"{G}leave/"), lambda kind: set(INSIDE)),
    Deed("leave", post(f"{G}leave/"), lambda kind: set(INSIDE) - {"lead"}),
    Deed("group-leave", api("groups/g/leave/"), lambda kind: set(INSIDE) - {"lead"}),
    Deed("withdraw", post(f"{G}withdraw/"), lambda kind: set()),
    Deed("decline_invitation", post(f"{G}decline-invitation/"), lambda kind: set()),
    Deed("answer_offer", post(f"{G}lead/", answer="accept"), lambda kind: set()),
    Deed(
        "invite",
        post(f"{G}members/invite/", handle="new.person", role="member"),
        living(LEADS | {"administrator"}),
    ),
    Deed("invitations", api("groups/g/invitations/", handle="new.person"), living(LEADS | {"administrator"})),
    Deed(
        "invite",
        post(f"{G}members/invite/", address="new@epa.gov", role="member"),
        living(LEADS | {"administrator"}),
    ),
    Deed(
        "call_back",
        post(f"{G}members/invitations/{{w.mailed.pk}}/"),
        living(LEADS | {"administrator"}),
    ),
    Deed("decide", post(f"{G}members/requests/{{w.request.pk}}/", decision="approve"), living(LEADS)),
    Deed("join-requests", get("/api/v1/groups/g/join-requests/"), living(LEADS)),
    Deed("approve-request", api("groups/g/join-requests/{w.request.pk}/approve/"), living(LEADS)),
    Deed("decline-request", api("groups/g/join-requests/{w.request.pk}/decline/"), living(LEADS)),
    Deed("remove", get(f"{G}members/target/remove/"), living(LEADS | {"administrator"})),
    Deed("remove", post(f"{G}members/target/remove/"), living(LEADS | {"administrator"})),
    Deed("remove", post(f"{G}members/target/remove/", ban="on"), living(LEADS | {"administrator"})),
    Deed("remove", post(f"{G}members/the.lead/remove/"), living(set())),
    Deed("lift_ban", post(f"{G}members/the.banned/lift-ban/"), living(LEADS | {"administrator"})),
    Deed("change_role", post(f"{G}members/target/role/", role="observer"), living(LEADS)),
    Deed(
        "change_role",
        post(f"{G}members/target/role/", role="co_lead"),
        living({"lead", "steering", "administrator"}),
    ),
    Deed("change_role", post(f"{G}members/target/role/", role="lead"), living({"steering", "administrator"})),
    Deed("change_role", post(f"{G}members/the.lead/role/", role="member"), living(set())),  # the last one
    Deed("offer_lead", post(f"{G}members/target/offer/"), living({"lead"})),
    Deed("settings", get(f"{G}settings/"), settings_readers),
    Deed(
        "settings",
        post(f"{G}settings/", name="Other name", purpose="A purpose of some length.", charter=""),
        not_concluded(LEADS),
    ),
    Deed("policies", post(f"{G}settings/policies/", join="invitation"), not_concluded(LEADS)),
    Deed(
        "visibility",
        post(f"{G}settings/visibility/", sight="hidden", confirmed="1"),
        lambda kind: {"proposed": {"lead"}, "concluded": set()}.get(
            kind, {"lead", "steering", "administrator"}
        ),
    ),
    Deed(
        "visibility",
        post(f"{G}settings/visibility/", sight="open", confirmed="1"),
        lambda kind: {
            "proposed": {"lead"},
            "concluded": set(),
            "open": {"lead", "steering", "administrator"},  # nothing changes
        }.get(kind, {"steering"}),
    ),
    Deed("appoint", post(f"{G}settings/lead/", handle="target"), living({"steering", "administrator"})),
    Deed("conclude", get(f"{G}conclude/"), living({"steering", "administrator"})),
    Deed("conclude", post(f"{G}conclude/"), living({"steering", "administrator"})),
    Deed(
        "reopen",
        post(f"{G}reopen/"),
        lambda kind: {"steering", "administrator"} if kind == "concluded" else set(),
    ),
    Deed(
        "approve",
        post(f"{G}approve/"),
        lambda kind: {"steering", "administrator"} if kind == "proposed" else set(),
    ),
    Deed(
        "decline",
        post(f"{G}decline/", reason="Not now."),
        lambda kind: {"steering", "administrator"} if kind == "proposed" else set(),
    ),
    Deed("propose_again", post(f"{G}propose/"), lambda kind: set()),
]
ELSEWHERE = {
    "directory": "test_pages.py: shows what findable_by finds",
    "new": "test_pages.py: for every member",
    "group-list": "test_api.py",
    "restore_version": "test_resources.py",
    "mailed_invitation": "test_invitations.py: for whoever has the address",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("actor", ACTORS)
def test_every_deed_is_answered_as_the_table_says(actor, kind):
    world = World(kind)
    client = world.client(actor)
    wrong = []
    for number, deed in enumerate(DEEDS):
        with transaction.atomic():
            answer = deed.do(client, world)
            transaction.set_rollback(True)
        if outcome(answer) != expected(actor, kind, deed):
            wrong.append(f"{number} {deed.name}: {outcome(answer)}, {answer.content[:300]}")
    assert not wrong, "\n".join(wrong)


def outcome(response) -> str:
    match response.status_code:
        case 302 if response.url.startswith("/accounts/login/"):
            return "sign in"
        case 401:
            return "sign in"
        case 200 | 201 | 202 | 204 | 302:
            return "done"
        case 403:
            return "refused"
        case 404:
            return "hidden"
    return f"{response.status_code}"


def expected(actor: str, kind: str, deed: Deed) -> str:
    if actor == "visitor":
        return "sign in"
    if actor in deed.allowed(kind):
        return "done"
    return "refused" if actor in deed.seen_by(kind) else "hidden"


def names(patterns, app: str) -> set[str]:
    found = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= names(pattern.url_patterns, app)
        elif isinstance(pattern, URLPattern) and pattern.lookup_str.startswith(app):
            found.add(pattern.name)
    return found


def test_no_url_is_left_out():
    assert names(get_resolver().url_patterns, "workinggroups.") == {deed.name for deed in DEEDS} | set(
        ELSEWHERE
    )


@pytest.mark.parametrize("kind", KINDS)
def test_lists_and_predicates_agree_for_everybody(kind, django_assert_num_queries):
    world = World(kind)
    lapsed = make_member("lapsed", eligible=False)
    join(world.group, lapsed)
    invited = make_member("invited")
    join(world.group, invited, status="invited")
    group = Group.objects.get(pk=world.group.pk)
    for member in [*world.people.values(), lapsed, invited]:
        member = Member.objects.get(pk=member.pk)
        with django_assert_num_queries(1):
            s = standing(member, group)
            found, read = can_find(s), can_read(s)
        assert Group.objects.findable_by(member).filter(pk=group.pk).exists() == bool(found), member
        assert Group.objects.visible_to(member).filter(pk=group.pk).exists() == bool(read), member
        assert Resource.objects.visible_to(member).filter(group=group).exists() == bool(read), member
        assert bool(found) or not read, "who reads a group knows of it"
        assert group.categories.visible_to(member).exists() == bool(read) or not member.is_member, member
        among = group.readers_among(Member.objects.members().filter(pk=member.pk))
        assert among.exists() == bool(read), member
