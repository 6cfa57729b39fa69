"""A process is killed between the bytes of a file and its row."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from forum.models import Attachment
from forum.tasks import sweep_lost_bytes
from tests.factories import make_member
from tests.processes import ROOT, database_url

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]
UPLOAD = """
import io, os, signal
from accounts.models import Member
from files.checking import check
from forum.actions import attachments
attachments._let_be_scanned = lambda attachment: os.kill(os.getpid(), signal.SIGKILL)
file = check(name="a.txt", size=5, content=io.BytesIO(b"words"))
attachments.attach_file(uploader=Member.objects.get(), file=file)
"""


def test_what_a_killed_upload_leaves_behind_is_swept(own_storage, stored_files, time_machine):
    make_member()
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", UPLOAD]
    own = {"DATABASE_URL": database_url(), "MEDIA_ROOT": str(own_storage)}
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | own, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert stored_files() == 1
    assert not Attachment.objects.exists()
    time_machine.move_to(timezone.now() + timedelta(days=2))
    sweep_lost_bytes.call()
    assert stored_files() == 0
