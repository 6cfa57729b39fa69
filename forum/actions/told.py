from collections import defaultdict

from accounts.models import Member
from forum.models import Move, Post, Topic
from notifications.actions import readdress, retract
from notifications.models import Notice, NoticeEvent

BATCH = 500


def bring_notices(*, move_id: int) -> None:
    """What was told of posts goes with them, so that whoever reads them where they are now has it read. Who may not
    follow them there is left nothing. May be repeated."""
    move = Move.objects.get(pk=move_id)
    topics = {move.source_id, move.destination_id}
    for topic_id in topics:
        for now_in, events in _gone_from(topic_id).items():
            for start in range(0, len(events), BATCH):
                readdress(event_ids=events[start : start + BATCH], source=f"topic:{now_in}")
    for topic in Topic.objects.filter(pk__in=topics).select_related("category__group"):
        _forget_those_left_behind(topic)


def _gone_from(topic_id: int) -> dict[int, list[int]]:
    """Events that are said to be of this topic but whose posts are in another one, by that; of a topic that was merged
    those that are about no post too."""
    told = dict(NoticeEvent.objects.filter(source=f"topic:{topic_id}").values_list("pk", "data__post"))
    posts = sorted({post for post in told.values() if post})
    gone: defaultdict[int, list[int]] = defaultdict(list)
    if taken_by := Topic.objects.filter(pk=topic_id).values_list("merged_into", flat=True).first():
        gone[taken_by] += [event for event, post in told.items() if not post]
    for start in range(0, len(posts), BATCH):
        some = Post.objects.filter(pk__in=posts[start : start + BATCH]).exclude(topic=topic_id)
        now_in = dict(some.values_list("pk", "topic"))
        for event, post in told.items():
            if post in now_in:
                gone[now_in[post]].append(event)
    return gone


def _forget_those_left_behind(topic: Topic) -> None:
    group = topic.category.group
    if group is None:
        return
    sources = [f"topic:{topic.pk}", f"announcement:{topic.pk}"]
    sources += [f"post:{pk}" for pk in topic.posts.order_by("pk").values_list("pk", flat=True)]
    for start in range(0, len(sources), BATCH):
        told = Notice.objects.filter(source__in=sources[start : start + BATCH]).order_by("source", "member")
        pairs = list(told.values_list("source", "member").distinct())
        members = Member.objects.members().filter(pk__in={member for _source, member in pairs})
        seeing = set(group.readers_among(members).values_list("pk", flat=True))
        left: defaultdict[str, list[int]] = defaultdict(list)
        for source, member in pairs:
            if member not in seeing:
                left[source].append(member)
        for source, gone in left.items():
            retract(source=source, member_ids=gone)
