"""Looking at the certificates opens no port: no_port_test.py SERVER CERTS.

Where no port is free on loopback, a server on a Unix socket starts all the same, and its
certificates are not blamed. Status 77, for skipped, where we can't make such a place.
"""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import SECONDS, serving  # noqa: E402

ALONE = ["unshare", "--map-root-user", "--net"]  # a network of its own
RANGE = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")


def run_without_ports(*words: str) -> None:
    """In that network: takes the only free port, and becomes the program."""
    RANGE.write_text("40000 40000", encoding="utf-8")
    taken = socket.create_server(("127.0.0.1", 0))
    os.set_inheritable(taken.fileno(), True)
    os.execv(words[0], words)


def main(server: str, certs: str) -> int:
    """Raises AssertionError when the server does not start."""
    probe = [*ALONE, sys.executable, __file__, "--", "/bin/true"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        return 77
    with tempfile.TemporaryDirectory() as folder, serving(
            *probe[:-1], server, f"--tls_cert={certs}/server.crt", f"--tls_key={certs}/server.key",
            listen=f"unix:{folder}/socket") as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "--":
        run_without_ports(*sys.argv[2:])
    sys.exit(main(*sys.argv[1:]))
