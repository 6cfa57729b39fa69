from django.db import transaction
from django.utils import timezone

from accounts.models import Member
from accounts.permissions import can_keep_tokens
from audit.actions import record
from forum import feed_keys
from forum.models import FeedKey


@transaction.atomic
def make_feed_key(*, actor: Member) -> FeedKey:
    """The member's first key, or a new one in place of the old, which opens nothing any more."""
    can_keep_tokens(actor).enforce()
    nonce = feed_keys.make_nonce()
    kept, is_new = FeedKey.objects.update_or_create(
        member=actor,
        defaults={
            "nonce": nonce,
            "digest": feed_keys.digest_of(feed_keys.key_from(nonce)),
            "made_at": timezone.now(),
            "last_used_at": None,
        },
    )
    record(actor=actor, action="feed.make", target=f"member:{actor.pk}", renewed=not is_new)
    return kept


@transaction.atomic
def revoke_feed_key(*, actor: Member) -> None:
    gone, _rows = FeedKey.objects.filter(member=actor).delete()
    if gone:
        record(actor=actor, action="feed.revoke", target=f"member:{actor.pk}")
