"""nginx and haproxy in front of servers, with stage 15's sample configurations: what works, and what a missing line breaks.

docs/proxies.md has a table of the errors that the tests below expect.
"""
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from collections.abc import Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tools")]
from clusterlib import ports, proxy, state  # noqa: E402
from programs import eventually, serving, started  # noqa: E402

SERVER, CLIENT, CERTS = os.environ["SERVER"], os.environ["CLIENT"], pathlib.Path(os.environ["CERTS"])
FLAGS = ["--retry=false", "--pick_healthy=false"]  # to see what the proxy does, and not what the client makes of it
Edit = Callable[[str], str]
ENTRY = '{{"key":"{}","value":"{}"}}\n'
# Opens a Watch, and then a Get on the same connection. Prints the code of the Get.
TWO_CALLS = """
import grpc, sys
channel = grpc.secure_channel(sys.argv[1], grpc.ssl_channel_credentials(open(sys.argv[2], "rb").read()))
grpc.channel_ready_future(channel).result(30)
service, token = "/kv.v1.KeyValueService/", (("token", "alices-token"),)
watch = channel.unary_stream(service + "Watch")(b"", metadata=token, timeout=30)
try:
    channel.unary_unary(service + "Get")(b"\\x0a\\x01a", metadata=token, timeout=float(sys.argv[3]))
except grpc.RpcError as error:
    print(error.code().name)
"""


def changed(old: str, new: str) -> Edit:
    """Returns an edit that replaces words. They must be there."""
    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)
    return edit


def without(directive: str) -> Edit:
    """Returns an edit that removes the lines that begin with a directive. There must be one."""
    def edit(text: str) -> str:
        left = re.sub(rf"^ *{directive} .*\n", "", text, flags=re.M)
        assert left != text, directive
        return left
    return edit


class Backend:
    """A server behind the proxy. Its metrics tell which calls it has."""

    def __init__(self, process: subprocess.Popen, address: str, log: pathlib.Path) -> None:
        self.process, self.address = process, address
        self._url = re.search(r"metrics at (\S+)", log.read_text(encoding="utf-8"))[1]

    def _sum(self, metric: str, method: str) -> int:
        with urllib.request.urlopen(self._url, timeout=10) as answer:
            rows = re.findall(rf"^{metric}{{(.*)}} (\d+)$", answer.read().decode(), re.M)
        return sum(int(value) for row, value in rows if f'grpc_method="{method}",grpc_service="kv.v1.KeyValueService"' in row)

    def running(self, method: str) -> int:
        """Returns how many calls of this method run here now."""
        return self._sum("grpc_server_in_flight", method)

    def ended(self, method: str) -> int:
        """Returns how many calls of this method have ended here."""
        return self._sum("grpc_server_handled_total", method)


class Front:
    """A running proxy and the servers behind it."""

    def __init__(self, folder: pathlib.Path, address: str, process: subprocess.Popen, backends: list[Backend]) -> None:
        self.folder, self.address, self.process, self.backends = folder, address, process, backends

    def log(self) -> str:
        """Returns what the proxy has printed."""
        return (self.folder / "proxy.log").read_text(encoding="utf-8")

    def words(self, *words: str, token: str = "alice", wait: bool = True) -> list[str]:
        """Returns the command line of a client. Most wait for a connection: gRPC 1.51 sometimes mistakes another error for one
        of connect(), and gives up."""
        flags = [f"--target={self.address}", f"--ca={CERTS}/ca.crt", "--timeout=40s", *FLAGS]
        return [CLIENT, *flags, *([f"--token_file={self.folder / token}"] if token else []), *(["--wait_for_ready"] if wait else []), *words]

    def says(self, *words: str, given: str = "", **options: object) -> str:
        """Runs a client and returns all that it printed."""
        return subprocess.run(self.words(*words, **options), input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=60, check=False).stdout.strip()

    @contextlib.contextmanager
    def running(self, method: str, *words: str) -> Iterator[subprocess.Popen]:
        """Starts a client, and waits until a server has its call. What it prints includes its errors."""
        before = sum(backend.running(method) for backend in self.backends)
        with started(*self.words(*words), stderr=subprocess.STDOUT) as client:
            eventually("a server has the call", lambda: sum(backend.running(method) for backend in self.backends) > before)
            yield client

    @contextlib.contextmanager
    def watching(self) -> Iterator[subprocess.Popen]:
        """Starts a watch, and waits until the proxy has forwarded the server's headers. nginx often needs a ping for that."""
        with self.running("Watch", "--keepalive_time=1s", "watch") as client:
            line = client.stdout.readline()
            assert line.startswith("watching after revision "), line
            yield client

    def puts(self) -> list[str]:
        """Puts as often as every server has a turn, and twice that. Returns what the client said that was no revision."""
        said = [self.says("put", "a", "1") for _ in range(6)]
        return [line for line in said if not re.fullmatch(r"revision \d+", line)]

    def takers(self) -> list[Backend]:
        """Returns the servers that get some of six Puts."""
        before = [backend.ended("Put") for backend in self.backends]
        said = self.puts()
        assert not said, said
        return [backend for backend, was in zip(self.backends, before) if backend.ended("Put") > was]


@contextlib.contextmanager
def front(kind: str, *edits: Edit, servers: int = 1, alone: bool = False, flags: tuple[str, ...] = ()) -> Iterator[Front]:
    """Starts servers, and a proxy in front of them. A single server is all three for the proxy, unless it is `alone`."""
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        folder = pathlib.Path(scratch)
        (folder / "certs").symlink_to(CERTS)
        (folder / "tokens").write_text("alice alices-token writer\n", encoding="utf-8")
        (folder / "alice").write_text("alices-token", encoding="utf-8")
        (folder / "nobody").write_text("nobodys-token", encoding="utf-8")
        backends = []
        for number in range(servers):
            log = folder / f"server{number}.log"
            process, address = stack.enter_context(serving(
                SERVER, f"--tls_cert={CERTS}/server.crt", f"--tls_key={CERTS}/server.key", f"--token_file={folder}/tokens",
                "--metrics=127.0.0.1:0", *flags, stderr=stack.enter_context(log.open("w", encoding="utf-8"))))
            backends.append(Backend(process, address, log))
        listen, *nobody = ports.free(4)
        text = proxy.sample(kind)
        for edit in edits:
            text = edit(text)
        addresses = [backend.address for backend in backends] * (1 if alone else 3)
        command = proxy.configure(kind, folder, listen, [*addresses, *nobody][:3], text)
        output = stack.enter_context((folder / "proxy.log").open("w", encoding="utf-8"))
        process = stack.enter_context(started(*command, stdout=output, stderr=output))
        one = Front(folder, listen, process, backends)
        try:
            eventually(f"{kind} listens", lambda: proxy.accepts(listen) or process.poll() is not None)
            assert process.poll() is None, "it has ended"
            yield one
        except BaseException:
            print(kind, one.log()[-3000:], file=sys.stderr)
            raise
        finally:
            process.terminate()  # nginx's workers end only if their master ends them
            process.wait(timeout=30)


class Through:
    """What works, or breaks, with both. A subclass says how it shows, for the versions of Debian 12 and 13."""

    kind = nobody = broken = lost = cut = waited = status = no_alpn = ""
    version: tuple[int, int]
    cuts: Edit  # shortens the time that a Watch may be silent to a second
    waits: Edit  # shortens the time that an Import may be silent to a second
    speechless: Edit  # removes the answers that gRPC understands
    plain: Edit  # removes HTTP/2 from what the proxy offers to clients
    few: Edit  # allows one call on a connection

    @classmethod
    def setUpClass(cls) -> None:
        try:
            program = proxy.program(cls.kind)
        except state.Fault as fault:
            raise unittest.SkipTest(str(fault)) from fault
        said = subprocess.run([program, "-v"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True, timeout=30).stdout
        found = re.search(r"(\d+)\.(\d+)", said)
        cls.version = int(found[1]), int(found[2])

    def test_all_calls(self) -> None:
        with front(self.kind) as one, one.running("Watch", "watch") as watch:
            self.assertEqual(one.says("put", "a", "1"), "revision 1")
            self.assertEqual(watch.stdout.readline(), "watching after revision 0\n")
            self.assertEqual(watch.stdout.readline(), '"a" = "1" (revision 1)\n')
            self.assertEqual(one.says("get", "a"), '"a" = "1" (revision 1)')
            self.assertEqual(one.says("list"), '"a" = "1" (revision 1)')
            self.assertEqual(one.says("import", given="".join(ENTRY.format(n, "A" * 40_000) for n in range(100))), "imported 100 (revision 101)")
            self.assertEqual(one.says("pipeline", given='{"id":1,"getRequest":{"key":"a"}}\n'), '1: "a" = "1" (revision 1)')

    def test_errors_and_tokens(self) -> None:
        with front(self.kind) as one:
            self.assertEqual(one.says("get", "b"), 'NOT_FOUND: no such key "b" [KEY_NOT_FOUND of kv.v1, revision: 0]')
            # The message has four bytes for each byte of this key. It is sent twice: as text, and in the details.
            self.assertRegex(one.says("get", "\x01" * 500), r'^NOT_FOUND: no such key "(\\x01){500}" \[KEY_NOT_FOUND of kv.v1, revision: 0\]$')
            for token in ("", "nobody"):
                self.assertEqual(one.says("get", "b", token=token), "UNAUTHENTICATED: Invalid signature")

    def test_the_server_knows_the_deadline(self) -> None:
        """It ends a call whose client is frozen and can't cancel it."""
        with front(self.kind) as one, one.running("Watch", "--timeout=3s", "watch") as client:
            client.send_signal(signal.SIGSTOP)
            eventually("the server ends it", lambda: one.backends[0].ended("Watch") == 1)

    def test_an_idle_watch(self) -> None:
        """With the sample's time it survives a silence in which another one, which began later and sends pings, is cut."""
        with front(self.kind) as one, one.running("Watch", "watch") as watch, \
                front(self.kind, self.cuts) as other, other.running("Watch", "--keepalive_time=1s", "watch") as short:
            self.assertEqual(short.stdout.read().splitlines()[-1], self.cut)
            self.assertEqual(one.says("put", "a", "1"), "revision 1")
            self.assertEqual([watch.stdout.readline(), watch.stdout.readline()], ["watching after revision 0\n", '"a" = "1" (revision 1)\n'])

    def test_an_import_that_waits(self) -> None:
        with front(self.kind) as one, one.running("Import", "import") as sent, \
                front(self.kind, self.waits) as other, other.running("Import", "import") as short:
            for client in (sent, short):
                client.stdin.write(ENTRY.format("a", "MQ=="))
                client.stdin.flush()
            eventually("it is cut", lambda: other.backends[0].running("Import") == 0)
            self.assertRegex(short.communicate(ENTRY.format("b", "MQ=="))[0], rf"\A{self.waited}\n\Z")
            self.assertEqual(sent.communicate(ENTRY.format("b", "MQ=="))[0], "imported 2 (revision 2)\n")

    def test_no_server(self) -> None:
        with front(self.kind, servers=0) as one:
            self.assertEqual([one.says("get", "a"), one.says("watch")], [self.nobody, self.nobody])
        with front(self.kind, self.speechless, servers=0) as one:
            self.assertEqual(one.says("get", "a"), f"UNAVAILABLE: Received http2 header with status: {self.status}")

    def test_without_http2(self) -> None:
        with front(self.kind, self.plain) as one:
            eventually(self.no_alpn, lambda: re.fullmatch(rf"UNAVAILABLE: .*{self.no_alpn}", one.says("get", "a", wait=False)) is not None)

    def test_more_calls_than_a_connection_takes(self) -> None:
        python = "/usr/bin/python3"  # only Debian's has Debian's grpc
        if subprocess.run([python, "-c", "import grpc"], capture_output=True, check=False).returncode:
            self.skipTest("no python3-grpcio")
        for edits, seconds, said in (((), 40, "NOT_FOUND\n"), ((self.few,), 1, "DEADLINE_EXCEEDED\n")):
            with front(self.kind, *edits) as one:
                done = subprocess.run([python, "-c", TWO_CALLS, one.address, CERTS / "ca.crt", str(seconds)], stdout=subprocess.PIPE, text=True,
                                      check=False, timeout=60)
                self.assertEqual(done.stdout, said)

    def test_a_server_dies(self) -> None:
        """Its calls end, and the next calls go to the others: all of them, from the first on."""
        with front(self.kind) as one, one.watching() as watch, one.running("Import", "import") as sent:
            one.backends[0].process.kill()
            self.assertEqual(watch.stdout.read().splitlines()[-1], self.broken)
            self.assertEqual(sent.communicate()[0], self.lost + "\n")
        with front(self.kind, servers=3) as one:
            self.assertEqual(one.takers(), one.backends)
            one.backends[0].process.kill()
            one.backends[0].process.wait()
            self.assertEqual(one.puts(), [])

    def _drains(self, begin: Callable[[Front], None], **options: object) -> None:
        """Tests that calls that run on a server end well after `begin`, and that new calls go to the others."""
        with front(self.kind, servers=3, **options) as one, one.running("Import", "import") as first, \
                one.running("Import", "import") as second, one.running("Import", "import") as third:
            self.assertEqual([backend.running("Import") for backend in one.backends], [1, 1, 1])
            begin(one)
            self.assertNotIn(one.backends[0], one.takers())
            for client in (first, second, third):
                self.assertEqual(client.communicate(ENTRY.format("b", "MQ=="))[0][:10], "imported 1")


class Nginx(Through, unittest.TestCase):
    kind = "nginx"
    nobody = lost = "UNAVAILABLE: nginx: no server answered"
    broken = cut = "INTERNAL: Received RST_STREAM with error code 2"
    waited = "INTERNAL: Received RST_STREAM with error code 1"
    status = 502
    no_alpn = "tlsv1 alert no application protocol"
    cuts = staticmethod(changed("grpc_read_timeout 1h", "grpc_read_timeout 1s"))
    waits = staticmethod(changed("client_body_timeout 1h", "client_body_timeout 1s"))
    speechless = staticmethod(without("error_page"))
    plain = staticmethod(changed("ssl http2", "ssl"))
    few = staticmethod(changed("http2_max_concurrent_streams 1000", "http2_max_concurrent_streams 1"))

    def test_a_large_import(self) -> None:
        with front(self.kind, without("client_max_body_size")) as one:
            self.assertEqual(one.says("import", given="".join(ENTRY.format(n, "A" * 40_000) for n in range(60))),
                             "INTERNAL: Received RST_STREAM with error code 0")

    def test_a_large_error(self) -> None:
        """Without room for it, the call fails, and nginx takes a healthy server away from everybody."""
        with front(self.kind, without("grpc_buffer_size"), changed("fail_timeout=2s", "fail_timeout=1h"), alone=True) as one:
            self.assertEqual(one.says("put", "a", "1"), "revision 1")
            self.assertEqual(one.says("get", "\x01" * 500), self.nobody)
            self.assertIn("upstream sent too big header", one.log())
            self.assertEqual(one.says("get", "a"), self.nobody)

    def test_the_name_of_the_servers(self) -> None:
        with front(self.kind, without("grpc_ssl_name")) as one:
            self.assertEqual(one.says("get", "a"), self.nobody)
            self.assertIn('upstream SSL certificate does not match "kv"', one.log())
        with front(self.kind, changed("trusted_certificate certs", "trusted_certificate certs/other")) as one:
            self.assertEqual(one.says("get", "a"), self.nobody)

    def test_plaintext_to_the_servers(self) -> None:
        with front(self.kind, changed("grpc_pass grpcs:", "grpc_pass grpc:")) as one:
            self.assertEqual(one.says("get", "a"), self.nobody)

    def test_proxy_pass(self) -> None:
        with front(self.kind, changed("grpc_pass grpcs:", "proxy_pass https:")) as one:
            self.assertEqual(one.says("get", "a"), self.nobody)

    def test_a_frozen_server(self) -> None:
        """New calls go to the others. A call that runs there ends with its deadline."""
        with front(self.kind, servers=3) as one, one.running("Watch", "--timeout=3s", "watch") as watch:
            frozen = next(backend for backend in one.backends if backend.running("Watch"))
            frozen.process.send_signal(signal.SIGSTOP)
            self.assertEqual(one.puts(), [])
            self.assertEqual(watch.stdout.read().splitlines()[-1], "DEADLINE_EXCEEDED: Deadline Exceeded")

    def _workers(self, one: Front) -> dict[str, str]:
        """Returns nginx's workers: process ID and title."""
        found = pathlib.Path(f"/proc/{one.process.pid}/task/{one.process.pid}/children").read_text(encoding="ascii").split()
        titles = {}
        for pid in found:
            with contextlib.suppress(FileNotFoundError):
                titles[pid] = pathlib.Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
        return titles

    def test_drain(self) -> None:
        """nginx does not ask for health. So we mark the server in the configuration and let nginx read it again."""
        def begin(one: Front) -> None:
            path, old = one.folder / "nginx.conf", self._workers(one)
            line = f"server {one.backends[0].address} "
            path.write_text(changed(line, line + "down ")(path.read_text(encoding="utf-8")), encoding="utf-8")
            one.process.send_signal(signal.SIGHUP)

            def replaced() -> bool:
                now = self._workers(one)
                return len(now.keys() - old.keys()) >= len(old) and all("shutting down" in now[pid] for pid in old if pid in now)
            eventually("new workers accept calls, and the old ones don't", replaced)
        self._drains(begin)


class Haproxy(Through, unittest.TestCase):
    kind = "haproxy"
    nobody = "UNAVAILABLE: haproxy: no server is up"
    broken = cut = "UNKNOWN: Stream removed"
    waited = "UNAVAILABLE: haproxy: the server was silent for too long"
    status = 503
    no_alpn = "Cannot check peer: missing selected ALPN property."
    lost = no_http2 = "UNAVAILABLE: Received RST_STREAM with error code 7"
    cuts = staticmethod(changed("timeout server 1h", "timeout server 1s"))
    waits = staticmethod(changed(" 1h\n", " 1s\n"))  # 2.6 cuts it by `timeout server`, 3.0 by `timeout client`
    speechless = staticmethod(without("http-error"))
    plain = staticmethod(changed("server.crt alpn h2", "server.crt alpn http/1.1"))
    few = staticmethod(changed("max-concurrent-streams 1000", "max-concurrent-streams 1"))

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if cls.version >= (3, 0):
            cls.broken = cls.cut = "CANCELLED: Received RST_STREAM with error code 8"
            cls.waited = "(UNAVAILABLE|INTERNAL): .*"  # either, by chance
            cls.lost = cls.no_http2 = "UNAVAILABLE: haproxy: the server did not answer"

    def test_servers_without_http2(self) -> None:
        with front(self.kind, changed("default-server alpn h2", "default-server")) as one:
            self.assertEqual(one.says("get", "a"), self.no_http2)

    def test_the_name_of_the_servers(self) -> None:
        for edit in changed("verifyhost localhost", "verifyhost kv.example"), changed("ca-file certs", "ca-file certs/other"):
            with front(self.kind, edit) as one:
                eventually("all are down", lambda one=one: "backend 'kv' has no server available" in one.log())
                self.assertEqual(one.says("get", "a"), self.nobody)

    def test_a_frozen_server(self) -> None:
        """The check finds it. Its calls end, unless the line that says so is missing."""
        with front(self.kind, servers=3) as one, one.watching() as watch:
            frozen = next(backend for backend in one.backends if backend.running("Watch"))
            frozen.process.send_signal(signal.SIGSTOP)
            self.assertEqual(watch.stdout.read().splitlines()[-1], self.broken)
            self.assertIn(" is DOWN, reason: Layer6 timeout", one.log())
            self.assertEqual(one.puts(), [])
        with front(self.kind, without("default-server on-marked-down")) as one, one.running("Watch", "--timeout=5s", "watch") as watch:
            one.backends[0].process.send_signal(signal.SIGSTOP)
            eventually("the check finds it", lambda: " is DOWN, reason: Layer6 timeout" in one.log())
            self.assertEqual(watch.stdout.read().splitlines()[-1], "DEADLINE_EXCEEDED: Deadline Exceeded")

    def test_drain(self) -> None:
        """The check finds out that a server drains."""
        def begin(one: Front) -> None:
            one.backends[0].process.terminate()
            eventually("haproxy knows", lambda: "Server kv/server1 is stopping" in one.log())
        self._drains(begin, flags=("--drain=1h",))


if __name__ == "__main__":
    unittest.main()
