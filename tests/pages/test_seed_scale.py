"""A large synthetic community: true to the rules of the forum, skewed as a real one, and kept away from real people."""

import itertools
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Max, Q

from accounts.models import EligibilityProof, Member
from audit.models import AuditEntry
from core.markup import render
from forum.models import MAX_DEPTH, PATH_WIDTH, Category, Post, Topic, TopicState, base36
from forum.permissions import can_reply
from pages.demo import PASSWORD
from pages.scale.topics import HOT, sizes
from tests.factories import make_member, make_post
from workinggroups.models import Group, Membership

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]


def seed(**options: object) -> str:
    out = StringIO()
    call_command(
        "seed_scale", **{"members": 60, "groups": 6, "topics": 40, "posts": 400, **options}, stdout=out
    )
    return out.getvalue()


@pytest.fixture
def playground(settings):
    settings.EMBEDDED = True


@pytest.mark.usefixtures("playground")
def test_it_loads_exactly_what_was_asked_for_and_tells_how_fast():
    told = seed()
    figures = [model.objects.count() for model in (Member, Group, Topic, Post)]
    assert figures == [60, 6, 40, 400]
    assert "posts a second" in told
    assert "100%" in told
    assert AuditEntry.objects.get(action="scale.seed").facts["posts"] == 400


@pytest.mark.usefixtures("playground")
def test_the_same_seed_makes_the_same_topics_and_another_seed_others():
    def titles() -> list[str]:
        return list(Topic.objects.order_by("-pk").values_list("title", flat=True)[:40])

    seed(seed=5)
    first = titles()
    seed(seed=5)
    assert titles() == first
    seed(seed=6)
    assert titles() != first


@pytest.mark.usefixtures("playground")
def test_every_tree_is_as_posting_would_have_made_it():
    seed()
    for topic in Topic.objects.all():
        posts = list(topic.posts.order_by("number").select_related("parent"))
        assert [post.number for post in posts] == list(range(1, len(posts) + 1))
        assert topic.last_number == topic.posts_count == topic.version == len(posts)
        assert (topic.author_id, topic.last_author_id) == (posts[0].author_id, posts[-1].author_id)
        assert topic.created_at <= posts[0].created_at
        assert (posts[-1].created_at - topic.last_post_at).total_seconds() < 60
        for post in posts:
            assert post.changed_version == post.number
            assert post.path.endswith(base36(post.number))
            assert len(post.path) == PATH_WIDTH * (post.depth + 1)
            if post.parent is None:
                assert post.depth == 0
                continue
            assert post.parent.topic_id == topic.pk
            assert post.parent.number < post.number
            assert post.depth == min(post.parent.depth + 1, MAX_DEPTH)
            shared = post.parent.path if post.parent.depth < MAX_DEPTH else post.parent.path[:-PATH_WIDTH]
            assert post.path[:-PATH_WIDTH] == shared
    assert Post.objects.filter(depth__gte=3).exists()
    assert list(Post.objects.order_by("pk")) == sorted(
        Post.objects.all(), key=lambda post: (post.created_at.replace(second=0, microsecond=0), post.pk)
    )


@pytest.mark.usefixtures("playground")
def test_posts_are_what_the_renderer_makes_of_them_about_a_kilobyte_each():
    seed()
    posts = Post.objects.select_related("author")[:25]
    for post in posts:
        rendered = render(post.body)
        assert (post.html, post.text) == (rendered.html, rendered.text)
        assert post.agency_id == post.author.agency_id
    assert 700 < sum(len(post.html) for post in posts) / len(posts) < 1_500


@pytest.mark.usefixtures("playground")
def test_members_are_plain_eligible_and_sign_in(client):
    seed()
    assert Member.objects.members().filter(site_roles=[]).count() == 60
    assert EligibilityProof.objects.count() == 60
    first = Member.objects.order_by("pk").first()
    client.post("/accounts/login/", {"login": first.email, "password": PASSWORD})
    assert client.get("/").context["user"] == first
    busiest = Topic.objects.visible_to(first).order_by("-posts_count").first()
    for path in (busiest.get_absolute_url(), "/forum/", "/groups/", "/members/", "/notifications/"):
        assert client.get(path).status_code == 200


@pytest.mark.usefixtures("playground")
def test_groups_have_people_history_and_topics_by_those_who_may_write():
    seed(groups=12, topics=120, posts=600)
    kinds = set(Group.objects.values_list("listing", "content", "join"))
    assert kinds <= {
        ("listed", "open", "open"),
        ("listed", "members", "request"),
        ("hidden", "members", "invitation"),
    }
    for group in Group.objects.all():
        assert group.member_count == group.memberships.active().count() >= 3
        assert group.memberships.filter(role="lead").count() == 1
        assert group.created_by_id == group.memberships.get(role="lead").member_id
    assert all(row.events.count() == 1 for row in Membership.objects.all())
    topics = Topic.objects.exclude(category__group=None).select_related("category__group")
    assert topics.exists()
    for topic in topics:
        for author in Member.objects.filter(posts__topic=topic).distinct():
            assert can_reply(author, topic)


@pytest.mark.usefixtures("playground")
def test_who_wrote_follows_and_nobody_has_read_what_is_not_there():
    seed()
    assert not TopicState.objects.filter(read_to__gt=F("topic__last_number")).exists()
    writers = Q(topic__author=F("member"))
    assert TopicState.objects.filter(writers, level="watching", why="started").count() == 40
    assert TopicState.objects.filter(why="").exists()


@pytest.mark.usefixtures("playground")
def test_what_is_added_afterwards_gets_ids_of_its_own():
    seed()
    highest = Post.objects.aggregate(last=Max("pk"))["last"]
    post = make_post(Topic.objects.first(), author=make_member())
    assert post.pk > highest
    assert Member.objects.latest("pk").pk > 60
    assert seed()  # a second community finds room beside the first
    assert Topic.objects.count() == 80
    assert Category.objects.filter(group=None, parent=None).count() == 10


def test_sizes_are_few_hot_topics_and_a_long_tail():
    for topics, posts in ((1, 1), (1, 50), (7, 7), (40, 400), (5_000, 100_000), (60_000, 1_000_000)):
        made = sizes(topics, posts)
        assert (len(made), sum(made)) == (topics, posts)
        assert min(made) >= 1
        assert made[0] == max(made)
        assert all(one >= other - 1 for one, other in itertools.pairwise(made))
    assert sizes(5_000, 100_000)[0] >= HOT
    assert sorted(sizes(60_000, 1_000_000))[30_000] < 20


def test_a_production_database_with_members_is_left_alone_unless_forced(settings):
    settings.EMBEDDED = settings.DEBUG = False
    real = make_member()
    with pytest.raises(CommandError, match="--force"):
        seed()
    assert Member.objects.get() == real
    seed(force=True)
    invented = Member.objects.exclude(pk=real.pk)
    assert invented.count() == 60
    assert not any(member.has_usable_password() for member in invented)


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"members": 0}, "--members"), ({"topics": 0}, "--topics"), ({"topics": 9, "posts": 8}, "--posts")],
)
def test_nonsense_is_refused_before_anything_is_written(options, reason):
    with pytest.raises(CommandError, match=reason):
        seed(**options)
    assert not Member.objects.exists()
