"""A plugin in Python may answer later: later_test.py SERVER CERTS"""
import pathlib
import sys
import threading
import unittest

import grpc

from kv.v1 import kv_pb2, kv_pb2_grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from programs import SECONDS, serving  # noqa: E402


class LaterPlugin(grpc.AuthMetadataPlugin):
    def __init__(self, token: str) -> None:
        self._token, self.returned = token, threading.Event()

    def __call__(self, context, callback) -> None:
        threading.Thread(target=self._answer, args=(callback,)).start()
        self.returned.set()

    def _answer(self, callback) -> None:
        self.returned.wait()
        callback((("token", self._token),), None)


class Later(unittest.TestCase):
    """The call waits for the callback, not for the function."""

    def test_a_callback_from_another_thread(self) -> None:
        plugin = LaterPlugin("secret")
        pair = f"--tls_cert={CERTS}/server.crt", f"--tls_key={CERTS}/server.key"
        with serving(SERVER, *pair) as (_, address), grpc.secure_channel(
                address, grpc.ssl_channel_credentials(pathlib.Path(CERTS, "ca.crt").read_bytes())) as channel:
            put = kv_pb2_grpc.KeyValueServiceStub(channel).Put(
                kv_pb2.PutRequest(key="city"), timeout=SECONDS, credentials=grpc.metadata_call_credentials(plugin))
        self.assertEqual(put.revision, 1)
        self.assertTrue(plugin.returned.is_set())


if __name__ == "__main__":
    CERTS, SERVER = sys.argv.pop(), sys.argv.pop()
    unittest.main()
