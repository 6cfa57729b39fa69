import time
from pathlib import Path
from uuid import uuid4

from django.core.mail.backends.base import BaseEmailBackend


class LocalOutbox(BaseEmailBackend):
    """Writes each message as one .eml file, newest last by name, for people who try the product out."""

    def __init__(self, directory: str, **kwargs) -> None:
        super().__init__(**kwargs)
        self.directory = Path(directory)

    def send_messages(self, email_messages) -> int:
        self.directory.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns():020d}-{uuid4().hex[:8]}.eml"
            partial = self.directory / f".{name}"
            partial.write_bytes(message.message().as_bytes())
            partial.rename(self.directory / name)
        return len(email_messages)
