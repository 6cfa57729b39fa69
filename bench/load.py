"""Cheap HTTP load: a client is a process with one keep-alive socket, so that the site is what is measured."""

import multiprocessing
import socket
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

CHUNK = 1 << 18
SETTLE_SECONDS = 0.05  # for all clients to be at the start line


class Unexpected(Exception):
    """The site answered something else than what is measured."""


@dataclass
class Order:
    """What one client is to do: the same requests, one after the other, for some seconds."""

    requests: list[bytes]
    least_bytes: int
    seconds: float
    start_at: float = 0.0
    every: float = 0.0  # seconds from one request to the next; 0: as fast as they are answered


@dataclass
class Sample:
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)  # seconds a request
    failure: str = ""

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds


def get(path: str, *, host: str, cookies: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\n\r\n".encode()


def post(path: str, body: bytes, *, host: str, cookies: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Line:
    """A keep-alive connection that reads whole answers and looks at no more of them than it must."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Status, head and body of the answer."""
        self._socket.sendall(request)
        data = self._socket.recv(CHUNK)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        start = head.find(b"content-length:")
        if start < 0:
            raise Unexpected(f"An answer without a length: {head[:200]!r}")
        length = int(head[start + 15 :].split(b"\r\n", 1)[0])
        parts, got = [data[end + 4 :]], len(data) - end - 4
        while got < length:
            parts.append(self._more())
            got += len(parts[-1])
        if got != length:
            raise Unexpected(f"{got} bytes came where {length} were told.")
        return int(data[9:12]), data[:end], b"".join(parts)

    def _more(self) -> bytes:
        data = self._socket.recv(CHUNK)
        if not data:
            raise Unexpected("The connection was closed in the middle of an answer.")
        return data

    def close(self) -> None:
        self._socket.close()


def _fire(line: Line, order: Order) -> Sample:
    sample = Sample(order.seconds)
    times, requests, count = sample.times, order.requests, len(order.requests)
    time.sleep(max(0.0, order.start_at - time.monotonic()))
    end = order.start_at + order.seconds
    number = 0
    now = time.monotonic()
    while now < end:
        status, _head, body = line.ask(requests[number % count])
        after = time.monotonic()
        if status != 200 or len(body) < order.least_bytes:
            raise Unexpected(f"{status} with {len(body)} bytes for {requests[number % count][:80]!r}")
        times.append(after - now)
        number += 1
        if order.every:
            time.sleep(max(0.0, now + order.every - after))
        now = time.monotonic()
    return sample


def _client(pipe: Connection, port: int) -> None:
    while order := pipe.recv():
        try:
            line = Line(port)  # one for each order: the site closes lines that are idle for long
            pipe.send(_fire(line, order))
            line.close()
        except (OSError, Unexpected) as error:
            pipe.send(Sample(failure=f"{type(error).__name__}: {error}"))


class Clients:
    """All of them, started once and used for every round."""

    def __init__(self, count: int, port: int) -> None:
        fork = multiprocessing.get_context("fork")
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(count):
            ours, theirs = fork.Pipe()
            process = fork.Process(target=_client, args=(theirs, port), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)

    def fire(self, orders: list[Order]) -> Sample:
        """One order a client; what they saw together."""
        start_at = time.monotonic() + SETTLE_SECONDS
        for pipe, order in zip(self._pipes, orders, strict=True):
            order.start_at = start_at
            pipe.send(order)
        samples = [pipe.recv() for pipe in self._pipes]
        for sample in samples:
            if sample.failure:
                raise Unexpected(sample.failure)
        return Sample(orders[0].seconds, [taken for sample in samples for taken in sample.times])

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join(5)
