"""A relay between a client and a server that breaks the connection after so many bytes."""
import contextlib
import pathlib
import socket
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import SECONDS  # noqa: E402


def end(connection: socket.socket) -> None:
    """Ends both directions, also of a connection that is broken already."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class Relay:
    """Stands between a client and the server. It hands on so many bytes of the server's, then both connections end."""

    def __init__(self, server: str, most: int = sys.maxsize) -> None:
        self.server, self.left, self.sent = server, most, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(SECONDS)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run)

    def __enter__(self) -> "Relay":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.join()

    def run(self) -> None:
        """Relays one connection; there is no second one."""
        with self.listener:
            client = self.listener.accept()[0]
        host, _, port = self.server.rpartition(":")
        with client, socket.create_connection((host, int(port))) as server:
            up = threading.Thread(target=self.upwards, args=(client, server))
            up.start()
            with contextlib.suppress(OSError):  # the client has ended
                while self.left and (data := server.recv(min(65536, self.left))):
                    client.sendall(data)
                    self.left -= len(data)
                    self.sent += len(data)
            end(client)  # which ends the other thread
            end(server)
            up.join()

    def upwards(self, client: socket.socket, server: socket.socket) -> None:
        """What the client sends; and its end is the server's."""
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
        end(server)
