from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Coalesce
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from forum.models import Category, Tag, TagFollow, Topic
from forum.permissions import can_keep_tags

TAGS_MAX = 5
RESERVED = frozenset({"complete", "new"})  # words in the addresses of tags
SUGGESTED = 8


def clean_tags(tags: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(slugify(tag)[:40] for tag in tags if slugify(tag)))
    if len(names) > TAGS_MAX:
        raise ValidationError({"tags": _("A topic has at most %d tags.") % TAGS_MAX})
    for name in RESERVED.intersection(names):
        raise ValidationError({"tags": _("“%s” cannot be a tag. Choose a longer one.") % name})
    return names


def set_tags(topic: Topic, names: Iterable[str]) -> list[str]:
    """Give the topic these tags, each synonym as the tag it stands for; answers their names.

    Where only tags made by moderators are used, any other is refused unless the topic has it already.
    """
    known = held(names)
    kept = set(topic.tags.values_list("pk", flat=True))
    if topic.category.tag_policy == Category.TagPolicy.STAFF:
        _refuse_unknown(topic.category, [name for name in names if not _is_allowed(known.get(name), kept)])
    if missing := sorted(set(names) - known.keys()):
        for name in missing:
            Tag.objects.get_or_create(name=name)
        known = held(names)  # one may have become another name of a tag meanwhile
    tags = set(known.values())
    topic.tags.set(tags)
    return sorted(tag.name for tag in tags)


def held(names: Iterable[str]) -> dict[str, Tag]:
    """The tags that these names stand for, if there are any. Nobody merges them before the deed is done."""
    meant = dict(Tag.objects.filter(name__in=names).values_list("name", Coalesce("merged_into", "pk")))
    tags = _locked(*meant.values())
    if any(tag.merged_into_id for tag in tags.values()):  # by whoever had locked it
        return held(names)
    return {name: tags[pk] for name, pk in meant.items()}


def _is_allowed(tag: Tag | None, kept: set[int]) -> bool:
    return tag is not None and (tag.is_official or tag.pk in kept)


def _refuse_unknown(category: Category, names: list[str]) -> None:
    if not names:
        return
    official = Tag.objects.filter(is_official=True, merged_into=None).values_list("name", flat=True)
    offered = ", ".join(official[:SUGGESTED])
    message = _("In %(category)s only tags made by moderators are used, and “%(tag)s” is none of them.")
    message %= {"category": category, "tag": names[0]}
    raise ValidationError({"tags": f"{message} {_('Such as: %s.') % offered}" if offered else message})


def add_tag(*, actor: Member, name: str) -> Tag:
    """A tag made by moderators. One that members made becomes one."""
    can_keep_tags(actor).enforce()
    with transaction.atomic():
        made, _is_new = Tag.objects.get_or_create(name=_clean_name(name))
        tag = _locked(made.pk)[made.pk]
        if tag.merged_into_id:
            raise ValidationError({"name": _("“%s” is another name of a tag already.") % tag})
        tag.is_official = True
        tag.save(update_fields=["is_official"])
        record(actor=actor, action="tag.add", target=f"tag:{tag.pk}", name=tag.name)
    return tag


def edit_tag(*, actor: Member, tag: Tag, name: str, is_official: bool) -> Tag:
    """Rename; the old name stays as a synonym, so that old links lead here."""
    can_keep_tags(actor).enforce()
    name, old = _clean_name(name), tag.name
    try:
        with transaction.atomic():
            tag = _locked(tag.pk)[tag.pk]
            if tag.merged_into_id or tag.name not in {old, name}:
                raise ValidationError(_changed_meanwhile())
            _rename(actor, tag, name, is_official)
    except IntegrityError:  # the name was taken between the look and the deed
        raise ValidationError({"name": _is_taken(name)}) from None
    return tag


def _rename(actor: Member, tag: Tag, name: str, is_official: bool) -> None:
    old = tag.name
    if name != old:
        _take_name(tag, name)
    if (name, is_official) != (old, tag.is_official):
        tag.name, tag.is_official = name, is_official
        tag.save(update_fields=["name", "is_official"])
        record(actor=actor, action="tag.edit", target=f"tag:{tag.pk}", before=old, after=name)
    if name != old:
        Tag.objects.create(name=old, merged_into=tag)


def _take_name(tag: Tag, name: str) -> None:
    """Free, or so far a synonym of this very tag."""
    other = Tag.objects.filter(name=name).first()
    if other is None:
        return
    if other.merged_into_id != tag.pk:
        raise ValidationError({"name": _is_taken(name)})
    other.delete()


def merge_tag(*, actor: Member, tag: Tag, into: str) -> Tag:
    """Make a tag another name of the tag `into`: topics, follows and synonyms go over. Answers that tag."""
    can_keep_tags(actor).enforce()
    with transaction.atomic():
        found = Tag.objects.filter(name=slugify(into)).first()
        if found is None:
            raise ValidationError({"into": _("There is no tag “%s”.") % into})
        wanted = found.merged_into_id or found.pk
        locked = _locked(tag.pk, wanted)
        tag, target = locked[tag.pk], locked[wanted]
        if target.pk == tag.pk:
            raise ValidationError({"into": _("Choose another tag than this one.")})
        if target.merged_into_id or tag.merged_into_id not in {None, target.pk}:
            raise ValidationError(_changed_meanwhile())
        if tag.merged_into_id is None:
            _bring_over(tag, target)
            record(actor=actor, action="tag.merge", target=f"tag:{tag.pk}", into=target.pk, name=tag.name)
    return target


def _bring_over(tag: Tag, target: Tag) -> None:
    through = Topic.tags.through
    topics = through.objects.filter(tag=tag).values_list("topic", flat=True)
    through.objects.bulk_create(
        [through(topic_id=topic, tag=target) for topic in topics], ignore_conflicts=True
    )
    through.objects.filter(tag=tag).delete()
    followers = TagFollow.objects.filter(tag=target).values("member")
    TagFollow.objects.filter(tag=tag).exclude(member__in=followers).update(tag=target)
    TagFollow.objects.filter(tag=tag).delete()
    tag.synonyms.update(merged_into=target)
    tag.merged_into, tag.is_official = target, False
    tag.save(update_fields=["merged_into", "is_official"])


def _locked(*ids: int) -> dict[int, Tag]:
    """As they are now, held until the deed is done. Locked in the order of their ids, as topics are."""
    tags = Tag.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    found = {tag.pk: tag for tag in tags}
    if len(found) < len(set(ids)):
        raise ValidationError(_changed_meanwhile())
    return found


def _changed_meanwhile() -> str:
    return _("Somebody else changed this tag meanwhile. Look at it again.")


def _is_taken(name: str) -> str:
    return _("There is a tag “%s” already. Merge this one into it.") % name


def _clean_name(name: str) -> str:
    slug = slugify(name)[:40].strip("-")
    if not slug or slug in RESERVED:
        raise ValidationError({"name": _("Choose another name: letters, digits and hyphens.")})
    return slug
