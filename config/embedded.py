"""Everything in one process (`make run`): pages and API in a few threads, sockets, jobs and their clock."""

import asyncio
import os
from contextlib import asynccontextmanager

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
wsgi = get_wsgi_application()

from config.asgi import make_application, sockets  # noqa: E402  (the apps come first)
from outbox.worker import Worker  # noqa: E402

THREADS = 8  # requests at a time
JOBS = 2  # jobs at a time


@asynccontextmanager
async def everything():
    worker = Worker(threads=JOBS)
    async with sockets() as live:
        worker.start()
        yield live
        await asyncio.to_thread(worker.stop, 8)


application = make_application(WSGIMiddleware(wsgi, workers=THREADS), everything)  # type: ignore[arg-type]
