from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import tokens
from accounts.models import Member, PersonalToken
from accounts.permissions import can_keep_tokens
from audit.actions import record

TOKENS_MOST = 20
DAYS_MOST = 365


def create_token(*, actor: Member, name: str, scopes: list[str], days: int) -> tuple[PersonalToken, str]:
    """The token and its key, which is nowhere kept and so can be shown only now."""
    can_keep_tokens(actor).enforce()
    if not 1 <= days <= DAYS_MOST:
        raise ValidationError({"days": _("A token lasts a year at most.")})
    if not scopes or not set(scopes) <= set(PersonalToken.Scope.values):
        raise ValidationError({"scopes": _("Choose what the token may do.")})
    key = tokens.make_key()
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=actor.pk)
        if actor.tokens.count() >= TOKENS_MOST:
            raise ValidationError(_("You have %(n)d tokens. Revoke one first.") % {"n": TOKENS_MOST})
        token = _save(actor, name, scopes, days, key)
        record(
            actor=actor,
            action="token.create",
            target=f"member:{actor.pk}",
            number=token.pk,
            scopes=token.scopes,
        )
    return token, key


def _save(actor: Member, name: str, scopes: list[str], days: int, key: str) -> PersonalToken:
    try:
        with transaction.atomic():
            return PersonalToken.objects.create(
                member=actor,
                name=name,
                digest=tokens.digest_of(key),
                start=key[: tokens.SHOWN],
                scopes=[scope for scope in PersonalToken.Scope.values if scope in scopes],
                expires_at=timezone.now() + timedelta(days=days),
            )
    except IntegrityError:
        raise ValidationError({"name": _("You have a token of this name already.")}) from None


@transaction.atomic
def revoke_token(*, actor: Member, token: PersonalToken) -> None:
    """From now on it opens nothing."""
    can_keep_tokens(actor).enforce()
    locked = actor.tokens.select_for_update().get(pk=token.pk)
    record(actor=actor, action="token.revoke", target=f"member:{actor.pk}", number=locked.pk)
    locked.delete()
