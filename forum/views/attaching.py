from django.http import HttpRequest

from core.forms import attempt
from forum import actions
from forum.attachments import markdown_of, named_in
from forum.forms import AttachingForm
from forum.models import Attachment


def is_whole(request: HttpRequest, form: AttachingForm) -> bool:
    """Whether a form can be posted; then its text names its files.

    The files that were chosen are stored in either case: with a form that is shown again they are offered again.
    """
    is_naming = "attached" in form.data
    if is_naming:
        form.fields["attached"].queryset = Attachment.objects.unposted().of(request.user)
    form.is_valid()
    given = form.cleaned_data
    chosen, alt = given.pop("file", []), given.pop("alt", "")
    stored = [
        attempt(form, actions.attach_file, uploader=request.user, file=file, alt=alt) for file in chosen
    ]
    attached = given.pop("attached", [])
    # Where none is named there is nothing to look through: even an empty queryset builds its SQL.
    form.kept = [*(attached if is_naming else []), *filter(None, stored)]
    if not form.is_valid():
        return False
    named = named_in(given["body"])
    unnamed = [markdown_of(file) for file in form.kept if file.pk not in named]
    given["body"] = "\n\n".join([given["body"], *unnamed])
    return True


def says_same(form: AttachingForm, body: str) -> bool:
    """Whether `body` is what a whole form says. Files that are sent a second time have other names by then."""
    return body == form.cleaned_data["body"] or bool(
        form.kept and body.startswith(f"{form.data['body']}\n\n")
    )
