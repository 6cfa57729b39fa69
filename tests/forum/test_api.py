import pytest

from forum.models import Topic
from tests.factories import make_post

pytestmark = pytest.mark.django_db


def post(client, path, data, **headers):
    return client.post(f"/api/v1/{path}", data, content_type="application/json", headers=headers)


def test_topics_in_the_shape_of_the_contract(as_other, topic):
    make_post(topic)
    [shown] = as_other.get("/api/v1/topics/").json()["results"]
    assert {
        "id", "slug", "title", "url", "category", "tags", "author", "created_at", "version", "posts", "last_number",
        "read_to", "unread", "is_locked", "is_pinned", "solved_by",
    } <= set(shown)  # fmt: skip
    assert (shown["category"], shown["posts"], shown["unread"], shown["read_to"]) == ("governance", 2, 2, 0)
    assert as_other.get(f"/api/v1/topics/{topic.pk}/").json() == shown


def test_starting_and_replying_once_per_token(as_other, topic):
    made = post(
        as_other,
        "topics/",
        {"category": "governance", "title": "By program", "body": "Hi", "client_token": "a"},
    )
    again = post(
        as_other,
        "topics/",
        {"category": "governance", "title": "By program", "body": "Hi", "client_token": "a"},
    )
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json()["id"] == again.json()["id"]
    path = f"topics/{made.json()['id']}/posts/"
    first = post(as_other, path, {"body": "One", "client_token": "b"})
    second = post(as_other, path, {"body": "One", "client_token": "b"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    child = post(as_other, path, {"body": "Two", "parent": first.json()["id"]}).json()
    assert (child["depth"], child["number"], child["parent"]) == (1, 3, first.json()["id"])
    numbers = [shown["number"] for shown in as_other.get(f"/api/v1/{path}").json()["results"]]
    assert numbers == [1, 2, 3]


def test_errors_are_problem_details_that_name_the_field(as_other, topic):
    response = post(as_other, f"topics/{topic.pk}/posts/", {"body": " "})
    assert response.status_code == 400
    assert response.headers["Content-Type"].startswith("application/problem+json")
    assert "body" in response.json()["errors"]
    response = post(as_other, "topics/", {"category": "nowhere", "title": "A fair title", "body": "Hi"})
    assert response.status_code == 400
    assert "category" in response.json()["errors"]


def test_an_edit_needs_the_revision_it_was_made_on(signed_in, as_other, topic):
    first = topic.posts.get()
    url = f"/api/v1/posts/{first.pk}/"
    make_post(topic, parent=first)  # somebody answered: no grace any more
    tag = signed_in.get(url).headers["ETag"]

    def patch(client, body, **headers):
        return client.patch(url, {"body": body}, content_type="application/json", headers=headers)

    assert patch(signed_in, "No precondition").status_code == 400
    assert patch(signed_in, "Better", if_match=tag).json()["revision"] == 2
    stale = patch(signed_in, "Late", if_match=tag)
    assert stale.status_code == 412
    assert signed_in.get(url).json()["body"] == "Better"
    assert patch(as_other, "Not mine", if_match='"2"').status_code == 403
    [old] = signed_in.get(f"{url}revisions/").json()
    assert old["body"] == "We would like to know."


def test_changes_since_a_version(as_other, signed_in, topic):
    topic.refresh_from_db()
    version = topic.version
    url = f"/api/v1/topics/{topic.pk}/changes/"
    nothing = {"version": version, "reset": False, "posts": [], "gone": []}
    assert as_other.get(url, {"since": version}).json() == nothing
    reply = post(as_other, f"topics/{topic.pk}/posts/", {"body": "New"}).json()
    first = topic.posts.get(number=1)
    signed_in.patch(
        f"/api/v1/posts/{first.pk}/", {"body": "Edited", "revision": 1}, content_type="application/json"
    )
    as_other.delete(f"/api/v1/posts/{reply['id']}/")
    changes = as_other.get(url, {"since": version}).json()
    assert [(shown["number"], shown["is_removed"], shown["body"]) for shown in changes["posts"]] == [
        (1, False, "Edited"),
        (2, True, ""),
    ]
    assert changes["version"] == version + 3
    assert as_other.get(url, {"since": "x"}).status_code == 400
    assert as_other.get(url, {"since": version + 99}).json()["reset"] is True


def test_too_many_changes_ask_for_a_reset(as_other, topic):
    for _ in range(201):
        make_post(topic, author=topic.author)
    assert as_other.get(f"/api/v1/topics/{topic.pk}/changes/", {"since": 0}).json()["reset"] is True


def test_what_one_may_not_see_is_not_there(client, as_other, private_topic):
    first = private_topic.posts.get()
    urls = [
        f"/api/v1/topics/{private_topic.pk}/",
        f"/api/v1/topics/{private_topic.pk}/posts/",
        f"/api/v1/topics/{private_topic.pk}/changes/?since=0",
        f"/api/v1/posts/{first.pk}/",
        f"/api/v1/posts/{first.pk}/revisions/",
        "/api/v1/categories/procurement/",
    ]
    for url in urls:
        assert as_other.get(url).status_code == 404, url
        assert client.get(url).status_code == 401, url
    assert as_other.get("/api/v1/topics/").json()["results"] == []
    assert post(as_other, f"topics/{private_topic.pk}/posts/", {"body": "Hi"}).status_code == 404


def test_locking_reading_and_categories(signed_in, as_other, topic, member):
    assert post(as_other, f"topics/{topic.pk}/lock/", {}).status_code == 403
    member.site_roles = ["moderator"]
    member.save()
    assert post(signed_in, f"topics/{topic.pk}/lock/", {"reason": "Done"}).json()["is_locked"] is True
    assert post(as_other, f"topics/{topic.pk}/posts/", {"body": "Hi"}).status_code == 403
    assert signed_in.delete(f"/api/v1/topics/{topic.pk}/lock/").json()["is_locked"] is False
    assert post(as_other, f"topics/{topic.pk}/read/", {"number": 1}).status_code == 204
    assert as_other.get(f"/api/v1/topics/{topic.pk}/").json()["read_to"] == 1
    [category] = as_other.get("/api/v1/categories/").json()["results"]
    assert (category["slug"], category["group"], category["can_post"]) == ("governance", None, True)
    assert Topic.objects.get().locked_at is None
