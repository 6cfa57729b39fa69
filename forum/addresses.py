"""Where an address leads whose topic was merged into another, or whose post went there. Asked only where an address has
nothing of its own to show, so it costs the others nothing."""

from django.http import HttpResponsePermanentRedirect

from accounts.models import Member
from forum.models import Post, PostAlias, Topic

LONGEST = 100  # merges in a row that an address is followed through


def where_now(member: Member, topic_id: int, number: int | None = None) -> str:
    """The address of the post that once had this number in this topic, or of the topic that took this one's posts.

    Access is asked for there; "" where the member has none, and for what was never an address.
    """
    if number is not None:
        post = PostAlias.objects.filter(topic=topic_id, number=number).values("post")
        found = Post.objects.visible_to(member).filter(pk__in=post).select_related("topic").first()
        return found.get_absolute_url() if found else ""
    topic = taken_by(member, topic_id)
    return topic.get_absolute_url() if topic else ""


def taken_by(member: Member, topic_id: int) -> Topic | None:
    """The topic that took all posts of this one, if the member may see it."""
    last: int | None = topic_id
    for _step in range(LONGEST):
        following = Topic.objects.filter(pk=last).values_list("merged_into", flat=True).first()
        if following is None:
            break
        last = following
    return Topic.objects.visible_to(member).filter(pk=last).first() if last != topic_id else None


def lead_to(url: str) -> HttpResponsePermanentRedirect:
    """For good as far as anybody can say; but what was moved may come back, so no browser may remember it."""
    return HttpResponsePermanentRedirect(url, headers={"Cache-Control": "no-store"})
