"""A second server does not take a running one's Unix socket: unix_test.py SERVER."""
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import SECONDS, serving  # noqa: E402


def main(server: str) -> None:
    """Raises AssertionError when it does."""
    with tempfile.TemporaryDirectory() as folder:
        for listen in f"unix:{folder}/socket", f"unix://{folder}/socket":
            with serving(server, listen=listen) as (process, _):
                second = subprocess.run([server, f"--listen={listen}"], timeout=SECONDS,
                                        capture_output=True, text=True, check=False)
                assert second.returncode == 1
                assert second.stderr == f"server: cannot listen on {listen}: in use\n"
                process.send_signal(signal.SIGKILL)
                process.wait(SECONDS)
            assert pathlib.Path(folder, "socket").is_socket()  # the dead server's
            with serving(server, listen=listen) as (process, _):
                process.send_signal(signal.SIGTERM)
                assert process.wait(SECONDS) == 0


if __name__ == "__main__":
    main(*sys.argv[1:])
