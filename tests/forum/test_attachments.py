import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from audit.models import AuditEntry
from files.scanning import ScannerAway
from forum import actions
from forum.actions import attach_file, settle_scan
from forum.models import Attachment, Draft, Post, PostRevision
from forum.tasks import scan_attachment, scan_attachments_that_wait, sweep_attachments, sweep_lost_bytes
from outbox.models import Job
from tests.factories import join, make_member
from tests.files import samples
from tests.files.pictures import bomb, photograph, picture
from workinggroups.models import Group

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_storage")]

API = "/api/v1/attachments/"


def upload(client: Client, name: str = "figures.csv", content: bytes = samples.CSV, **typed):
    return client.post(API, {"file": SimpleUploadedFile(name, content, "text/html"), **typed})


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def post(client: Client, topic, text: str) -> Post:
    response = client.post(f"/forum/t/{topic.pk}/reply/", {"body": text})
    assert response.status_code == 302, response.text
    return Post.objects.latest("pk")


@pytest.fixture
def file(signed_in) -> Attachment:
    """Uploaded by `member`, in no post yet."""
    upload(signed_in)
    return Attachment.objects.get()


@pytest.fixture
def chart(signed_in) -> Attachment:
    upload(signed_in, "chart.png", picture("PNG", (48, 24)), alt="Reviews a month")
    return Attachment.objects.get()


# --- Uploading --------------------------------------------------------------------------------------
def test_an_upload_is_answered_with_the_markdown_that_names_it(signed_in, member):
    response = upload(signed_in, "../Übersicht [1].csv")
    assert response.status_code == 201
    kept = Attachment.objects.get()
    shown = response.json()
    assert shown["markdown"] == f"[Übersicht \\[1\\].csv](/forum/a/{kept.pk}/)"
    assert (shown["name"], shown["media_type"], shown["post"]) == ("Übersicht [1].csv", "text/csv", None)
    assert (shown["size"], shown["sha256"]) == (len(samples.CSV), hashlib.sha256(samples.CSV).hexdigest())
    assert (kept.created_by, kept.scan, kept.small_key) == (member, "clean", "")
    assert "csv" not in kept.storage_key


def test_a_picture_is_drawn_anew_without_where_it_was_taken(signed_in, stored_files):
    shown = upload(signed_in, "IMG_1.jpg", photograph(), alt="A [desk]\nby a window").json()
    assert shown["markdown"] == f"![A \\[desk\\] by a window](/forum/a/{shown['id']}/)"
    assert (shown["width"], shown["height"]) == (40, 80)
    assert stored_files() == 2
    for url in (shown["url"], shown["small_url"]):
        content = body(signed_in.get(url))
        assert b"Secret" not in content
        assert b"secret" not in content


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("page.html", samples.HTML, "“page.html” cannot be shared here"),
        ("drawing.svg", samples.SVG, "“drawing.svg” cannot be shared here"),
        ("drawing.png", samples.SVG, "“drawing.png” is not what its ending .png says"),
        ("plan.pdf", samples.PNG, "“plan.pdf” is not what its ending .pdf says"),
        ("report\u202egnp.exe", samples.EXE, "“reportgnp.exe” cannot be shared here"),
        ("old.docm", samples.MACRO_DOCX, "Save it as .docx"),
        ("bomb.png", bomb(), "“bomb.png”: This picture has too many pixels"),
        ("cut.png", picture()[:70], "“cut.png”: This is no picture we can read"),
        ("long.txt", b"x" * 2_000_000, "“long.txt” is larger than 1.0"),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_kept(signed_in, stored_files, settings, name, content, said):
    settings.COMMONS_ATTACHMENT_MAX = 1024 * 1024
    response = upload(signed_in, name, content)
    assert response.status_code == 400
    assert said in " ".join(response.json()["errors"]["file"]).replace("\xa0", " ")
    assert not Attachment.objects.exists()
    assert stored_files() == 0


def test_no_file_an_empty_one_and_one_dropped_on_its_way_are_said(signed_in, settings):
    assert signed_in.post(API, {}).json()["errors"]["file"] == ["Choose a file first."]
    assert "empty" in upload(signed_in, "a.txt", b"").json()["errors"]["file"][0]
    settings.COMMONS_FILE_MAX = settings.COMMONS_ATTACHMENT_MAX = 70_000
    response = upload(signed_in, "big.txt", b"x" * 200_000)
    assert response.json()["errors"]["file"][0].startswith("“big.txt” is larger than")


def test_a_member_may_attach_so_much_in_a_day(
    signed_in, as_other, file, settings, stored_files, time_machine, monkeypatch
):
    settings.COMMONS_ATTACHMENTS_A_DAY = len(samples.CSV) + 5
    response = upload(signed_in, "more.txt", b"six by")
    assert response.status_code == 400
    assert response.json()["errors"]["file"][0].startswith("With “more.txt” it would be more than the")
    assert stored_files() == 1
    monkeypatch.setattr("forum.actions.attachments.FILES_A_DAY", 1)
    assert "more than the 1 files" in upload(signed_in, "more.txt", b"a").json()["errors"]["file"][0]
    assert upload(as_other, "more.txt", b"six by").status_code == 201
    time_machine.move_to(timezone.now() + timedelta(hours=25))  # what was attached does not count any more
    assert upload(client_of(file.created_by), "more.txt", b"six by").status_code == 201


def client_of(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def test_a_full_disk_leaves_nothing_behind(signed_in, stored_files, monkeypatch):
    count = 0

    def fail(self, name, content):
        nonlocal count
        count += 1
        Path(self.path(name)).parent.mkdir(parents=True, exist_ok=True)
        Path(self.path(name)).write_bytes(content.read(3))
        if count == 2:  # the whole fitted, the small copy does not
            raise OSError(28, "No space left on device")
        return name

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", fail)
    response = upload(signed_in, "chart.png", picture())
    assert "could not be stored" in response.json()["errors"]["file"][0]
    assert stored_files() == 0
    assert not Attachment.objects.exists()


def test_when_the_row_fails_the_bytes_go_too(member, stored_files, monkeypatch):
    from io import BytesIO

    from files.checking import check

    monkeypatch.setattr("forum.actions.attachments._let_be_scanned", lambda attachment: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        attach_file(uploader=member, file=check(name="a.txt", size=5, content=BytesIO(b"words")))
    assert stored_files() == 0


# --- In a post --------------------------------------------------------------------------------------
def test_a_posted_picture_stands_in_the_text_with_its_measures(signed_in, topic):
    upload(signed_in, "chart.png", picture("PNG", (1440, 720)), alt="Reviews a month")
    chart = Attachment.objects.get()
    made = post(signed_in, topic, f"As ![Reviews *a* “month”](/forum/a/{chart.pk}/) shows.")
    assert made.html == (
        f'<p>As <a class="post-picture" href="/forum/a/{chart.pk}/"><img src="/forum/a/{chart.pk}/small/" '
        'alt="Reviews a “month”" width="720" height="360" loading="lazy"></a> shows.</p>'
    )
    assert made.text == "As Reviews a “month” shows."
    assert [*made.attachments.all()] == [chart]
    assert made.html in signed_in.get(topic.get_absolute_url()).text


def test_a_posted_file_says_what_it_is(signed_in, topic, file):
    made = post(signed_in, topic, f"See [the <b>figures](/forum/a/{file.pk}/).")
    assert made.html == (
        f'<p>See <a class="post-file" href="/forum/a/{file.pk}/">the &lt;b&gt;figures</a> '
        f'<span class="post-file-size">(CSV, {len(samples.CSV)} B)</span>.</p>'
    )


def test_a_picture_without_description_is_called_by_what_is_known(signed_in, topic, chart):
    assert 'alt="Reviews a month"' in post(signed_in, topic, f"![](/forum/a/{chart.pk}/)").html
    Attachment.objects.update(alt="", post=None)
    assert 'alt="chart.png"' in post(signed_in, topic, f"![](/forum/a/{chart.pk}/)").html


def test_code_that_names_a_file_binds_nothing(signed_in, topic, file):
    post(signed_in, topic, f"Write `[figures](/forum/a/{file.pk}/)` for it.")
    file.refresh_from_db()
    assert file.post is None


def test_a_topic_takes_its_files_along(signed_in, topic, chart):
    typed = {"category": topic.category.slug, "title": "What we found", "body": f"![](/forum/a/{chart.pk}/)"}
    assert signed_in.post("/forum/new/", typed).status_code == 302
    chart.refresh_from_db()
    assert chart.post.number == 1
    assert "post-picture" in chart.post.html


def test_nobody_binds_the_file_of_another_or_moves_a_posted_one(
    signed_in, as_other, member, topic, private_topic, chart
):
    stolen = post(as_other, topic, f"![mine](/forum/a/{chart.pk}/)")
    chart.refresh_from_db()
    assert chart.post is None
    assert stolen.html == f'<p><a class="image-link" href="/forum/a/{chart.pk}/">mine</a></p>'
    assert as_other.get(chart.small_url).status_code == 404
    hidden = post(signed_in, private_topic, f"![ours](/forum/a/{chart.pk}/)")
    again = post(signed_in, topic, f"![ours](/forum/a/{chart.pk}/)")
    chart.refresh_from_db()
    assert chart.post == hidden
    assert "<img" not in again.html
    assert as_other.get(chart.small_url).status_code == 404


def test_the_preview_shows_ones_own_files_and_no_others(signed_in, as_other, chart):
    typed = {"body": f"![Reviews](/forum/a/{chart.pk}/)"}
    assert "post-picture" in signed_in.post("/forum/preview/", typed).text
    assert "post-picture" not in as_other.post("/forum/preview/", typed).text


# --- Editing ----------------------------------------------------------------------------------------
def edit(client: Client, made: Post, text: str) -> Post:
    typed = {"body": text, "revision": made.revision}
    assert client.post(f"/forum/p/{made.pk}/edit/", typed).status_code == 302
    return Post.objects.get(pk=made.pk)


def test_an_edit_adds_files_and_keeps_those_of_earlier_texts(signed_in, as_other, topic, chart, time_machine):
    made = post(signed_in, topic, f"![Before](/forum/a/{chart.pk}/)")
    upload(signed_in, "later.csv")
    later = Attachment.objects.latest("pk")
    time_machine.move_to(timezone.now() + timedelta(minutes=10))
    made = edit(signed_in, made, f"![After](/forum/a/{chart.pk}/) and [figures](/forum/a/{later.pk}/)")
    assert 'alt="After"' in made.html
    assert "post-file" in made.html
    made = edit(signed_in, made, "Neither.")
    assert made.attachments.count() == 2
    assert as_other.get(chart.small_url).status_code == 200  # the history shows what named it


def test_a_slip_mended_at_once_lets_its_file_go(signed_in, as_other, topic, file):
    made = post(signed_in, topic, f"[Wrong one](/forum/a/{file.pk}/)")
    from notifications.models import NoticeEvent

    NoticeEvent.objects.all().delete()  # nobody was told
    edit(signed_in, made, "The right words.")
    assert not PostRevision.objects.exists()
    file.refresh_from_db()
    assert file.post is None
    assert as_other.get(file.get_absolute_url()).status_code == 404


def test_what_a_redacted_text_alone_named_is_deleted(
    topic, member, signed_in, chart, stored_files, time_machine, django_capture_on_commit_callbacks
):
    upload(signed_in, "kept.csv")
    kept = Attachment.objects.latest("pk")
    made = post(signed_in, topic, f"![Secret](/forum/a/{chart.pk}/) [figures](/forum/a/{kept.pk}/)")
    time_machine.move_to(timezone.now() + timedelta(minutes=10))
    edit(signed_in, made, f"[figures](/forum/a/{kept.pk}/)")
    moderator = client_of(make_member(roles=("moderator",)))
    with django_capture_on_commit_callbacks(execute=True):
        response = moderator.post(f"/forum/p/{made.pk}/history/1/redact/", {"reason": "Personal data"})
    assert response.status_code == 302
    assert [*Attachment.objects.all()] == [kept]
    assert stored_files() == 1
    assert AuditEntry.objects.get(action="post.redact").facts["files"] == [chart.pk]


# --- Who may have it --------------------------------------------------------------------------------
def test_what_is_not_posted_is_its_uploaders_alone(signed_in, as_other, chart, time_machine):
    time_machine.move_to(timezone.now(), tick=False)  # a page says how long the session lasts
    missing = as_other.get("/forum/a/999999/")
    for client, status in (
        (signed_in, 200),
        (as_other, 404),
        (client_of(make_member(roles=("administrator",))), 404),
    ):
        for path in (chart.get_absolute_url(), chart.small_url, f"{API}{chart.pk}/"):
            assert client.get(path).status_code == status, path
    assert as_other.get(chart.get_absolute_url()).content == missing.content
    assert Client().get(chart.get_absolute_url()).status_code == 302
    assert Client().get(f"{API}{chart.pk}/").status_code == 401
    assert as_other.delete(f"{API}{chart.pk}/").status_code == 404
    assert [each["id"] for each in signed_in.get(API).json()["results"]] == [chart.pk]
    assert as_other.get(API).json()["results"] == []


def test_access_follows_the_post_and_is_asked_each_time(signed_in, private_topic, chart):
    post(signed_in, private_topic, f"![Reviews](/forum/a/{chart.pk}/)")
    inside = client_of(private_topic.category.group.memberships.get(role="member").member)
    outside = client_of(make_member())
    etag = inside.get(chart.small_url)["ETag"]
    assert inside.get(chart.small_url, headers={"If-None-Match": etag}).status_code == 304
    assert outside.get(chart.small_url).status_code == 404
    private_topic.category.group.memberships.filter(role="member").update(status="removed")
    assert inside.get(chart.small_url, headers={"If-None-Match": etag}).status_code == 404


def test_a_file_goes_where_its_post_is_moved(signed_in, as_other, topic, private_topic, chart):
    post(signed_in, topic, f"![Reviews](/forum/a/{chart.pk}/)")
    keeper = make_member(roles=("moderator",))
    join(private_topic.category.group, keeper, "lead")
    place = private_topic.category.slug
    actions.move_topic(actor=keeper, topic_id=topic.pk, category=place, reason="It is the group's.")
    for path in (chart.get_absolute_url(), chart.small_url, f"{API}{chart.pk}/"):
        assert as_other.get(path).status_code == 404
        assert signed_in.get(path).status_code == 200
    actions.undo_move(actor=keeper, topic_id=topic.pk)
    assert as_other.get(chart.small_url).status_code == 200


def test_files_of_a_removed_post_are_there_for_who_may_bring_it_back(signed_in, as_other, topic, chart):
    made = post(signed_in, topic, f"![Reviews](/forum/a/{chart.pk}/)")
    moderator = client_of(make_member(roles=("moderator",)))
    moderator.post(f"/forum/p/{made.pk}/remove/", {"reason": "Not here"})
    for client, status in ((signed_in, 404), (as_other, 404), (moderator, 200)):
        for path in (chart.get_absolute_url(), chart.small_url, f"{API}{chart.pk}/"):
            assert client.get(path).status_code == status, path
    assert as_other.get(f"{API}?post={made.pk}").json()["results"] == []
    moderator.post(f"/forum/p/{made.pk}/restore/")
    assert as_other.get(chart.small_url).status_code == 200
    assert [each["id"] for each in as_other.get(f"{API}?post={made.pk}").json()["results"]] == [chart.pk]


def test_observers_see_the_picture_and_have_the_file_where_the_group_lets_them(
    signed_in, private_topic, chart
):
    post(signed_in, private_topic, f"![Reviews](/forum/a/{chart.pk}/)")
    observer = make_member()
    join(private_topic.category.group, observer, "observer")
    client = client_of(observer)
    assert client.get(chart.get_absolute_url()).status_code == 200
    Group.objects.update(observers_download=False)
    assert client.get(chart.get_absolute_url()).status_code == 403
    assert client.get(chart.small_url).status_code == 200


def test_downloads_of_a_members_group_are_audited_once(signed_in, member, topic, private_topic, chart):
    post(signed_in, private_topic, f"![Reviews](/forum/a/{chart.pk}/)")
    body(signed_in.get(chart.small_url))
    body(signed_in.get(chart.get_absolute_url()))
    body(signed_in.get(chart.get_absolute_url(), headers={"Range": "bytes=5-"}))
    entry = AuditEntry.objects.get(action="attachment.download")
    assert (entry.actor_id, entry.target) == (member.pk, f"attachment:{chart.pk}")
    upload(signed_in)
    file = Attachment.objects.latest("pk")
    post(signed_in, topic, f"[open](/forum/a/{file.pk}/)")
    body(signed_in.get(file.get_absolute_url()))
    assert AuditEntry.objects.filter(action="attachment.download").count() == 1


def test_a_file_is_an_attachment_and_a_picture_is_shown_and_no_browser_runs_either(signed_in, file):
    upload(signed_in, "chart.png", picture())
    chart = Attachment.objects.latest("pk")
    for path, kind, shown in (
        (file.get_absolute_url(), "text/csv", 'attachment; filename="figures.csv"'),
        (chart.get_absolute_url(), "image/png", 'inline; filename="chart.png"'),
        (chart.small_url, "image/webp", 'inline; filename="chart.webp"'),
    ):
        response = signed_in.get(path)
        assert (response["Content-Type"], response["Content-Disposition"]) == (kind, shown)
        policy = "default-src 'none'; sandbox"
        viewer = "default-src 'none'; style-src 'unsafe-inline'; sandbox"  # the browser's own
        assert response["Content-Security-Policy"] == (viewer if shown.startswith("inline") else policy)
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "private, no-cache"
        piece = signed_in.get(path, headers={"Range": "bytes=0-3"})
        assert (piece.status_code, body(piece)) == (206, body(response)[:4])
    assert signed_in.get(f"{file.get_absolute_url()}small/").status_code == 404
    assert signed_in.post(file.get_absolute_url()).status_code == 405


def test_the_proxy_may_send_the_bytes(signed_in, file, settings):
    settings.COMMONS_ACCEL_REDIRECT = "/stored/"
    response = signed_in.get(file.get_absolute_url())
    assert response["X-Accel-Redirect"] == f"/stored/{file.storage_key}"
    assert response["Content-Disposition"] == 'attachment; filename="figures.csv"'
    assert response.content == b""


# --- What is not posted goes ------------------------------------------------------------------------
def test_the_uploader_takes_back_what_is_not_posted(
    signed_in, topic, chart, stored_files, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        assert signed_in.delete(f"{API}{chart.pk}/").status_code == 204
    assert stored_files() == 0
    upload(signed_in)
    posted = Attachment.objects.get()
    post(signed_in, topic, f"[figures](/forum/a/{posted.pk}/)")
    assert signed_in.delete(f"{API}{posted.pk}/").status_code == 404
    assert stored_files() == 1


def test_after_a_day_what_is_not_posted_is_swept(
    signed_in, topic, chart, stored_files, time_machine, django_capture_on_commit_callbacks
):
    upload(signed_in)
    posted = Attachment.objects.latest("pk")
    post(signed_in, topic, f"[figures](/forum/a/{posted.pk}/)")
    time_machine.move_to(timezone.now() + timedelta(hours=23))
    sweep_attachments.call()
    assert Attachment.objects.count() == 2
    time_machine.move_to(timezone.now() + timedelta(hours=2))
    with django_capture_on_commit_callbacks(execute=True):
        sweep_attachments.call()
    assert [*Attachment.objects.all()] == [posted]
    assert stored_files() == 1


def test_what_a_draft_names_waits_with_it(signed_in, member, as_other, other, chart, time_machine):
    text = f"![Reviews](/forum/a/{chart.pk}/)"
    Draft.objects.create(member=other, kind="topic", fields={"body": text})
    mine = Draft.objects.create(member=member, kind="topic", fields={"body": text})
    time_machine.move_to(timezone.now() + timedelta(hours=25))
    sweep_attachments.call()
    assert Attachment.objects.exists()
    mine.delete()
    sweep_attachments.call()
    assert not Attachment.objects.exists()


def test_bytes_without_a_row_are_swept_and_both_copies_of_a_picture_stay(
    chart, own_storage, stored_files, time_machine
):
    (own_storage / chart.storage_key).with_name("abandoned").write_bytes(b"lost")
    sweep_lost_bytes.call()
    assert stored_files() == 3
    time_machine.move_to(timezone.now() + timedelta(days=2))
    sweep_lost_bytes.call()
    assert stored_files() == 2


# --- The scanner ------------------------------------------------------------------------------------
def test_what_is_not_checked_is_not_served_and_what_is_harmful_is_deleted(
    signed_in, settings, stored_files, monkeypatch, run_jobs, django_capture_on_commit_callbacks
):
    settings.COMMONS_CLAMAV_URL = "tcp://127.0.0.1:1"
    verdicts = iter([True, False])
    monkeypatch.setattr("files.scanning.is_clean", lambda content: next(verdicts))
    for name in ("clean.png", "harmful.png"):
        assert upload(signed_in, name, picture()).json()["scan"] == "pending"
    clean, harmful = Attachment.objects.all()
    assert signed_in.get(clean.get_absolute_url()).status_code == 403
    assert signed_in.get(clean.small_url).status_code == 403
    with django_capture_on_commit_callbacks(execute=True):
        run_jobs()
    assert signed_in.get(clean.small_url).status_code == 200
    assert "something harmful" in signed_in.get(harmful.get_absolute_url()).text
    assert stored_files() == 2


def test_while_the_scanner_is_away_a_file_waits_and_only_the_first_verdict_counts(
    signed_in, settings, stored_files, monkeypatch, time_machine, django_capture_on_commit_callbacks
):
    settings.COMMONS_CLAMAV_URL = "tcp://127.0.0.1:1"
    upload(signed_in)
    file = Attachment.objects.get()
    with pytest.raises(ScannerAway):
        scan_attachment.call(file.pk)
    Job.objects.all().delete()
    scan_attachments_that_wait.call()
    assert not Job.objects.exists()
    time_machine.move_to(timezone.now() + timedelta(seconds=601))
    scan_attachments_that_wait.call()
    assert Job.objects.get().args == [file.pk]
    monkeypatch.setattr("files.scanning.is_clean", lambda content: True)
    with django_capture_on_commit_callbacks(execute=True):
        scan_attachment.call(file.pk)
        settle_scan(attachment=file, is_clean=False)
    file.refresh_from_db()
    assert (file.scan, stored_files()) == ("clean", 1)
    assert AuditEntry.objects.filter(action="attachment.scan").count() == 1
    scan_attachments_that_wait.call()
    assert Job.objects.count() == 1


# --- One's own data ---------------------------------------------------------------------------------
def test_ones_own_data_holds_the_files(member, signed_in, chart):
    import io
    import zipfile

    from accounts.exports import write_all

    target = io.BytesIO()
    write_all(member, target)
    archive = zipfile.ZipFile(target)
    assert archive.read(f"forum/files/{chart.pk}-chart.png") == body(signed_in.get(chart.get_absolute_url()))
    assert '"filename": "chart.png"' in archive.read("forum/files.json").decode()
    assert "storage_key" not in archive.read("forum/files.json").decode()


# --- Without JavaScript -----------------------------------------------------------------------------
def sent(*files: tuple[str, bytes], **typed) -> dict:
    return {"file": [SimpleUploadedFile(name, content) for name, content in files], **typed}


def test_a_plain_form_posts_its_files_at_the_end_of_the_text(signed_in, topic):
    typed = sent(("chart.png", picture()), ("a.csv", samples.CSV), body="What we saw:", alt="Reviews")
    assert signed_in.post(f"/forum/t/{topic.pk}/reply/", typed).status_code == 302
    made = Post.objects.latest("pk")
    chart, table = made.attachments.all()
    assert made.body == f"What we saw:\n\n![Reviews](/forum/a/{chart.pk}/)\n\n[a.csv](/forum/a/{table.pk}/)"
    assert 'alt="Reviews"' in made.html


def test_files_that_arrived_are_kept_while_another_field_is_amiss(signed_in, topic):
    typed = sent(("a.csv", samples.CSV), ("b.csv", samples.CSV), body="")
    response = signed_in.post(f"/forum/t/{topic.pk}/reply/", typed)
    assert response.status_code == 422
    first, second = Attachment.objects.all()
    for file in (first, second):
        assert f'name="attached" value="{file.pk}" checked' in response.text
    # Sent again with one of them unticked.
    response = signed_in.post(f"/forum/t/{topic.pk}/reply/", {"body": "Figures", "attached": [second.pk]})
    assert response.status_code == 302
    made = Post.objects.latest("pk")
    assert made.body == f"Figures\n\n[b.csv](/forum/a/{second.pk}/)"
    assert [*made.attachments.all()] == [second]


def test_a_bad_file_of_a_plain_form_is_named_and_the_text_kept(signed_in, topic, settings):
    settings.COMMONS_ATTACHMENT_MAX = 70_000
    for name, content, said in (
        ("page.html", samples.HTML, "“page.html” cannot be shared here"),
        ("big.txt", b"x" * 100_000, "“big.txt” is larger than"),
        ("cut.png", picture()[:70], "“cut.png”: This is no picture we can read"),
    ):
        response = signed_in.post(f"/forum/t/{topic.pk}/reply/", sent((name, content), body="Long words"))
        assert response.status_code == 422
        assert said in response.text
        assert "Long words</textarea>" in response.text
    assert topic.posts.count() == 1


def test_the_kept_file_of_another_is_no_choice(as_other, topic, file):
    response = as_other.post(f"/forum/t/{topic.pk}/reply/", {"body": "Mine", "attached": [file.pk]})
    assert response.status_code == 422
    assert "One of the files is not here any more" in response.text


def test_a_new_topic_and_an_edit_take_files_too(signed_in, topic):
    typed = sent(("a.csv", samples.CSV), category=topic.category.slug, title="What we found", body="See:")
    assert signed_in.post("/forum/new/", typed).status_code == 302
    made = Post.objects.latest("pk")
    assert made.attachments.count() == 1
    typed = sent(("b.csv", samples.CSV), body=made.body, revision=made.revision)
    assert signed_in.post(f"/forum/p/{made.pk}/edit/", typed).status_code == 302
    assert made.attachments.count() == 2


def test_an_untouched_form_shows_no_errors(signed_in, topic):
    for path in ("/forum/new/", f"/forum/p/{topic.posts.get().pk}/edit/"):
        response = signed_in.get(path)
        assert response.status_code == 200
        assert "data-errors" not in response.text
        assert 'enctype="multipart/form-data"' in response.text
