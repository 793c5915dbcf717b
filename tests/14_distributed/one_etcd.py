"""What the tests of stage 14 share: a single etcd, which is quicker than three, and servers on it."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from programs import eventually, serving, started  # noqa: E402

SERVER, CLIENT, CERTS = os.environ["SERVER"], os.environ["CLIENT"], pathlib.Path(os.environ["CERTS"])
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("ETCD_", "ETCDCTL_"))} | {"ETCDCTL_API": "3"}


def free_ports(count: int) -> list[int]:
    """Returns ports that nobody uses. Another program could take them before etcd does, but the kernel gives out others first."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Etcd:
    """A running etcd."""

    def __init__(self, process: subprocess.Popen, port: int, flags: list[str]) -> None:
        self.process, self.address, self._flags = process, f"127.0.0.1:{port}", flags

    def ctl(self, *words: str) -> str:
        """Runs etcdctl and returns what it prints."""
        done = subprocess.run(["etcdctl", *self._flags, *words], capture_output=True, text=True,
                              check=False, timeout=30, env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def freeze(self) -> None:
        """Stops it. Nothing is closed."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Lets it go on."""
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def etcd(*flags: str, tls: bool = False) -> Iterator[Etcd]:
    """Starts an etcd that is a cluster by itself, and waits until it answers."""
    scheme = "https" if tls else "http"
    with tempfile.TemporaryDirectory() as folder:
        port, peer = free_ports(2)
        client_url, peer_url = f"{scheme}://127.0.0.1:{port}", f"http://127.0.0.1:{peer}"
        words = ["etcd", f"--data-dir={folder}/data", f"--listen-client-urls={client_url}", f"--advertise-client-urls={client_url}",
                 f"--listen-peer-urls={peer_url}", f"--initial-advertise-peer-urls={peer_url}", f"--initial-cluster=default={peer_url}",
                 "--logger=zap", "--log-outputs=stderr", *flags]
        if tls:
            words += [f"--cert-file={CERTS}/server.crt", f"--key-file={CERTS}/server.key"]
        with open(f"{folder}/log", "w", encoding="utf-8") as log, started(*words, stderr=log, env=ENVIRONMENT) as process:
            one = Etcd(process, port, [f"--endpoints={client_url}", *([f"--cacert={CERTS}/ca.crt"] if tls else [])])

            def answers() -> bool:
                with contextlib.suppress(AssertionError):
                    one.ctl("get", "nothing", "--command-timeout=1s")
                    return True
                assert process.poll() is None, pathlib.Path(folder, "log").read_text(encoding="utf-8")
                return False
            eventually("etcd answers", answers)
            yield one


class Server:
    """A running server on an etcd."""

    def __init__(self, process: subprocess.Popen, address: str) -> None:
        self.process, self.address = process, address

    def words(self, *words: str) -> list[str]:
        """Returns the command line of a client. It waits for a connection: gRPC 1.51 sometimes mistakes another error for
        one of connect(), and gives up."""
        return [CLIENT, f"--target={self.address}", "--wait_for_ready", *words]

    def client(self, *words: str) -> subprocess.CompletedProcess:
        """Runs the client and returns how it ended, with its output."""
        return subprocess.run(self.words(*words), capture_output=True, text=True, timeout=60, check=False)

    def says(self, *words: str) -> str:
        """Runs the client and returns all that it printed."""
        done = self.client(*words)
        return (done.stdout + done.stderr).strip()


@contextlib.contextmanager
def server(one: Etcd, *flags: str) -> Iterator[Server]:
    """Starts a server on an etcd."""
    with serving(SERVER, f"--etcd={one.address}", *flags) as (process, address):
        yield Server(process, address)


def refused(*flags: str) -> str:
    """Starts a server that can't start. Returns what it says."""
    done = subprocess.run([SERVER, "--listen=127.0.0.1:0", *flags], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done
    return done.stderr.strip()
