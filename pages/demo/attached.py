"""What the demo's posts have attached: drawn and written when the community is made, uploaded by a member's own deed.

`{file:name}` in a text becomes the address of that file.
"""

import io
import re

from PIL import Image, ImageDraw, ImageFont

from accounts.models import Member
from files.checking import check
from forum.actions import attach_file
from forum.models import Attachment, Post

FILE = re.compile(r"\{file:([a-z0-9.-]+)\}")
INK, FAINT, FIRST, SECOND = "#1b1b1b", "#c9c9c9", "#005ea2", "#b50909"
WEEKS = range(1, 13)
OVERRIDES = [4.1, 3.8, 4.4, 4.0, 4.2, 5.1, 6.3, 7.9, 9.2, 5.0, 4.3, 4.1]  # per cent of the decisions
MISSING = [1.2, 1.1, 1.2, 1.3, 1.1, 1.2, 1.2, 1.3, 4.8, 1.3, 1.2, 1.1]  # per cent of the input fields
MINUTES_ON = [19, 22, 25, 26, 28, 27, 30, 29, 26, 25, 24, 23]  # saved a day and person
REOPENED = [8.9, 9.4, 9.7, 9.5, 9.8, 9.6, 10.1, 9.9, 9.7, 9.4, 9.3, 9.2]


def overrides_by_week() -> bytes:
    """A line for each of the two measures, named where it ends."""
    picture = Image.new("RGB", (1280, 640), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(24)

    def at(week: int, per_cent: float) -> tuple[float, float]:
        return 90 + (week - 1) * 84, 560 - per_cent * 50

    for per_cent in range(0, 11, 2):
        pen.line([at(1, per_cent), at(12, per_cent)], fill=FAINT, width=1)
        pen.text((20, at(1, per_cent)[1] - 14), f"{per_cent} %", fill=INK, font=font)
    for week in WEEKS:
        pen.text((at(week, 0)[0] - 8, 572), str(week), fill=INK, font=font)
    pen.text((520, 604), "week", fill=INK, font=font)
    for color, name, measured in ((FIRST, "overridden", OVERRIDES), (SECOND, "missing values", MISSING)):
        points = [at(week, value) for week, value in zip(WEEKS, measured, strict=True)]
        pen.line(points, fill=color, width=5, joint="curve")
        for x, y in points:
            pen.ellipse([x - 6, y - 6, x + 6, y + 6], fill=color)
        pen.text((points[-1][0] + 24, points[-1][1] - 16), name, fill=color, font=font)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def minutes_by_week() -> bytes:
    lines = ["week,minutes saved a day (on),reopened in 7 days (%)"]
    lines += [
        f"{week},{saved},{again}" for week, saved, again in zip(WEEKS, MINUTES_ON, REOPENED, strict=True)
    ]
    return "\n".join([*lines, ""]).encode()


FILES = {"overrides-by-week.png": overrides_by_week, "minutes-by-week.csv": minutes_by_week}


def attach(body: str, author: Member) -> tuple[str, dict[int, Attachment]]:
    """The text with the addresses of its files, and these by id."""
    files = {}
    for name in dict.fromkeys(FILE.findall(body)):
        content = FILES[name]()
        file = check(name=name, size=len(content), content=io.BytesIO(content))
        kept = attach_file(uploader=author, file=file)
        files[kept.pk] = kept
        body = body.replace(f"{{file:{name}}}", kept.get_absolute_url())
    return body, files


def hang(files: dict[int, Attachment], post: Post) -> None:
    """Bind the files to the saved post, as old as that is."""
    Attachment.objects.filter(pk__in=files).update(post=post, created_at=post.created_at)
