import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import join, make_group, make_member
from tests.files import samples
from workinggroups.models import Membership, Resource

pytestmark = pytest.mark.django_db
API = "/api/v1/"


def post(client, path: str, data: dict | None = None):
    return client.post(f"{API}{path}", data or {}, content_type="application/json")


def upload(client, path: str, name: str = "plan.pdf", content: bytes = samples.PDF, **typed):
    return client.post(f"{API}{path}", {"file": SimpleUploadedFile(name, content), **typed})


def test_groups_are_listed_with_my_role_and_without_hidden_ones(
    sign_in, member, outsider, group, closed, hidden
):
    body = sign_in(member).get(f"{API}groups/").json()
    assert [g["slug"] for g in body["results"]] == ["procurement", "red-team", "responsible-ai"]
    shown = body["results"][2]
    assert shown | {"id": 0} == {
        "id": 0,
        "slug": "responsible-ai",
        "name": "Responsible AI",
        "purpose": "To try things out.",
        "url": "/groups/responsible-ai/",
        "listing": "listed",
        "content": "open",
        "join": "open",
        "state": "active",
        "my_role": "member",
        "members": 2,
    }
    body = sign_in(outsider).get(f"{API}groups/").json()
    assert [(g["slug"], g["my_role"]) for g in body["results"]] == [
        ("procurement", None),
        ("responsible-ai", None),
    ]
    assert sign_in(member).get(f"{API}groups/?q=red").json()["results"][0]["slug"] == "red-team"
    make_group("Another")
    assert len(sign_in(member).get(f"{API}groups/?mine=1").json()["results"]) == 3


def test_a_hidden_group_is_as_missing_as_none(sign_in, outsider, hidden):
    client = sign_in(outsider)
    for tail in ("", "members/", "resources/", "join-requests/", "invitations/"):
        there, nowhere = (
            client.get(f"{API}groups/red-team/{tail}"),
            client.get(f"{API}groups/red-tean/{tail}"),
        )
        assert there.status_code == 404
        assert there.content == nowhere.content
    assert post(client, "groups/red-team/join/").content == post(client, "groups/red-tean/join/").content


def test_join_and_leave(sign_in, outsider, group):
    client = sign_in(outsider)
    joined = post(client, "groups/responsible-ai/join/")
    assert (joined.status_code, joined.json()["role"]) == (201, "member")
    assert joined.json()["member"]["handle"] == "katherine.jones"
    assert post(client, "groups/responsible-ai/join/").status_code == 403
    assert post(client, "groups/responsible-ai/leave/").status_code == 204
    assert not Membership.objects.active().filter(member=outsider).exists()
    again = post(client, "groups/responsible-ai/leave/")
    assert again.status_code == 403
    assert again["Content-Type"] == "application/problem+json"
    assert again.json()["detail"] == "You are not a member of this group."


def test_a_request_is_202_and_decided_by_a_lead(sign_in, outsider, lead, member, closed):
    asked = post(sign_in(outsider), "groups/procurement/join/", {"note": "Please."})
    assert asked.status_code == 202
    assert (asked.json()["note"], asked.json()["status"]) == ("Please.", "requested")
    assert sign_in(member).get(f"{API}groups/procurement/join-requests/").status_code == 403
    client = sign_in(lead)
    [waiting] = client.get(f"{API}groups/procurement/join-requests/").json()["results"]
    assert waiting["id"] == asked.json()["id"]
    path = f"groups/procurement/join-requests/{waiting['id']}/"
    assert post(sign_in(member), f"{path}approve/").status_code == 403
    assert post(client, f"{path}approve/").json()["status"] == "active"
    assert post(client, f"{path}approve/").status_code == 403
    assert Membership.objects.get(member=outsider, group=closed).is_active


def test_a_request_is_declined_with_a_reason(sign_in, outsider, lead, closed):
    asked = post(sign_in(outsider), "groups/procurement/join/").json()
    path = f"groups/procurement/join-requests/{asked['id']}/decline/"
    assert post(sign_in(lead), path, {"reason": "We are full."}).status_code == 204
    assert Membership.objects.get(member=outsider, group=closed).status == "declined"


def test_the_roster_is_for_readers(sign_in, member, outsider, closed):
    roster = sign_in(member).get(f"{API}groups/procurement/members/").json()["results"]
    assert [(m["member"]["handle"], m["role"]) for m in roster] == [
        ("rosa.ortiz", "lead"),
        ("tomas.marsh", "member"),
    ]
    assert "email" not in roster[0]["member"]
    assert sign_in(outsider).get(f"{API}groups/procurement/members/").status_code == 404


def test_invitations(sign_in, outsider, lead, member, hidden):
    path = "groups/red-team/invitations/"
    made = post(sign_in(lead), path, {"handle": "katherine.jones"})
    assert (made.status_code, made.json()["status"]) == (201, "invited")
    assert post(sign_in(member), path, {"handle": "katherine.jones"}).status_code == 403
    wrong = post(sign_in(lead), path, {"handle": "nobody"})
    assert wrong.status_code == 400
    assert wrong.json()["errors"]["handle"] == ["There is no member with the handle “nobody”."]
    assert len(sign_in(lead).get(f"{API}{path}").json()["results"]) == 1
    assert post(sign_in(outsider), "groups/red-team/join/").status_code == 201


def test_a_group_is_created_by_the_committee_and_proposed_by_others(sign_in, outsider):
    typed = {"name": "Data quality", "purpose": "To agree on what good data is."}
    made = post(sign_in(outsider), "groups/", typed)
    assert (made.status_code, made.json()["state"], made.json()["my_role"]) == (201, "proposed", "lead")
    made = post(sign_in(make_member(roles=("steering",))), "groups/", {**typed, "name": "Evaluation"})
    assert made.json()["state"] == "active"
    assert post(sign_in(outsider), "groups/", {"name": "X"}).status_code == 400


def test_a_file_is_uploaded_read_and_versioned(sign_in, member, closed):
    client = sign_in(member)
    made = upload(client, "groups/procurement/resources/", note="First draft", collection="Drafts")
    assert made.status_code == 201
    body = made.json()
    version = Resource.objects.get().versions.get()
    expected = {
        "kind": "file",
        "name": "plan.pdf",
        "collection": "Drafts",
        "version": 1,
        "size": len(samples.PDF),
        "sha256": version.sha256,
        "media_type": "application/pdf",
        "scan": "clean",
        "url": f"/groups/procurement/resources/{body['id']}/",
        "download_url": f"/groups/procurement/resources/{body['id']}/v/1/",
    }
    assert {name: body[name] for name in expected} == expected
    assert b"".join(client.get(body["download_url"]).streaming_content) == samples.PDF

    path = f"resources/{body['id']}/"
    made = upload(client, f"{path}versions/", content=samples.PDF + b"%more", note="More of it")
    assert (made.status_code, made.json()["version"]) == (201, 2)
    versions = client.get(f"{API}{path}versions/").json()
    assert [(v["version"], v["note"]) for v in versions] == [(2, "More of it"), (1, "First draft")]
    assert client.get(f"{API}groups/procurement/resources/").json()["results"][0]["version"] == 2
    assert client.get(f"{API}{path}").json()["version"] == 2


def test_a_link_is_added_and_edited(sign_in, member, closed):
    client = sign_in(member)
    typed = {"kind": "link", "name": "The playbook", "link": "https://digital.gov/"}
    made = post(client, "groups/procurement/resources/", typed)
    assert made.status_code == 201
    assert (made.json()["size"], made.json()["download_url"], made.json()["scan"]) == (None, None, None)
    path = f"{API}resources/{made.json()['id']}/"
    changed = client.patch(path, {"collection": "Reading"}, content_type="application/json")
    assert (changed.json()["collection"], changed.json()["name"]) == ("Reading", "The playbook")
    assert client.delete(path).status_code == 204
    assert client.get(f"{API}groups/procurement/resources/").json()["results"] == []
    assert post(client, f"resources/{made.json()['id']}/restore/").status_code == 200


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("plan.pdf", samples.PNG, "“plan.pdf” is not what its ending .pdf says"),
        ("a.svg", samples.SVG, "“a.svg” cannot be shared here"),
    ],
)
def test_a_bad_file_is_a_problem_with_a_sentence(sign_in, member, closed, stored_files, name, content, said):
    response = upload(sign_in(member), "groups/procurement/resources/", name, content)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert said in response.json()["errors"]["file"][0]
    assert stored_files() == 0


def test_an_oversize_file_is_a_problem_too(sign_in, member, closed, settings):
    settings.COMMONS_FILE_MAX = 1000
    response = upload(sign_in(member), "groups/procurement/resources/", "a.txt", b"x" * 2000)
    assert response.status_code == 400
    assert "“a.txt” is larger than" in response.json()["errors"]["file"][0]
    response = post(sign_in(member), "groups/procurement/resources/")
    assert response.json()["errors"]["file"] == ["Choose a file first."]


def test_what_is_in_the_trash_is_gone_for_those_who_cannot_bring_it_back(
    sign_in, lead, member, outsider, closed
):
    join(closed, outsider)
    made = upload(sign_in(member), "groups/procurement/resources/").json()
    path = f"{API}resources/{made['id']}/"
    assert sign_in(outsider).delete(path).status_code == 403
    assert sign_in(lead).delete(path).status_code == 204
    assert sign_in(outsider).get(path).status_code == 404
    assert sign_in(member).get(path).status_code == 200


def test_visitors_get_401(client, group):
    for path in ("groups/", "groups/responsible-ai/", "groups/responsible-ai/resources/", "resources/1/"):
        assert client.get(f"{API}{path}").status_code == 401
    assert post(client, "groups/responsible-ai/join/").status_code == 401
