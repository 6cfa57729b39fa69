"""What is read while its topics are merged, with real threads on PostgreSQL."""

import pytest

from forum.models import Move, Tag, Topic, TopicState
from notifications.models import Notice, NoticeEvent
from tests.factories import make_member, make_post, make_topic
from tests.forum.test_moving import check
from tests.forum.test_races import at_once, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
ROUNDS, READERS = 25, 12


def merge(client, topic: Topic, other: Topic):
    typed = {"reason": "They are the same.", "to": str(other.pk)}
    return lambda: client.post(f"/forum/t/{topic.pk}/merge/", typed).status_code


def undo(client, topic: Topic) -> None:
    move = Move.objects.filter(destination=topic).latest("pk")
    assert client.post(f"/forum/t/{topic.pk}/undo/", {"move": move.pk}).status_code == 302


def unread(member, topic: Topic) -> int:
    return Topic.objects.with_unread(member).get(pk=topic.pk).unread


@pytest.mark.parametrize("typed", [{}, {"filter": "new"}, {"filter": "unread", "tag": "same"}])
def test_marking_all_read_and_merging_wait_for_each_other(typed):
    """Half of the readers opened one topic first and half the other, so their states lie in both orders."""
    keeper = signed_in(make_member(roles=("moderator",)))
    topics = [make_topic("One of two"), make_topic("The other one")]
    for topic in topics:
        make_post(topic)
        topic.tags.add(Tag.objects.get_or_create(name="same")[0])
    members = [make_member() for _ in range(READERS)]
    for number, member in enumerate(members):
        for topic in topics[:: 1 if number % 2 else -1]:
            TopicState.objects.create(member=member, topic=topic, read_to=1)
    clients = [signed_in(member) for member in members[:4]]
    for turn in range(ROUNDS):
        source, destination = topics[:: 1 if turn % 2 else -1]
        codes = at_once(
            [
                merge(keeper, source, destination),
                *(lambda c=c: c.post("/forum/read/", typed).status_code for c in clients),
            ]
        )
        assert codes == [302] * 5
        undo(keeper, destination)
        TopicState.objects.update(read_to=1, seen_above="", seen_above_count=0)
    for topic in topics:
        check(topic)


def test_reading_a_topic_for_the_first_time_while_others_come_to_it():
    keeper, member = signed_in(make_member(roles=("moderator",))), make_member()
    reader = signed_in(member)
    for turn in range(ROUNDS):
        source, destination = make_topic(f"One of two, {turn}"), make_topic(f"The other one, {turn}")
        TopicState.objects.create(member=member, topic=source, read_to=1)
        path = f"/forum/t/{destination.pk}/read/"
        codes = at_once(
            [
                merge(keeper, source, destination),
                lambda path=path: reader.post(path, {"seen": "1"}).status_code,
            ]
        )
        assert codes == [302, 204]
        assert unread(member, destination) == 0


def test_marking_all_read_and_reading_one_topic_with_its_notices_at_once():
    topic, member = make_topic(), make_member()
    path = f"/forum/t/{topic.pk}/read/"
    clients = [signed_in(member) for _ in range(4)]
    event = NoticeEvent.objects.create(kind="post", source=f"topic:{topic.pk}", url="/", data={})
    notice = {"member": member, "kind": "post", "reason": "follow", "source": event.source, "event": event}
    for turn in range(ROUNDS):
        number = make_post(topic).number
        TopicState.objects.update_or_create(member=member, topic=topic, defaults={"read_to": 1})
        Notice.objects.create(**notice, bucket=str(turn), data={"number": number})
        codes = at_once(
            [
                *(lambda c=c: c.post(path, {"number": 999}).status_code for c in clients[:2]),
                *(lambda c=c: c.post("/forum/read/").status_code for c in clients[2:]),
            ]
        )
        assert codes == [204, 204, 302, 302]
        assert unread(member, topic) == 0
        assert not Notice.objects.of(member).unread().exists()
