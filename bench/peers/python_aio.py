#!/usr/bin/python3
"""The KeyValueService with grpc.aio: its coroutines run on one thread, so it needs no lock.

    python_aio.py --listen=127.0.0.1:0
"""
import argparse
import asyncio
import signal

import grpc
from kv.v1 import kv_pb2, kv_pb2_grpc


class KeyValueServicer(kv_pb2_grpc.KeyValueServiceServicer):
    """Implements the rpcs that the benchmark measures."""

    def __init__(self) -> None:
        self._entries = {}
        self._revision = 0

    async def Get(self, request, context):
        entry = self._entries.get(request.key)
        if entry is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f'no such key "{request.key}"')
        return kv_pb2.GetResponse(entry=entry)

    async def Put(self, request, context):
        old = self._entries.get(request.key, kv_pb2.Entry())
        if request.HasField("expected_revision") and request.expected_revision != old.revision:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"is at revision {old.revision}")
        self._revision += 1
        self._entries[request.key] = kv_pb2.Entry(key=request.key, value=request.value, revision=self._revision)
        return kv_pb2.PutResponse(revision=self._revision)

    async def Delete(self, request, context):
        deleted = self._entries.pop(request.key, None) is not None
        self._revision += deleted
        return kv_pb2.DeleteResponse(deleted=deleted, revision=self._revision)

    async def List(self, request, context):
        for entry in sorted(self._entries.values(), key=lambda entry: entry.key.encode()):
            if entry.key.startswith(request.prefix):
                yield kv_pb2.ListResponse(entries=[entry])

    async def Import(self, request_iterator, context):
        requests = [request async for request in request_iterator]  # reads all before it stores the first
        for request in requests:
            self._revision += 1
            self._entries[request.key] = kv_pb2.Entry(key=request.key, value=request.value, revision=self._revision)
        return kv_pb2.ImportResponse(imported_count=len(requests), revision=self._revision)

    async def Pipeline(self, request_iterator, context):
        """Supports only Gets."""
        async for request in request_iterator:
            entry = self._entries.get(request.get_request.key)
            if entry is None:
                yield kv_pb2.PipelineResponse(id=request.id, code=grpc.StatusCode.NOT_FOUND.value[0], message="no such key")
            else:
                yield kv_pb2.PipelineResponse(id=request.id, get_response={"entry": entry})


async def main() -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", default="127.0.0.1:50051")
    args = parser.parse_args()
    server = grpc.aio.server()
    kv_pb2_grpc.add_KeyValueServiceServicer_to_server(KeyValueServicer(), server)
    port = server.add_insecure_port(args.listen)
    await server.start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print(f"READY {args.listen.rpartition(':')[0]}:{port}", flush=True)
    await stop.wait()
    await server.stop(0)


if __name__ == "__main__":
    asyncio.run(main())
