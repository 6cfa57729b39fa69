from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core.kept import fill
from forum.listing import Head, render_head

register = template.Library()


@register.simple_tag(takes_context=True)
def list_head(context: template.Context, head: Head, shell: Any) -> SafeString:
    """`shell` knows the reader's groups."""
    groups = tuple((place.slug, place.name) for place in shell.groups) if shell else ()
    return fill(render_head(head, groups, get_language() or ""), context["request"])
