import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.test import APIRequestFactory

from core.errors import Conflict, Refused, no
from core.problems import problem
from tests.factories import make_member


class Thing:
    revision = 7


class TitleSerializer(serializers.Serializer):
    title = serializers.CharField(max_length=5)
    tags = serializers.ListField(child=serializers.CharField(max_length=2))


def answer(error):
    @api_view(["GET"])
    @permission_classes([])
    def view(request):
        raise error

    response = view(APIRequestFactory().get("/"))
    response.render()
    return response, json.loads(response.content)


@pytest.mark.parametrize(
    "error, status, title, detail",
    [
        (Http404(), 404, "Not Found", "Not found."),
        (exceptions.NotFound("There is no such cursor."), 404, "Not Found", "There is no such cursor."),
        (PermissionDenied("Not you."), 403, "Forbidden", "Not you."),
        (Refused("The topic is locked."), 403, "Forbidden", "The topic is locked."),
        (no("The group is concluded."), 403, "Forbidden", "The group is concluded."),
        (exceptions.MethodNotAllowed("PUT"), 405, "Method Not Allowed", 'Method "PUT" not allowed.'),
        (exceptions.ParseError(), 400, "Bad Request", "Malformed request."),
        (Conflict(Thing()), 412, "Precondition Failed", "This changed since you opened it."),
        (ValidationError("Too much."), 400, "Bad Request", "Too much."),
        (ValidationError({"title": ["Too long."]}), 400, "Bad Request", "title: Too long."),
    ],
)
def test_errors_become_problem_details(error, status, title, detail):
    if not isinstance(error, Exception):
        with pytest.raises(Refused) as caught:
            error.enforce()
        error = caught.value
    response, body = answer(error)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert (body["type"], body["title"], body["status"]) == ("about:blank", title, status)
    assert body["detail"] == detail


def test_a_conflict_names_the_revision_of_now():
    assert answer(Conflict(Thing()))[1]["revision"] == 7
    assert "revision" not in answer(Conflict(object()))[1]


def test_errors_of_fields_stand_by_their_fields():
    serializer = TitleSerializer(data={"title": "much too long", "tags": ["ok", "long"]})
    assert not serializer.is_valid()
    _response, body = answer(exceptions.ValidationError(serializer.errors))
    assert body["errors"] == {
        "title": ["Ensure this field has no more than 5 characters."],
        "tags": {"1": ["Ensure this field has no more than 2 characters."]},
    }
    assert body["detail"] == "Some fields need another look: title, tags."


def test_errors_of_no_field_stand_under_the_usual_name():
    for error in (ValidationError(["One.", "Two."]), exceptions.ValidationError(["One.", "Two."])):
        assert answer(error)[1]["errors"] == {"non_field_errors": ["One.", "Two."]}
    _response, body = answer(ValidationError({"__all__": ["One."], "body": ["Two."]}))
    assert body["errors"] == {"non_field_errors": ["One."], "body": ["Two."]}


def test_waiting_time_is_told():
    response, body = answer(exceptions.Throttled(wait=12))
    assert response["Retry-After"] == "12"
    assert body["title"] == "Too Many Requests"


def test_our_own_faults_are_not_dressed_up():
    with pytest.raises(ZeroDivisionError):
        answer(ZeroDivisionError())


def test_plain_views_answer_in_the_same_form():
    response = problem(401, "Sign in to use this.")
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content) == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Sign in to use this.",
    }


@pytest.mark.django_db
def test_an_address_of_the_api_that_does_not_exist_is_a_problem_too(client):
    response = client.get("/api/v1/nothing/")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert client.get("/nothing/")["Content-Type"].startswith("text/html")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body, said",
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"kind": "\\ud800"}', "surrogate pair"),
        (b'{"\\udfff": 1}', "surrogate pair"),
        (b'{"kind": NaN}', "JSON parse error"),
        (b"1" * 5_000, "JSON parse error"),
        (b"\xff", "JSON parse error"),
    ],
)
def test_json_that_nothing_can_be_done_with_is_refused(client, body, said):
    client.force_login(make_member())
    response = client.post("/api/v1/reactions/", body, content_type="application/json")
    assert response.status_code == 400
    assert said in response.json()["detail"]


@pytest.mark.django_db
def test_a_fault_of_the_api_is_a_problem_without_details(client, monkeypatch):
    monkeypatch.setattr("accounts.api.views.MeSerializer", None)
    client.raise_request_exception = False
    client.force_login(make_member())
    response = client.get("/api/v1/me/")
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert "NoneType" not in response.text
