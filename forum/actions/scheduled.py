from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from core.errors import Refused, TooSoon
from forum.actions.drafts import use_up_draft
from forum.actions.posts import render_body
from forum.actions.topics import clean_tags, clean_title, start_topic
from forum.models import Category, Draft, ScheduledTopic
from forum.permissions import can_start_topic
from forum.tasks import post_topic
from notifications.actions import notify

SCHEDULED_MAX = 50
HORIZON = timedelta(days=365)


def schedule_topic(
    *,
    author: Member,
    category: str,
    title: str,
    body: str,
    post_at: datetime,
    tags: Iterable[str] = (),
    token: str = "",
    draft: int = 0,
    draft_target: int = 0,
) -> ScheduledTopic:
    """Have a topic posted at a time to come. With a `token` seen before, returns what was scheduled then."""
    if token and (known := ScheduledTopic.objects.of(author).filter(token=token).first()):
        return known
    fields = _checked(author, category, title, body, tags, post_at)
    if ScheduledTopic.objects.of(author).count() >= SCHEDULED_MAX:
        raise ValidationError(_("%d topics wait to be posted. That is the limit.") % SCHEDULED_MAX)
    try:
        with transaction.atomic():
            scheduled = ScheduledTopic.objects.create(author=author, token=token, **fields)
            use_up_draft(
                member=author, kind=Draft.Kind.TOPIC, target=draft_target, revision=draft, token=token
            )
            post_topic.using(run_after=post_at).enqueue(scheduled.pk)
    except IntegrityError:
        # Two equal submits at once: the unique token let one through, this is the other.
        known = ScheduledTopic.objects.of(author).filter(token=token).first() if token else None
        if known is None:
            raise
        return known
    return scheduled


def change_scheduled_topic(
    *,
    author: Member,
    scheduled_id: int,
    category: str,
    title: str,
    body: str,
    tags: Iterable[str],
    post_at: datetime,
) -> ScheduledTopic:
    fields = _checked(author, category, title, body, tags, post_at)
    with transaction.atomic():
        scheduled = _locked(author, scheduled_id)
        for name, value in fields.items():
            setattr(scheduled, name, value)
        scheduled.save()
        post_topic.using(run_after=post_at).enqueue(scheduled.pk)
    return scheduled


def cancel_scheduled_topic(*, author: Member, scheduled_id: int) -> Draft:
    """It will not be posted; what was written becomes a draft again."""
    with transaction.atomic():
        return _put_back(_locked(author, scheduled_id))


def post_scheduled_topic(*, scheduled_id: int) -> bool:
    """Post it if it is time, by the rights that its author has now. A job from before the time was changed, or run
    twice, finds nothing to do. What is refused becomes a draft, and its author is told why.
    """
    with transaction.atomic():
        due = ScheduledTopic.objects.select_for_update(of=("self",)).filter(
            pk=scheduled_id, post_at__lte=timezone.now()
        )
        scheduled = due.select_related("author", "category").first()
        if scheduled is None:
            return False
        try:
            start_topic(
                author=scheduled.author,
                category=scheduled.category.slug if scheduled.category else "",
                title=scheduled.title,
                body=scheduled.body,
                tags=scheduled.tags,
                token=f"scheduled-{scheduled.pk}",
            )
        except TooSoon:
            raise  # the job is tried again a little later
        except Refused as refusal:
            _give_back(scheduled, str(refusal))
        except ValidationError as error:
            is_gone = "category" in getattr(error, "error_dict", {})
            _give_back(
                scheduled,
                _("You cannot see the category any more.") if is_gone else " ".join(error.messages),
            )
        else:
            scheduled.delete()
            return True
    return False


def _checked(
    author: Member, category: str, title: str, body: str, tags: Iterable[str], post_at: datetime
) -> dict[str, object]:
    now = timezone.now()
    if post_at <= now:
        raise ValidationError({"day": _("Choose a time to come.")})
    if post_at > now + HORIZON:
        raise ValidationError({"day": _("Choose a day within a year.")})
    render_body(body)
    place = Category.objects.visible_to(author).select_related("group").filter(slug=category).first()
    if place is None:
        raise ValidationError({"category": _("Choose a category.")})
    can_start_topic(author, place).enforce()
    return {
        "category": place,
        "title": clean_title(title),
        "body": body,
        "tags": clean_tags(tags),
        "post_at": post_at,
    }


def _locked(author: Member, scheduled_id: int) -> ScheduledTopic:
    scheduled = (
        ScheduledTopic.objects.of(author).select_for_update(of=("self",)).filter(pk=scheduled_id).first()
    )
    if scheduled is None:
        raise Http404
    return scheduled


def _give_back(scheduled: ScheduledTopic, reason: str) -> None:
    author, title = scheduled.author, scheduled.title
    draft = _put_back(scheduled)
    notify(
        kind="scheduled",
        actor=None,
        source=f"draft:{draft.pk}",
        url=draft.get_absolute_url(),
        data={"member": author.pk, "title": title, "reason": reason},
    )


def _put_back(scheduled: ScheduledTopic) -> Draft:
    """The row becomes a draft with a number of its own, so that it takes no other draft's place."""
    fields = {
        "category": scheduled.category.slug if scheduled.category else "",
        "title": scheduled.title,
        "body": scheduled.body,
        "tags": ", ".join(scheduled.tags),
    }
    place = {"member_id": scheduled.author_id, "kind": Draft.Kind.TOPIC}
    taken = set(Draft.objects.filter(**place).values_list("target", flat=True))
    slot = next(number for number in count(scheduled.pk) if number not in taken)
    draft = Draft.objects.create(**place, target=slot, fields=fields)
    scheduled.delete()
    return draft
