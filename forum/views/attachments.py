from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from files.permissions import can_serve
from files.serving import is_first_look, serve
from forum import actions
from forum.models import Attachment
from forum.permissions import can_download, is_withheld


def find(request: HttpRequest, attachment_id: int) -> Attachment:
    files = Attachment.objects.visible_to(request.user).select_related("post__topic__category__group")
    found = get_object_or_404(files, pk=attachment_id)
    if is_withheld(request.user, found):
        raise Http404
    return found


@require_safe
def attachment(request: HttpRequest, attachment_id: int) -> HttpResponseBase:
    found = find(request, attachment_id)
    can_download(request.user, found).enforce()
    answer = serve(request, found.as_served(), inline=found.is_picture)
    if answer.status_code in (200, 206) and is_first_look(request):
        actions.note_download(actor=request.user, attachment=found)
    return answer


@require_safe
def small(request: HttpRequest, attachment_id: int) -> HttpResponseBase:
    """The small copy of a picture, as a text shows it: part of reading the post, and so for all who may."""
    found = find(request, attachment_id)
    if not found.is_picture:
        raise Http404
    can_serve(found).enforce()
    return serve(request, found.small_as_served(), inline=True)
