"""Announcements: everybody addressed is asked to confirm that they read a topic's first post."""

from collections.abc import Iterator
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, OuterRef, Subquery
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from core.errors import Conflict, Verdict, no
from core.spans import in_words
from forum.actions.lines import note
from forum.actions.posts import lock_seen, save_topic
from forum.models import Announcement, Post, Topic, TopicEvent
from forum.permissions import can_acknowledge, can_announce
from forum.thread import Seen, see
from notifications.actions import notify, read_source

AT_ONCE = 2_000


def announce(*, actor: Member, topic_id: int, due_on: date | None = None) -> Announcement:
    """Ask all whom the topic addresses, from now on; also anew, where an earlier asking has ended."""
    with transaction.atomic():
        seen = lock_seen(actor, topic_id)
        topic = seen.topic
        can_announce(actor, topic, seen.role).enforce()
        if topic.is_announcement:
            no(_("Its readers are asked already.")).enforce()
        if due_on and due_on < timezone.localdate(timezone=actor.zone):
            raise ValidationError({"due_on": _("Choose a day to come.")})
        now = timezone.now()
        announcement, _is_new = Announcement.objects.update_or_create(
            topic=topic,
            defaults={
                "announced_by": actor,
                "announced_at": now,
                "revision": _first_post(topic).revision,
                "due_on": due_on,
                "told_at": now,
                "ended_at": None,
            },
        )
        record(
            actor=actor,
            action="announcement.make",
            target=f"topic:{topic.pk}",
            due=due_on.isoformat() if due_on else "",
        )
        note(topic, TopicEvent.Kind.ANNOUNCED, actor)
        _tell(announcement, actor)
        topic.is_announcement = True
        save_topic(topic, "is_announcement")
    return announcement


def acknowledge(*, member: Member, topic_id: int, revision: int) -> Announcement:
    """The member has read the first post as it stood in that revision. Raises Conflict when a newer one is asked for.

    Needs no lock: a confirmation of an older text does not count, whenever it is written.
    """
    seen = see(member, topic_id)
    announcement = _running(seen.topic)
    can_acknowledge(member, seen.topic, seen.role).enforce()
    if not announcement.revision <= revision <= _first_post(seen.topic).revision:
        raise Conflict(announcement)
    with transaction.atomic():
        announcement.acknowledgements.get_or_create(member=member, revision=revision)
        read_source(member_id=member.pk, source=announcement.source)
    return announcement


def remind(*, actor: Member, topic_id: int) -> Announcement:
    """Tell once more those who have not confirmed; not within a day of the last time."""
    with transaction.atomic():
        topic, announcement = _lock_running(actor, topic_id)
        _may_remind(announcement).enforce()
        _ask(topic, announcement, actor, "announcement.remind")
    return announcement


def _may_remind(announcement: Announcement) -> Verdict:
    rest = announcement.told_at + Announcement.REMIND_AFTER - timezone.now()
    wait = int(rest.total_seconds()) + 1
    if wait <= 0:
        return Verdict(True)
    reason = _("Everybody was told less than a day ago. You can remind them in %(wait)s.")
    return Verdict(False, reason % {"wait": in_words(wait)}, wait)


def ask_again(*, actor: Member, topic_id: int) -> Announcement:
    """Of everybody, whether they have read the text as it is now: what they confirmed before counts no more."""
    with transaction.atomic():
        topic, announcement = _lock_running(actor, topic_id)
        now = _first_post(topic).revision
        if now == announcement.revision:
            no(_("The text has not changed since you asked.")).enforce()
        announcement.revision = now
        note(topic, TopicEvent.Kind.ANNOUNCED, actor)
        _ask(topic, announcement, actor, "announcement.again")
        save_topic(topic)
    return announcement


def _ask(topic: Topic, announcement: Announcement, actor: Member, deed: str) -> None:
    announcement.told_at = timezone.now()
    announcement.save(update_fields=["told_at", "revision"])
    record(actor=actor, action=deed, target=f"topic:{topic.pk}")
    _tell(announcement, actor)


def _tell(announcement: Announcement, actor: Member) -> None:
    topic = announcement.topic
    notify(
        kind="announcement",
        actor=actor,
        source=announcement.source,
        url=topic.get_absolute_url(),
        data={
            "topic": topic.pk,
            "title": topic.title,
            "due": announcement.due_on.isoformat() if announcement.due_on else "",
        },
    )


def end_announcement(*, actor: Member, topic_id: int) -> Announcement:
    """Nobody is asked any more. Who confirmed stays on record."""
    with transaction.atomic():
        topic, announcement = _lock_running(actor, topic_id)
        announcement.ended_at = timezone.now()
        announcement.save(update_fields=["ended_at"])
        record(actor=actor, action="announcement.end", target=f"topic:{topic.pk}")
        topic.is_announcement = False
        save_topic(topic, "is_announcement")
    return announcement


def export_acknowledgements(*, actor: Member, topic_id: int) -> Iterator[list[str]]:
    """Who has confirmed and who has not, by name; the export is audited."""
    seen = see(actor, topic_id)
    can_announce(actor, seen.topic, seen.role).enforce()
    announcement = _of(seen.topic)
    addressed = announcement.addressed()
    record(
        actor=actor,
        action="announcement.export",
        target=f"topic:{topic_id}",
        addressed=addressed.count(),
        confirmed=announcement.confirmed().count(),
    )
    valid = announcement.valid().filter(member=OuterRef("pk")).order_by().values("member")
    told = addressed.annotate(read_at=Subquery(valid.annotate(last=Max("at")).values("last")))
    return _rows(told.select_related("agency").order_by("name", "pk"))


def _rows(told) -> Iterator[list[str]]:
    for member in told.iterator(chunk_size=AT_ONCE):
        agency = member.agency.name if member.agency else ""
        has_read = "yes" if member.read_at else "no"
        at = member.read_at.isoformat(timespec="seconds") if member.read_at else ""
        yield [member.name, agency, has_read, at]


def _first_post(topic: Topic) -> Post:
    post = Post.objects.filter(topic=topic.pk).order_by("number").first()
    if post is None:
        raise Http404
    return post


def _of(topic: Topic) -> Announcement:
    announcement = Announcement.objects.filter(topic=topic.pk).first()
    if announcement is None:
        raise Http404
    announcement.topic = topic
    return announcement


def _running(topic: Topic) -> Announcement:
    if not topic.is_announcement:
        raise Http404
    return _of(topic)


def _lock_running(actor: Member, topic_id: int) -> tuple[Topic, Announcement]:
    seen: Seen = lock_seen(actor, topic_id)
    can_announce(actor, seen.topic, seen.role).enforce()
    return seen.topic, _running(seen.topic)
