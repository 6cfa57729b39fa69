import re

from django.utils.text import slugify

from accounts.models import HandleHistory, Member

# Paths under /members/ and words that a mention should never mean.
RESERVED = {
    "complete",
    "all",
    "everyone",
    "here",
    "me",
    "staff",
    "admin",
    "administrator",
    "moderator",
    "group",
}
LONGEST = 30


def free_handle(name: str) -> str:
    """A handle from a name that nobody has: "Ada Lovelace" is ada.lovelace, the next one ada.lovelace2."""
    base = re.sub(r"[-_.]+", ".", slugify(name)).strip(".")[: LONGEST - 6].strip(".")
    if len(base) < 2 or base in RESERVED:
        base = f"member.{base}".strip(".")
    taken = set(Member.objects.filter(handle__startswith=base).values_list("handle", flat=True))
    taken |= set(HandleHistory.objects.filter(handle__startswith=base).values_list("handle", flat=True))
    if base not in taken:
        return base
    number = 2
    while f"{base}{number}" in taken:
        number += 1
    return f"{base}{number}"
