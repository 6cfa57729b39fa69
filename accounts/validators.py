from __future__ import annotations

import unicodedata
from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

HANDLE = RegexValidator(r"\A[a-z0-9](?:[a-z0-9._-]{0,28}[a-z0-9])\Z")


def validate_plain_line(value: str) -> None:
    """No invisible characters: they turn a name round or make two names look the same."""
    if any(unicodedata.category(character).startswith("C") for character in value):
        raise ValidationError(_("Leave out invisible characters."))


@cache
def time_zone_names() -> set[str]:
    return available_timezones()  # walks a folder of 600 files


def validate_time_zone(value: str) -> None:
    if value not in time_zone_names():
        raise ValidationError(_("Choose a time zone of the list, such as America/New_York."))
