"""The metrics: what they count, what a client can't make of them, and what Prometheus makes of them."""
import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request
from collections.abc import Iterator

import h2
from operated import CERTS, SERVER, Server, operated, users
from programs import eventually, started

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "stages/13_operations/sample"
KV = "kv.v1.KeyValueService"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


class Metrics(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def call(self, server: Server, path: str, *metadata: tuple[str, str], secure: bool = False) -> bytes:
        """Makes one call with any path and returns its trailers."""
        with h2.Connection(server.address, str(CERTS / "ca.crt") if secure else "") as connection:
            head = b"".join(h2.field(*pair) for pair in (
                (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost"), ("te", "trailers"),
                ("content-type", "application/grpc"), *metadata))
            connection.send(connection.open(head), h2.message(b""), h2.END_STREAM)
            return connection.end(1).payload

    def test_calls_and_commits_are_counted(self) -> None:
        with operated(f"--data={self.folder}/data") as server:
            server.client("put", "a", "12")
            server.client("get", "a")
            server.client("get", "b")
            server.client("put", "b", "x", "--expected_revision=9")
            for code, count in (("OK", 1), ("NOT_FOUND", 1), ("FAILED_PRECONDITION", 0)):
                self.assertEqual(server.metric("grpc_server_handled_total", grpc_service=KV, grpc_method="Get", grpc_code=code), count)
            self.assertEqual(server.metric("grpc_server_started_total", grpc_method="Put"), 2)
            self.assertEqual(server.metric("grpc_server_handling_seconds_count", grpc_method="Put"), 2)
            eventually("no call runs", lambda: server.metric("grpc_server_in_flight") == 0)
            for name, value in (("kv_commits_total", 1), ("kv_commit_changes_sum", 1), ("kv_commit_seconds_count", 1), ("kv_revision", 1),
                                ("kv_entries", 1), ("kv_entries_bytes", 3), ("kv_log_lines_dropped_total", 0)):
                self.assertEqual(server.metric(name), value, name)
            status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
            self.assertEqual(server.metric("process_threads"), int(re.search(r"Threads:\s*(\d+)", status)[1]))
            self.assertGreater(server.metric("process_resident_memory_bytes"), 1 << 20)
            self.assertGreater(server.metric("process_max_fds"), server.metric("process_open_fds"))
            self.assertGreater(server.metric("process_cpu_seconds_total"), 0)

    def test_rejected_calls_have_a_reason(self) -> None:
        with operated(*users(self.folder), "--reflection", "--max_watches=1", "--max_watches_per_user=1") as server:
            flags = ["--ca", f"{CERTS}/ca.crt"]
            server.client("get", "a", *flags)
            server.client("put", "a", "b", *flags, f"--token_file={self.folder}/bob")
            self.call(server, "/nobody/has/this", ("token", "wrong"), secure=True)
            self.call(server, REFLECTION, ("token", "bobs-token"), secure=True)  # a reader may
            with started(*server_watch(server, self.folder), stdout=subprocess.DEVNULL):
                eventually("a watch", lambda: server.metric("grpc_server_in_flight", grpc_method="Watch") == 1)
                watch = server.client("watch", *flags, f"--token_file={self.folder}/bob")
                self.assertEqual(watch.stderr.split(" [")[0], "RESOURCE_EXHAUSTED: too many watches; try again later")
                watch = server.client("watch", *flags, f"--token_file={self.folder}/alice")
                self.assertEqual(watch.stderr.split(" [")[0], "RESOURCE_EXHAUSTED: too many watches of alice; try again later")
            for reason, count in (("UNAUTHENTICATED", 2), ("PERMISSION_DENIED", 1), ("TOO_MANY_CALLS", 1), ("TOO_MANY_CALLS_OF_USER", 1)):
                self.assertEqual(server.metric("kv_rejected_calls_total", reason=reason), count, reason)
            self.assertEqual(server.client("health", *flags).stdout, "SERVING\n")  # needs no token

    def test_a_client_can_not_make_labels(self) -> None:
        with operated("--reflection") as server:
            for number in range(20):
                self.call(server, f"/made.up.Service/{number}")
                self.call(server, f"/{KV}/Get{number}")
            page = server.page()
            self.assertNotIn("made", page)
            self.assertEqual(server.metric("grpc_server_started_total", grpc_method="unknown"), 40)
            self.assertEqual(len(re.findall("^grpc_server_started_total", page, re.M)), 1)

    def test_reflection_is_there_only_with_its_flag(self) -> None:
        for flags, status in (["--reflection"], b"grpc-status\x010"), ([], b"grpc-status\x0212"):  # OK, UNIMPLEMENTED
            with operated(*flags) as server:
                self.assertIn(status, self.call(server, REFLECTION))

    def test_what_grpc_rejects_by_itself_is_not_counted(self) -> None:
        with operated("--log_calls") as server, h2.Connection(server.address) as connection:
            stream = connection.open(h2.request("Put"))
            connection.send(stream, h2.message(bytes(3 << 20)), h2.END_STREAM)
            self.assertIn(b"Received message larger than max (3145728 vs. 2097152)", connection.end(stream).payload)
            self.assertNotIn("Put", server.page() + server.log())

    def test_an_address_in_use_is_an_error(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            done = subprocess.run([SERVER, "--listen=127.0.0.1:0", f"--metrics={address}"], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, f"server: cannot serve metrics on {address}: in use, or no address of this machine\n")


def server_watch(server: Server, folder: pathlib.Path) -> list[str]:
    """The words of a client of alice that watches."""
    return server.words(f"--ca={CERTS}/ca.crt", f"--token_file={folder}/alice", "--timeout=1h", "watch")


@unittest.skipUnless(shutil.which("prometheus"), "no prometheus")
class Prometheus(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def check(self, *words: str, text: str = "") -> None:
        """Runs promtool, which must have nothing to say."""
        done = subprocess.run(["promtool", "check", *words], input=text, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout + done.stderr)

    def test_the_page_and_the_rules_are_as_prometheus_wants_them(self) -> None:
        with operated(f"--data={self.folder}/data") as server:
            server.client("put", "a", "b")
            own = "".join(line for line in server.page().splitlines(keepends=True) if "exposer_" not in line)  # the library's
            self.check("metrics", text=own)
        self.check("rules", str(SAMPLE / "alerts.yml"))

    def test_prometheus_scrapes_and_finds_what_the_dashboard_and_the_rules_ask_for(self) -> None:
        with operated(f"--data={self.folder}/data") as server, prometheus(self.folder, server.port) as address:
            server.client("put", "a", "b")
            eventually("it has scraped", lambda: ask(address, "kv_revision") == ["1"])
            names = set(json.loads(get(f"http://{address}/api/v1/label/__name__/values"))["data"])
            dashboard = json.loads((SAMPLE / "dashboard.json").read_text(encoding="utf-8"))
            asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
            asked += re.findall(r"expr: (.*)", (SAMPLE / "alerts.yml").read_text(encoding="utf-8"))
            self.assertGreaterEqual(len(asked), 10)
            for expression in asked:
                ask(address, expression)  # fails if it is none
                used = re.findall(r"\b(?:(?:grpc_server|kv|process)_\w+|up\b)", expression)
                late = {"kv_rejected_calls_total"}  # is there only after the first rejection
                self.assertTrue(used and set(used) <= names | late, expression)


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


def ask(address: str, expression: str) -> list[str]:
    """Returns the values that Prometheus has for an expression now."""
    found = json.loads(get(f"http://{address}/api/v1/query?" + urllib.parse.urlencode({"query": expression})))
    return [row["value"][1] for row in found["data"]["result"]]


@contextlib.contextmanager
def prometheus(folder: pathlib.Path, port: int) -> Iterator[str]:
    """Starts Prometheus, which scrapes a port. Yields its address."""
    config = folder / "prometheus.yml"
    config.write_text("scrape_configs: [{job_name: kv, scrape_interval: 100ms, scrape_timeout: 100ms, static_configs:"
                      f" [{{targets: ['127.0.0.1:{port}']}}]}}]\n", encoding="utf-8")
    with started("prometheus", f"--config.file={config}", "--web.listen-address=127.0.0.1:0", f"--storage.tsdb.path={folder}/tsdb",
                 stderr=subprocess.PIPE) as process:
        for line in process.stderr:
            if found := re.search(r'msg="Listening on" address=(\S+)', line):
                yield found[1]
                return
        raise AssertionError("Prometheus did not start")


if __name__ == "__main__":
    unittest.main()
