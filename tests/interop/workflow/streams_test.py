"""Tests the Python code on the pages of the stages with streams, and what these pages say about it.

    PYTHONPATH=build/proto SERVER=build/stages/04_server_streaming/server /usr/bin/python3 -m unittest streams_test

SERVER names the C++ server that the Python clients call.
"""
import os
import pathlib
import signal
import subprocess
import sys
import threading
import unittest

import grpc

import client
import server
from kv.v1 import kv_pb2, kv_pb2_grpc
from workflow_test import SECONDS, printed, process, serving

HERE = pathlib.Path(__file__).resolve().parent
WATCH = "import sys, grpc, client; client.watch(client.kv_pb2_grpc.KeyValueServiceStub(grpc.insecure_channel(sys.argv[1])))"


class CppServer(unittest.TestCase):
    """Tests Python clients against the C++ server of a stage."""

    def setUp(self) -> None:
        self.address = self.enterContext(process(os.environ["SERVER"], "--listen=127.0.0.1:0"))
        channel = self.enterContext(grpc.insecure_channel(self.address))
        self.stub = kv_pb2_grpc.KeyValueServiceStub(channel)

    def put(self, key: str) -> int:
        """Puts a key and returns the revision."""
        return self.stub.Put(kv_pb2.PutRequest(key=key), timeout=SECONDS).revision

    def test_list(self) -> None:
        self.put("a")
        self.put("city")
        self.assertEqual(printed(client.server_stream, self.stub), ["listed city"])

    def test_watch_and_ctrl_c(self) -> None:
        with subprocess.Popen([sys.executable, "-c", WATCH, self.address], cwd=HERE,
                              stdout=subprocess.PIPE, text=True) as watcher:
            self.addCleanup(watcher.kill)
            self.assertEqual(watcher.stdout.readline(), "watching after revision 0\n")
            self.put("city")
            self.assertEqual(watcher.stdout.readline(), "city 1\n")
            watcher.send_signal(signal.SIGINT)
            self.assertEqual(watcher.stdout.readline(), "CANCELLED\n")
            self.assertEqual(watcher.wait(SECONDS), 0)

    def test_cancel_from_another_thread(self) -> None:
        call = self.stub.Watch(kv_pb2.WatchRequest(), timeout=SECONDS)
        call.initial_metadata()
        threading.Thread(target=call.cancel).start()
        with self.assertRaises(grpc.RpcError) as raised:
            for _ in call:
                pass
        self.assertEqual(raised.exception.code(), grpc.StatusCode.CANCELLED)

    def test_a_refused_watch_has_no_headers(self) -> None:
        call = self.stub.Watch(kv_pb2.WatchRequest(after_revision=9), timeout=SECONDS)
        self.assertNotIn("kv-revision", dict(call.initial_metadata()))
        self.assertEqual(call.code(), grpc.StatusCode.OUT_OF_RANGE)


class CppImport(CppServer):
    """The same tests, and more for a server that has Import."""

    def test_import(self) -> None:
        self.assertEqual(printed(client.client_stream, self.stub), ["imported 3"])

    def test_an_early_answer(self) -> None:
        asked = 0

        def requests():
            nonlocal asked
            while True:
                asked += 1
                yield kv_pb2.ImportRequest()  # without a key

        with self.assertRaises(grpc.RpcError) as raised:
            self.stub.Import(requests(), timeout=SECONDS)
        self.assertEqual(raised.exception.details(), "entry 1: key: must not be empty")
        self.assertGreater(asked, 0)

    def test_an_exception_in_the_iterator_cancels_the_call(self) -> None:
        def requests():
            yield kv_pb2.ImportRequest(key="half")
            raise OSError("no such file")

        with self.assertRaises(grpc.RpcError), self.assertLogs("grpc._channel"):
            self.stub.Import(requests(), timeout=SECONDS)
        self.assertEqual(list(self.stub.List(kv_pb2.ListRequest(), timeout=SECONDS)), [])


class CppPipeline(CppImport):
    """The same tests, and more for a server that has Pipeline."""

    def test_pipeline(self) -> None:
        self.put("city")
        self.assertEqual(printed(client.bidi_stream, self.stub), ["answer 0 code 0", "answer 1 code 5"])

    def test_the_iterator_runs_on_a_thread_of_its_own(self) -> None:
        threads = set()

        def requests():
            for number in range(3):
                threads.add(threading.get_ident())
                yield kv_pb2.PipelineRequest(id=number)

        for answer in self.stub.Pipeline(requests(), timeout=SECONDS):
            self.assertEqual(answer.code, 3)  # INVALID_ARGUMENT: no operation
        self.assertEqual(len(threads), 1)
        self.assertNotIn(threading.get_ident(), threads)


class Yields(kv_pb2_grpc.KeyValueServiceServicer):
    """A servicer whose streams a test can observe."""

    def __init__(self) -> None:
        self.over, self.left = threading.Event(), threading.Event()
        self.asked = 0

    def Watch(self, request, context):
        context.add_callback(self.over.set)
        context.send_initial_metadata((("kv-revision", "7"),))
        self.over.wait(SECONDS)  # until the callback sets it
        self.active = context.is_active()
        self.left.set()
        yield kv_pb2.WatchResponse()

    def Import(self, request_iterator, context):
        self.raised = False
        try:
            for _ in request_iterator:
                self.over.set()
        except Exception:
            self.raised = True
        self.left.set()
        return kv_pb2.ImportResponse()

    def List(self, request, context):
        yield kv_pb2.ListResponse()
        if request.limit:
            context.abort(grpc.StatusCode.DATA_LOSS, "the disk is broken")
        while True:
            self.asked += 1
            yield kv_pb2.ListResponse()


class Servicer(unittest.TestCase):
    """Tests what a Python servicer with generator handlers learns about its calls."""

    def setUp(self) -> None:
        self.servicer = Yields()
        address = self.enterContext(serving(self.servicer))
        channel = self.enterContext(grpc.insecure_channel(address))
        self.stub = kv_pb2_grpc.KeyValueServiceStub(channel)

    def test_a_callback_wakes_it_when_the_call_is_over(self) -> None:
        call = self.stub.Watch(kv_pb2.WatchRequest(), timeout=SECONDS)
        self.assertIn(("kv-revision", "7"), [tuple(pair) for pair in call.initial_metadata()])
        call.cancel()
        self.assertTrue(self.servicer.left.wait(SECONDS))
        self.assertFalse(self.servicer.active)

    def cancelled_import(self) -> bool:
        """Returns whether an exception ended the servicer's loop over the requests."""
        self.servicer.over.clear(), self.servicer.left.clear()
        done = threading.Event()

        def requests():
            yield kv_pb2.ImportRequest(key="half")
            done.wait(SECONDS)

        call = self.stub.Import.future(requests(), timeout=SECONDS)
        self.assertTrue(self.servicer.over.wait(SECONDS))  # the servicer has read the first request
        call.cancel()
        self.assertTrue(self.servicer.left.wait(SECONDS))
        done.set()
        return self.servicer.raised

    def test_a_cancelled_import_may_end_the_loop_either_way(self) -> None:
        seen = set()
        for _ in range(1000):
            seen.add(self.cancelled_import())
            if len(seen) == 2:
                break
        self.assertEqual(seen, {True, False})

    def test_asked_once_more_the_iterator_tells(self) -> None:
        class Noticing:
            """A request_iterator that reports each request that it yields."""

            def __init__(self, requests, begun: threading.Event) -> None:
                self.requests, self.begun = requests, begun

            def __iter__(self):
                return self

            def __next__(self):
                request = next(self.requests)
                self.begun.set()
                return request

        class Counts(server.KeyValueServicer):
            begun, left = threading.Event(), threading.Event()

            def Import(self, request_iterator, context):
                try:
                    return super().Import(Noticing(request_iterator, self.begun), context)
                finally:
                    self.left.set()

        servicer = Counts()
        with serving(servicer) as address, grpc.insecure_channel(address) as channel:
            stub, done = kv_pb2_grpc.KeyValueServiceStub(channel), threading.Event()
            for _ in range(50):
                servicer.begun.clear(), servicer.left.clear()

                def requests():
                    yield kv_pb2.ImportRequest(key="half")
                    done.wait(SECONDS)

                call = stub.Import.future(requests(), timeout=SECONDS)
                self.assertTrue(servicer.begun.wait(SECONDS))
                call.cancel()
                self.assertTrue(servicer.left.wait(SECONDS))
            done.set()
            self.assertEqual(list(stub.List(kv_pb2.ListRequest(), timeout=SECONDS)), [])

    def test_a_generator_is_not_asked_again_when_the_client_is_gone(self) -> None:
        call = self.stub.List(kv_pb2.ListRequest(), timeout=SECONDS)
        next(call)
        call.cancel()
        asked = -1
        while asked != self.servicer.asked:  # bounded by the timeout of the test
            asked = self.servicer.asked
            self.servicer.left.wait(0.1)  # just a pause: nobody sets it

    def test_an_error_after_some_responses_is_raised_out_of_the_for(self) -> None:
        responses = 0
        with self.assertRaises(grpc.RpcError) as raised:
            for _ in self.stub.List(kv_pb2.ListRequest(limit=1), timeout=SECONDS):
                responses += 1
        self.assertEqual(responses, 1)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.DATA_LOSS)


if __name__ == "__main__":
    unittest.main()
