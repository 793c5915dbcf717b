"""Error details in Python, for the page of stage 10. PYTHONPATH must contain the folders kv/ and google/rpc/.

Where the package grpcio-status can be installed, its rpc_status does the same; Debian does not have it.
"""
from collections.abc import Iterator

import grpc
from google.protobuf import any_pb2, message
from google.rpc import error_details_pb2, status_pb2
from kv.v1 import kv_pb2, kv_pb2_grpc

KEY = "grpc-status-details-bin"
KNOWN = (error_details_pb2.ErrorInfo, error_details_pb2.RetryInfo, error_details_pb2.BadRequest)


# [read]
def details(error: grpc.RpcError) -> Iterator[message.Message]:
    """Yields the details of a call that failed: rpc_status.from_call()."""
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            for packed in status_pb2.Status.FromString(value).details:
                for known in KNOWN:
                    if packed.Is(known.DESCRIPTOR):
                        detail = known()
                        packed.Unpack(detail)
                        yield detail
# [read]


# [send]
def abort(context: grpc.ServicerContext, code: grpc.StatusCode, text: str,
          *details: message.Message) -> None:
    """Ends a call with details: context.abort_with_status()."""
    status = status_pb2.Status(code=code.value[0], message=text)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    context.set_trailing_metadata(
        [("grpc-status-details-bin", status.SerializeToString())])
    context.abort(code, text)
# [send]


class Servicer(kv_pb2_grpc.KeyValueServiceServicer):
    """Rejects every Get, with details."""

    def Get(self, request, context):
        info = error_details_pb2.ErrorInfo(reason="NOT_HERE", domain="python", metadata={"key": request.key})
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromMilliseconds(1500)
        abort(context, grpc.StatusCode.UNAVAILABLE, "not now", info, retry)


# [hop]
class Hop(kv_pb2_grpc.KeyValueServiceServicer):
    """A second hop. Nothing passes the deadline on by itself."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._upstream = kv_pb2_grpc.KeyValueServiceStub(channel)

    def Get(self, request, context):
        return self._upstream.Get(request, timeout=context.time_remaining())
# [hop]
