"""What Python tells server interceptors, and in which order: not as C++ does."""
import unittest
from collections.abc import Callable
from concurrent import futures

import grpc


class Noting(grpc.ServerInterceptor):
    """Notes which calls come to it."""

    def __init__(self, notes: list[str], name: str) -> None:
        self._notes, self._name = notes, name

    def intercept_service(self, continuation: Callable, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        self._notes.append(f"{self._name}: {details.method}")
        return continuation(details)


class Order(unittest.TestCase):
    """As the page of stage 08 tells it."""

    def test_the_first_in_the_list_is_asked_first_and_told_the_name_of_an_unknown_method(self) -> None:
        notes: list[str] = []
        interceptors = [Noting(notes, "first"), Noting(notes, "second")]
        server = grpc.server(futures.ThreadPoolExecutor(), interceptors=interceptors)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.addCleanup(server.stop, None)
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel, self.assertRaises(grpc.RpcError) as raised:
            channel.unary_unary("/kv.v1.KeyValueService/Rename")(b"", timeout=30)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.UNIMPLEMENTED)
        self.assertEqual(notes, [f"{name}: /kv.v1.KeyValueService/Rename" for name in ("first", "second")])


if __name__ == "__main__":
    unittest.main()
