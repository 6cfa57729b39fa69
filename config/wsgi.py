"""Pages and API as plain WSGI, for granian (`--interface wsgi config.wsgi:application`)."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# What is loaded now stays for good: the collector need not walk over it, which would hold up a request for 0.1 s.
get_resolver().url_patterns  # noqa: B018  (imports every view)
gc.collect()
gc.freeze()
