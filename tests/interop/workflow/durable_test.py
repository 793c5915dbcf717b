"""Tests that Python's server and ours can use the same store, one after the other.

    SERVER=build/stages/12_persistence/server CLIENT=build/stages/12_persistence/client \\
    PYTHONPATH=build/proto /usr/bin/python3 -m unittest durable_test
"""
import concurrent.futures
import os
import subprocess
import tempfile
import unittest

import grpc

import durable
from kv.v1 import kv_pb2_grpc
from workflow_test import SECONDS


class Nameless(kv_pb2_grpc.KeyValueServiceServicer):
    """A server whose store has no name, as those of the stages before."""

    def Watch(self, request, context):
        context.send_initial_metadata((("kv-revision", "0"),))
        yield from ()


class Durable(unittest.TestCase):
    def _client(self, address: str, *words: str) -> str:
        done = subprocess.run([os.environ["CLIENT"], f"--target={address}", *words], capture_output=True, text=True, timeout=SECONDS, check=False)
        return done.stdout + done.stderr

    def _with_ours(self, data: str, *words: str) -> str:
        with subprocess.Popen([os.environ["SERVER"], "--listen=127.0.0.1:0", f"--data={data}"], stdout=subprocess.PIPE, text=True) as server:
            try:
                return self._client(server.stdout.readline().split()[1], *words)
            finally:
                server.kill()

    def _python(self, servicer: kv_pb2_grpc.KeyValueServiceServicer) -> str:
        server = grpc.server(concurrent.futures.ThreadPoolExecutor())
        kv_pb2_grpc.add_KeyValueServiceServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.addCleanup(lambda: server.stop(None).wait())
        return f"127.0.0.1:{port}"

    def test_a_watch_can_resume_only_in_a_store_with_a_name(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            said = self._client(self._python(Nameless()), "watch", f"--resume={folder}/place")
            self.assertIn("client: --resume needs a server that sends kv-store\n", said)
            self.assertFalse(os.listdir(folder))

    def test_one_store_for_both(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            data = f"{folder}/data"
            self.assertEqual(self._with_ours(data, "put", "ours", "1"), "revision 1\n")
            servicer = durable.Servicer(f"{data}/kv.db")
            self.addCleanup(servicer.close)
            self.assertEqual(self._client(self._python(servicer), "put", "python", "2"), "revision 2\n")
            self.assertEqual(self._with_ours(data, "list"), '"ours" = "1" (revision 1)\n"python" = "2" (revision 2)\n')
            self.assertIn("revision 3", self._with_ours(data, "put", "ours", "3"))


if __name__ == "__main__":
    unittest.main()
