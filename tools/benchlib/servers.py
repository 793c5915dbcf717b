"""The servers that are measured: what they are, how they are built and started."""
import contextlib
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "bench/peers")]
import programs  # noqa: E402
from stagelib import packages  # noqa: E402

NODE_MODULES = ROOT / "bench/peers/node/node_modules"
BUILD = ROOT / "build-bench"  # optimised, without what a debugger needs
SERVER_CORE, LOAD_CORE = "0", "1"
TOKEN = "bench 2f7d1b90c6e84a53b7a1c4d2e9f0a865\n"
MANY_CALLS = "--max_calls=256"  # of the stages: more than any load has in flight


@dataclasses.dataclass(frozen=True)
class Server:
    """One row of the tables. `words` may name BUILD, CERTS and TOKENS in braces."""

    label: str
    words: tuple[str, ...]
    target: str = ""  # what Ninja builds for it
    needs: tuple[str, ...] = ()  # programs or files that must be there
    call: str = ""  # the load's call, when it is not the table's
    tls: bool = False
    token: bool = False


def _ours(label: str, name: str, *flags: str, **options: bool) -> Server:
    target = f"stages/{name}/server"
    return Server(label, (f"{{BUILD}}/{target}", MANY_CALLS, *flags), target, **options)


def _bench(label: str, name: str, *flags: str) -> Server:
    target = f"bench/servers/{name}"
    return Server(label, (f"{{BUILD}}/{target}", *flags), target)


_TLS = ("--tls_cert={CERTS}/server.crt", "--tls_key={CERTS}/server.key")
_PYTHON = "/usr/bin/python3"
SERVERS = {
    "usual": _bench("C++ sync, as the usual example", "usual"),
    "usual_no_health": _bench("the same without the health service", "usual", "--no_health"),
    "03": _ours("stage 03 (sync)", "03_client_stub"),
    "06": _ours("stage 06 (sync)", "06_bidi_streaming"),
    "callback": _bench("C++ callback", "callback"),
    "queue": _bench("C++ completion queue", "completion_queue"),
    "raw": _bench("C++ completion queue, bytes, static", "raw_queue_static"),
    "07_tls": _ours("stage 07 over TLS, no token asked", "07_metadata_plugin", *_TLS, tls=True),
    "07": _ours("stage 07 without TLS", "07_metadata_plugin"),
    "08": _ours("stage 08, token in an interceptor", "08_server_interceptor", *_TLS, "--token_file={TOKENS}", tls=True, token=True),
    "08_open": _ours("stage 08, an interceptor that takes all", "08_server_interceptor", *_TLS, tls=True),
    "09": _ours("stage 09, token in a processor", "09_auth_processor", *_TLS, "--token_file={TOKENS}", tls=True, token=True),
    "09_open": _ours("stage 09, no processor", "09_auth_processor", *_TLS, tls=True),
    "knobs": _bench("sync, nothing turned", "knobs"),
    **{name: _bench(f"sync, {label}", "knobs", *flags) for name, (label, flags) in {
        "health": ("default health service", ("--health",)),
        "queues_2": ("2 completion queues", ("--queues=2",)),
        "queues_4": ("4 completion queues", ("--queues=4",)),
        "pollers_1": ("1 poller at most", ("--max_pollers=1",)),
        "pollers_64": ("64 pollers at most", ("--max_pollers=64",)),
        "threads_128": ("128 threads at most", ("--max_threads=128",)),
        "minimal": ("minimal stack", ("--minimal_stack",)),
        "no_channelz": ("no channelz", ("--no_channelz",)),
        "no_bdp": ("no BDP probe", ("--no_bdp_probe",)),
        "throughput": ("optimization target", ("--throughput",)),
        "no_deadlock": ("no deadlock detection", ("--no_deadlock_detection",)),
    }.items()},
    "python": Server("Python, thread pool", (_PYTHON, "-B", f"{ROOT}/bench/peers/python_pool.py"), "proto/kv/v1/kv_pb2.py", (_PYTHON,)),
    "aio": Server("Python, grpc.aio", (_PYTHON, "-B", f"{ROOT}/bench/peers/python_aio.py"), "proto/kv/v1/kv_pb2.py", (_PYTHON,)),
    "node": Server("Node, grpc-js", ("node", f"{ROOT}/bench/peers/node/server.js"), "", ("node", str(NODE_MODULES))),
    "go": Server("Go, grpc-go 1.33", ("{BUILD}/bench/peers/go_server",), "bench/peers/go_server", ("go",)),
    "nginx": Server("nginx, a file", (), "", ("nginx",), "static"),
    "nghttpd": Server("nghttpd, a file", (), "", ("nghttpd",), "static"),
    "tcp": Server("TCP, echoes", ("{BUILD}/bench/peers/tcp",), "bench/peers/tcp", (), "echo"),
}


def missing(server: Server) -> str:
    """What is not there that it needs; nothing when all is."""
    return ", ".join(need for need in server.needs if not (shutil.which(need) or pathlib.Path(need).exists()))


def prepare() -> None:
    """Gets what the peers need, where that can be had."""
    packages.install(["test", "bench"])
    if shutil.which("npm") and not NODE_MODULES.is_dir():
        subprocess.run(["npm", "ci", "--silent", "--prefix", NODE_MODULES.parent], check=False)


def build(names: list[str]) -> None:
    """Builds what the servers of these names need, and the load; raises CalledProcessError."""
    if not (BUILD / "build.ninja").is_file():
        subprocess.run(["meson", "setup", BUILD, ROOT, "-Dbuildtype=release", "-Dcpp_args=-Wno-error"], check=True, stdout=subprocess.DEVNULL)
    targets = {SERVERS[name].target for name in names} | {"bench/load/load", "bench/load/tcp_load", "tests/certs/ca.crt"}
    subprocess.run(["ninja", "-C", BUILD, "--quiet", *sorted(targets - {""})], check=True)


@dataclasses.dataclass
class Running:
    """A server that takes calls."""

    name: str
    address: str
    process: subprocess.Popen
    token: pathlib.Path  # a file of the one that the server takes

    @property
    def server(self) -> Server:
        return SERVERS[self.name]

    def memory(self) -> float:
        """What it has in memory now, in MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def load(self, *flags: str) -> list[str]:
        """The command that makes a load for it, on a core of its own."""
        words = ["taskset", "-c", LOAD_CORE, f"{BUILD}/bench/load/load", f"--address={self.address}", f"--pid={self.process.pid}", *flags]
        if self.server.tls:
            words.append(f"--ca={BUILD}/tests/certs/ca.crt")
        if self.server.token:
            words.append(f"--token_file={self.token}")
        return words


@contextlib.contextmanager
def running(name: str, folder: pathlib.Path, under: tuple[str, ...] = ()) -> Iterator[Running]:
    """Starts a server on its core and always ends it. folder: for its files. under: what runs it."""
    tokens = folder / "tokens"
    if not tokens.exists():
        tokens.write_text(TOKEN, encoding="utf-8")
        (folder / "token").write_text(TOKEN.split()[1], encoding="utf-8")
    if name in ("nginx", "nghttpd"):
        import limits  # of bench/peers
        with getattr(limits, name)(SERVER_CORE) as (process, address):
            yield Running(name, address, process, folder / "token")
        return
    names = {"BUILD": str(BUILD), "CERTS": str(BUILD / "tests/certs"), "TOKENS": str(tokens)}
    words = [word.format(**names) for word in SERVERS[name].words]
    os.environ["PYTHONPATH"] = str(BUILD / "proto")
    with programs.serving("taskset", "-c", SERVER_CORE, *under, *words) as (process, address):
        yield Running(name, address, process, folder / "token")
