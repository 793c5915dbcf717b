"""What the tests of stage 13 share: a server with metrics, and its log."""
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from programs import serving  # noqa: E402

SERVER, CLIENT, CERTS = os.environ["SERVER"], os.environ["CLIENT"], pathlib.Path(os.environ["CERTS"])
TLS = [f"--tls_cert={CERTS}/server.crt", f"--tls_key={CERTS}/server.key"]


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen, address: str, log: pathlib.Path) -> None:
        self.process, self.address, self._log = process, address, log
        self.port = int(re.search(r"metrics at http://127.0.0.1:(\d+)/", self.log())[1])

    def log(self) -> str:
        """Returns what it has written to stderr."""
        return self._log.read_text(encoding="utf-8")

    def page(self) -> str:
        """Returns its metrics, as Prometheus gets them."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def metric(self, name: str, **labels: str) -> float:
        """Returns the sum of all values with this name and these labels."""
        rows = re.findall(r"^(\w+)(?:\{(.*)\})? (\S+)$", self.page(), re.M)
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        return sum(float(value) for found, having, value in rows if found == name and wanted <= set(having.split(",")))

    def words(self, *words: str, target: str = "") -> list[str]:
        """Returns the command line of a client. It waits for a connection: gRPC 1.51 sometimes mistakes another error for
        one of connect(), and gives up."""
        return [CLIENT, f"--target={target or self.address}", "--wait_for_ready", *words]

    def client(self, *words: str, **options: object) -> subprocess.CompletedProcess:
        """Runs the client and returns how it ended, with its output."""
        return subprocess.run(self.words(*words), capture_output=True, text=True, timeout=60, check=False, **options)

    def stop(self) -> int:
        """Sends SIGTERM and returns the exit status."""
        self.process.terminate()
        return self.process.wait(timeout=60)


@contextlib.contextmanager
def operated(*flags: str, before: Sequence[str] = (), **options: object) -> Iterator[Server]:
    """Starts a server with metrics, maybe by a command before it."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log"
        with log.open("w", encoding="utf-8") as err, serving(*before, SERVER, "--metrics=127.0.0.1:0", *flags, stderr=err, **options) as (process, address):
            try:
                yield Server(process, address, log)
            except BaseException:
                print(log.read_text(encoding="utf-8"), file=sys.stderr)
                raise


def users(folder: pathlib.Path) -> list[str]:
    """Writes a token file for alice and bob, and each one's token. Returns the server's flags."""
    (folder / "tokens").write_text("alice alices-token writer\nbob bobs-token reader\n", encoding="utf-8")
    for name in ("alice", "bob"):
        (folder / name).write_text(f"{name}s-token", encoding="utf-8")
    return [*TLS, f"--token_file={folder}/tokens"]
