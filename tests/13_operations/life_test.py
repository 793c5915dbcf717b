"""The life of a server: drain, certificates, and what a service manager is told."""
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from operated import CERTS, SERVER, operated, serving
from programs import eventually, started

NOT_SERVING, UNAVAILABLE = "NOT_SERVING", 14


class Life(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_drain_serves_calls_until_balancers_have_noticed(self) -> None:
        with operated("--drain=1h", f"--data={self.folder}/data") as server:
            self.assertEqual(server.client("health", "kv.v1.KeyValueService").stdout, "SERVING\n")
            server.process.terminate()
            eventually("it drains", lambda: server.client("health").stdout == "NOT_SERVING\n")
            asked = server.client("health", "kv.v1.KeyValueService")
            self.assertEqual((asked.returncode, asked.stderr), (UNAVAILABLE, "UNAVAILABLE: the server wants no calls\n"))
            self.assertEqual(server.client("put", "a", "1").stdout, "revision 1\n")
            self.assertEqual(server.stop(), 0)  # a second signal ends the wait

    def test_drain_ends_by_itself(self) -> None:
        with operated("--drain=300ms", "--grace=1h") as server:
            begun = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertGreater(time.monotonic() - begun, 0.29)

    def test_a_health_watch_does_not_hold_the_stop(self) -> None:
        with operated("--drain=300ms", "--grace=1h") as server:
            with started("/usr/bin/python3", "-B", str(pathlib.Path(__file__).with_name("watch_health.py")), server.address) as watch:
                self.assertEqual(watch.stdout.readline(), "SERVING\n")
                self.assertEqual(server.stop(), 0)
                self.assertEqual(watch.stdout.readline(), "NOT_SERVING\n")

    def certificate(self, address: str) -> str:
        """Returns the certificate that a new connection sees."""
        host, port = address.split(":")
        return ssl.get_server_certificate((host, int(port)))

    def test_sighup_reads_certificates_and_keeps_connections(self) -> None:
        for name in ("server.crt", "server.key"):
            shutil.copy(CERTS / name, self.folder)
        files = [f"--tls_cert={self.folder}/server.crt", f"--tls_key={self.folder}/server.key"]
        with operated(*files) as server, started(*server.words(f"--ca={CERTS}/ca.crt", "--timeout=1h", "watch")) as watch:
            old = self.certificate(server.address)
            eventually("the watch is there", lambda: server.metric("grpc_server_in_flight", grpc_method="Watch") == 1)
            shutil.copy(CERTS / "other/server.crt", self.folder)
            server.process.send_signal(signal.SIGHUP)
            eventually("the key is wrong", lambda: "the old certificate stays" in server.log())
            self.assertRegex(server.log(), "server: .*/server.key: not the key of .*/server.crt: .*; the old certificate stays")
            shutil.copy(CERTS / "other/server.key", self.folder)
            server.process.send_signal(signal.SIGHUP)
            eventually("the new certificate", lambda: self.certificate(server.address) != old)
            self.assertEqual(self.certificate(server.address), self.pem(CERTS / "other/server.crt"))
            self.assertIsNone(watch.poll())
            self.assertEqual(server.metric("grpc_server_in_flight", grpc_method="Watch"), 1)

    def pem(self, path: pathlib.Path) -> str:
        return ssl.DER_cert_to_PEM_cert(ssl.PEM_cert_to_DER_cert(path.read_text(encoding="utf-8")))

    def test_a_service_manager_hears_when_it_is_ready_and_when_it_stops(self) -> None:
        for path in (str(self.folder / "notify"), "\0kv" + self.folder.name):  # the second one is not in a folder
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                manager.bind(path)
                manager.settimeout(30)
                with serving(SERVER, env={**os.environ, "NOTIFY_SOCKET": path.replace("\0", "@")}, stderr=subprocess.DEVNULL) as (process, _):
                    self.assertEqual(manager.recv(100), b"READY=1")
                    process.terminate()
                    self.assertEqual(manager.recv(100), b"STOPPING=1")
                    self.assertEqual(process.wait(timeout=30), 0)


if __name__ == "__main__":
    unittest.main()
