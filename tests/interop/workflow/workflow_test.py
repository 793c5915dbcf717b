"""Tests the Python code on the page "From Python", and what the page says about it.

    PYTHONPATH=build/proto /usr/bin/python3 -m unittest workflow_test

SERVER names the C++ server of a stage, which the Python client calls as well.
"""
import contextlib
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
from collections.abc import Iterator
from concurrent import futures

import grpc

import client
import credentials
import interceptor
import server
from kv.v1 import kv_pb2, kv_pb2_grpc

HERE = pathlib.Path(__file__).resolve().parent
SESSION = HERE.parents[1] / "02_sync_server/sessions/python_workflow.session"
SECONDS = 30


@contextlib.contextmanager
def process(*command: str) -> Iterator[str]:
    """Starts a server program and yields the address that it prints."""
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield program.stdout.readline().removeprefix("READY ").strip()
    finally:
        program.kill()
        program.wait(SECONDS)
        program.stdout.close()


@contextlib.contextmanager
def serving(servicer: kv_pb2_grpc.KeyValueServiceServicer, secure: grpc.ServerCredentials | None = None,
            workers: int = 8, **options: object) -> Iterator[str]:
    """Starts a server in this process and yields its address."""
    running = grpc.server(futures.ThreadPoolExecutor(max_workers=workers), **options)
    kv_pb2_grpc.add_KeyValueServiceServicer_to_server(servicer, running)
    port = running.add_secure_port("localhost:0", secure) if secure else running.add_insecure_port("localhost:0")
    running.start()
    try:
        yield f"localhost:{port}"
    finally:
        running.stop(None).wait(SECONDS)


def printed(function, *args: object) -> list[str]:
    """Returns the lines that a function prints."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        function(*args)
    return text.getvalue().splitlines()


class Calls(unittest.TestCase):
    """Tests the servicer, the server and its shutdown, and the client's unary and streaming calls."""

    def test_every_kind_of_call(self) -> None:
        with process(sys.executable, str(HERE / "server.py"), "127.0.0.1:0") as address:
            shown = SESSION.read_text(encoding="utf-8").splitlines()[4:]
            self.assertEqual([f"[client] {line}" for line in printed(client.main, address)], shown)

    def test_a_cpp_server_is_none_the_wiser(self) -> None:
        with process(os.environ["SERVER"], "--listen=127.0.0.1:0") as address:
            self.assertEqual(printed(client.unary, address), ["Berlin 1"])

    def test_an_error_is_raised_as_rpc_error(self) -> None:
        with serving(server.KeyValueServicer()) as address, grpc.insecure_channel(address) as channel:
            stub = kv_pb2_grpc.KeyValueServiceStub(channel)
            with self.assertRaises(grpc.RpcError) as raised:
                stub.Get(kv_pb2.GetRequest(key="town"), timeout=SECONDS)
            self.assertEqual(raised.exception.code(), grpc.StatusCode.NOT_FOUND)
            self.assertEqual(raised.exception.details(), 'no such key "town"')
            with self.assertRaises(grpc.RpcError) as raised:
                stub.Delete(kv_pb2.DeleteRequest(key="town"), timeout=SECONDS)
            self.assertEqual(raised.exception.code(), grpc.StatusCode.UNIMPLEMENTED)
            self.assertEqual(raised.exception.details(), "Method not implemented!")

    def test_an_exception_tells_the_client_its_words(self) -> None:
        class Throws(kv_pb2_grpc.KeyValueServiceServicer):
            def Get(self, request, context):
                raise RuntimeError("the disk is full")

        with serving(Throws()) as address, grpc.insecure_channel(address) as channel:
            with self.assertRaises(grpc.RpcError) as raised, self.assertLogs("grpc._server"):
                kv_pb2_grpc.KeyValueServiceStub(channel).Get(kv_pb2.GetRequest(), timeout=SECONDS)
            self.assertEqual(raised.exception.code(), grpc.StatusCode.UNKNOWN)
            self.assertEqual(raised.exception.details(), "Exception calling application: the disk is full")


class Held(kv_pb2_grpc.KeyValueServiceServicer):
    """A servicer whose Get blocks until the test releases it."""

    def __init__(self) -> None:
        self.inside, self.let_go = threading.Semaphore(0), threading.Event()

    def Get(self, request, context):
        self.inside.release()
        self.let_go.wait(SECONDS)
        return kv_pb2.GetResponse()


class Pool(unittest.TestCase):
    """Tests one call more than the ThreadPoolExecutor has workers."""

    def test_waits(self) -> None:
        held = Held()
        with serving(held, workers=1) as address, grpc.insecure_channel(address) as channel:
            stub = kv_pb2_grpc.KeyValueServiceStub(channel)
            first = stub.Get.future(kv_pb2.GetRequest(), timeout=SECONDS)
            held.inside.acquire(timeout=SECONDS)
            with self.assertRaises(grpc.RpcError) as raised:
                stub.Get(kv_pb2.GetRequest(), timeout=0.2)  # stays in the queue until its deadline
            self.assertEqual(raised.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
            self.assertFalse(held.inside.acquire(blocking=False))
            held.let_go.set()
            first.result(SECONDS)

    def test_is_refused_over_maximum_concurrent_rpcs(self) -> None:
        held = Held()
        with serving(held, workers=1, maximum_concurrent_rpcs=1) as address, grpc.insecure_channel(address) as channel:
            stub = kv_pb2_grpc.KeyValueServiceStub(channel)
            first = stub.Get.future(kv_pb2.GetRequest(), timeout=SECONDS)
            held.inside.acquire(timeout=SECONDS)
            with self.assertRaises(grpc.RpcError) as raised:
                stub.Get(kv_pb2.GetRequest(), timeout=SECONDS)
            self.assertEqual(raised.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
            held.let_go.set()
            first.result(SECONDS)


class Token(unittest.TestCase):
    """Tests credentials on the client and an interceptor on the server, over TLS."""

    @classmethod
    def setUpClass(cls) -> None:
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = (pathlib.Path(folder, name) for name in ("key.pem", "cert.pem"))
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                            "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
            cls.authority = certificate.read_bytes()
            cls.secure = grpc.ssl_server_credentials([(key.read_bytes(), cls.authority)])

    def server(self) -> contextlib.AbstractContextManager[str]:
        """Starts a server that needs the token "secret" and has an entry "city"."""
        servicer = server.KeyValueServicer()
        servicer._entries["city"] = kv_pb2.Entry(key="city", value=b"Berlin", revision=1)
        return serving(servicer, self.secure, interceptors=[interceptor.SignatureValidationInterceptor("secret")])

    def refused(self, call, *args: object, code=grpc.StatusCode.UNAUTHENTICATED) -> str:
        """Asserts that a call fails with this code, and returns the error's text."""
        with self.assertRaises(grpc.RpcError) as raised:
            call(*args)
        self.assertEqual(raised.exception.code(), code)
        return raised.exception.details()

    def test_per_call(self) -> None:
        with self.server() as address:
            good = credentials.per_call(address, self.authority, "secret")
            self.assertEqual(good.entry.value, b"Berlin")
            self.assertEqual(self.refused(credentials.per_call, address, self.authority, "wrong"), "Invalid signature")

    def test_composite(self) -> None:
        with self.server() as address:
            with credentials.composite(address, self.authority, "secret") as channel:
                stub = kv_pb2_grpc.KeyValueServiceStub(channel)
                self.assertEqual(printed(client.server_stream, stub), ["listed city"])
                self.assertEqual(printed(client.client_stream, stub), ["imported 3"])
            with credentials.composite(address, self.authority, "wrong") as channel:
                stub = kv_pb2_grpc.KeyValueServiceStub(channel)
                for call in client.server_stream, client.client_stream:
                    self.assertEqual(self.refused(call, stub), "Invalid signature")

    def test_no_token_at_all(self) -> None:
        with self.server() as address, grpc.secure_channel(
                address, grpc.ssl_channel_credentials(self.authority)) as channel:
            self.assertEqual(self.refused(client.server_stream, kv_pb2_grpc.KeyValueServiceStub(channel)),
                             "Invalid signature")

    def test_the_token_does_not_travel_in_the_clear(self) -> None:
        with serving(server.KeyValueServicer()) as address, grpc.insecure_channel(address) as channel:
            stub, request = kv_pb2_grpc.KeyValueServiceStub(channel), kv_pb2.GetRequest(key="city")
            plugin = grpc.metadata_call_credentials(credentials.TokenPlugin("secret"))
            words = self.refused(lambda: stub.Get(request, timeout=SECONDS, credentials=plugin))
            self.assertEqual(words, "Established channel does not have a sufficient security level "
                                    "to transfer call credential.")


if __name__ == "__main__":
    unittest.main()
