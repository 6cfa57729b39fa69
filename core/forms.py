from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict

from core.errors import Refused, TooSoon


def typed(request: HttpRequest) -> QueryDict | None:
    """The data for a form that a page shows on GET and takes on POST, even when nothing was filled in."""
    return request.POST if request.method == "POST" else None


def attempt[Thing](form: forms.Form, action: Callable[..., Thing], **arguments: Any) -> Thing | None:
    """Run an action for a valid form. What it refuses becomes an error of the form, and the answer is None.

    A ValidationError's errors go to the fields they name, or to the whole form where there is no such field.
    """
    try:
        return action(**arguments)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        if isinstance(refusal, TooSoon):
            vars(form)["wait"] = refusal.wait
    except ValidationError as error:
        messages = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
        for field, texts in messages.items():
            form.add_error(field if field in form.fields else None, texts)
    return None


def paced(form: forms.Form, response: HttpResponse) -> HttpResponse:
    """The page with a refused form; 429 with the seconds to wait where nothing but time is lacking."""
    if wait := getattr(form, "wait", 0):
        response.status_code = 429
        response.headers["Retry-After"] = str(wait)
    return response
