"""The download of everything of one's own, and closing the account."""

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from allauth.account.models import EmailAddress
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import exports
from accounts.actions import close_account, request_export
from accounts.actions.data import discard_expired
from accounts.actions.tokens import create_token
from accounts.models import DataExport, HandleHistory, Member
from audit.models import AuditEntry
from files.checking import check
from forum.models import CategoryFollow, TopicState
from notifications.admission import Stay, look_again
from outbox.models import Mail
from tests.factories import PASSWORD, join, make_agency, make_group, make_member, make_post, make_topic
from workinggroups.actions import add_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    member = make_member("Ada Lovelace", address="ada@gsa.gov", handle="ada", about="I like *engines*.")
    sign_in(client, member)
    return member


def sign_in(client, member):
    client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(member.pk)


@pytest.fixture
def written(ada):
    """A little of everything."""
    other = make_member("Grace Hopper")
    group = make_group("Engines", lead=other)
    join(group, ada)
    topic = make_topic("About engines", author=ada, body="The *first* one.")
    make_post(topic, author=other, body="Not of Ada.")
    data = b"Notes of the meeting\n"
    add_files(actor=ada, group=group, files=[check(name="notes.txt", size=len(data), content=BytesIO(data))])
    return topic


def unpacked(response):
    archive = ZipFile(BytesIO(b"".join(response.streaming_content)))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


# --- The download -----------------------------------------------------------------------------------
def test_everything_of_mine_comes_as_one_zip_and_nothing_of_others(client, ada, written, run_jobs):
    assert client.post("/settings/data/").url == "/settings/data/"
    assert "waits for its turn" in client.get("/settings/data/").text
    run_jobs()
    export = ada.data_exports.get()
    page = client.get("/settings/data/").text
    assert f'href="/settings/data/{export.pk}/"' in page
    response = client.get(f"/settings/data/{export.pk}/")
    assert response["Content-Disposition"].startswith('attachment; filename="ada-')
    files = unpacked(response)
    assert files["profile/about.md"] == b"I like *engines*."
    profile = json.loads(files["profile/profile.json"])
    assert (profile["email"], profile["agency"]) == ("ada@gsa.gov", "General Services Administration")
    assert b"The *first* one." in files[f"forum/posts/{written.pk}-about-engines/1.md"]
    assert [post["body"] for post in json.loads(files["forum/posts.json"])] == ["The *first* one."]
    [notes] = [data for name, data in files.items() if name.endswith("-v1-notes.txt")]
    assert notes == b"Notes of the meeting\n"
    assert {each["group"] for each in json.loads(files["groups/memberships.json"])} == {"Engines"}
    whole = b"".join(files.values())
    assert b"Not of Ada." not in whole
    assert ada.password.encode() not in whole
    assert Mail.objects.get(kind="data.export").to == "ada@gsa.gov"
    deeds = AuditEntry.objects.filter(actor_id=ada.pk, action__startswith="data.")
    assert [entry.action for entry in deeds.order_by("id")] == ["data.export", "data.download"]


def test_only_its_owner_gets_it(client, ada, run_jobs):
    client.post("/settings/data/")
    run_jobs()
    path = f"/settings/data/{ada.data_exports.get().pk}/"
    client.post("/accounts/logout/")
    sign_in(client, make_member(roles=("administrator",)))
    assert client.get(path).status_code == 404


def test_the_page_shows_how_far_it_is_and_asks_again_until_it_is_done(client, ada):
    export = request_export(actor=ada)
    DataExport.objects.filter(pk=export.pk).update(state="running", progress=40, part="forum")
    part = client.get("/settings/data/", headers={"HX-Request": "true"}).text
    assert "40 % done." in part
    assert "Your topics, posts and files" in part
    assert "hx-trigger" in part
    assert "<html" not in part
    DataExport.objects.filter(pk=export.pk).update(state="failed")
    assert "could not be put together" in client.get("/settings/data/").text


def test_asking_twice_makes_one_and_a_new_one_replaces_the_old(
    client, ada, run_jobs, django_capture_on_commit_callbacks
):
    first = request_export(actor=ada)
    assert request_export(actor=ada) == first
    run_jobs()
    key = ada.data_exports.get().key
    assert default_storage.exists(key)
    with django_capture_on_commit_callbacks(execute=True):
        second = request_export(actor=ada)
    assert second != first
    assert not default_storage.exists(key)
    assert ada.data_exports.get() == second


def test_after_seven_days_it_is_gone(client, ada, run_jobs, django_capture_on_commit_callbacks):
    client.post("/settings/data/")
    run_jobs()
    export = ada.data_exports.get()
    assert timedelta(days=6) < export.expires_at - timezone.now() <= timedelta(days=7)
    DataExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(f"/settings/data/{export.pk}/").status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        assert discard_expired() == 1
    assert not default_storage.exists(export.key)
    assert not DataExport.objects.exists()


def test_names_in_the_zip_lead_nowhere_else():
    target = BytesIO()
    with exports.Archive(target) as archive:
        archive.text("x", "..", "../../etc/passwd", "a\\b\0c.txt", "x" * 300 + ".pdf")
    [name] = ZipFile(target).namelist()
    assert name.startswith("_/_.._etc_passwd/a_b_c.txt/xxx")
    assert len(name) < 200


def test_the_command_writes_the_same_into_a_folder(ada, written, tmp_path, capsys):
    folder = tmp_path / "ada"
    call_command("export_member", "ADA@gsa.gov", str(folder))
    assert "Ada Lovelace" in capsys.readouterr().out
    assert json.loads((folder / "profile" / "profile.json").read_text())["handle"] == "ada"
    assert list(folder.rglob("*-v1-notes.txt"))
    for address, where in (("nobody@gsa.gov", tmp_path / "new"), ("ada@gsa.gov", folder)):
        with pytest.raises(CommandError):
            call_command("export_member", address, str(where))


def test_of_a_place_one_has_left_there_is_only_what_one_wrote(ada, tmp_path):
    group = make_group("Secret engines", kind="hidden")
    mine = join(group, ada)
    place = group.categories.get()
    topic = make_topic("What nobody else may know", category=place, body="By a lead.")
    make_post(topic, author=ada, body="My own words.")
    TopicState.objects.update_or_create(member=ada, topic=topic, defaults={"level": "watching"})
    CategoryFollow.objects.create(member=ada, category=place, level="watching")
    make_topic("I began this", author=ada, category=place)
    mine.delete()
    call_command("export_member", "ada@gsa.gov", str(tmp_path / "ada"))
    files = [path for path in (tmp_path / "ada").rglob("*") if path.is_file()]
    told = "\n".join([str(path) for path in files] + [path.read_text() for path in files])
    assert "My own words." in told
    assert "I began this" in told
    for hidden in ("What nobody else may know", "what-nobody-else-may-know", "Secret engines"):
        assert hidden not in told


# --- Closing ----------------------------------------------------------------------------------------
def close(client, password=PASSWORD, **more):
    return client.post("/settings/data/close/", {"understood": "on", "password": password} | more)


def test_closing_takes_the_person_away_and_leaves_what_they_wrote(client, ada, written):
    page = client.get("/settings/data/close/").text
    assert "This cannot be undone" in page
    response = close(client)
    assert f"Former member {ada.pk}" in response.text
    assert client.get("/members/").url.startswith("/accounts/login/")
    gone = Member.objects.get(pk=ada.pk)
    assert (gone.name, gone.handle, gone.is_member) == (f"Former member {ada.pk}", f"former-{ada.pk}", False)
    kept = " ".join(str(value) for value in vars(gone).values())
    assert "Lovelace" not in kept
    assert "ada@" not in kept
    assert not gone.memberships.active().exists()
    assert not EmailAddress.objects.filter(user=gone).exists()
    assert AuditEntry.objects.get(action="member.close").actor_id == ada.pk
    assert Mail.objects.get(kind="account.closed").to == "ada@gsa.gov"
    client.force_login(make_member())
    page = client.get(f"/forum/t/{written.pk}/about-engines/").text
    assert "The <em>first</em> one." in page
    assert "Ada Lovelace" not in page
    assert client.get(f"/members/former-{ada.pk}/").status_code == 200
    assert client.get("/members/ada/").status_code == 404
    assert "Former member" not in client.get("/members/").text


def test_sessions_tokens_and_sockets_end_with_it(client, ada):
    _token, key = create_token(actor=ada, name="script", scopes=["read"], days=30)
    bearer = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/me/", headers=bearer).status_code == 200
    stay = Stay(client.session.session_key, client.session["_auth_user_hash"], ada.pk, frozenset())
    assert look_again([stay])[0].may_stay
    close_account(actor=ada)
    assert not look_again([stay])[0].may_stay
    assert client.get("/members/").url.startswith("/accounts/login/")
    client.logout()
    assert client.get("/api/v1/me/", headers=bearer).status_code == 401


def test_every_process_is_told_at_once(client, ada, monkeypatch, django_capture_on_commit_callbacks):
    from core import live

    told = []
    monkeypatch.setattr(live, "recheck", told.append)
    with django_capture_on_commit_callbacks(execute=True):
        close(client)
    assert ada.pk in told


@pytest.mark.parametrize("form", [{"password": "wrong"}, {"password": ""}, {"understood": ""}])
def test_it_needs_the_password_and_a_tick(client, ada, form):
    assert close(client, **form).status_code == 422
    assert Member.objects.get(pk=ada.pk).is_member


def test_guessing_the_password_there_is_slowed_down(client, ada):
    answers = [close(client, password=f"guess {number}").status_code for number in range(12)]
    assert answers[0] == 422
    assert answers[-1] == 429


def test_the_sole_lead_hands_over_first(client, ada):
    group = make_group("Engines", lead=ada)
    assert "only lead of “Engines”" in client.get("/settings/data/close/").text
    response = close(client)
    assert response.status_code == 422
    assert Member.objects.get(pk=ada.pk).is_member
    join(group, make_member(), "lead")
    assert close(client).status_code == 200
    assert not Member.objects.get(pk=ada.pk).is_member
    group.refresh_from_db()
    assert group.member_count == 1


def test_the_last_administrator_stays(client):
    last = make_member(roles=("administrator",))
    sign_in(client, last)
    assert close(client).status_code == 422
    make_member(roles=("administrator",))
    assert close(client).status_code == 200
    assert not last.role_grants.exists()


def test_the_address_is_free_again_and_the_handle_is_not(client, ada, newcomer, sign_up):
    close(client)
    assert HandleHistory.objects.get(handle="ada").member_id == ada.pk
    make_agency("Department of Energy", "DOE")
    sign_up(email="ada@gsa.gov", name="Ada")
    again = Member.objects.get(email="ada@gsa.gov")
    assert again.pk != ada.pk
    assert again.is_member
    assert again.handle not in {"ada", f"former-{ada.pk}"}
    assert not again.posts.exists()


def test_nobody_takes_the_handle_of_a_former_member(client, ada):
    form = {"name": "Ada", "handle": "former-99", "occupation": "other", "time_zone": "UTC"}
    assert set(client.post("/settings/profile/", form).context["form"].errors) == {"handle"}
