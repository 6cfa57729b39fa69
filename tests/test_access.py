"""Every URL of the project, asked by every kind of actor about every kind of place.

The table in tests/access.py names each URL and who may use it; a URL that is not in it fails the test, so nobody adds
a page without saying whom it is for. What each deed does is tested in its app; here it only matters who gets through.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from io import BytesIO

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from accounts.models import Admission, Appeal, DomainRule, Member, Suspension
from audit.actions import record
from files.checking import check
from forum.actions import attach_file
from forum.models import Attachment, Bookmark, PostRevision, Reaction, ScheduledTopic, Tag
from tests.access import (
    ACTORS,
    DEEDS,
    FOR_MEMBERS,
    FOR_ROLES,
    INSIDE,
    PAGES,
    PLACES,
    PUBLIC,
    SIGNED_IN,
    SITE_ROLES,
    STAFF,
    knows,
    reads,
)
from tests.actors import one_of_each_or_the_others
from tests.factories import (
    join,
    make_announcement,
    make_category,
    make_group,
    make_member,
    make_poll,
    make_post,
    make_topic,
)
from tests.files.pictures import picture
from workinggroups.actions import add_files

TYPED = {
    "move": "up",
    "form": "csv",
    "body": "Well.",
    "level": "watching",
    "number": "1",
    "handle": "invitee",
    "role": "observer",
    "decision": "approve",
    "reason": "It has to be",
    "kind": "like",
    "choices": ["1"],
}


@cache
def routes() -> frozenset[str]:
    found: set[str] = set()

    def walk(resolver, prefix: str) -> None:
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLPattern):
                found.add(route)
            elif route != "admin/":  # staff only, by the admin's own check
                walk(entry, route)

    walk(get_resolver(), "")
    return frozenset(found)


def test_every_url_is_in_the_table():
    table = PUBLIC | SIGNED_IN | FOR_MEMBERS | set(FOR_ROLES) | set(STAFF) | set(PAGES) | set(DEEDS)
    assert routes() - table == set(), "say in tests/access.py whom these are for"
    assert table - routes() == set(), "these are gone"


class World:
    def __init__(self, place: str) -> None:
        people = {name: make_member(name, handle=f"{name}.h") for name in ("outsider", *sorted(INSIDE))}
        people |= {name: make_member(name, handle=f"{name}.h", roles=(name,)) for name in sorted(SITE_ROLES)}
        people["auditor"] = make_member("auditor", handle="auditor.h", roles=("auditor",))
        subject = make_member("Subject", handle="subject")
        make_member("Invitee", handle="invitee")
        asking = make_member("Asking", handle="asking")
        entry = record(actor=subject, action="profile.update", target=f"member:{subject.pk}")
        values = {
            "entry_id": entry.pk,
            "handle": "subject",
            "number": 1,
            "name": "x.eml",
            "token": "x",
            "pk": subject.pk,
        }
        values |= {"key": "x", "tag": "x"}
        values |= {"member_id": subject.pk, "version": 1, "side": 64, "export_id": 1}
        if place == "community":
            category = make_category("Governance")
        else:
            group = make_group("The group", lead=people["lead"], kind="" if place == "open" else place)
            for name in INSIDE - {"lead"}:
                join(group, people[name], name)
            join(group, subject)
            values["invitation_id"] = group.mailed_invitations.create(address="new@epa.gov").pk
            values["membership_id"] = join(group, asking, status="requested").pk
            notes = b"Notes of the meeting\n"
            file = check(name="notes.txt", size=len(notes), content=BytesIO(notes))
            [resource] = add_files(actor=people["lead"], group=group, files=[file])
            category = group.categories.get()
            below = make_category("Below", slug=f"{group.slug}-below", group=group, parent=category)
            values["below"] = below.slug
            values |= {"slug": group.slug, "resource_id": resource.pk}
        topic = make_topic("What is asked", category=category)
        post = make_post(topic)
        PostRevision.objects.create(post=post, revision=1, body="As it was", editor=post.author)
        chart = picture()
        file = check(name="chart.png", size=len(chart), content=BytesIO(chart))
        attached = attach_file(uploader=post.author, file=file)
        Attachment.objects.filter(pk=attached.pk).update(post=post)
        values["attachment_id"] = attached.pk
        topic.tags.add(Tag.objects.create(name="asked"))
        values["source"] = f"topic:{topic.pk}"
        values["bookmark_id"] = Bookmark.objects.create(post=post, member=subject).pk
        scheduled = ScheduledTopic.objects.create(
            author=subject, category=category, title="Later", body="x", post_at=timezone.now()
        )
        values["reaction_id"] = Reaction.objects.create(post=post, member=subject, kind="thanks").pk
        make_poll(topic)
        make_announcement(topic)
        self.values = values | {"revision": 1, "topic_id": topic.pk, "post_id": post.pk}
        self.values |= {"kind": "reply", "target": topic.pk, "scheduled_id": scheduled.pk}
        self.topic, self.category = topic, category
        self.clients = {"visitor": Client()}
        for name, member in people.items():
            self.clients[name] = Client()
            self.clients[name].force_login(member)

    def path(self, route: str) -> str:
        values = dict(self.values)
        if "forum/t/" in route:
            values["slug"] = self.topic.slug
        if "forum/tags/" in route:
            values["name"] = "asked"
        if "forum/c/" in route or "categories" in route:
            values["slug"] = self.category.slug
        if "resources/<int:pk>" in route:
            values["pk"] = values["resource_id"]
        elif "join-requests" in route:
            values["pk"] = values["membership_id"]
        elif "reactions/(" in route:
            values["pk"] = values["reaction_id"]
        elif "bookmarks/(" in route:
            values["pk"] = values["bookmark_id"]
        elif "attachments/(" in route:
            values["pk"] = values["attachment_id"]
        elif "topics" in route:
            values["pk"] = values["topic_id"]
        elif "posts" in route:
            values["pk"] = values["post_id"]
        route = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route).replace("^", "").replace("$", "")
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), route)
        return f"/{path}" + ("?since=0" if "changes" in path else "")

    def ask(self, actor: str, route: str, method: str):
        client, path = self.clients[actor], self.path(route)
        with transaction.atomic():
            if method == "GET":
                response = client.get(path)
            elif path.startswith("/api/"):
                response = client.post(path, TYPED, content_type="application/json")
            else:
                response = client.post(path, TYPED)
            if hasattr(response, "streaming_content"):
                b"".join(response.streaming_content)
            transaction.set_rollback(True)
        return response


def sent_to_sign_in(response) -> bool:
    return response.status_code == 401 or response.headers.get("Location", "").startswith(
        "/accounts/login/?next="
    )


@pytest.mark.django_db
@one_of_each_or_the_others
def test_what_is_public_and_what_needs_a_session_or_membership(choose):
    world = World("open")
    lapsed = make_member("Lapsed", eligible=False)
    world.clients["lapsed"] = Client()
    world.clients["lapsed"].force_login(lapsed)
    wrong = []
    for row, route in enumerate(sorted(PUBLIC | SIGNED_IN | FOR_MEMBERS)):
        visitor = world.ask("visitor", route, "GET")
        if sent_to_sign_in(visitor) == (route in PUBLIC) or visitor.status_code >= 500:
            wrong.append(f"visitor {route}: {visitor.status_code}")
        turned_away = world.ask("lapsed", route, "GET")
        to_status = turned_away.status_code == 403 or turned_away.headers.get("Location", "").startswith(
            "/accounts/status/"
        )
        if to_status != (route in FOR_MEMBERS or route == ""):  # home is theirs no more, and no landing page
            wrong.append(f"lapsed member {route}: {turned_away.status_code}")
        # The schema takes half a second to make and is the same for every member.
        members = ("outsider", "lead", "administrator") if route != "api/schema/" else ("outsider",)
        for actor in sorted(choose(members, lambda _actor: "served", row)):
            response = world.ask(actor, route, "GET")
            if response.status_code in {401, 403} or response.status_code >= 500 or sent_to_sign_in(response):
                wrong.append(f"{actor} {route}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_a_null_character_in_a_query_breaks_no_page():
    world = World("open")
    names = ("q", "category", "group", "tag", "cursor", "after", "who", "role", "agency", "interest", "place")
    query = "&".join(f"{name}=a%00b" for name in names)
    odd = {route: world.clients["lead"].get(f"{world.path(route)}?{query}") for route in sorted(FOR_MEMBERS)}
    assert [route for route, answer in odd.items() if answer.status_code >= 500] == []


@pytest.mark.django_db
def test_pages_of_the_staff_are_not_there_for_anybody_else():
    world = World("open")
    wrong = []
    for route, role in FOR_ROLES.items():
        method = "POST" if route.endswith("export/") else "GET"
        for actor in ACTORS:
            response = world.ask(actor, route, method)
            if actor == "visitor":
                right = sent_to_sign_in(response)
            else:
                right = response.status_code == (200 if actor == role else 404)
            if not right:
                wrong.append(f"{actor} {method} {route}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_what_staff_alone_gets():
    world = World("open")
    suspended = make_member("Suspended", suspended_until=timezone.now() + timedelta(hours=1))
    Admission.objects.create(
        member=Member.objects.get(handle="subject"), address="s@mit.edu", rule="allow edu"
    )
    suspension = Suspension.objects.create(member=suspended, until=suspended.suspended_until, reason="x")
    world.values |= {
        "appeal_id": Appeal.objects.create(suspension=suspension, text="x").pk,
        "pk": DomainRule.objects.get(suffix="edu").pk,
        "session_id": 1,
    }
    wrong = []
    for route, (method, allowed) in STAFF.items():
        for actor in ACTORS:
            response = world.ask(actor, route, method)
            if actor == "visitor":
                right = sent_to_sign_in(response)
            elif actor in allowed:
                right = response.status_code in {200, 302}
            else:
                right = response.status_code == (403 if actor == "moderator" else 404)
            if not right:
                wrong.append(f"{actor} {method} {route}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


def expected(actor: str, place: str, knowing: set[str], allowed: set[str]) -> str:
    if actor == "visitor":
        return "asked to sign in"
    if actor in allowed & knowing:
        return "served"
    if actor in knowing:
        return "refused"
    # Of a group that is listed one may learn that its content is for members; of a hidden one nothing.
    return "hidden or refused" if place == "members" and actor in knows(place) else "hidden"


def is_answer(response, answer: str, *, page: bool) -> bool:
    status = response.status_code
    if answer == "asked to sign in":
        return sent_to_sign_in(response)
    if answer == "served":
        return status in {200, 301, 302} if page else status not in {401, 403, 404, 405} and status < 500
    if answer == "refused":
        return status in {400, 403, 409, 422}
    return status == 404 or (status == 403 and answer == "hidden or refused")


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@one_of_each_or_the_others
def test_who_gets_what_of_a_place(place, method, choose):
    world = World(place)
    wrong = []
    table = PAGES if method == "GET" else DEEDS
    for row, (route, (knowing, allowed)) in enumerate(table.items(), PLACES.index(place)):
        if place == "community" and ("groups/" in route or "resources/" in route):
            continue
        if place != "community" and route == "forum/c/<slug:slug>/":
            knowing = allowed = reads  # leads on to the group's own page
        answers = {actor: expected(actor, place, knowing(place), allowed(place)) for actor in ACTORS}
        for actor in sorted(choose(ACTORS, answers.get, row)):
            response = world.ask(actor, route, method)
            if not is_answer(response, answers[actor], page=method == "GET"):
                wrong.append(f"{actor} {method} {route} in {place}: {response.status_code}")
    assert not wrong, "\n".join(wrong)
