#!/usr/bin/python3
"""The Python server of the page "From Python": server.py [HOST:PORT].

PYTHONPATH must contain the folder with kv/v1/kv_pb2.py.
"""
import sys
import threading
from concurrent import futures

import grpc

from kv.v1 import kv_pb2, kv_pb2_grpc


# [servicer]
class KeyValueServicer(kv_pb2_grpc.KeyValueServiceServicer):
    """One method for each rpc."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries = {}
        self._revision = 0

    # [get]
    def Get(self, request, context):
        with self._lock:
            entry = self._entries.get(request.key)
        if entry is None:
            context.abort(
                grpc.StatusCode.NOT_FOUND,
                f'no such key "{request.key}"')  # raises
        return kv_pb2.GetResponse(entry=entry)
    # [get]
    # [servicer]

    # [put]
    def Put(self, request, context):
        with self._lock:
            old = self._entries.get(request.key, kv_pb2.Entry())
            if (request.HasField("expected_revision")
                    and request.expected_revision != old.revision):
                context.abort(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    f"is at revision {old.revision}")
            self._revision += 1
            self._entries[request.key] = kv_pb2.Entry(
                key=request.key, value=request.value,
                revision=self._revision)
            return kv_pb2.PutResponse(revision=self._revision)
    # [put]

    # [list]
    def List(self, request, context):
        with self._lock:
            entries = sorted(self._entries.values(), key=lambda entry: entry.key)
        for entry in entries:
            if entry.key.startswith(request.prefix):
                yield kv_pb2.ListResponse(entries=[entry])
    # [list]

    # [import]
    def Import(self, request_iterator, context):
        requests = list(request_iterator)  # all, before the first is stored
        next(request_iterator, None)  # raises if the call was cancelled
        with self._lock:
            for request in requests:
                self._revision += 1
                self._entries[request.key] = kv_pb2.Entry(
                    key=request.key, value=request.value, revision=self._revision)
            return kv_pb2.ImportResponse(imported_count=len(requests), revision=self._revision)
    # [import]

    # [pipeline]
    def Pipeline(self, request_iterator, context):
        for request in request_iterator:
            with self._lock:
                entry = self._entries.get(request.get_request.key)
            if entry is None:
                yield kv_pb2.PipelineResponse(id=request.id, code=5, message="no such key")
            else:
                yield kv_pb2.PipelineResponse(id=request.id, get_response={"entry": entry})
    # [pipeline]


# [serve]
def serve(listen):
    pool = futures.ThreadPoolExecutor(max_workers=64)
    server = grpc.server(pool)
    kv_pb2_grpc.add_KeyValueServiceServicer_to_server(
        KeyValueServicer(), server)
    port = server.add_insecure_port(listen)
    server.start()
    print(f"READY 127.0.0.1:{port}", flush=True)
    server.wait_for_termination()
# [serve]


if __name__ == "__main__":
    serve(*(sys.argv[1:] or ["127.0.0.1:50051"]))
