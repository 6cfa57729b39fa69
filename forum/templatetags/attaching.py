from typing import Any

from django import forms, template
from django.conf import settings

register = template.Library()


@register.inclusion_tag("forum/_attach.html")
def attach_files(form: forms.Form) -> dict[str, Any]:
    """Where files are added to the text of a form: by script, or by a plain field."""
    return {"form": form, "limit": settings.COMMONS_ATTACHMENT_MAX}
