"""How a process and its rendering child talk: a length, then JSON."""

import json
import socket
import struct
from typing import Any

LENGTH = struct.Struct("!I")


def send(sock: socket.socket, message: dict[str, Any]) -> None:
    data = json.dumps(message).encode("ascii")
    sock.sendall(LENGTH.pack(len(data)) + data)


def receive(sock: socket.socket) -> dict[str, Any]:
    """The next message; EOFError when the other side is gone. A timeout counts for each piece."""
    (length,) = LENGTH.unpack(_exactly(sock, LENGTH.size))
    message: dict[str, Any] = json.loads(_exactly(sock, length))
    return message


def _exactly(sock: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)
