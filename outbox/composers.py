"""Who writes the mails whose text is made at sending: an app registers a composer for the keys it owns."""

from collections.abc import Callable
from dataclasses import dataclass, field

from outbox.models import Mail


@dataclass(frozen=True)
class Message:
    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)


Composer = Callable[[Mail], Message | None]
_registry: dict[str, Composer] = {}


def register_composer(prefix: str, compose: Composer) -> None:
    """`compose` gets a mail about "prefix:…" and answers its message, or None when it must not be sent any more."""
    _registry[prefix] = compose


def compose(mail: Mail) -> Message | None:
    if not mail.about:
        return Message(mail.subject, mail.text, mail.html, mail.headers)
    return _registry[mail.about.partition(":")[0]](mail)
