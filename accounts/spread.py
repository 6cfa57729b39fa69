"""When a proof ends: after its full life, or somewhat sooner, so that no day has much more than its share."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, TextField
from django.db.models.functions import Cast, Left

from accounts.models import EligibilityProof

FEW = 5  # so many ends on one day are no burden: a small community gets the full life


def end_of_proof(now: datetime) -> datetime:
    """The latest of the days with the fewest ends so far."""
    longest = settings.COMMONS_PROOF_DAYS
    moments = [now + timedelta(days=longest - n) for n in range(settings.COMMONS_PROOF_SPREAD_DAYS + 1)]
    day = Left(Cast("expires_at", TextField()), 10)  # both databases keep and show UTC
    window = EligibilityProof.objects.filter(
        expires_at__gte=moments[-1] - timedelta(days=1), expires_at__lte=moments[0] + timedelta(days=1)
    )
    ends = dict(window.order_by().values_list(day).annotate(n=Count("pk")))
    return min(moments, key=lambda moment: max(ends.get(f"{moment:%Y-%m-%d}", 0), FEW - 1))
