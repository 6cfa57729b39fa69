import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.models import AuditEntry
from tests.factories import join, make_member
from tests.files import samples
from workinggroups.models import Group, Resource, ResourceVersion
from workinggroups.tasks import empty_trash, sweep_orphans

pytestmark = pytest.mark.django_db
SHELF = "/groups/procurement/resources/"


def upload(client, *files: tuple[str, bytes], path: str = f"{SHELF}upload/", **typed):
    sent = [SimpleUploadedFile(name, content, "application/octet-stream") for name, content in files]
    return client.post(path, {"file": sent, **typed})


@pytest.fixture
def client(sign_in, member, closed):
    """Signed in as an ordinary member of the members-only group."""
    return sign_in(member)


@pytest.fixture
def resource(client) -> Resource:
    upload(client, ("plan.pdf", samples.PDF))
    return Resource.objects.get()


# --- Uploading --------------------------------------------------------------------------------------
def test_files_are_stored_hashed_and_counted(client, member, closed, stored_files):
    response = upload(
        client, ("Plan.PDF", samples.PDF), ("data.csv", samples.CSV), collection="Drafts", note="first  try"
    )
    assert response.status_code == 302
    first, second = Resource.objects.order_by("pk")
    version = first.versions.get()
    assert (first.name, first.collection, first.version) == ("Plan.pdf", "Drafts", 1)
    assert (version.size, version.sha256) == (len(samples.PDF), hashlib.sha256(samples.PDF).hexdigest())
    assert (version.media_type, version.scan, version.note) == ("application/pdf", "clean", "first try")
    assert second.versions.get().media_type == "text/csv"
    closed.refresh_from_db()
    assert closed.used == len(samples.PDF) + len(samples.CSV)
    assert stored_files() == 2
    for word in ("Plan", "pdf", "procurement", str(member.pk) + "/"):
        assert word not in version.storage_key
    assert AuditEntry.objects.filter(action="resource.version", actor_id=member.pk).count() == 2
    page = client.get(SHELF).text
    assert "Plan.pdf" in page
    assert "Version 1 by Tomas Marsh" in page


def test_a_file_larger_than_memory_holds_is_streamed(client, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    content = b"words and words\n" * 5_000
    assert upload(client, ("long.txt", content)).status_code == 302
    assert ResourceVersion.objects.get().sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    "files, said",
    [
        ([("plan.pdf", samples.PNG)], "“plan.pdf” is not what its ending .pdf says"),
        ([("ok.csv", samples.CSV), ("page.html", samples.HTML)], "“page.html” cannot be shared here"),
        ([("drawing.svg", samples.SVG)], "“drawing.svg” cannot be shared here"),
        ([("old.doc", samples.DOCX)], "Save it as .docx"),
        ([("empty.txt", b"")], "“empty.txt” is empty"),
        ([], "Choose a file first."),
        ([(f"{n}.txt", b"a") for n in range(21)], "At most 20 files at once."),
    ],
)
def test_a_bad_file_is_named_and_nothing_of_the_upload_is_kept(client, closed, stored_files, files, said):
    response = upload(client, *files, collection="Drafts kept")
    assert response.status_code == 422
    assert said in response.text
    assert 'value="Drafts kept"' in response.text
    assert not Resource.objects.exists()
    assert stored_files() == 0
    assert Group.objects.get(pk=closed.pk).used == 0


def test_an_oversize_file_is_dropped_while_it_arrives(client, settings, stored_files):
    settings.COMMONS_FILE_MAX = 100_000
    response = upload(client, ("big.txt", b"x" * 300_000), ("small.txt", b"words"))
    assert response.status_code == 422
    assert "“big.txt” is larger than" in response.text
    assert "Choose a file first" not in response.text
    assert stored_files() == 0


def test_files_of_visitors_are_not_even_received(closed, db):
    from django.test import Client

    request = upload(Client(), ("plan.pdf", samples.PDF)).wsgi_request
    assert not request.FILES


def test_a_full_group_says_how_much_is_free(client, closed, stored_files):
    Group.objects.filter(pk=closed.pk).update(quota=100, used=90)
    response = upload(client, ("words.txt", b"eleven char"))
    assert response.status_code == 422
    assert "The group has no room for this" in response.text
    assert stored_files() == 0


def test_a_full_disk_leaves_nothing_behind(client, closed, stored_files, monkeypatch):
    def fail(self, name, content):
        Path(self.path(name)).parent.mkdir(parents=True, exist_ok=True)
        Path(self.path(name)).write_bytes(content.read(3))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", fail)
    response = upload(client, ("words.txt", b"some words"))
    assert response.status_code == 422
    assert "could not be stored" in response.text
    assert stored_files() == 0
    assert not Resource.objects.exists()
    assert Group.objects.get(pk=closed.pk).used == 0


def test_when_the_row_fails_the_bytes_go_too(client, stored_files, monkeypatch):
    monkeypatch.setattr("workinggroups.actions.resources.record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        upload(client, ("words.txt", b"some words"))
    assert stored_files() == 0
    assert not Resource.objects.exists()


def test_a_link_is_a_resource_too(client):
    typed = {"name": "The playbook", "link": "https://digital.gov/playbook", "collection": "Reading"}
    assert client.post(f"{SHELF}link/", typed).status_code == 302
    link = Resource.objects.get()
    assert (link.kind, link.version, link.link) == ("link", 0, "https://digital.gov/playbook")
    page = client.get(link.get_absolute_url()).text
    assert 'href="https://digital.gov/playbook" rel="noopener nofollow ugc"' in page


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "ftp://old.gov/", "digital.gov", "https://", "data:text/html,x"]
)
def test_a_link_leads_to_a_web_page(client, address):
    response = client.post(f"{SHELF}link/", {"name": "The playbook", "link": address})
    assert response.status_code == 422
    assert "starts with https:// or http://" in response.text
    assert not Resource.objects.exists()


# --- Versions ---------------------------------------------------------------------------------------
def test_versions_are_kept_and_an_old_one_can_be_brought_back(client, closed, resource, stored_files):
    path = resource.get_absolute_url()
    response = upload(
        client, ("plan2.pdf", samples.PDF + b"%more"), path=f"{path}versions/", note="More of it"
    )
    assert response.status_code == 302
    assert client.post(f"{path}v/1/restore/").status_code == 302
    newest, second, first = resource.versions.all()
    assert [newest.number, second.number, first.number] == [3, 2, 1]
    assert (newest.sha256, newest.storage_key, newest.note) == (
        first.sha256,
        first.storage_key,
        "Version 1 again",
    )
    assert "More of it" in client.get(path).text
    assert stored_files() == 2
    closed.refresh_from_db()
    assert closed.used == 2 * len(samples.PDF) + 5
    assert client.post(f"{path}v/3/restore/").status_code == 403
    assert client.post(f"{path}v/9/restore/").status_code == 404


def test_members_change_what_they_added_and_leads_everything(
    sign_in, lead, outsider, closed, client, resource
):
    join(closed, outsider)
    path = resource.get_absolute_url()
    typed = {"name": "The plan", "description": "For spring", "collection": "Plans"}
    assert sign_in(outsider).post(f"{path}edit/", typed).status_code == 403
    assert client.post(f"{path}edit/", typed).status_code == 302
    assert sign_in(lead).post(f"{path}edit/", {**typed, "name": ""}).status_code == 422
    resource.refresh_from_db()
    assert (resource.name, resource.description, resource.collection) == ("The plan", "For spring", "Plans")


# --- Trash ------------------------------------------------------------------------------------------
def test_the_trash_hides_at_once_and_gives_back_for_30_days(
    sign_in, member, outsider, closed, client, resource, time_machine
):
    join(closed, outsider)
    path = resource.get_absolute_url()
    client.post(f"{path}trash/")
    assert "plan.pdf" not in client.get(SHELF).text.partition("<main")[2].partition('role="status"')[0]
    assert sign_in(outsider).get(path).status_code == 404
    assert sign_in(outsider).get(f"{path}v/1/").status_code == 404
    assert "plan.pdf" in client.get(f"{SHELF}trash/").text
    assert "plan.pdf" not in sign_in(outsider).get(f"{SHELF}trash/").text
    time_machine.move_to(timezone.now() + timedelta(days=29))
    empty_trash.call()
    sign_in(member).post(f"{path}restore/")
    assert sign_in(outsider).get(path).status_code == 200


def test_after_30_days_the_bytes_go_and_the_room_is_free(
    client, closed, resource, stored_files, time_machine, django_capture_on_commit_callbacks
):
    upload(client, ("kept.txt", b"kept"))
    client.post(f"{resource.get_absolute_url()}trash/")
    time_machine.move_to(timezone.now() + timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        empty_trash.call()
    assert Resource.objects.get().name == "kept.txt"
    assert stored_files() == 1
    closed.refresh_from_db()
    assert closed.used == 4


def test_the_sweep_deletes_bytes_without_a_row_when_they_are_old(resource, stored_files, time_machine):
    default_storage.save(f"resources/{timezone.now():%Y%m%d}/abandoned", SimpleUploadedFile("x", b"lost"))
    sweep_orphans.call()
    assert stored_files() == 2
    time_machine.move_to(timezone.now() + timedelta(days=2))
    sweep_orphans.call()
    assert stored_files() == 1
    assert default_storage.exists(resource.versions.get().storage_key)


# --- Downloading ------------------------------------------------------------------------------------
def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_download_is_an_attachment_that_no_browser_runs(client, resource):
    response = client.get(f"{resource.get_absolute_url()}v/1/")
    assert body(response) == samples.PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Content-Length"] == str(len(samples.PDF))
    assert response["Accept-Ranges"] == "bytes"
    assert response["ETag"] == f'"{hashlib.sha256(samples.PDF).hexdigest()}"'
    assert response.has_header("Last-Modified")


def test_a_name_beyond_ascii_travels_as_rfc_5987_says(client):
    upload(client, ("Übersicht “final”.txt", b"words"))
    response = client.get(f"{Resource.objects.get().get_absolute_url()}v/1/")
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%C3%9Cbersicht")


@pytest.mark.parametrize(
    "wanted, status, first, last",
    [
        ("bytes=0-3", 206, 0, 3),
        ("bytes=5-", 206, 5, None),
        ("bytes=-4", 206, -4, None),
        ("bytes=2-999999", 206, 2, None),
        ("bytes=-999999", 206, 0, None),
        ("bytes=0-3,5-6", 200, 0, None),
        ("lines=1-2", 200, 0, None),
        ("bytes=-", 200, 0, None),
    ],
)
def test_ranges(client, resource, wanted, status, first, last):
    response = client.get(f"{resource.get_absolute_url()}v/1/", headers={"Range": wanted})
    expected = samples.PDF[first : None if last is None else last + 1]
    assert (response.status_code, body(response)) == (status, expected)
    assert response["Content-Length"] == str(len(expected))
    if status == 206:
        start = first % len(samples.PDF)
        assert response["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{len(samples.PDF)}"


@pytest.mark.parametrize("wanted", ["bytes=9999-", "bytes=-0", "bytes=5-2"])
def test_a_range_outside_is_416(client, resource, wanted):
    response = client.get(f"{resource.get_absolute_url()}v/1/", headers={"Range": wanted})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(samples.PDF)}"


def test_conditions_save_the_second_transfer(client, resource):
    path = f"{resource.get_absolute_url()}v/1/"
    first = client.get(path)
    etag, modified = first["ETag"], first["Last-Modified"]
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(path, headers={"If-Modified-Since": modified}).status_code == 304
    piece = {"Range": "bytes=0-1"}
    assert client.get(path, headers={**piece, "If-Range": etag}).status_code == 206
    assert client.get(path, headers={**piece, "If-Range": '"other"'}).status_code == 200
    head = client.head(path)
    assert (head.status_code, head["Content-Length"], head.content) == (200, str(len(samples.PDF)), b"")


def test_downloads_of_a_members_group_are_audited_once_and_shown_to_leads(
    sign_in, lead, member, client, resource
):
    path = resource.get_absolute_url()
    body(client.get(f"{path}v/1/"))
    body(client.get(f"{path}v/1/", headers={"Range": "bytes=5-"}))
    client.get(f"{path}v/1/", headers={"If-None-Match": client.get(f"{path}v/1/")["ETag"]})
    assert AuditEntry.objects.filter(action="resource.download", actor_id=member.pk).count() == 2
    assert "<h3>Downloads</h3>" in sign_in(lead).get(path).text
    assert "<h3>Downloads</h3>" not in client.get(path).text


def test_access_is_asked_at_every_download(sign_in, lead, client, resource):
    path = f"{resource.get_absolute_url()}v/1/"
    etag = client.get(path)["ETag"]
    sign_in(lead).post("/groups/procurement/members/tomas.marsh/remove/")
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 404


def test_observers_download_where_the_group_lets_them(sign_in, outsider, closed, resource):
    join(closed, outsider, "observer")
    client, path = sign_in(outsider), f"{resource.get_absolute_url()}v/1/"
    assert client.get(path).status_code == 200
    Group.objects.filter(pk=closed.pk).update(observers_download=False)
    assert client.get(path).status_code == 403
    assert upload(client, ("plan.pdf", samples.PDF)).status_code == 403


def test_a_resource_is_not_reached_through_another_group(sign_in, lead, group, resource):
    assert sign_in(lead).get(f"/groups/responsible-ai/resources/{resource.pk}/v/1/").status_code == 404
    assert sign_in(make_member()).get(f"/groups/responsible-ai/resources/{resource.pk}/").status_code == 404
