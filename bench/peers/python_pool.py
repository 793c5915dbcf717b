#!/usr/bin/python3
"""The Python server of the page "From Python", started as in the usual tutorials: with a pool of ten threads.

    python_pool.py --listen=127.0.0.1:0
"""
import argparse
import concurrent.futures
import pathlib
import signal
import sys

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/interop/workflow"))
import server as workflow  # noqa: E402
from kv.v1 import kv_pb2, kv_pb2_grpc  # noqa: E402


class KeyValueServicer(workflow.KeyValueServicer):
    """Adds the rpc that the page omits."""

    def Delete(self, request, context):
        with self._lock:
            deleted = self._entries.pop(request.key, None) is not None
            self._revision += deleted
            return kv_pb2.DeleteResponse(deleted=deleted, revision=self._revision)


def main() -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", default="127.0.0.1:50051")
    args = parser.parse_args()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=10))
    kv_pb2_grpc.add_KeyValueServiceServicer_to_server(KeyValueServicer(), server)
    port = server.add_insecure_port(args.listen)
    server.start()
    signal.signal(signal.SIGTERM, lambda *_: server.stop(0))
    print(f"READY {args.listen.rpartition(':')[0]}:{port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
