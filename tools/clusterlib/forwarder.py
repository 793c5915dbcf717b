"""The forwarder: stands in for the network between the parts of a cluster, so that it can be cut without root.

It owns the addresses that everybody uses for the etcds, and moves the bytes to the addresses where they listen. It
rereads which parts are cut off at SIGHUP. Then it moves nothing on the connections from and to them, and reads and
closes nothing either, until they are healed. As with TCP on a real network, the bytes that waited then arrive.

  python3 -m clusterlib.forwarder FOLDER
"""
import asyncio
import contextlib
import os
import pathlib
import signal
import sys
from typing import cast

from . import state

BUFFER = 65536


def caller(folder: pathlib.Path, port: int, ours: int) -> str:
    """Returns which part has the connection from local port `port` to our port; empty if it is another program."""
    inode = ""
    for table in ("tcp", "tcp6"):  # gRPC uses IPv6 sockets for IPv4 addresses, too
        for line in pathlib.Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(f":{port:04X}") and fields[2].endswith(f":{ours:04X}"):
                inode = fields[9]
    known = state.load(folder)
    for part in known.parts.values() if known and inode else ():
        with contextlib.suppress(OSError):  # it may be dead
            for entry in os.scandir(f"/proc/{part.pid}/fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(entry.path) == f"socket:[{inode}]":
                        return part.name
    return ""


class End(asyncio.BufferedProtocol):
    """One of the two ends of a connection. asyncio.Protocol would allocate 256 KiB for each message."""

    def __init__(self, link: "Link") -> None:
        self.link = link
        self.buffer = bytearray(BUFFER)
        self.transport: asyncio.Transport | None = None
        self.other: End | None = None
        self.full = False  # the other end doesn't take our bytes as fast as they arrive

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        # Not immediately: up to Python 3.11.2, asyncio starts to read after this call, even if it pauses reading.
        asyncio.get_running_loop().call_soon(self.link.made, self)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        assert self.other and self.other.transport
        self.other.transport.write(bytes(memoryview(self.buffer)[:nbytes]))

    def pause_writing(self) -> None:
        self.throttle(True)

    def resume_writing(self) -> None:
        self.throttle(False)

    def throttle(self, full: bool) -> None:
        """Called when what we write piles up, or no longer does: the other end must read slower, or can go on."""
        if self.other:
            self.other.full = full
            self.link.update()

    def connection_lost(self, exc: Exception | None) -> None:
        self.link.lost()


class Link:
    """A connection through the forwarder."""

    def __init__(self, network: "Network", name: str, target: str) -> None:
        self.network, self.target = network, target
        self.names = {name}
        self.near, self.far = End(self), End(self)
        self.connecting: asyncio.Task | None = None

    def made(self, end: End) -> None:
        """An end is connected: first the caller's, then the one to the part that is called."""
        assert end.transport and self.near.transport
        if end is self.near:
            port, ours = (end.transport.get_extra_info(what)[1] for what in ("peername", "sockname"))
            self.names.add(caller(self.network.folder, port, ours))
            self.network.links.add(self)
        else:
            self.near.other, self.far.other = self.far, self.near
            if self.near.transport.is_closing():
                self.lost()
        self.update()

    def update(self) -> None:
        """Reads from an end if the connection is complete, not cut, and the other end takes the bytes."""
        held = bool(self.names & self.network.cut)
        for end in (self.near, self.far):
            if end.transport and not end.transport.is_closing():
                if held or end.full or not end.other:
                    end.transport.pause_reading()
                else:
                    end.transport.resume_reading()
        if not held and not self.connecting:
            self.connecting = asyncio.get_running_loop().create_task(self.connect())

    async def connect(self) -> None:
        """Connects to the part that is called. If nobody listens there, closes the caller's end."""
        host, _, port = self.target.partition(":")
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.far, host, int(port))
        except OSError:
            self.lost()

    def lost(self) -> None:
        """One end is closed, so close the other. What was written to it is still sent."""
        self.network.links.discard(self)
        for end in (self.near, self.far):
            if end.transport:
                end.transport.close()


class Network:
    """All connections."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.links: set[Link] = set()
        self.cut: set[str] = set()

    def reload(self) -> None:
        """Reads which parts are cut off, and says so in a line that `tools/cluster` waits for."""
        self.cut = set(state.found(self.folder).cut)
        for link in list(self.links):
            link.update()
        print("CUT", *sorted(self.cut), flush=True)

    async def run(self) -> None:
        """Listens on all addresses. Never returns."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        self.cut = set(state.found(self.folder).cut)
        for part in state.found(self.folder).etcds():
            for address, target in ((part.address, part.own_address), (part.peer, part.own_peer)):
                host, _, port = address.partition(":")
                await loop.create_server(lambda name=part.name, target=target: Link(self, name, target).near, host, int(port))
        print("READY", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(Network(pathlib.Path(sys.argv[1])).run())
