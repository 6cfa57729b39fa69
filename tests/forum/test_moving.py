"""Topics moved between categories, posts split off, topics merged, and all of it undone."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from audit.models import AuditEntry
from core import live
from core.errors import Refused
from forum import actions
from forum.live import may_listen
from forum.models import MAX_DEPTH, Bookmark, Move, Poll, Post, Reaction, Topic, TopicEvent, TopicState, nest
from forum.seen import count, parse
from notifications.models import Notice
from tests.factories import join, make_category, make_group, make_member, make_poll, make_post, make_topic

pytestmark = pytest.mark.django_db
WHY = "These belong together."


@pytest.fixture
def moderator(db):
    return make_member("Grace Hopper", roles=("moderator",))


@pytest.fixture
def data(db):
    return make_category("Data")


def check(topic: Topic) -> None:
    """What has to be true of a topic whatever was done to it."""
    topic = Topic.objects.get(pk=topic.pk)
    posts = list(topic.posts.order_by("number"))
    numbers = {post.number for post in posts}
    aliases = set(topic.aliases.values_list("number", flat=True))
    by_pk = {post.pk: post for post in posts}
    assert not numbers & aliases
    assert numbers | aliases == set(range(1, topic.last_number + 1))
    for post in posts:
        parent = by_pk[post.parent_id] if post.parent_id else None
        assert (post.path, post.depth) == nest(parent, post.number)
        assert post.depth <= MAX_DEPTH
        assert post.changed_version <= topic.version
    if topic.merged_into_id:
        assert not posts
        return
    gaps = parse(topic.gaps)
    assert {number for first, last in gaps for number in range(first, last + 1)} == aliases
    assert topic.gaps_count == count(gaps) == len(aliases)
    assert min(numbers) == 1
    assert topic.posts_count == sum(not post.is_removed for post in posts)
    assert topic.reactions_count == Reaction.objects.filter(post__topic=topic).count()
    assert topic.last_post_at == max(post.created_at for post in posts)
    assert topic.solved_by_id is None or topic.solved_by_id in by_pk


def thread(topic: Topic) -> list[Post]:
    """2 and 3 answer 1; 4 answers 2, 5 answers 4, 6 answers 5; 7 is a root, 8 answers it."""
    posts = [topic.posts.get()]
    for parent in (1, 1, 2, 4, 5, None, 7):
        posts.append(make_post(topic, parent=posts[parent - 1] if parent else None))
    topic.refresh_from_db()
    return [None, *posts]


def tree(topic: Topic) -> dict[int, int | None]:
    return dict(topic.posts.order_by("number").values_list("number", "parent__number"))


def test_posts_split_off_are_numbered_anew_and_leave_gaps(topic, moderator):
    posts = thread(topic)
    move = actions.split_topic(
        actor=moderator,
        topic_id=topic.pk,
        posts=[posts[4].pk],
        with_replies=[posts[5].pk],
        title="A new one",
        reason=WHY,
    )
    new = move.destination
    assert tree(new) == {1: None, 2: 1, 3: 2}
    assert tree(topic) == {1: None, 2: 1, 3: 1, 7: None, 8: 7}
    assert [post.pk for post in new.posts.order_by("number")] == [posts[n].pk for n in (4, 5, 6)]
    topic.refresh_from_db()
    assert (topic.gaps, topic.last_number, topic.posts_count) == ("4-6", 8, 5)
    assert (new.author, new.category, new.posts_count) == (posts[4].author, topic.category, 3)
    check(topic)
    check(new)


def test_a_reply_left_behind_answers_what_its_parent_answered(topic, moderator):
    posts = thread(topic)
    move = actions.split_topic(
        actor=moderator, topic_id=topic.pk, posts=[posts[4].pk, posts[7].pk], title="A new one", reason=WHY
    )
    assert tree(topic) == {1: None, 2: 1, 3: 1, 5: 2, 6: 5, 8: None}
    assert tree(move.destination) == {1: None, 2: None}
    check(topic)
    check(move.destination)
    actions.undo_move(actor=moderator, topic_id=topic.pk)
    assert tree(topic) == {1: None, 2: 1, 3: 1, 4: 2, 5: 4, 6: 5, 7: None, 8: 7}
    check(topic)
    check(move.destination)


def test_a_merged_topic_answers_as_one_branch_and_comes_back(topic, moderator):
    thread(topic)
    other = make_topic("The same question", category=topic.category)
    answer = make_post(other)
    Topic.objects.filter(pk=topic.pk).update(solved_by=topic.posts.get(number=2))
    before = list(topic.posts.order_by("pk").values_list("pk", "number", "parent", "path", "depth"))
    move = actions.merge_topic(actor=moderator, topic_id=topic.pk, destination=other.pk, reason=WHY)
    assert tree(other) == {1: None, 2: None, 3: None, 4: 3, 5: 3, 6: 4, 7: 6, 8: 7, 9: 3, 10: 9}
    other.refresh_from_db()
    assert (other.posts_count, other.solved_by.number) == (10, 4)
    assert not Topic.objects.visible_to(moderator).filter(pk=topic.pk).exists()
    check(other)
    check(topic)
    late = make_post(other, parent=other.posts.get(number=5))
    make_post(other, parent=answer)
    actions.undo_move(actor=moderator, topic_id=other.pk, move_id=move.pk)
    back = list(
        topic.posts.exclude(pk=late.pk).order_by("pk").values_list("pk", "number", "parent", "path", "depth")
    )
    assert back == before
    late.refresh_from_db()
    assert (late.topic, late.number, late.parent.number) == (topic, 9, 3)
    topic.refresh_from_db()
    other.refresh_from_db()
    assert (topic.solved_by.number, other.solved_by) == (2, None)
    check(topic)
    check(other)


# --- Pages ------------------------------------------------------------------------------------------
@pytest.fixture
def keeping(moderator) -> Client:
    client = Client()
    client.force_login(moderator)
    return client


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_moving_in_two_steps(keeping, signed_in, topic, data, moderator):
    first = keeping.get(f"/forum/t/{topic.pk}/move/")
    assert f'value="{data.slug}"' in first.content.decode()
    assert f'value="{topic.category.slug}"' not in first.content.decode()
    second = keeping.get(f"/forum/t/{topic.pk}/move/?category=data")
    assert "Nobody gains or loses access." in text_of(second)
    assert Topic.objects.get().category != data
    short = keeping.post(f"/forum/t/{topic.pk}/move/", {"category": "data", "reason": "No"})
    assert short.status_code == 422
    assert "at least 5 characters" in text_of(short)
    done = keeping.post(f"/forum/t/{topic.pk}/move/", {"category": "data", "reason": WHY})
    assert (done.status_code, done.url) == (302, topic.get_absolute_url())
    assert Topic.objects.get().category == data
    page = text_of(signed_in.get(topic.get_absolute_url()))
    assert f"Grace Hopper moved this topic from Governance to Data. {WHY}" in page
    entry = AuditEntry.objects.get(action="topic.move")
    assert (entry.actor_id, entry.target) == (moderator.pk, f"topic:{topic.pk}")


def test_splitting_to_a_new_topic_in_two_steps(keeping, signed_in, topic):
    posts = thread(topic)
    first = keeping.get(f"/forum/t/{topic.pk}/split/")
    assert f'name="p" value="{posts[2].pk}"' in first.content.decode()
    assert f'name="p" value="{posts[1].pk}"' not in first.content.decode()
    assert "#2 and its 3 replies" in text_of(first)
    chosen = {
        "r": [posts[4].pk],
        "p": [posts[7].pk],
        "where": "new",
        "title": "A matter of its own",
        "category": "governance",
    }
    none = keeping.get(f"/forum/t/{topic.pk}/split/", {**chosen, "r": [], "p": []})
    assert none.status_code == 422
    assert "Choose at least one post." in text_of(none)
    assert "A matter of its own" in none.content.decode()
    second = keeping.get(f"/forum/t/{topic.pk}/split/", chosen)
    assert second.status_code == 200
    assert "Nobody gains or loses access." in text_of(second)
    assert second.content.decode().count('type="hidden" name="r"') == 1
    done = keeping.post(f"/forum/t/{topic.pk}/split/", {**chosen, "reason": WHY})
    new = Topic.objects.latest("pk")
    assert (done.status_code, done.url) == (302, f"/forum/t/{new.pk}/a-matter-of-its-own/")
    assert list(new.posts.order_by("number").values_list("pk", flat=True)) == [
        posts[n].pk for n in (4, 5, 6, 7)
    ]
    assert f"Grace Hopper split this topic off from another one. {WHY}" in text_of(signed_in.get(done.url))
    assert f"Grace Hopper moved 4 posts to another topic. {WHY}" in text_of(
        signed_in.get(topic.get_absolute_url())
    )
    assert AuditEntry.objects.filter(action="topic.split").count() == 2


def test_merging_finds_the_other_topic_by_number_link_or_words(keeping, signed_in, topic, member):
    other = make_topic("Who tests the testers?", category=topic.category)
    make_topic("Who tests the rest?", category=topic.category)
    hidden = make_topic("Who tests us?", category=make_group(kind="hidden").categories.get())
    path = f"/forum/t/{topic.pk}/merge/"
    for named in (
        str(other.pk),
        f"#{other.pk}",
        f"https://x.gov{other.get_absolute_url()}",
        f"/p/{other.posts.get().pk}/",
    ):
        assert "into “Who tests the testers?”" in text_of(keeping.get(path, {"to": named})), named
    several = text_of(keeping.get(path, {"to": "who tests"}))
    assert "Who tests the rest?" in several
    assert "Who tests us?" not in several
    assert "into “Who tests the rest?”" not in several
    for nothing in ("no such words", str(hidden.pk), str(topic.pk), "999999"):
        answer = keeping.get(path, {"to": nothing})
        assert answer.status_code == 422
        assert "No topic fits" in text_of(answer)
    chosen = {"to": "who tests", "destination": other.pk}
    assert "into “Who tests the testers?”" in text_of(keeping.get(path, chosen))
    done = keeping.post(path, {**chosen, "reason": WHY})
    assert done.url == other.get_absolute_url()
    assert "merged another topic with 1 post into this one." in text_of(signed_in.get(done.url))


def test_who_gains_and_who_loses_is_shown_first(keeping, topic, moderator):
    for _ in range(3):
        make_member()
    closed = make_group("Procurement", kind="members", lead=moderator)
    join(closed, topic.author)
    follower = make_member()
    for member in (follower, moderator):
        TopicState.objects.create(topic=topic, member=member, level="watching", why="chosen")
    page = text_of(keeping.get(f"/forum/t/{topic.pk}/move/", {"category": closed.slug}))
    assert "all members of the community" in page
    assert "only members of the group Procurement" in page
    assert "4 members lose access at once. 1 of them follows this topic." in page
    keeping.post(f"/forum/t/{topic.pk}/move/", {"category": closed.slug, "reason": WHY})
    back = text_of(keeping.get(f"/forum/t/{topic.pk}/move/", {"category": "governance"}))
    assert "4 members gain access, to what was written before too." in back


@pytest.mark.parametrize("kind", ["move", "split", "merge"])
def test_who_gains_and_who_loses_by_an_undo_is_shown_first(keeping, topic, moderator, kind):
    """Once out of a group into the community and once the other way: what was gained is lost by the undo."""
    closed = make_group("Procurement", kind="members", lead=moderator)
    join(closed, topic.author)
    other = make_topic("In the group", category=closed.categories.get(), author=moderator)
    for _ in range(3):
        make_member()
    follower = make_member()
    loses, gains = "4 members lose access at once.", "4 members gain access, to what was written before too."

    for source, destination in ((topic, other), (other, topic)):
        reply = make_post(source, author=moderator)
        typed = {"reason": WHY}
        if kind == "move":
            place = destination.category
            path, at = f"/forum/t/{source.pk}/move/", source
            keeping.post(path, {**typed, "category": place.slug})
        elif kind == "split":
            path, at = f"/forum/t/{source.pk}/split/", destination
            keeping.post(path, {**typed, "p": [reply.pk], "where": "there", "to": str(destination.pk)})
        else:
            path, at = f"/forum/t/{source.pk}/merge/", destination
            keeping.post(path, {**typed, "to": str(destination.pk)})
        assert Move.objects.latest("pk").kind == kind
        TopicState.objects.update_or_create(topic=at, member=follower, defaults={"level": "watching"})
        page = text_of(keeping.get(f"/forum/t/{at.pk}/undo/"))
        was_open = source == topic
        assert (gains in page, loses in page) == (was_open, not was_open), page
        assert ("1 of them follows this topic." in page) == (not was_open)
        assert "only members of the group Procurement" in page
        assert keeping.post(f"/forum/t/{at.pk}/undo/").status_code == 302
        for each in (topic, other):
            each.refresh_from_db()


def test_an_undo_between_places_alike_concerns_nobody_and_a_refused_one_names_no_place(
    keeping, topic, data, moderator
):
    move = actions.move_topic(actor=moderator, topic_id=topic.pk, category="data", reason=WHY)
    assert "Nobody gains or loses access." in text_of(keeping.get(f"/forum/t/{topic.pk}/undo/"))
    hidden = make_group("Procurement", kind="hidden").categories.get()
    Move.objects.filter(pk=move.pk).update(before={"from": hidden.pk, "to": data.pk})
    page = text_of(keeping.get(f"/forum/t/{topic.pk}/undo/"))
    assert "Only leads or moderators of both places can undo this." in page
    assert "Procurement" not in page


def test_the_latest_is_undone_from_its_page_and_only_that(keeping, signed_in, topic, data):
    thread(topic)
    keeping.post(f"/forum/t/{topic.pk}/move/", {"category": "data", "reason": WHY})
    move = Move.objects.get()
    assert "Undo" in text_of(keeping.get(f"/forum/t/{topic.pk}/moves/"))
    assert "Every post goes back" in text_of(keeping.get(f"/forum/t/{topic.pk}/undo/"))
    stale = keeping.post(f"/forum/t/{topic.pk}/undo/", {"move": move.pk + 1})
    assert stale.status_code == 422
    done = keeping.post(f"/forum/t/{topic.pk}/undo/", {"move": move.pk})
    assert done.url == topic.get_absolute_url()
    topic.refresh_from_db()
    assert topic.category.slug == "governance"
    assert not TopicEvent.objects.exists()
    assert "moved this topic" not in text_of(signed_in.get(topic.get_absolute_url()))
    assert "Undone by Grace Hopper" in text_of(keeping.get(f"/forum/t/{topic.pk}/moves/"))
    nothing = keeping.get(f"/forum/t/{topic.pk}/undo/")
    assert nothing.url == f"/forum/t/{topic.pk}/moves/"


def test_nothing_is_undone_after_a_day_or_under_something_later(moderator, topic, data):
    posts = thread(topic)
    first = actions.split_topic(
        actor=moderator, topic_id=topic.pk, posts=[posts[8].pk], title="Apart", reason=WHY
    )
    second = actions.move_topic(actor=moderator, topic_id=first.destination_id, category="data", reason=WHY)
    with pytest.raises(Refused, match="Undo that first"):
        actions.undo_move(actor=moderator, topic_id=topic.pk)
    actions.undo_move(actor=moderator, topic_id=first.destination_id, move_id=second.pk)
    Move.objects.update(at=timezone.now() - timedelta(hours=25))
    with pytest.raises(Refused, match="24 hours"):
        actions.undo_move(actor=moderator, topic_id=topic.pk)


def test_a_lead_undoes_only_what_they_could_have_done(topic, moderator):
    group = make_group("Lab", kind="members", lead=moderator)
    lead = make_member()
    join(group, lead, "co_lead")
    make_post(topic)
    inside = make_topic("Inside", category=group.categories.get())
    actions.merge_topic(actor=moderator, topic_id=topic.pk, destination=inside.pk, reason=WHY)
    with pytest.raises(Refused, match="both places"):
        actions.undo_move(actor=lead, topic_id=inside.pk)


def test_long_outlines_turn_pages_and_keep_what_is_ticked(keeping, topic, monkeypatch):
    monkeypatch.setattr("forum.outline.PAGE", 3)
    posts = thread(topic)
    first = keeping.get(f"/forum/t/{topic.pk}/split/").content.decode()
    after = re.search(r'name="after" value="(\w+)"', first)[1]
    second = keeping.get(
        f"/forum/t/{topic.pk}/split/", {"p": posts[2].pk, "title": "Kept", "where": "new", "after": after}
    )
    page = second.content.decode()
    assert second.status_code == 200
    assert f'<input type="hidden" name="p" value="{posts[2].pk}">' in page
    assert 'value="Kept"' in page
    assert "another look" not in page


# --- Readers ----------------------------------------------------------------------------------------
def test_what_was_read_and_followed_goes_along_and_comes_back(moderator, topic, member):
    posts = thread(topic)
    half, whole, new, chosen = (make_member() for _ in range(4))
    state = TopicState.objects.create
    state(topic=topic, member=half, read_to=5, level="watching", why="replied")
    state(topic=topic, member=whole, read_to=3, seen_above="6-8", seen_above_count=3)
    state(topic=topic, member=chosen, read_to=8, level="watching", why="chosen")
    other = make_topic("Another", category=topic.category)
    state(topic=other, member=chosen, level="normal", why="chosen")
    state(topic=other, member=new, read_to=1)
    unread = {who: topics_unread(who, topic, other) for who in (half, whole, new, chosen)}
    actions.split_topic(
        actor=moderator, topic_id=topic.pk, with_replies=[posts[4].pk], destination=other.pk, reason=WHY
    )
    states = {found.member: found for found in TopicState.objects.filter(topic=other)}
    assert (states[half].reading.has(2), states[half].reading.has(3), states[half].reading.has(4)) == (
        True,
        True,
        False,
    )
    assert [states[whole].reading.has(number) for number in (2, 3, 4)] == [False, False, True]
    assert states[new].reading.read_to == 1
    assert states[chosen].reading.above == ((2, 4),)
    assert (states[half].level, states[half].why) == ("watching", "moved")
    assert (states[chosen].level, states[chosen].why) == ("normal", "chosen")
    assert topics_unread(half, topic, other) == (2, 2)  # the other topic's first post is new to them
    actions.undo_move(actor=moderator, topic_id=topic.pk)
    for who in (whole, new, chosen):
        assert topics_unread(who, topic, other) == unread[who], who
    assert topics_unread(half, topic, other)[0] == unread[half][0]
    assert TopicState.objects.get(topic=other, member=half).level == ""


def topics_unread(who, *topics) -> tuple[int, ...]:
    found = Topic.objects.visible_to(who).with_unread(who)
    return tuple(found.get(pk=topic.pk).unread for topic in topics)


def test_notices_go_along_and_vanish_for_whom_they_lead_nowhere(run_jobs, moderator, topic, member):
    inside, outside = make_member(), make_member()
    closed = make_group("Procurement", kind="members", lead=moderator)
    join(closed, inside)
    join(closed, member)
    for who in (inside, outside):
        TopicState.objects.create(topic=topic, member=who, level="watching", why="chosen")
    for who in (inside, outside):
        bookmark, _ = actions.bookmark_post(member=who, post_id=topic.posts.get().pk)
        Bookmark.objects.update(remind_at=timezone.now() - timedelta(minutes=1))
        actions.remind_of_bookmark(bookmark_id=bookmark.pk)
    other = make_topic("Inside", category=closed.categories.get())
    TopicState.objects.create(topic=other, member=inside, level="watching", why="chosen")
    actions.post_reply(author=member, topic_id=topic.pk, body="Well.")
    actions.post_reply(author=moderator, topic_id=other.pk, body="Well, well.")
    run_jobs()
    assert Notice.objects.count() == 5
    actions.merge_topic(actor=moderator, topic_id=topic.pk, destination=other.pk, reason=WHY)
    run_jobs()
    assert not Notice.objects.filter(member=outside).exists()
    notice = Notice.objects.get(member=inside, kind="post")
    assert (notice.source, notice.count) == (f"topic:{other.pk}", 2)
    client = Client()
    client.force_login(inside)
    assert client.get(notice.url).url.startswith(other.get_absolute_url())
    actions.mark_read(member=inside, topic_id=other.pk, number=other.posts.count())
    assert not Notice.objects.unread().filter(member=inside, kind="post").exists()
    assert Notice.objects.filter(member=inside, kind="bookmark").exists()


# --- Who was writing meanwhile ----------------------------------------------------------------------
def test_a_reply_to_a_topic_merged_meanwhile_is_kept_and_shown_where_it_would_stand(
    moderator, topic, signed_in, member
):
    other = make_topic("The same question", category=topic.category)
    actions.merge_topic(actor=moderator, topic_id=topic.pk, destination=other.pk, reason=WHY)
    answer = signed_in.post(f"/forum/t/{topic.pk}/reply/", {"body": "Two hours of work.", "token": "t"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "merged into this one while you wrote" in page
    assert "Two hours of work." in page
    assert f'action="/forum/t/{other.pk}/reply/"' in page
    assert not Post.objects.filter(body="Two hours of work.").exists()
    again = signed_in.post(f"/forum/t/{other.pk}/reply/", {"body": "Two hours of work.", "token": "t"})
    assert again.url.startswith(other.get_absolute_url())


def test_a_reply_to_a_post_split_off_meanwhile_is_kept_and_answers_the_topic(moderator, topic, signed_in):
    posts = thread(topic)
    actions.split_topic(actor=moderator, topic_id=topic.pk, posts=[posts[8].pk], title="Apart", reason=WHY)
    typed = {"body": "Two hours of work.", "parent": posts[8].pk}
    answer = signed_in.post(f"/forum/t/{topic.pk}/reply/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "is not there any more" in page
    assert "Two hours of work." in page
    assert '<input type="hidden" name="parent" value="">' in page


def test_what_belongs_to_the_topic_as_a_whole_goes_along_or_stands_in_the_way(moderator, topic, member):
    other = make_topic("The same question", category=topic.category)
    make_poll(topic)
    draft = actions.save_draft(member=member, kind="reply", target=topic.pk, fields={"body": "Half"})
    actions.merge_topic(actor=moderator, topic_id=topic.pk, destination=other.pk, reason=WHY)
    other.refresh_from_db()
    assert (other.has_poll, Poll.objects.get().topic) == (True, other)
    draft.refresh_from_db()
    assert draft.target == other.pk
    actions.undo_move(actor=moderator, topic_id=other.pk)
    topic.refresh_from_db()
    draft.refresh_from_db()
    assert (topic.has_poll, Poll.objects.get().topic, draft.target) == (True, topic, topic.pk)
    make_poll(other)
    with pytest.raises(ValidationError, match="poll"):
        actions.merge_topic(actor=moderator, topic_id=topic.pk, destination=other.pk, reason=WHY)
    announced = make_topic("Read this", category=topic.category)
    actions.announce(actor=moderator, topic_id=announced.pk)
    with pytest.raises(ValidationError, match="announcement"):
        actions.merge_topic(actor=moderator, topic_id=announced.pk, destination=other.pk, reason=WHY)


def test_who_loses_access_is_out_of_the_room_at_once(
    moderator, topic, member, django_capture_on_commit_callbacks
):
    closed = make_group("Procurement", kind="members", lead=moderator).categories.get()
    assert may_listen(member, topic.pk)
    with django_capture_on_commit_callbacks() as callbacks:
        actions.move_topic(actor=moderator, topic_id=topic.pk, category=closed.slug, reason=WHY)
    assert live.recheck_everyone in callbacks
    assert not may_listen(member, topic.pk)
