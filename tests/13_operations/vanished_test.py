"""Clients and servers that vanish without a word, and pings that are too many."""
import os
import signal
import subprocess
import sys
import time
import unittest

from operated import operated
from programs import eventually, started

NAMESPACE = ["unshare", "--user", "--map-root-user", "--net"]
PINGS = ["--keepalive_time=1s", "--keepalive_timeout=1s"]


def usable() -> bool:
    """Whether we may have a network of our own."""
    try:
        return subprocess.run([*NAMESPACE, "ip", "link", "set", "lo", "up"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


class Vanished(unittest.TestCase):
    def test_a_frozen_client_is_noticed_and_its_watch_is_gone(self) -> None:
        with operated(*PINGS) as server, started(*server.words("--timeout=1h", "watch")) as watch:
            eventually("a watch", lambda: server.metric("grpc_server_in_flight", grpc_method="Watch") == 1)
            idle = time.monotonic() + 3  # it answers three pings
            eventually("it is idle", lambda: time.monotonic() > idle)
            self.assertEqual(server.metric("grpc_server_in_flight", grpc_method="Watch"), 1)
            watch.send_signal(signal.SIGSTOP)
            begun = time.monotonic()
            eventually("the watch is gone", lambda: server.metric("grpc_server_in_flight", grpc_method="Watch") == 0)
            self.assertLess(time.monotonic() - begun, 10)  # without pings: two hours
            self.assertEqual(server.metric("grpc_server_handled_total", grpc_method="Watch", grpc_code="CANCELLED"), 1)

    @unittest.skipUnless(usable(), "no network namespace")
    def test_both_sides_notice_a_route_that_is_gone(self) -> None:
        subprocess.run([*NAMESPACE, sys.executable, "-B", __file__, "inside"], check=True, timeout=60)

    def test_a_client_that_pings_too_often_is_thrown_out(self) -> None:
        with operated() as server:
            ended = server.client("--keepalive_time=1s", "--timeout=1h", "watch")
            self.assertEqual((ended.returncode, ended.stderr), (14, "UNAVAILABLE: Too many pings\n"))


@unittest.skipUnless("SLOW" in os.environ, "takes 45 seconds")
class Patient(unittest.TestCase):
    def test_a_client_may_ping_every_ten_seconds(self) -> None:
        with operated() as server:
            ended = server.client("--keepalive_time=10s", "--timeout=45s", "watch")
            self.assertEqual(ended.returncode, 4, ended.stderr)


def inside() -> None:
    """In a network of its own, which it takes down while a watch is idle."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with operated("--log_calls", *PINGS) as server, started(*server.words(*PINGS, "--timeout=1h", "watch"), stderr=subprocess.PIPE) as watch:
        eventually("a watch", lambda: server.metric("grpc_server_in_flight", grpc_method="Watch") == 1)
        subprocess.run(["ip", "link", "set", "lo", "down"], check=True)
        begun = time.monotonic()
        eventually("the server ends the watch", lambda: '/Watch"' in server.log())
        assert watch.wait(timeout=30) == 14
        # gRPC's own timer, or TCP_USER_TIMEOUT, which gRPC sets to the same time.
        assert watch.stderr.read() in ("UNAVAILABLE: keepalive watchdog timeout\n", "UNAVAILABLE: recvmsg:Connection timed out\n")
        assert time.monotonic() - begun < 10


if __name__ == "__main__":
    if sys.argv[1:] == ["inside"]:
        inside()
    else:
        unittest.main()
