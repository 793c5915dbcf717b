"""Tests that rejected calls leak neither memory nor files: rejected_test.py SERVER REJECTED CERTS.

Makes a thousand calls of all kinds, each wrong in one of many ways, five times.
"""
import pathlib
import subprocess
import sys
import tempfile

from programs import SECONDS, connections, eventually, handlers, memory, role, serving

CALLS = 1000
TOKEN = "alice 9f1c04d2b7a6"


def files(server_pid: int) -> int:
    """Returns the number of open files and sockets of a process."""
    return len(list(pathlib.Path(f"/proc/{server_pid}/fd").iterdir()))


def main(server: str, rejected: str, certs: str) -> None:
    """Raises AssertionError if memory or open files grow."""
    with tempfile.TemporaryDirectory() as folder:
        right, tokens = pathlib.Path(folder, "right"), pathlib.Path(folder, "tokens")
        right.write_text(TOKEN, encoding="utf-8")
        tokens.write_text(TOKEN + role(server) + "\n", encoding="utf-8")
        with serving(server, f"--tls_cert={certs}/server.crt", f"--tls_key={certs}/server.key",
                     f"--token_file={tokens}", "--max_calls=8") as (process, address):
            def refuse(calls: int) -> None:
                subprocess.run([rejected, address, f"{certs}/ca.crt", str(right), str(calls)],
                               check=True, timeout=SECONDS)
                eventually("no more connections", lambda: connections(process) == 0)
                eventually("only those threads that wait", lambda: handlers(process) <= 2)

            refuse(CALLS)  # the first calls fill pools and caches
            before, open_before = memory(process), files(process.pid)
            for _ in range(4):
                refuse(CALLS)
            grown, opened = memory(process) - before, files(process.pid) - open_before
    print(f"after {4 * CALLS} more refused calls: {grown / 1024:.0f} KB more, {opened} files more")
    assert grown < 2 << 20, "half a KB a call would be as much"
    assert opened <= 0


if __name__ == "__main__":
    main(*sys.argv[1:])
