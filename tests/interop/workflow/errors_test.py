"""Tests that Python reads the error details of our server, and our client those of a Python server.

    SERVER=build/stages/10_errors_and_deadlines/server CLIENT=build/stages/10_errors_and_deadlines/client \\
    PYTHONPATH=build/proto /usr/bin/python3 -m unittest errors_test
"""
import os
import subprocess
import time
import unittest

import grpc

import errors
from google.rpc import error_details_pb2
from kv.v1 import kv_pb2, kv_pb2_grpc
from workflow_test import SECONDS, process, serving


class Remembers(kv_pb2_grpc.KeyValueServiceServicer):
    """Keeps how much time a Get has."""

    left: float | None = None

    def Get(self, request, context):
        self.left = context.time_remaining()
        return kv_pb2.GetResponse()


class Details(unittest.TestCase):
    """Both directions."""

    def test_python_reads_ours(self) -> None:
        with process(os.environ["SERVER"], "--listen=127.0.0.1:0") as address, grpc.insecure_channel(address) as channel:
            stub = kv_pb2_grpc.KeyValueServiceStub(channel)
            with self.assertRaises(grpc.RpcError) as caught:
                stub.Put(kv_pb2.PutRequest(value=bytes((1 << 20) + 1)), timeout=SECONDS)
            (bad,) = errors.details(caught.exception)
            self.assertIsInstance(bad, error_details_pb2.BadRequest)
            self.assertEqual([v.field for v in bad.field_violations], ["key", "value"])
            with self.assertRaises(grpc.RpcError) as caught:
                stub.Put(kv_pb2.PutRequest(key="a", expected_revision=4), timeout=SECONDS)
            (info,) = errors.details(caught.exception)
            self.assertEqual((info.reason, info.domain, dict(info.metadata)),
                             ("REVISION_MISMATCH", "kv.v1", {"current_revision": "0"}))

    def test_ours_reads_pythons(self) -> None:
        with serving(errors.Servicer()) as address:
            done = subprocess.run([os.environ["CLIENT"], f"--target={address}", "get", "a"], capture_output=True,
                                  text=True, timeout=SECONDS, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (14, "", "UNAVAILABLE: not now [NOT_HERE of python, key: a] [try again after 1.5s]\n"))

    def test_a_python_hop_has_to_pass_the_deadline_on(self) -> None:
        last = Remembers()
        with serving(last) as end, grpc.insecure_channel(end) as channel, serving(errors.Hop(channel)) as middle, \
                grpc.insecure_channel(middle) as first:
            began = time.monotonic()
            kv_pb2_grpc.KeyValueServiceStub(first).Get(kv_pb2.GetRequest(key="a"), timeout=SECONDS)
            self.assertLess(last.left, SECONDS)
            self.assertGreater(last.left, SECONDS - (time.monotonic() - began) - 1)


if __name__ == "__main__":
    unittest.main()
