"""The least that a fan-out can cost: a socket server that knows no members, no rooms and no Django.

A TCP connection to PORT+1 that sends a line has that line broadcast to every socket on PORT.
"""

import asyncio
import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

sockets: set[ServerConnection] = set()


async def hold(socket: ServerConnection) -> None:
    sockets.add(socket)
    try:
        await socket.wait_closed()
    finally:
        sockets.discard(socket)


async def trigger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        broadcast(sockets, line.decode().strip())
    writer.close()


async def main(port: int) -> None:
    control = await asyncio.start_server(trigger, "127.0.0.1", port + 1)
    async with serve(hold, "127.0.0.1", port, compression=None, ping_interval=None), control:
        await control.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
