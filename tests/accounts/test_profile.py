"""Handles and their history, pictures, interests, the directory's filters, hiding and muting."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import HandleHistory, Member, Mute
from audit.models import AuditEntry
from notifications.models import Notice
from tests.factories import join, make_agency, make_category, make_group, make_member, make_post, make_topic

pytestmark = pytest.mark.django_db
FORM = {"name": "Ada Lovelace", "handle": "ada", "occupation": "other", "time_zone": "UTC", "is_listed": "on"}


@pytest.fixture
def ada(client):
    member = make_member("Ada Lovelace", address="ada@gsa.gov", handle="ada")
    client.force_login(member)
    return member


@pytest.fixture
def grace():
    nasa = make_agency("National Aeronautics and Space Administration", "NASA")
    return make_member("Grace Hopper", address="grace@nasa.gov", handle="grace", agency=nasa)


def rename(client, handle):
    return client.post("/settings/profile/", FORM | {"handle": handle})


def names(response):
    return [person.name for person in response.context["page"]]


# --- Handles ----------------------------------------------------------------------------------------
def test_an_old_handle_leads_on_and_still_means_its_member(client, ada, grace, run_jobs):
    assert rename(client, "Countess").status_code == 302
    ada.refresh_from_db()
    assert ada.handle == "countess"
    assert client.get("/members/ada/").url == "/members/countess/"
    assert AuditEntry.objects.filter(action="member.handle", facts__old="ada").exists()
    topic = make_topic()
    client.force_login(grace)
    client.post(f"/forum/t/{topic.pk}/reply/", {"body": "What does @ada say?"})
    run_jobs()
    assert Notice.objects.get(reason="mention").member == ada


def test_nobody_else_gets_an_old_handle_but_its_member_may_go_back(client, ada, grace):
    rename(client, "countess")
    client.force_login(grace)
    response = rename(client, "ada")
    assert "had, this handle" in response.text
    assert Member.objects.get(pk=grace.pk).handle == "grace"
    client.force_login(ada)
    assert rename(client, "ada").status_code == 302
    assert list(HandleHistory.objects.values_list("handle", flat=True)) == ["countess"]


@pytest.mark.parametrize(
    "handle", ["grace", "GRACE", "admin", "a", "-ada", "ada lovelace", "x" * 31, "ädä", ""]
)
def test_a_handle_that_is_taken_reserved_or_misshapen_is_refused(client, ada, grace, handle):
    assert set(rename(client, handle).context["form"].errors) == {"handle"}
    assert not HandleHistory.objects.exists()


def test_a_sign_up_never_gets_a_handle_of_before(client, ada):
    from accounts.handles import free_handle

    rename(client, "countess")
    assert free_handle("Ada") != "ada"


def test_handles_are_changed_three_times_a_month_at_most(client, ada):
    for number in range(3):
        assert rename(client, f"ada{number}").status_code == 302
    assert "three times" in rename(client, "ada9").text


# --- The picture ------------------------------------------------------------------------------------
def picture(form="JPEG", size=(400, 300), **options):
    out = BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, **options)
    return out.getvalue()


def upload(client, data, name="me.jpg"):
    return client.post("/settings/avatar/", {"picture": SimpleUploadedFile(name, data)})


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_cut_square_and_shown_everywhere(client, ada, form):
    assert upload(client, picture(form)).status_code == 302
    ada.refresh_from_db()
    assert f'src="/avatars/{ada.pk}/{ada.avatar_version}/64.webp"' in client.get("/members/").text
    assert f'src="/avatars/{ada.pk}/{ada.avatar_version}/256.webp"' in client.get("/members/ada/").text
    for side in (64, 256):
        response = client.get(f"/avatars/{ada.pk}/{ada.avatar_version}/{side}.webp")
        shown = Image.open(BytesIO(response.getvalue()))
        assert (shown.format, shown.size) == ("WEBP", (side, side))
        assert response["Cache-Control"] == "private, max-age=31536000, immutable"
        assert response["X-Content-Type-Options"] == "nosniff"


def test_what_the_camera_wrote_is_left_out_and_the_picture_stands_upright(client, ada):
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "secret place", 6  # description, orientation: turned by a quarter
    wide = Image.new("RGB", (400, 300), (255, 0, 0))
    wide.paste((0, 0, 255), (0, 0, 400, 150))
    out = BytesIO()
    wide.save(out, "JPEG", exif=exif, comment=b"secret place", icc_profile=b"secret place")
    upload(client, out.getvalue())
    ada.refresh_from_db()
    data = client.get(f"/avatars/{ada.pk}/{ada.avatar_version}/256.webp").getvalue()
    assert b"secret" not in data
    shown = Image.open(BytesIO(data))
    assert "exif" not in shown.info
    assert "icc_profile" not in shown.info
    left, right = shown.convert("RGB").getpixel((20, 128)), shown.convert("RGB").getpixel((236, 128))
    assert left[0] > 200
    assert right[2] > 200


def bomb():
    """A PNG that says it is 60,000 by 60,000 pixels."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(b"\0" * 1000)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    "data, sentence",
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "no picture we can read"),
        (b"%PDF-1.7 hello", "no picture we can read"),
        (picture("BMP"), "no picture we can read"),
        (picture()[:600], "no picture we can read"),
        (b"", "empty"),
        (picture(size=(40, 40)), "too small"),
        (picture("PNG", size=(7000, 6000)), "too many pixels"),
        (bomb(), "too many pixels"),
        (picture() + b"\0" * 5 * 1024 * 1024, "larger than 5.0"),
    ],
)
def test_what_is_no_fit_picture_is_refused_in_one_sentence(client, ada, data, sentence):
    response = upload(client, data)
    assert response.status_code == 422
    assert sentence in response.text.replace("\xa0", " ")
    ada.refresh_from_db()
    assert ada.avatar_version == 0


def test_a_new_picture_has_a_new_address_and_the_old_one_is_gone(
    client, ada, django_capture_on_commit_callbacks
):
    upload(client, picture())
    ada.refresh_from_db()
    first = f"/avatars/{ada.pk}/{ada.avatar_version}/64.webp"
    assert client.get(first).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        upload(client, picture("PNG"))
    ada.refresh_from_db()
    assert client.get(first).status_code == 404
    second = f"/avatars/{ada.pk}/{ada.avatar_version}/64.webp"
    assert client.get(second).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/settings/avatar/", {"deed": "remove"})
    ada.refresh_from_db()
    assert ada.avatar_version == 0
    assert client.get(second).status_code == 404
    assert "<img" not in client.get("/members/ada/").text


def test_a_picture_is_for_members_alone_and_costs_one_query(client, ada, django_assert_num_queries):
    upload(client, picture())
    ada.refresh_from_db()
    path = f"/avatars/{ada.pk}/{ada.avatar_version}/64.webp"
    with django_assert_num_queries(1):
        client.get(path)
    assert client.get(path.replace("64", "65")).status_code == 404
    client.logout()
    assert client.get(path).url.startswith("/accounts/login/")


# --- Interests and the directory ----------------------------------------------------------------------
def test_interests_are_practice_areas_and_nothing_else(client, ada):
    make_category("Governance")
    make_category("Procurement")
    client.post("/settings/profile/", FORM | {"interests": ["governance"]})
    assert [each.area for each in ada.interests.all()] == ["governance"]
    assert "Governance" in client.get("/members/ada/").text
    response = client.post("/settings/profile/", FORM | {"interests": ["astrology"]})
    assert set(response.context["form"].errors) == {"interests"}
    client.post("/settings/profile/", FORM)
    assert not ada.interests.exists()


def test_the_directory_is_filtered_by_agency_role_interest_and_group(client, ada, grace):
    make_category("Governance")
    grace.interests.create(area="governance")
    Member.objects.filter(pk=grace.pk).update(occupation="executive")
    group = make_group("Compilers", lead=grace)
    for query in (
        {"agency": grace.agency.pk},
        {"role": "executive"},
        {"interest": "governance"},
        {"group": group.slug},
        {"group": group.slug, "role": "executive", "q": "hopper"},
    ):
        response = client.get("/members/", query)
        assert names(response) == ["Grace Hopper"], query
        assert response.text.count(" selected>") == len(set(query) - {"q"})
    for nonsense in ({"role": "king"}, {"interest": "x\0"}, {"group": "none"}):
        assert names(client.get("/members/", nonsense)) == []


def test_the_roster_of_a_closed_group_is_not_told_by_filter_or_profile(client, ada, grace):
    group = make_group("Secret Plans", lead=grace, kind="members")
    response = client.get("/members/", {"group": group.slug})
    assert names(response) == []
    assert "Secret Plans" not in response.text
    assert "Secret Plans" not in client.get("/members/grace/").text
    join(group, ada)
    assert names(client.get("/members/", {"group": group.slug})) == ["Ada Lovelace", "Grace Hopper"]
    assert "Secret Plans" in client.get("/members/grace/").text


def test_the_directory_needs_six_queries_with_every_filter(client, ada, grace, django_assert_max_num_queries):
    make_category("Governance")
    make_group("Compilers", lead=grace)
    client.get("/members/")
    with django_assert_max_num_queries(6):
        client.get("/members/?q=g&agency=1&role=other&interest=governance&group=compilers")


def test_whoever_hides_is_found_by_themselves_alone(client, ada, grace):
    client.post("/settings/profile/", {key: value for key, value in FORM.items() if key != "is_listed"})
    assert "Hidden from others" in client.get("/members/").text
    client.force_login(grace)
    assert names(client.get("/members/")) == ["Grace Hopper"]
    assert client.get("/members/complete/?q=ada").json()["results"] == []
    assert "Ada Lovelace" not in client.get("/search/?q=lovelace").text
    assert [each["handle"] for each in client.get("/api/v1/members/").json()["results"]] == ["grace"]
    assert client.get("/members/ada/").status_code == 200


# --- What a profile shows -----------------------------------------------------------------------------
def test_a_profile_shows_what_was_written_as_far_as_the_reader_may_see(
    client, ada, grace, django_assert_max_num_queries
):
    group = make_group("Closed", lead=grace, kind="members")
    make_topic("In the closed group", category=group.categories.get(), author=grace)
    topic = make_topic("Out in the open", author=grace)
    post = make_post(topic, author=grace, body="A reply of hers")
    page = client.get("/members/grace/").text
    assert "Out in the open" in page
    assert "A reply of hers" in page
    assert post.get_absolute_url() in page
    assert "In the closed group" not in page
    with django_assert_max_num_queries(9):
        client.get("/members/grace/")


# --- Muting -------------------------------------------------------------------------------------------
def test_whoever_is_muted_causes_no_notices_and_is_not_offered(client, ada, grace, run_jobs):
    topic = make_topic(author=ada)
    assert client.post("/members/grace/mute/", {"deed": "mute"}).url == "/members/grace/"
    assert "You muted them" in client.get("/members/grace/").text
    assert "Muted" in client.get("/members/?q=grace").text
    assert names(client.get("/members/?muted=yes")) == ["Grace Hopper"]
    assert client.get("/members/complete/?q=grace").json()["results"] == []
    client.force_login(grace)
    client.post(f"/forum/t/{topic.pk}/reply/", {"body": "Listen, @ada!"})
    run_jobs()
    assert not Notice.objects.filter(member=ada).exists()
    client.force_login(ada)
    client.post("/members/grace/mute/", {"deed": "unmute"})
    assert not Mute.objects.exists()
    client.force_login(grace)
    client.post(f"/forum/t/{topic.pk}/reply/", {"body": "Now then, @ada."})
    run_jobs()
    assert Notice.objects.filter(member=ada).exists()


def test_an_invitation_by_somebody_muted_waits_without_a_notice(client, ada, grace, run_jobs):
    Mute.objects.create(member=ada, muted=grace)
    group = make_group("Compilers", lead=grace)
    client.force_login(grace)
    client.post(f"/groups/{group.slug}/members/invite/", {"handle": "ada", "role": "member"})
    run_jobs()
    assert ada.memberships.get().status == "invited"
    assert not Notice.objects.filter(member=ada).exists()


def test_nobody_mutes_themselves(client, ada):
    assert client.post("/members/ada/mute/").status_code == 403
    assert not Mute.objects.exists()
