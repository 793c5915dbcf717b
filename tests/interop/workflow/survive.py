"""A Python client that survives, as stage 15's."""
import json
from collections.abc import Iterator

import grpc
from kv.v1 import kv_pb2, kv_pb2_grpc

# [connect]
CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [{
        "name": [{"service": "kv.v1.KeyValueService", "method": "Get"}],
        "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.05s", "maxBackoff": "0.5s", "backoffMultiplier": 2,
                        "retryableStatusCodes": ["UNAVAILABLE"]}}],
}


def connect(target: str) -> grpc.Channel:
    """Returns a channel to many servers, which comes back soon."""
    return grpc.insecure_channel(target, options=[
        ("grpc.service_config", json.dumps(CONFIG)),
        ("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 1000)])
# [connect]


# [follow]
def follow(stub: kv_pb2_grpc.KeyValueServiceStub, revision: int) -> Iterator[kv_pb2.WatchResponse]:
    """Yields each change after this revision once, and goes on when the watch breaks."""
    metadata: list[tuple[str, str]] = []
    while True:
        watch = stub.Watch(kv_pb2.WatchRequest(after_revision=revision), metadata=metadata, wait_for_ready=True)
        try:
            metadata = [(key, value) for key, value in watch.initial_metadata() if key == "kv-store"] or metadata
            for response in watch:
                yield response
                revision = response.entry.revision
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
# [follow]
