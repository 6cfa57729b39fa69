"""Which addresses a text may point at."""

import re
from urllib.parse import quote, urlsplit

from core.markup.limits import URL_LENGTH

REL = "nofollow ugc noopener"
UNSAFE = re.compile(r"""[\s\x00-\x20\x7f-\xa0"'<>`{}|^\\]""")
MAILTO = re.compile(r"mailto:[^@?&]{1,64}+@[^@?&]{1,255}+(?:\?subject=[^&]*)?\Z", re.IGNORECASE)
FRAGMENT = re.compile(r"#[\w-]{1,80}\Z")
OWN_IMAGE = re.compile(r"/(?:media|resources|attachments)/[\w./%~+@,=-]+(?:\?[\w=&.-]*)?\Z")
CLIMBING = re.compile(r"\.\.|//|%2e|%2f|%5c", re.IGNORECASE)


def safe_href(url: str) -> str | None:
    """The address as it may be linked: http, https, mailto, a path of this site or a fragment. Else None."""
    url = url.strip()
    if not url or len(url) > URL_LENGTH:
        return None
    url = UNSAFE.sub(lambda found: quote(found[0], errors="replace"), url)
    if url[:4].lower() == "www.":
        url = f"https://{url}"
    if url[:8].lower().startswith(("http://", "https://")):
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        # A name before the host (https://gsa.gov@elsewhere.example) only serves to deceive.
        return url if parts.hostname and "@" not in parts.netloc else None
    if MAILTO.match(url) or FRAGMENT.match(url):
        return url
    # Two slashes, or a slash and a backslash, would leave for another host.
    return url if url[0] == "/" and url[1:2] != "/" else None


def is_own(url: str) -> bool:
    """Whether a safe address stays on this site."""
    return url[0] in "/#"


def is_own_image(url: str) -> bool:
    """Whether a picture may be shown in place: nothing is ever loaded from third parties."""
    return bool(OWN_IMAGE.match(url)) and not CLIMBING.search(url)
