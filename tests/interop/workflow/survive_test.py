"""A Python client goes on when its server is killed."""
import os
import pathlib
import sys
import tempfile
import unittest

import survive
from kv.v1 import kv_pb2, kv_pb2_grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from programs import serving  # noqa: E402

SERVER = os.environ["SERVER"]


class Survive(unittest.TestCase):
    """One server, killed and started again."""

    def test_nothing_is_missed(self) -> None:
        """The watch goes on, and a Get waits for the server."""
        with tempfile.TemporaryDirectory() as data:
            with serving(SERVER, f"--data={data}") as (first, address), survive.connect(address) as channel:
                stub = kv_pb2_grpc.KeyValueServiceStub(channel)
                changes = survive.follow(stub, 0)
                for round_ in range(2):
                    stub.Put(kv_pb2.PutRequest(key="city", value=b"%d" % round_), timeout=30, wait_for_ready=True)
                    self.assertEqual(next(changes).entry.revision, round_ + 1)
                    if round_ == 0:
                        first.kill()
                        first.wait()
                        again = self.enterContext(serving(SERVER, f"--data={data}", listen=address))
                        self.assertEqual(again[1], address)
                got = stub.Get(kv_pb2.GetRequest(key="city"), timeout=30)
                self.assertEqual((got.entry.value, got.entry.revision), (b"1", 2))


if __name__ == "__main__":
    unittest.main()
