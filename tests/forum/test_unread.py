"""What of a topic is new to whom: beacon, own posts, gaps, marking read and unread; and one expression for all."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from random import Random

import pytest
from django.utils import timezone

from accounts.models import Member
from core.shell import forget_every_shell, forget_shell, shell_of
from forum.actions import post_reply
from forum.actions.reading import close_gaps, leave_gaps
from forum.models import Topic, TopicState
from forum.seen import parse, reading
from notifications.models import Notice
from tests.factories import make_member, make_post, make_topic

pytestmark = pytest.mark.django_db


def unread(topic: Topic, member: Member) -> int:
    return Topic.objects.visible_to(member).with_unread(member).get(pk=topic.pk).unread


def state(member: Member, topic: Topic) -> TopicState:
    return TopicState.objects.get(member=member, topic=topic)


def see(client, topic: Topic, seen: str, **fields) -> int:
    return client.post(f"/forum/t/{topic.pk}/read/", {"seen": seen, **fields}).status_code


@pytest.fixture
def long(topic) -> Topic:
    for _ in range(9):
        make_post(topic)
    topic.refresh_from_db()
    return topic


def test_the_beacon_tells_of_posts_in_any_order(as_other, other, long):
    assert see(as_other, long, "4,7-9") == 204
    assert (state(other, long).read_to, state(other, long).seen_above) == (0, "4,7-9")
    assert unread(long, other) == 6
    assert see(as_other, long, "1-3,6") == 204
    assert (state(other, long).read_to, state(other, long).seen_above) == (4, "6-9")
    assert unread(long, other) == 2
    assert see(as_other, long, "", number=5) == 204
    assert (state(other, long).read_to, state(other, long).seen_above_count) == (9, 0)
    assert see(as_other, long, "10-400") == 204  # no further than there are posts
    assert state(other, long).read_to == 10
    assert see(as_other, long, "4;7") == 400


def test_a_post_seen_above_is_not_marked_new_on_the_page(as_other, long):
    see(as_other, long, "1-3,6")
    page = as_other.get(long.get_absolute_url()).content.decode()
    new = [part.split('data-number="')[1].split('"')[0] for part in page.split("post--unread")[1:]]
    assert new == ["4", "5", "7", "8", "9", "10"]
    assert "4 of 10 read" in page


def test_ones_own_post_is_seen_wherever_it_stands(as_other, other, long):
    see(as_other, long, "1-4")
    for _ in range(2):
        as_other.post(f"/forum/t/{long.pk}/reply/", {"body": "I think so."})
    assert (state(other, long).read_to, state(other, long).reading.above) == (4, ((11, 12),))
    assert unread(long, other) == 6
    see(as_other, long, "5-10")
    assert (state(other, long).read_to, state(other, long).seen_above) == (12, "")
    as_other.post(f"/forum/t/{long.pk}/reply/", {"body": "And again."})
    assert (state(other, long).read_to, unread(long, other)) == (13, 0)


def test_a_first_reply_to_what_was_never_opened(as_other, other, long):
    as_other.post(f"/forum/t/{long.pk}/reply/", {"body": "I think so."})
    assert (state(other, long).read_to, state(other, long).seen_above, unread(long, other)) == (0, "11", 10)


def test_what_was_marked_read_with_all_others_stays_so(as_other, other, long):
    as_other.post("/forum/read/")
    page = as_other.get(long.get_absolute_url()).content.decode()
    assert "post--unread" not in page
    assert "10 of 10 read" in page
    assert as_other.get(f"/api/v1/topics/{long.pk}/").json()["read_to"] == 10
    see(as_other, long, "1-2")
    assert unread(long, other) == 0
    replied = make_topic("One more", category=long.category)
    make_post(replied)
    as_other.post("/forum/read/")
    as_other.post(f"/forum/t/{replied.pk}/reply/", {"body": "I think so."})
    assert unread(replied, other) == 0


def test_a_topic_is_marked_unread_from_a_post_on(as_other, other, long):
    see(as_other, long, "1-6,9-10")
    page = as_other.get(f"/forum/t/{long.pk}/unread/?from=5").content.decode()
    assert 'value="5"' in page
    answer = as_other.post(f"/forum/t/{long.pk}/unread/", {"number": 5})
    assert answer.url == "/forum/"
    assert (state(other, long).read_to, unread(long, other)) == (4, 6)
    # What lies below and was not seen stays unread.
    see(as_other, long, "8")
    as_other.post(f"/forum/t/{long.pk}/unread/", {"number": 9})
    assert (state(other, long).read_to, state(other, long).seen_above) == (4, "8")
    for wrong in ("0", "11", "x", ""):
        refused = as_other.post(f"/forum/t/{long.pk}/unread/", {"number": wrong})
        assert refused.status_code == 422
        assert "From post number" in refused.content.decode()


def test_numbers_that_went_elsewhere_are_not_waited_for(as_other, other, member, long):
    see(as_other, long, "1-3,9")
    stranger = make_member()
    leave_gaps(topic=long, numbers=((4, 5), (8, 8)))
    long.save()
    assert (state(other, long).read_to, state(other, long).seen_above) == (5, "8-9")
    assert unread(long, other) == 3
    assert unread(long, stranger) == 7
    as_other.post(f"/forum/t/{long.pk}/unread/", {"number": 1})
    assert unread(long, other) == 7
    see(as_other, long, "1-3,6-7,9-10")
    assert (state(other, long).read_to, unread(long, other)) == (10, 0)
    close_gaps(topic=long, numbers=((5, 8),))
    assert (long.gaps, long.gaps_count) == ("4", 1)


def test_the_api_takes_ranges_and_marks_unread(as_other, other, long):
    url = f"/api/v1/topics/{long.pk}"
    sent = {"content_type": "application/json"}
    assert as_other.post(f"{url}/read/", {"number": 3, "seen": "6,8-9"}, **sent).status_code == 204
    shown = as_other.get(f"{url}/").json()
    assert (shown["read_to"], shown["unread"]) == (3, 4)
    assert "seen" in as_other.post(f"{url}/read/", {"seen": "six"}, **sent).json()["errors"]
    assert as_other.post(f"{url}/unread/", {"number": 2}, **sent).status_code == 204
    assert as_other.get(f"{url}/").json()["unread"] == 9


def test_a_notice_is_read_with_the_post_it_tells_of(as_other, other, long, run_jobs):
    mention = "@tomas.marsh, what do you think?"
    for _ in range(2):
        post_reply(author=make_member(), topic_id=long.pk, body=mention)
    run_jobs()
    unread_notices = Notice.objects.of(other).unread().order_by("pk").values_list("data__number", flat=True)
    assert list(unread_notices.all()) == [11, 12]
    see(as_other, long, "1-3,12")
    assert list(unread_notices.all()) == [11]
    see(as_other, long, "4-10")
    assert list(unread_notices.all()) == [11]
    see(as_other, long, "11")
    assert not unread_notices.all()


def make_states(reader: Member, how_many: int) -> None:
    """Topics and states of every sort in bulk: read partly, above, with gaps, muted, without a state."""
    chance, now = Random(7), timezone.now()
    first = make_topic("The first of many")
    topics, states = [], []
    for number in range(how_many):
        last = chance.randrange(1, 40)
        gaps = chance.choice(["", "", f"{chance.randrange(1, last + 1)}"])
        topics.append(
            Topic(
                category=first.category,
                title=f"Topic {number}",
                slug="t",
                author=first.author,
                last_author=first.author,
                last_number=last,
                gaps=gaps,
                gaps_count=int(gaps != ""),
                last_post_at=now - timedelta(hours=chance.randrange(1, 72)),
            )
        )
    topics = Topic.objects.bulk_create(topics)
    for topic in topics:
        if chance.random() < 0.7:
            state = TopicState(
                member=reader, topic=topic, level=chance.choice(["watching", "normal", "muted"])
            )
            seen = [(n, n) for n in range(1, topic.last_number + 1) if chance.random() < 0.8]
            state.reading = reading(chance.randrange(topic.last_number + 1), seen, parse(topic.gaps))
            states.append(state)
    TopicState.objects.bulk_create(states)


def expected(reader: Member) -> dict[int, int]:
    """How many posts of each topic are new, counted one by one."""
    states = {state.topic_id: state for state in TopicState.objects.filter(member=reader)}
    counts = {}
    for topic in Topic.objects.all():
        state, gaps = states.get(topic.pk), parse(topic.gaps)
        if state and state.level == "muted":
            continue
        if state is None and topic.last_post_at <= reader.read_before:
            continue
        is_seen = (state.reading if state else reading(0)).has
        gone = reading(0, gaps).has
        new = [n for n in range(1, topic.last_number + 1) if not is_seen(n) and not gone(n)]
        if new:
            counts[topic.pk] = len(new)
    return counts


def listed(client) -> dict[int, str]:
    """The whole list of unread topics as it is paged through, with what each row says is new."""
    shown, url = {}, "/forum/?filter=unread"
    while url:
        main = client.get(url).content.decode().split("<main")[1].split("</main>")[0]
        for row in main.split('<li class="row')[1:]:
            new = row.split('class="badge">')[1].split(" new")[0]
            shown[int(row.split('href="/forum/t/')[1].split("/")[0])] = int(new)
        link = main.split('rel="next" href="')
        url = "/forum/" + link[1].split('"')[0].replace("&amp;", "&") if len(link) > 1 else None
    return shown


@pytest.mark.parametrize("how_many", [200, pytest.param(10_000, marks=pytest.mark.thorough)])
def test_badge_list_home_and_api_agree_in_every_state(as_other, other, how_many):
    make_states(other, how_many)
    right = expected(other)
    assert right
    mine = Topic.objects.visible_to(other).unread_by(other)
    assert dict(mine.values_list("pk", "unread")) == right
    assert listed(as_other) == right
    shell = as_other.get("/").context["shell"]
    assert shell.unread_topics == min(len(right), 100)
    shown = as_other.get("/api/v1/topics/?page_size=100").json()["results"]
    assert {topic["id"]: topic["unread"] for topic in shown if topic["unread"]}.items() <= right.items()


@pytest.mark.django_db(transaction=True)
def test_the_badge_follows_what_others_do_at_once(signed_in, as_other, topic):
    def badge() -> int:
        return as_other.get("/").context["shell"].unread_topics

    see(as_other, topic, "1")
    assert badge() == 0
    signed_in.post(f"/forum/t/{topic.pk}/reply/", {"body": "One more thing."})
    assert badge() == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_counted_before_a_deed_is_not_kept_over_it(member, other):
    def count(figures: int, *during: Callable[[], None]) -> int:
        def make() -> int:
            for deed in during:
                deed()
            return figures

        return shell_of(member.pk, make)

    assert count(1, partial(forget_shell, member.pk)) == 1  # they were asked for before the deed
    assert count(2, partial(forget_shell, other.pk)) == 2
    assert count(3) == 2
    forget_every_shell()
    assert count(4, forget_every_shell) == 4
    assert count(5) == 5
