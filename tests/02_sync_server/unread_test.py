"""Nobody reads what the server writes: unread_test.py SERVER."""
import os
import pathlib
import signal
import socket
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import SECONDS, eventually, started  # noqa: E402


def answers(path: str) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(path) == 0


def main(server: str) -> None:
    """Raises AssertionError when the server dies of it."""
    reader, writer = os.pipe()
    os.close(reader)
    with tempfile.TemporaryDirectory() as folder, started(server, f"--listen=unix:{folder}/socket", stdout=writer) as process:
        eventually("it listens", lambda: process.poll() is not None or answers(f"{folder}/socket"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    os.close(writer)


if __name__ == "__main__":
    main(*sys.argv[1:])
