"""How a text names its files: the Markdown that an upload is answered with, and what it becomes in the post.

`core/markup` knows no files: to it `![…](/forum/a/5/)` is a picture from elsewhere, and so a link. Here that link
becomes the picture, with the measures that keep the page from jumping, when the file belongs to the text. In any other
text it stays a link, and who follows it is asked for access there.
"""

import re
from collections.abc import Mapping

from django.utils.html import format_html

from accounts.models import Member
from core.markup import plain_text
from forum.models import Attachment

NAMED = re.compile(r"/forum/a/([0-9]{1,12})/")
LINK = re.compile(
    r'<a (?P<picture>class="image-link" )?href="/forum/a/(?P<id>[0-9]{1,12})/"[^<>]*>(?P<inner>.*?)</a>', re.S
)
SPECIAL = re.compile(r"([\\\[\]*`<])")


def named_in(source: str) -> set[int]:
    """The ids that a Markdown source may name, those within code included."""
    return {int(found) for found in NAMED.findall(source)}


def linked_in(html: str) -> set[int]:
    """The ids that rendered Markdown links to."""
    return {int(found["id"]) for found in LINK.finditer(html)}


def markdown_of(attachment: Attachment) -> str:
    """What names the file in a text."""
    if attachment.is_picture:
        return f"![{_escaped(attachment.alt)}]({attachment.get_absolute_url()})"
    return f"[{_escaped(attachment.filename)}]({attachment.get_absolute_url()})"


def _escaped(words: str) -> str:
    return SPECIAL.sub(r"\\\1", " ".join(words.split()))


def placed(html: str, known: Mapping[int, Attachment]) -> str:
    """Rendered Markdown with the known files in their places."""
    return LINK.sub(lambda link: _place(link, known), html) if known else html


def previewed(author: Member, html: str) -> str:
    """Rendered Markdown as its author would see it posted."""
    ids = linked_in(html)
    return placed(html, Attachment.objects.of(author).in_bulk(ids)) if ids else html


def _place(link: re.Match[str], known: Mapping[int, Attachment]) -> str:
    file = known.get(int(link["id"]))
    if file is None:
        return link[0]
    words = plain_text(link["inner"])
    if not (link["picture"] and file.is_picture):
        named = file.filename if words == file.get_absolute_url() else words
        return format_html(
            '<a class="post-file" href="{}">{}</a> <span class="post-file-size">({}, {})</span>',
            *(file.get_absolute_url(), named, file.extension.upper(), _size(file.size)),
        )
    # A picture without a description: the name says at least which it is.
    alt = words if words != file.get_absolute_url() else file.alt or file.filename
    return format_html(
        '<a class="post-picture" href="{}"><img src="{}" alt="{}" width="{}" height="{}" loading="lazy"></a>',
        *(file.get_absolute_url(), file.small_url, alt, *file.shown_size),
    )


def _size(size: int) -> str:
    """Kept with the post, and so in no language."""
    if size < 1024:
        return f"{size} B"
    return f"{round(size / 1024)} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
