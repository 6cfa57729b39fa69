import pytest
from django.test import Client

from notifications.actions import fan_out
from notifications.models import Notice
from tests.factories import make_agency, make_member

pytestmark = pytest.mark.django_db
PATH = "/api/v1/notifications/"


@pytest.fixture
def notices(kind, member, actor):
    for n in range(25):
        fan_out(event_id=kind.tell({member: "mention"}, actor=actor, what=f"no {n}").pk)
    return list(Notice.objects.of(member).order_by("-pk"))


def test_a_notification_has_the_promised_shape(signed_in, notices, actor):
    newest = signed_in.get(PATH).json()["results"][0]
    notice = notices[0]
    assert newest == {
        "id": notice.pk,
        "kind": "thing",
        "reason": "mention",
        "actor": {
            "id": actor.pk,
            "handle": actor.handle,
            "name": "Grace Hall",
            "agency": make_agency().label,
            "title": "",
            "roles": [],
        },
        "text": "Grace Hall did no 24 ×1",
        "url": "/thing/1/",
        "source": "thing:1",
        "count": 1,
        "replaces": None,
        "created_at": newest["created_at"],
        "read_at": None,
    }


def test_pages_by_cursor_show_all_once_the_newest_first(signed_in, notices):
    ids, url = [], PATH
    while url:
        page = signed_in.get(url).json()
        assert set(page) == {"next", "previous", "results"}
        ids += [row["id"] for row in page["results"]]
        url = page["next"]
    assert ids == [notice.pk for notice in notices]


def test_filters(signed_in, notices):
    after = notices[3].pk
    assert [row["id"] for row in signed_in.get(PATH, {"after": after}).json()["results"]] == [
        notice.pk for notice in notices[:3]
    ]
    signed_in.post(f"{PATH}read/", {"up_to": after}, content_type="application/json")
    unread = signed_in.get(PATH, {"unread": "true"}).json()["results"]
    assert [row["id"] for row in unread] == [notice.pk for notice in notices[:3]]
    read = signed_in.get(PATH, {"unread": "false"}).json()["results"]
    assert read[0]["id"] == after
    assert read[0]["read_at"] is not None


def test_marking_read_answers_what_changed(signed_in, notices):
    ids = [notices[0].pk, notices[1].pk]
    answer = signed_in.post(f"{PATH}read/", {"ids": [*ids, 10**12]}, content_type="application/json")
    assert answer.status_code == 200
    assert {"ids": sorted(answer.json()["ids"]), "unread": answer.json()["unread"]} == {
        "ids": sorted(ids),
        "unread": 23,
    }


@pytest.mark.parametrize(
    "body", [{}, {"ids": [1], "up_to": 2}, {"ids": "all"}, {"ids": [2**70]}, {"up_to": -1}, {"ids": [None]}]
)
def test_bad_input_is_a_problem(signed_in, body):
    answer = signed_in.post(f"{PATH}read/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("query", [{"after": "x"}, {"after": 2**70}])
def test_a_bad_filter_is_a_problem(signed_in, kind, query):
    assert signed_in.get(PATH, query).status_code == 400


def test_anonymous_callers_are_refused():
    assert Client().get(PATH).status_code == 401
    assert Client().post(f"{PATH}read/", {"up_to": 1}, content_type="application/json").status_code == 401


def test_others_notices_are_not_there(notices):
    other = Client()
    other.force_login(make_member())
    assert other.get(PATH).json()["results"] == []
    answer = other.post(f"{PATH}read/", {"ids": [notices[0].pk]}, content_type="application/json")
    assert answer.json() == {"ids": [], "unread": 0}
