"""The demo community, seeded once for this file: whole, true to the rules of every app, and alive for its sign-ins."""

import hashlib
import io
import itertools
import re
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from accounts.actions import check_address
from accounts.models import Agency, EligibilityProof, Member
from audit.models import AuditEntry
from core.markup import render
from files.storage import open_stored
from forum.attachments import placed
from forum.models import (
    MAX_DEPTH,
    PATH_WIDTH,
    Category,
    Post,
    PostRevision,
    Tag,
    Topic,
    TopicEvent,
    TopicState,
    base36,
)
from forum.permissions import can_reply, can_start_topic
from notifications.models import Notice, NoticeEvent
from notifications.registry import kind_of
from outbox.models import Job
from pages.demo import PASSWORD, SIGN_INS
from tests.factories import make_member
from workinggroups.models import Group, Membership, Resource, ResourceVersion

NOW = timezone.now()
EARLY = "early.bird@state.gov"
ID = re.compile(r"/(?:[apt]|groups/[a-z-]+/resources)/\d+")  # of files, posts, topics, resources
ADDRESSES = [address for address, _who in SIGN_INS]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo"), pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Seeded twice at the same moment: undone where somebody was a member before, kept where nobody was."""
    with django_db_blocker.unblock(), override_settings(EMBEDDED=True), transaction.atomic():
        with time_machine.travel(NOW, tick=False):
            with transaction.atomic():
                make_member("Early Bird", address=EARLY)
                said = seed()
                early = Member.objects.get(email=EARLY)
                undone = SimpleNamespace(
                    said=said, early=early, members=Member.objects.count(), digest=digest()
                )
                transaction.set_rollback(True)
            seed()
        yield undone
        transaction.set_rollback(True)


def seed() -> str:
    out = io.StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def digest() -> str:
    """Of all that people see, ids and storage keys aside."""
    tables = [
        Member.objects.exclude(email=EARLY).order_by("pk").values_list(
            "email", "handle", "name", "agency__name", "about_html", "created_at", "eligible_until", "read_before"
        ),
        Topic.objects.order_by("pk").values_list(
            "title", "slug", "category__slug", "version", "last_post_at", "solved_by__number", "locked_at"
        ),
        Topic.tags.through.objects.order_by("pk").values_list("topic__title", "tag__name"),
        Post.objects.order_by("pk").values_list(
            "topic__title", "number", "path", "parent__number", "author__handle", "body", "html", "text",
            "changed_version", "created_at",
        ),
        TopicState.objects.order_by("pk").values_list("member__handle", "topic__title", "read_to", "level", "why"),
        Membership.objects.order_by("pk").values_list("group__slug", "member__handle", "role", "status", "since"),
        ResourceVersion.objects.order_by("pk").values_list("resource__name", "number", "sha256", "created_at"),
        Notice.objects.order_by("pk").values_list(
            "member__handle", "kind", "reason", "count", "url", "created_at", "read_at"
        ),
    ]  # fmt: skip
    rows = "\n".join(repr(row) for table in tables for row in table)
    return hashlib.sha256(ID.sub("/", rows).encode()).hexdigest()


def member(address: str) -> Member:
    return Member.objects.get(email=address)


# --- The command ------------------------------------------------------------------------------------
def test_two_seedings_at_the_same_moment_make_the_same_community(demo):
    assert "60 members" in demo.said
    assert demo.digest == digest()


def test_people_who_signed_up_before_are_left_alone(demo):
    assert demo.early.name == "Early Bird"
    assert demo.members == 61


def test_a_second_run_changes_nothing_and_says_so():
    before = digest(), AuditEntry.objects.count(), Tag.objects.count()
    assert "nothing changed" in seed()
    assert (digest(), AuditEntry.objects.count(), Tag.objects.count()) == before


# --- People -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ADDRESSES)
def test_each_demo_sign_in_signs_in_and_sees_the_home_page(client, address):
    answer = client.post("/accounts/login/", {"login": address, "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == "/"
    assert answer.wsgi_request.user.email == address
    assert member(address).name.split()[0] in answer.content.decode()


def test_there_are_sixty_members_of_twelve_agencies_and_three_universities():
    members = Member.objects.members()
    assert members.count() == Member.objects.count() == 60
    kinds = Agency.objects.filter(members__isnull=False).distinct().values_list("kind", flat=True)
    assert sorted(kinds) == ["federal"] * 11 + ["military"] + ["university"] * 3


def test_every_member_has_a_verified_address_and_a_proof_that_the_gate_would_give():
    for each in Member.objects.select_related("agency"):
        assert each.emailaddress_set.get(email=each.email).verified
        proof = each.proofs.get()
        decision = check_address(each.email)
        assert decision.allowed
        assert decision.agency == each.agency
        assert (proof.method, proof.rule) == (EligibilityProof.Method.DEMO, str(decision.rule))
        assert proof.expires_at == each.eligible_until == NOW + timedelta(days=365)


def test_the_sign_ins_hold_the_roles_that_are_promised():
    ada, grace, alan, katherine, edsger = map(member, ADDRESSES)
    assert [each.pk for each in (ada, grace, alan, katherine, edsger)] == sorted(
        Member.objects.order_by("pk").values_list("pk", flat=True)
    )[:5]
    assert (ada.site_roles, grace.site_roles) == (["administrator"], ["moderator"])
    assert not alan.site_roles + katherine.site_roles + edsger.site_roles
    assert all(
        sorted(each.role_grants.values_list("role", flat=True)) == each.site_roles
        for each in Member.objects.all()
    )
    group = Group.objects.get(slug="responsible-ai")
    roles = dict(group.memberships.active().values_list("member__email", "role"))
    assert (roles[grace.email], roles[alan.email], roles[edsger.email]) == ("lead", "member", "observer")
    assert not katherine.memberships.exists()
    others = Membership.objects.exclude(group=group).filter(member__in=[ada, grace, alan, katherine, edsger])
    assert not others.exists()


# --- Groups and files -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("slug", "rules"),
    [
        ("responsible-ai", ("listed", "open", "open")),
        ("generative-ai", ("listed", "members", "request")),
        ("procurement", ("hidden", "members", "invitation")),
    ],
)
def test_each_group_has_its_rules_charter_people_history_and_discussions(slug, rules):
    group = Group.objects.get(slug=slug)
    assert (group.listing, group.content, group.join) == rules
    assert group.charter_html == render(group.charter).html
    assert group.member_count == group.memberships.active().count()
    assert group.memberships.active().filter(role="lead").count() == 1
    assert group.categories.get().slug == slug
    for row in group.memberships.select_related("member"):
        assert row.events.get().at == row.since >= row.member.created_at
        assert row.since <= NOW


def test_somebody_waits_for_the_leads_of_both_listed_groups():
    waiting = Membership.objects.requesting().values_list("group__slug", "member__handle", "status")
    assert set(waiting) == {
        ("generative-ai", "chris.vale", "requested"),
        ("responsible-ai", "stella.vance", "active"),
    }


def test_files_are_what_their_versions_say():
    for group in Group.objects.all():
        files = group.resources.filter(kind=Resource.Kind.FILE)
        assert 4 <= files.count() <= 8
        versions = ResourceVersion.objects.filter(resource__group=group)
        assert group.used == sum(version.size for version in versions)
        for version in versions:
            with open_stored(version.storage_key) as file:
                content = file.read()
            assert (version.size, version.sha256) == (len(content), hashlib.sha256(content).hexdigest())
            assert version.scan == ResourceVersion.Scan.CLEAN
            assert version.created_at <= NOW
            if version.extension in {"docx", "xlsx"}:
                assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        for resource in files:
            newest, *older = resource.versions.all()
            assert newest.number == resource.version == len(older) + 1
            assert resource.changed_at == newest.created_at


def test_no_member_page_of_the_demo_fails(client):
    client.force_login(member("grace@nasa.gov"))
    paths = ["/", "/forum/", "/groups/", "/members/", "/notifications/", "/groups/responsible-ai/resources/"]
    paths += [category.get_absolute_url() for category in Category.objects.filter(group=None)]
    paths += [topic.get_absolute_url() for topic in Topic.objects.visible_to(member("grace@nasa.gov"))]
    assert [path for path in paths if client.get(path).status_code != 200] == []


# --- Topics -----------------------------------------------------------------------------------------
def test_there_are_some_forty_topics_of_three_to_twenty_five_posts_and_one_long_one():
    sizes = sorted(Topic.objects.values_list("posts_count", flat=True))
    assert 38 <= len(sizes) <= 45
    assert 400 <= sum(sizes) <= 480
    assert sizes[0] >= 3
    assert sizes[-2] <= 25 < 60 <= sizes[-1] < 80
    assert Topic.objects.exclude(solved_by=None).count() >= 5
    assert Topic.objects.exclude(locked_at=None).count() == 1
    assert {"locked", "moved"} <= set(TopicEvent.objects.values_list("kind", flat=True))
    assert Topic.objects.get(is_pinned=True).title.startswith("Welcome")
    assert not [place.slug for place in Category.objects.all() if place.topics.count() < 2]


def test_topics_are_spread_over_eight_weeks_and_were_alive_today():
    begun = Topic.objects.order_by("created_at").values_list("created_at", flat=True)
    assert NOW - timedelta(days=56) < begun[0] < NOW - timedelta(days=49)
    assert Topic.objects.filter(last_post_at__gt=NOW - timedelta(hours=6)).count() >= 5
    assert not Post.objects.filter(created_at__gte=NOW).exists()


def test_the_tree_of_every_topic_is_as_posting_would_have_made_it():
    for topic in Topic.objects.all():
        posts = list(topic.posts.order_by("number").select_related("parent", "author"))
        assert [post.number for post in posts] == list(range(1, topic.last_number + 1))
        assert all(one.created_at < other.created_at for one, other in itertools.pairwise(posts))
        for post in posts:
            check_place(topic, post)
        in_order = sorted(posts, key=lambda post: post.path)
        seen: set[int] = set()
        for post in in_order:
            assert post.parent_id is None or post.parent_id in seen
            seen.add(post.pk)
        check_figures(topic, posts)


def check_place(topic: Topic, post: Post) -> None:
    parent, segment = post.parent, base36(post.number)
    assert post.path[-PATH_WIDTH:] == segment
    assert len(post.path) == PATH_WIDTH * (post.depth + 1)
    if parent is None:
        assert (post.depth, post.path) == (0, segment)
        return
    assert parent.topic_id == topic.pk
    assert parent.number < post.number
    if parent.depth < MAX_DEPTH:
        assert (post.depth, post.path) == (parent.depth + 1, parent.path + segment)
    else:
        assert (post.depth, post.path) == (MAX_DEPTH, parent.path[:-PATH_WIDTH] + segment)


def check_figures(topic: Topic, posts: list[Post]) -> None:
    versions = [post.changed_version for post in posts]
    assert len(set(versions)) == len(posts)
    assert max(versions) <= topic.version
    assert topic.posts_count == sum(not post.is_removed for post in posts)
    assert (topic.author, topic.created_at) == (posts[0].author, posts[0].created_at)
    assert (topic.last_author, topic.last_post_at) == (posts[-1].author, posts[-1].created_at)
    assert topic.solved_by_id is None or topic.solved_by_id in [post.pk for post in posts[1:]]


def test_a_reply_at_the_cap_and_a_removed_post_with_replies_are_among_them():
    assert Post.objects.filter(depth=MAX_DEPTH, parent__depth=MAX_DEPTH).exists()
    assert Post.objects.filter(parent__removed_at__isnull=False).exists()
    revision = PostRevision.objects.select_related("post").get()
    assert revision.post.revision == 2
    assert revision.body != revision.post.body


def test_posts_say_what_the_renderer_makes_of_them_and_link_to_what_is_there(client):
    client.force_login(member("alan@navy.mil"))
    paths = set()
    for post in Post.objects.select_related("author"):
        rendered = render(post.body)
        files = {file.pk: file for file in post.attachments.all()}
        assert (post.html, post.text) == (placed(rendered.html, files), rendered.text)
        assert post.agency_id == post.author.agency_id
        assert not re.search(r"\{(topic|file):", post.body)
        assert Member.objects.filter(handle__in=rendered.mentions).count() == len(rendered.mentions)
        paths |= {link.partition('"')[0] for link in rendered.html.split('href="')[1:]}
    inside = [path for path in paths if path.startswith("/")]
    assert inside
    assert [path for path in inside if client.get(path).status_code not in {200, 301, 302}] == []


def test_nobody_wrote_where_they_may_not():
    for topic in Topic.objects.select_related("category__group"):
        topic.locked_at = None
        assert can_start_topic(topic.author, topic.category)
        for author in Member.objects.filter(posts__topic=topic).distinct():
            assert can_reply(author, topic), f"{author} in {topic}"


# --- What is new ------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ADDRESSES)
def test_each_sign_in_finds_unread_topics_and_notices(address):
    me = member(address)
    unread = Topic.objects.visible_to(me).unread_by(me)
    assert 3 <= unread.count() <= 20
    assert all(topic.unread <= topic.last_number for topic in unread)
    notices = Notice.objects.of(me)
    assert 2 <= notices.unread().count() <= 10
    assert notices.exclude(read_at=None).exists()
    assert list(notices.order_by("pk")) == sorted(notices, key=lambda notice: notice.created_at)


def test_notices_tell_only_what_their_member_may_see_and_has_not_read():
    for notice in Notice.objects.select_related("event", "member", "actor"):
        kind = kind_of(notice.kind)
        assert kind.may_see(notice.event, [notice.member_id]) == {notice.member_id}
        assert kind.describe(notice)
        assert notice.mail_at is None
        assert notice.actor_id != notice.member_id
        if notice.kind == "post":
            read_to = TopicState.objects.get(member=notice.member, topic=notice.data["topic"]).read_to
            assert (notice.data["number"] <= read_to) == (notice.read_at is not None)


def test_nothing_is_left_to_be_sent():
    assert not NoticeEvent.objects.filter(done_at=None).exists()
    assert not Job.objects.exists()
