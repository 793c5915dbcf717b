"""An idle sync client holds up the server's stop: idle_client_test.py SERVER IDLE_CLIENT.

Shutdown tells each connection to go away. A sync client reads its connection only
during a call, so an idle one does not hear it, and the server waits until the grace
is over. Where nobody is connected it ends at once.
"""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import SECONDS, serving, started  # noqa: E402


def stop_takes(server: str, client: str, grace: float, connected: bool) -> float:
    """How long the server takes to end after SIGTERM, in seconds."""
    with serving(server, f"--grace={grace}s") as (process, address):
        with started(client, address) as idle:
            assert idle.stdout.readline() == "0\n"
            if not connected:
                idle.communicate(timeout=SECONDS)
            begun = time.monotonic()
            process.terminate()
            assert process.wait(SECONDS) == 0
            return time.monotonic() - begun


def main(server: str, client: str) -> None:
    """Raises AssertionError when it is not so."""
    assert stop_takes(server, client, 1, connected=True) > 0.9
    assert stop_takes(server, client, SECONDS, connected=False) < SECONDS / 2


if __name__ == "__main__":
    main(*sys.argv[1:])
