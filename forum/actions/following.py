from django.db import transaction

from accounts.models import Member
from core.shell import forget_shell
from forum import live
from forum.actions.reading import lock_state
from forum.actions.tagging import held
from forum.models import Category, CategoryFollow, Level, Tag, TagFollow, TopicState


def follow_topic(*, member: Member, topic_id: int, level: str) -> TopicState:
    """With an empty level, tags and category decide again."""
    with transaction.atomic():
        topic, state = lock_state(member, topic_id)
        state.level, state.why = (Level(level), "chosen") if level else ("", "")
        state.save(update_fields=["level", "why"])
        state.topic = topic
        _changed(member)
    return state


def follow_category(*, member: Member, category: Category, level: str) -> None:
    """A category that the member may see, with those below it. An empty level takes the choice back."""
    with transaction.atomic():
        if level:
            CategoryFollow.objects.update_or_create(
                member=member, category=category, defaults={"level": Level(level)}
            )
        else:
            CategoryFollow.objects.filter(member=member, category=category).delete()
        _changed(member)


def follow_tag(*, member: Member, tag: Tag, level: str) -> None:
    """A tag that the member may see, or what it has just become a name of. An empty level takes the choice back."""
    with transaction.atomic():
        tag = held([tag.name]).get(tag.name, tag)
        if level:
            TagFollow.objects.update_or_create(member=member, tag=tag, defaults={"level": Level(level)})
        else:
            TagFollow.objects.filter(member=member, tag=tag).delete()
        _changed(member)


def _changed(member: Member) -> None:
    forget_shell(member.pk)
    live.publish_lists(member)
