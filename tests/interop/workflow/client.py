#!/usr/bin/python3
"""The Python client of the page "From Python": client.py [HOST:PORT].

PYTHONPATH must contain the folder with kv/v1/kv_pb2.py.
"""
import signal
import sys
from collections.abc import Iterator

import grpc

from kv.v1 import kv_pb2, kv_pb2_grpc


# [unary]
def unary(target):
    with grpc.insecure_channel(target) as channel:
        stub = kv_pb2_grpc.KeyValueServiceStub(channel)
        put = kv_pb2.PutRequest(key="city", value=b"Berlin")
        stub.Put(put, timeout=5)
        try:
            get = kv_pb2.GetRequest(key="city")
            response = stub.Get(get, timeout=5)
        except grpc.RpcError as error:
            print(error.code(), error.details())
        else:
            entry = response.entry
            print(entry.value.decode(), entry.revision)
# [unary]


# [client_stream]
def client_stream(stub: kv_pb2_grpc.KeyValueServiceStub) -> None:
    def requests() -> Iterator[kv_pb2.ImportRequest]:
        for key in "a", "b", "c":
            yield kv_pb2.ImportRequest(key=key, value=b"1")

    summary = stub.Import(requests(), timeout=5)
    print("imported", summary.imported_count)
# [client_stream]


# [server_stream]
def server_stream(stub: kv_pb2_grpc.KeyValueServiceStub) -> None:
    for response in stub.List(kv_pb2.ListRequest(prefix="c"), timeout=5):
        for entry in response.entries:
            print("listed", entry.key)
# [server_stream]


# [watch]
def watch(stub):
    call = stub.Watch(kv_pb2.WatchRequest(), timeout=3600)
    headers = dict(call.initial_metadata())  # waits for them
    print("watching after revision", headers["kv-revision"],
          flush=True)
    # KeyboardInterrupt may hit gRPC's own locks.
    signal.signal(signal.SIGINT,
                  lambda *_: call.cancel())
    try:
        for response in call:
            entry = response.entry
            print(entry.key, entry.revision, flush=True)
    except grpc.RpcError:
        print(call.code().name)
# [watch]


# [bidi_stream]
def bidi_stream(stub: kv_pb2_grpc.KeyValueServiceStub) -> None:
    requests = [kv_pb2.PipelineRequest(id=i, get_request={"key": key})
                for i, key in enumerate(["city", "town"])]
    for response in stub.Pipeline(iter(requests), timeout=5):
        print("answer", response.id, "code", response.code)
# [bidi_stream]


def main(target: str = "127.0.0.1:50051") -> None:
    """Makes every kind of call once."""
    unary(target)
    with grpc.insecure_channel(target) as channel:
        stub = kv_pb2_grpc.KeyValueServiceStub(channel)
        client_stream(stub)
        server_stream(stub)
        bidi_stream(stub)


if __name__ == "__main__":
    main(*sys.argv[1:])
