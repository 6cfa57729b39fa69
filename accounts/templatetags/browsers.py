import re

from django import template
from django.utils.translation import gettext as _

register = template.Library()
# In this order: nearly every browser also names those it descends from.
BROWSERS = {
    "Edge": r"Edg(?:e|A|iOS)?/(\d+)",
    "Opera": r"OPR/(\d+)",
    "Samsung Internet": r"SamsungBrowser/(\d+)",
    "Firefox": r"(?:Firefox|FxiOS)/(\d+)",
    "Chrome": r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)",
    "Safari": r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari/",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows NT",
    "macOS": "Mac OS X",
    "ChromeOS": "CrOS",
    "Linux": "Linux",
}
LONGEST = 60


@register.filter
def browser(user_agent: str) -> str:
    """“Firefox 128 on Windows”; what a program calls itself where it is no browser that we know."""
    for name, pattern in BROWSERS.items():
        if found := re.search(pattern, user_agent):
            system = next((name for name, mark in SYSTEMS.items() if mark in user_agent), "")
            program = f"{name} {found[1]}"
            return (
                _("%(program)s on %(system)s") % {"program": program, "system": system} if system else program
            )
    return user_agent[:LONGEST] or _("Unknown program")
