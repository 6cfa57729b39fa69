"""Work that costs the same for one as for a hundred waits while the last lot is worked on, and goes together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

logger = logging.getLogger(__name__)
RETRY_SECONDS = 0.5


class Batches[T]:
    """A set of things to handle. `handle` gets at most `size` at once, and all of them again if it raises."""

    def __init__(
        self, handle: Callable[[list[T]], Awaitable[None]], *, delay: float = 0, size: int = 200
    ) -> None:
        self._handle = handle
        self._delay = delay
        self._size = size
        self._waiting: set[T] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, things: Iterable[T]) -> None:
        self._waiting.update(things)
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._delay)
            batch = [self._waiting.pop() for _ in range(min(self._size, len(self._waiting)))]
            try:
                await self._handle(batch)
            except Exception:
                logger.exception("%s live sockets have to wait", len(batch))
                self._waiting.update(batch)
                await asyncio.sleep(RETRY_SECONDS)


class Questions[Q, A]:
    """The same for questions that somebody awaits the answer of. `answer` gets a list and answers in its order."""

    def __init__(self, answer: Callable[[list[Q]], Awaitable[list[A]]], *, size: int = 200) -> None:
        self._answer = answer
        self._size = size
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[A] = loop.create_future()
        self._waiting.append((question, future))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._size], self._waiting[self._size :]
            try:
                answers = await self._answer([question for question, _ in batch])
            except Exception as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
