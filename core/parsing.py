import json
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """Refuses what no answer could repeat and no database would take, and what nests deeper than any request does."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            typed = super().parse(*args, **kwargs)
            json.dumps(typed, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError(_("This JSON is nested too deeply.")) from None
        except UnicodeEncodeError:
            raise ParseError(_("Half of a surrogate pair is no character. Send the text as UTF-8.")) from None
        return typed
