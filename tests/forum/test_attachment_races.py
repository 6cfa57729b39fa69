"""Real threads on PostgreSQL: what SQLite, with one writer at a time, cannot show."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from forum.models import Attachment, Post
from forum.tasks import sweep_attachments
from tests.factories import make_member, make_topic
from tests.forum.test_races import at_once, signed_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.services,
    pytest.mark.usefixtures("own_storage"),
]


def upload(client, size: int):
    return client.post("/api/v1/attachments/", {"file": SimpleUploadedFile("a.txt", b"x" * size)})


def test_uploads_at_once_do_not_share_the_last_bytes_of_the_day(settings, stored_files):
    settings.COMMONS_ATTACHMENTS_A_DAY = 35
    member = make_member()
    clients = [signed_in(member) for _ in range(6)]
    answers = at_once([lambda c=c: upload(c, 10).status_code for c in clients])
    assert sorted(answers) == [201] * 3 + [400] * 3
    assert stored_files() == Attachment.objects.count() == 3


def test_a_file_posted_twice_at_once_hangs_on_one_post():
    member, topics = make_member(), [make_topic() for _ in range(4)]
    upload(signed_in(member), 10)
    file = Attachment.objects.get()
    clients = [signed_in(member) for _ in topics]
    typed = {"body": f"[a](/forum/a/{file.pk}/)"}
    replies = zip(clients, topics, strict=True)
    answers = at_once([lambda c=c, t=t: c.post(f"/forum/t/{t.pk}/reply/", typed) for c, t in replies])
    assert {answer.status_code for answer in answers} == {302}
    file.refresh_from_db()
    assert [*Post.objects.filter(html__contains="post-file")] == [file.post]


def test_posting_and_sweeping_at_once_end_with_both_or_neither(settings, stored_files, time_machine):
    from datetime import timedelta

    from django.utils import timezone

    member, topic = make_member(), make_topic()
    client = signed_in(member)
    for _ in range(5):
        upload(client, 10)
    old = timezone.now() - timedelta(hours=25)
    Attachment.objects.update(created_at=old)
    deeds = [
        lambda pk=pk: signed_in(member).post(f"/forum/t/{topic.pk}/reply/", {"body": f"[a](/forum/a/{pk}/)"})
        for pk in Attachment.objects.values_list("pk", flat=True)
    ]
    at_once([*deeds, lambda: sweep_attachments.call()])
    posted = Attachment.objects.exclude(post=None).count()
    assert Post.objects.filter(html__contains="post-file").count() == posted
    sweep_attachments.call()
    assert stored_files() == Attachment.objects.count() == posted
