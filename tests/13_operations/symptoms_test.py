"""What the page "It is slow, it hangs, it grows" shows: a test for each symptom."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import h2
from operated import operated
from programs import eventually, started

KEY, MIB = "key", 1 << 20
IDLE = pathlib.Path(__file__).with_name("idle_client.py")


class Slow(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    @unittest.skipUnless(shutil.which("strace"), "no strace")
    def test_the_disk(self) -> None:
        slow = ["strace", "-f", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=50000"]  # microseconds
        with operated(f"--data={self.folder}/data", before=slow) as server:
            server.client("put", "a", "b")
            server.client("get", "a")
            commit = server.metric("kv_commit_seconds_sum") / server.metric("kv_commit_seconds_count")
            put, get = (server.metric("grpc_server_handling_seconds_sum", grpc_method=name) for name in ("Put", "Get"))
            self.assertGreater(commit, 0.05)
            self.assertGreater(put, commit)
            self.assertLess(get, commit / 5)
            subprocess.run(["pkill", "-TERM", "-P", str(server.process.pid)], check=True)
            server.process.wait(timeout=60)


class Hangs(unittest.TestCase):
    def test_a_call_that_runs_takes_the_grace_of_a_stop(self) -> None:
        with operated("--grace=1s") as server, started(*server.words("pipeline", "--timeout=1h")):
            eventually("a call", lambda: server.metric("grpc_server_in_flight", grpc_method="Pipeline") == 1)
            begun = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertGreater(time.monotonic() - begun, 0.99)

    def test_a_sync_client_that_does_nothing_looks_only_every_five_seconds(self) -> None:
        def stop_takes(**environment: str) -> float:
            with operated("--grace=1h") as server, started("/usr/bin/python3", "-B", str(IDLE), server.address, env={**os.environ, **environment}) as idle:
                self.assertEqual(idle.stdout.readline(), "idle\n")
                eventually("no call runs", lambda: server.metric("grpc_server_in_flight") == 0)
                begun = time.monotonic()
                self.assertEqual(server.stop(), 0)
                return time.monotonic() - begun
        self.assertGreater(stop_takes(), 2)
        self.assertLess(stop_takes(GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS="100"), 2)

    def test_open_files_are_counted(self) -> None:
        with operated(before=["prlimit", "--nofile=64:64"]) as server:
            self.assertEqual(server.metric("process_max_fds"), 64)
            before = server.metric("process_open_fds")
            host, port = server.address.split(":")
            with contextlib.ExitStack() as held:
                for _ in range(20):
                    held.enter_context(socket.create_connection((host, int(port))))
                self.assertEqual(server.client("health").returncode, 0)  # accepted after the others
                self.assertGreaterEqual(server.metric("process_open_fds"), before + 20)


class Grows(unittest.TestCase):
    def put_many(self, *flags: str) -> tuple[float, float, float]:
        """Overwrites an entry of 1 MiB 40 times. Returns revisions, bytes of entries, and bytes of memory that were added."""
        with operated(*flags) as server:
            before = server.metric("process_resident_memory_bytes")
            with h2.Connection(server.address) as connection:
                for _ in range(40):
                    stream = connection.open(h2.request("Put"))
                    connection.send(stream, h2.message(h2.entry(b"a", bytes(MIB - 100))), h2.END_STREAM)
                    connection.end(stream)
            return (server.metric("kv_revision"), server.metric("kv_entries_bytes"), server.metric("process_resident_memory_bytes") - before)

    def test_the_history_keeps_what_was_overwritten(self) -> None:
        revision, entries, memory = self.put_many()
        self.assertEqual((revision, entries // MIB), (40, 0))
        self.assertGreater(memory, 35 * MIB)
        self.assertLess(self.put_many("--history=1")[2], 15 * MIB)

    def test_reflection_needs_a_thread_for_each_call_and_has_a_limit(self) -> None:
        with operated("--reflection") as server, h2.Connection(server.address) as connection:
            before = server.metric("process_threads")
            head = h2.request("x").replace(h2.field(":path", "/kv.v1.KeyValueService/x"),
                                           h2.field(":path", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"))
            for _ in range(40):
                last = connection.open(head)
                connection.send(last, h2.message(b"\x3a\x01*"))
            self.assertIn(b"Server Threadpool Exhausted", connection.end(last).payload)
            self.assertLess(server.metric("process_threads"), before + 20)
            self.assertEqual(server.client("put", "a", "b").returncode, 0)


if __name__ == "__main__":
    unittest.main()
