"""With --wait_for_ready a call outlives a refused connection: wait_for_ready.py SERVER CLIENT.

A socket file stands in for the server at first. It takes the client's connection
and closes it, so the channel has failed for certain; then the real server comes.
"""
import pathlib
import socket
import subprocess
import sys
import tempfile

SECONDS = 30


def start(*words: str) -> subprocess.Popen:
    """A process whose output and errors can be read."""
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def attempt(path: pathlib.Path, client: str, *flags: str) -> subprocess.Popen:
    """A client whose first connection was closed in its face."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(SECONDS)
        process = start(client, f"--target=unix:{path}", *flags, "delete", "city")
        listener.accept()[0].close()
    path.unlink()
    return process


def main(server: str, client: str) -> None:
    """Raises AssertionError when a client does not behave."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "socket")
        hasty = attempt(path, client)
        assert hasty.wait(SECONDS) == 14, hasty.stderr.read()
        assert hasty.stderr.read().startswith("UNAVAILABLE: failed to connect")

        patient = attempt(path, client, "--wait_for_ready", f"--timeout={SECONDS}s")
        serving = start(server, f"--listen=unix:{path}")
        try:
            assert serving.stdout.readline() == f"READY unix:{path}\n"
            out, errors = patient.communicate(timeout=SECONDS)
            assert (patient.returncode, out, errors) == (0, "absent (revision 0)\n", "")
        finally:
            patient.kill()
            serving.terminate()
            assert serving.wait(SECONDS) == 0


if __name__ == "__main__":
    main(*sys.argv[1:])
