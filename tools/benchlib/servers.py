"""Builds, starts and ends the servers that are measured."""
import contextlib
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterator

from .roster import MANY_WATCHES, NODE_MODULES, ROOT, SERVERS, Server

sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "bench/peers")]
import programs  # noqa: E402
from stagelib import packages  # noqa: E402

BUILD = ROOT / "build-bench"  # optimized, without debug information
SERVER_CORE, LOAD_CORE = "0", "1"
TOKEN = "bench 2f7d1b90c6e84a53b7a1c4d2e9f0a865"


def missing(server: Server) -> str:
    """Returns what the server needs and this machine lacks, or an empty string."""
    return ", ".join(need for need in server.needs if not (shutil.which(need) or pathlib.Path(need).exists()))


def prepare() -> None:
    """Installs what the peers need, if this machine can."""
    packages.install(["test", "bench"])
    if shutil.which("npm") and not NODE_MODULES.is_dir():
        subprocess.run(["npm", "ci", "--silent", "--prefix", NODE_MODULES.parent], check=False)


def build(names: list[str]) -> None:
    """Builds these servers and the load generator. Raises CalledProcessError."""
    if not (BUILD / "build.ninja").is_file():
        subprocess.run(["meson", "setup", BUILD, ROOT, "-Dbuildtype=release", "-Dunity=off", "-Dcpp_args=-Wno-error"], check=True, stdout=subprocess.DEVNULL)
    targets = {SERVERS[name].target for name in names} | {"bench/load/load", "bench/load/tcp_load", "tests/support/ca.crt"}
    subprocess.run(["ninja", "-C", BUILD, "--quiet", *sorted(targets - {""})], check=True)


@dataclasses.dataclass
class Running:
    """A server that is running and ready for calls."""

    name: str
    address: str
    process: subprocess.Popen
    token: pathlib.Path  # the file with the token that the server accepts

    @property
    def server(self) -> Server:
        return SERVERS[self.name]

    def memory(self) -> float:
        """Returns the server's current memory in MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def load(self, *flags: str) -> list[str]:
        """Returns the command that runs the load generator against it, on another core."""
        words = ["taskset", "-c", LOAD_CORE, f"{BUILD}/bench/load/load", f"--address={self.address}", f"--pid={self.process.pid}", *flags]
        if self.server.tls:
            words.append(f"--ca={BUILD}/tests/support/ca.crt")
        if self.server.token:
            words.append(f"--token_file={self.token}")
        return words


@contextlib.contextmanager
def running(name: str, folder: pathlib.Path, under: tuple[str, ...] = ()) -> Iterator[Running]:
    """Starts a server on its core and always ends it. `folder` is for its files; `under` is a command that runs it."""
    tokens = folder / f"tokens of {name}"
    tokens.write_text(TOKEN + ("\n" if name == "08" else " writer\n"), encoding="utf-8")
    (folder / "token").write_text(TOKEN.split()[1], encoding="utf-8")
    if name in ("nginx", "nghttpd"):
        import limits  # from bench/peers
        with getattr(limits, name)(SERVER_CORE) as (process, address):
            yield Running(name, address, process, folder / "token")
        return
    names = {"BUILD": str(BUILD), "CERTS": str(BUILD / "tests/support"), "TOKENS": str(tokens), "FOLDER": str(folder)}
    words = [word.format(**names) for word in SERVERS[name].words]
    os.environ["PYTHONPATH"] = str(BUILD / "proto")
    with programs.serving("taskset", "-c", SERVER_CORE, *under, *words, listen=SERVERS[name].listen.format(**names)) as (process, address):
        found = Running(name, address, process, folder / "token")
        with watched(found, *MANY_WATCHES) if SERVERS[name].watched else contextlib.nullcontext():
            yield found


@contextlib.contextmanager
def watched(running: Running, *flags: str) -> Iterator[None]:
    """Keeps watches open that wait for a change of keys which nobody writes."""
    with programs.started(*running.load("--call=watch", *flags)) as watching:
        assert watching.stdout and watching.stdout.readline() == "STANDING\n"
        yield
