import socket
import struct
import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from files.scanning import ScannerAway
from outbox.models import Job
from tests.files import samples
from workinggroups.models import Group, ResourceVersion
from workinggroups.tasks import scan_version, scan_what_waits

pytestmark = pytest.mark.django_db


class Scanner(threading.Thread):
    """Speaks ClamAV's INSTREAM; answers what it is told to, and keeps what it was sent."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(daemon=True)
        self.answer, self.heard = answer, b""
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self.door.getsockname()[1]}"
        self.start()

    def run(self) -> None:
        connection, _ = self.door.accept()
        with connection, connection.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            while size := struct.unpack("!L", stream.read(4))[0]:
                self.heard += stream.read(size)
            connection.sendall(self.answer)


@pytest.fixture
def waiting(sign_in, member, closed, settings) -> ResourceVersion:
    """An uploaded file that no scanner has seen yet."""
    settings.COMMONS_CLAMAV_URL = "tcp://127.0.0.1:1"
    sent = {"file": SimpleUploadedFile("plan.pdf", samples.PDF)}
    sign_in(member).post("/groups/procurement/resources/upload/", sent)
    return ResourceVersion.objects.get()


def state(version) -> str:
    version.refresh_from_db()
    return version.scan


def test_what_is_not_checked_is_not_served_and_says_so(sign_in, member, waiting):
    assert waiting.scan == "pending"
    assert Job.objects.filter(task="workinggroups.tasks.scan_version", args=[waiting.pk]).exists()
    response = sign_in(member).get(waiting.get_download_url())
    assert response.status_code == 403
    assert "still being checked" in response.text
    assert "Being checked" in sign_in(member).get(waiting.resource.get_absolute_url()).text


def test_a_clean_file_is_served(sign_in, member, waiting, settings):
    scanner = Scanner(b"stream: OK\0")
    settings.COMMONS_CLAMAV_URL = scanner.url
    scan_version.call(waiting.pk)
    assert scanner.heard == samples.PDF
    assert state(waiting) == "clean"
    assert sign_in(member).get(waiting.get_download_url()).status_code == 200


def test_a_harmful_file_is_deleted_and_its_row_stays_to_say_so(
    sign_in, member, closed, waiting, settings, stored_files, django_capture_on_commit_callbacks
):
    settings.COMMONS_CLAMAV_URL = Scanner(b"stream: Eicar-Test-Signature FOUND\0").url
    with django_capture_on_commit_callbacks(execute=True):
        scan_version.call(waiting.pk)
    assert state(waiting) == "infected"
    assert stored_files() == 0
    assert Group.objects.get(pk=closed.pk).used == 0
    response = sign_in(member).get(waiting.get_download_url())
    assert response.status_code == 403
    assert "something harmful" in response.text


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: perhaps\0"])
def test_no_verdict_is_no_permission(waiting, settings, answer):
    settings.COMMONS_CLAMAV_URL = Scanner(answer).url
    with pytest.raises(ScannerAway):
        scan_version.call(waiting.pk)
    assert state(waiting) == "pending"


def test_while_the_scanner_is_away_the_job_fails_and_is_asked_again_later(waiting, time_machine):
    with pytest.raises(ScannerAway):
        scan_version.call(waiting.pk)
    Job.objects.all().delete()
    scan_what_waits.call()
    assert not Job.objects.exists()
    time_machine.move_to(timezone.now() + timedelta(seconds=601))
    scan_what_waits.call()
    assert Job.objects.get().args == [waiting.pk]


def test_only_a_checked_version_can_be_brought_back(sign_in, member, waiting):
    client = sign_in(member)
    path = waiting.resource.get_absolute_url()
    client.post(f"{path}versions/", {"file": SimpleUploadedFile("plan.pdf", samples.PDF)})
    assert client.post(f"{path}v/1/restore/").status_code == 403
