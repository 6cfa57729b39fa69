"""How a deed says no. Views turn these into pages, the API into problem details."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied


@dataclass(frozen=True)
class Verdict:
    """The answer of a `can_*` predicate: true, or false with the reason to show."""

    allowed: bool
    reason: str = ""
    wait: int = 0  # seconds after which the answer will be yes, where nothing but time is lacking

    def __bool__(self) -> bool:
        return self.allowed

    def enforce(self) -> None:
        """Raise Refused with the reason unless allowed; TooSoon where waiting helps."""
        if not self.allowed:
            raise TooSoon(self.reason, self.wait) if self.wait else Refused(self.reason)


YES = Verdict(True)


def no(reason: Any) -> Verdict:
    return Verdict(False, str(reason))


class Refused(PermissionDenied):
    """The actor may see the thing but not do this to it (403). The message is for people."""


class TooSoon(Refused):
    """The actor may do this, but not yet: 429 in the API, with the seconds to wait."""

    def __init__(self, reason: str, wait: int) -> None:
        super().__init__(reason)
        self.wait = wait


class Conflict(Exception):
    """The thing changed since the caller read it: 412 in the API, a page with both texts. Carries its current state."""

    def __init__(self, current: Any) -> None:
        super().__init__("This changed since you opened it.")
        self.current = current
