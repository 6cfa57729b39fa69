from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import BigIntegerField, F, Q, QuerySet, Value
from django.db.models.lookups import Exact
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from core.compiled import CompiledDelete
from core.errors import Conflict
from core.markup import MarkupError
from forum.models import Draft, Post, ScheduledTopic, Topic

DRAFTS_MAX = 200
FIELD_MAX = 1_000  # characters of anything but the text itself
SLOT_MAX = 10**12  # the highest number of a new topic's draft
NO_TOKEN = "-" * 65  # longer than any


class AlreadySent(Conflict):
    """The form has been posted, so that what it holds is no draft any more."""


def save_draft(
    *,
    member: Member,
    kind: str,
    target: int = 0,
    fields: dict[str, Any],
    revision: int = 0,
    token: str = "",
) -> Draft | None:
    """Keep what the member typed, or nothing (None) when no word of it is left.

    `revision` is that of the draft the form knows, 0 for none. Raises Conflict with the draft as it is now when
    another form has written since; with None when there is no such draft any more, as it was sent or discarded:
    AlreadySent, where this very form was sent.
    The form that wrote last (`token`) may write again whatever it knows: its answers may have been lost.
    """
    typed = _checked(kind, fields)
    try:
        with transaction.atomic():
            draft = Draft.objects.at(member, kind, target).select_for_update().first()
            if draft is None:
                _check_new(member, kind, target, revision, token)
            elif draft.revision != revision and not (token and draft.token == token):
                raise Conflict(draft)
            if Draft.is_blank(typed):
                if draft:
                    draft.delete()
                return None
            if draft is None:
                return Draft.objects.create(
                    member=member, kind=kind, target=target, fields=typed, token=token
                )
            if draft.fields != typed:
                draft.fields, draft.updated_at = typed, timezone.now()
                draft.revision += 1
            draft.token = token
            draft.save()
    except IntegrityError:  # another form was the first, at the same moment
        raise Conflict(Draft.objects.at(member, kind, target).first()) from None
    return draft


def _checked(kind: str, fields: dict[str, Any]) -> dict[str, str]:
    if kind not in Draft.Kind:
        raise Http404
    typed = {
        name: text.replace("\0", "").replace("\r\n", "\n")
        for name, text in Draft.cleaned(kind, fields).items()
    }
    limit = settings.COMMONS_MARKDOWN_MAX
    if len(typed["body"]) > limit:
        raise ValidationError(
            {"body": MarkupError("too_long", count=len(typed["body"]), limit=limit).messages}
        )
    for name, text in typed.items():
        if name != "body" and len(text) > FIELD_MAX:
            raise ValidationError({name: _("This has more than %d characters.") % FIELD_MAX})
    return typed


def _check_new(member: Member, kind: str, target: int, revision: int, token: str) -> None:
    """A draft may begin where its target is there for the member, unless the form was sent already."""
    if kind == Draft.Kind.TOPIC:
        found = target <= SLOT_MAX
    elif kind == Draft.Kind.REPLY:
        found = Topic.objects.visible_to(member).filter(pk=target).exists()
    else:
        found = Post.objects.visible_to(member).filter(pk=target, author=member.pk).exists()
    was_sent = token and Post.objects.filter(author=member.pk, token=token).exists()
    if was_sent:
        raise AlreadySent(None)
    if revision:
        raise Conflict(None)
    if not found:
        raise Http404
    if Draft.objects.of(member).count() >= DRAFTS_MAX:
        raise ValidationError(_("You have %d drafts. Send or discard some of them first.") % DRAFTS_MAX)


def discard_draft(*, member: Member, kind: str, target: int) -> bool:
    return bool(Draft.objects.at(member, kind, target).delete()[0])


def use_up_draft(*, member: Member, kind: str, target: int = 0, revision: int = 0, token: str = "") -> None:
    """Remove the draft that was just sent, in the transaction that sends it. One that another form has changed
    since holds other words, and stays."""
    _use_up(member=member.pk, kind=kind, target=target, revision=revision, token=token or NO_TOKEN)


def _used_up(member: int, kind: str, target: int, revision: int, token: str) -> QuerySet:
    same = Q(Exact(F("revision"), Value(revision, BigIntegerField()))) | Q(token=token)
    return Draft.objects.at(Member(pk=member), kind, target).filter(same)


_use_up = CompiledDelete(_used_up, "member", "kind", "target", "revision", "token")


def forget_writing(member: Member) -> None:
    """What a member who leaves for good has not sent."""
    Draft.objects.of(member).delete()
    ScheduledTopic.objects.of(member).delete()
