"""Programs that nobody here wrote ask our server: npm's health client, haproxy, buf."""
import base64
import json
import pathlib
import platform
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import h2
from operated import CERTS, Server, operated, users
from programs import eventually, started

HERE = pathlib.Path(__file__).resolve().parent
BUF = HERE.parent / f"node_modules/@bufbuild/buf-linux-{'aarch64' if platform.machine() == 'aarch64' else 'x64'}/bin/buf"
KV = "kv.v1.KeyValueService"


class Health(unittest.TestCase):
    @unittest.skipUnless((HERE.parent / "node_modules/grpc-health-check").exists(), "no grpc-health-check")
    def test_npm(self) -> None:
        def says(server: Server, service: str) -> str:
            return subprocess.run(["node", str(HERE / "health_client.js"), server.address, service], check=True, timeout=60,
                                  stdout=subprocess.PIPE, text=True).stdout.strip()
        with operated("--drain=1h") as server:
            self.assertEqual([says(server, name) for name in ("", KV, "other")], ["SERVING", "SERVING", "NOT_FOUND"])
            server.process.terminate()
            eventually("it drains", lambda: says(server, KV) == "NOT_SERVING")
            server.stop()

    @unittest.skipUnless(shutil.which("haproxy"), "no haproxy")
    def test_haproxy_sends_calls_elsewhere(self) -> None:
        check = h2.PREFACE + h2.frame(h2.SETTINGS, 0, 0) + h2.frame(h2.HEADERS, h2.END_HEADERS, 1, b"".join(
            h2.field(*pair) for pair in ((":method", "POST"), (":scheme", "http"), (":path", "/grpc.health.v1.Health/Check"),
                                         (":authority", "check"), ("te", "trailers"), ("content-type", "application/grpc"))))
        check += h2.frame(0, h2.END_STREAM, 1, h2.message(b""))
        serving = h2.message(b"\x08\x01")
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        with operated("--drain=1h") as one, operated() as other:
            (folder / "haproxy.cfg").write_text(f"""
global
  stats socket {folder}/socket level admin
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen kv
  bind unix@{folder}/kv proto h2
  option tcp-check
  tcp-check send-binary {check.hex()}
  tcp-check expect binary {serving.hex()}
  server one {one.address} proto h2 check inter 100ms fall 1 rise 1
  server other {other.address} proto h2 check inter 100ms fall 1 rise 1
""", encoding="utf-8")
            with started("haproxy", "-f", str(folder / "haproxy.cfg")):
                eventually("both are up", lambda: self.up(folder) == {"one", "other"})
                one.process.send_signal(signal.SIGTERM)
                eventually("one is down", lambda: self.up(folder) == {"other"})
                one.stop()
                for _ in range(4):
                    done = subprocess.run([*one.words("put", "a", "b", target=f"unix:{folder}/kv")], check=False, timeout=60)
                    self.assertEqual(done.returncode, 0)

    def up(self, folder: pathlib.Path) -> set[str]:
        """Returns the servers that haproxy sends calls to."""
        with socket.socket(socket.AF_UNIX) as stats:
            try:
                stats.connect(str(folder / "socket"))
            except OSError:
                return set()
            stats.sendall(b"show stat\n")
            rows = [row.split(",") for row in stats.makefile().read().splitlines()]
        return {row[1] for row in rows if len(row) > 17 and row[17] == "UP" and row[1] in ("one", "other")}


@unittest.skipUnless(BUF.exists(), "no buf")
class Inspection(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def buf(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([str(BUF), "curl", "--protocol", "grpc", *words], capture_output=True, text=True, timeout=60, check=False,
                              env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"})

    def test_buf_calls_without_the_proto(self) -> None:
        with operated("--reflection") as server:
            server.client("put", "city", "Berlin")
            listed = self.buf("--http2-prior-knowledge", f"http://{server.address}", "--list-services").stdout.split()
            self.assertEqual(listed, ["grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection", KV])
            got = self.buf("--http2-prior-knowledge", f"http://{server.address}/{KV}/Get", "-d", '{"key": "city"}')
            self.assertEqual(base64.b64decode(json.loads(got.stdout)["entry"]["value"]), b"Berlin")

    def test_without_the_flag_nothing_is_told(self) -> None:
        with operated() as server:
            told = self.buf("--http2-prior-knowledge", f"http://{server.address}", "--list-services")
            self.assertNotEqual(told.returncode, 0)
            self.assertNotIn(KV, told.stdout)

    def test_reflection_and_channelz_need_a_token(self) -> None:
        with operated("--reflection", "--channelz", *users(self.folder)) as server:
            url = f"https://{server.address}"
            flags = ["--cacert", f"{CERTS}/ca.crt"]
            told = self.buf(*flags, url, "--list-services")
            self.assertIn("not authenticated", told.stderr)
            reader = [*flags, "--header", "token: bobs-token", "--reflect-header", "token: bobs-token"]
            self.assertIn(KV, self.buf(*reader, url, "--list-services").stdout)
            channelz = f"{url}/grpc.channelz.v1.Channelz/GetServers"
            self.assertIn("permission_denied", self.buf(*reader, channelz).stderr)
            writer = [*flags, "--header", "token: alices-token", "--reflect-header", "token: alices-token"]
            servers = json.loads(self.buf(*writer, channelz).stdout)["server"]
            self.assertEqual(len(servers), 1)
            self.assertIn("callsStarted", servers[0]["data"])
            number = json.dumps({"serverId": servers[0]["ref"]["serverId"]})
            sockets = json.loads(self.buf(*writer, f"{url}/grpc.channelz.v1.Channelz/GetServerSockets", "-d", number).stdout)
            self.assertIn("socketRef", sockets)


if __name__ == "__main__":
    unittest.main()
