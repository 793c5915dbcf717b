"""What the tests of stage 14 share: a single etcd, which is quicker than three, and servers on it."""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/support"), str(ROOT / "tools")]
from etcds import ENVIRONMENT, etcds  # noqa: E402
from programs import eventually, serving, started  # noqa: E402

SERVER, CLIENT, CERTS = os.environ["SERVER"], os.environ["CLIENT"], pathlib.Path(os.environ["CERTS"])


class Etcd:
    """A running etcd."""

    def __init__(self, process: subprocess.Popen, address: str, tls: bool) -> None:
        self.process, self.address = process, address
        self._flags = [f"--endpoints=https://{address}", f"--cacert={CERTS}/ca.crt"] if tls else [f"--endpoints={address}"]

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
    with etcds(1, *flags, certs=CERTS if tls else None) as [(process, address)]:
        one = Etcd(process, address, tls)

        def answers() -> bool:
            assert process.poll() is None, "etcd has ended"
            with contextlib.suppress(AssertionError):
                one.ctl("get", "nothing", "--command-timeout=1s")
                return True
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
