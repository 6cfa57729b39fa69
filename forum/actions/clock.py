from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

FARTHEST = timedelta(days=36_525)  # the last years of the calendar are in no time zone's reach


def check_to_come(field: str, moment: datetime) -> None:
    """Raises ValidationError on the field for what is over, or farther away than a hundred years."""
    now = timezone.now()
    if moment <= now:
        raise ValidationError({field: _("Choose a time to come.")})
    if moment > now + FARTHEST:
        raise ValidationError({field: _("Choose a time within a hundred years.")})
