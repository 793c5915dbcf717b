"""What a client makes of a name: it resolves it when it begins, and again when a connection breaks."""
import contextlib
import pathlib
import socket
import struct
import sys
import threading
import unittest
from collections.abc import Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "14_distributed"))
from one_etcd import CLIENT, SERVER, etcd, serving, started  # noqa: E402

ADDRESS_RECORD = 1


class Names:
    """A DNS server for one name, which has the addresses in `addresses`."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.questions = 0  # for the addresses
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def serve(self) -> None:
        """Answers until stop()."""
        while True:
            query, client = self._socket.recvfrom(512)
            if not query:
                self._socket.close()
                return
            end = query.index(b"\0", 12) + 5  # the name, its type and its class
            found = self.addresses if struct.unpack("!H", query[end - 4:end - 2])[0] == ADDRESS_RECORD else []
            self.questions += bool(found)
            header = query[:2] + struct.pack("!HHHHH", 0x8580, 1, len(found), 0, 0)
            records = [b"\xc0\x0c" + struct.pack("!HHIH", ADDRESS_RECORD, 1, 0, 4) + socket.inet_aton(one) for one in found]
            self._socket.sendto(header + query[12:end] + b"".join(records), client)

    def stop(self) -> None:
        """Ends serve()."""
        self._socket.sendto(b"", ("127.0.0.1", self.port))


@contextlib.contextmanager
def names() -> Iterator[Names]:
    """Runs a DNS server."""
    one = Names()
    thread = threading.Thread(target=one.serve)
    thread.start()
    try:
        yield one
    finally:
        one.stop()
        thread.join()


class NamesTest(unittest.TestCase):
    """Two servers of one store, with one port, on two addresses."""

    def test_a_new_address_is_found_when_a_connection_breaks(self) -> None:
        """A watch goes on at a server that did not exist when it began."""
        with names() as dns, etcd() as one, serving(SERVER, f"--etcd={one.address}") as (first, address):
            port = address.partition(":")[2]
            dns.addresses = ["127.0.0.1"]
            target = f"--target=dns://127.0.0.1:{dns.port}/kv.test:{port}"
            with started(CLIENT, target, "--timeout=20s", "watch", "--after_revision=0") as watch, \
                    serving(SERVER, f"--etcd={one.address}", listen=f"127.0.0.2:{port}") as (_, other), \
                    started(CLIENT, f"--target={other}", "put", "a", "1") as put:
                # [resolve]
                self.assertEqual(watch.stdout.readline(), "watching after revision 0\n")
                dns.addresses = ["127.0.0.2"]
                self.assertEqual(put.communicate()[0], "revision 1\n")
                self.assertEqual(watch.stdout.readline(), '"a" = "1" (revision 1)\n')
                self.assertEqual(dns.questions, 1)
                first.kill()
                with started(CLIENT, target, "put", "a", "2") as again:
                    self.assertEqual(again.communicate()[0], "revision 2\n")
                self.assertEqual(watch.stdout.readline(), '"a" = "2" (revision 2)\n')
                # [resolve]


if __name__ == "__main__":
    unittest.main()
