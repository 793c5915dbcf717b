"""Call credentials of the page "From Python": a token that rides on calls."""
import grpc

from kv.v1 import kv_pb2, kv_pb2_grpc


# [plugin]
class TokenPlugin(grpc.AuthMetadataPlugin):
    """Puts a token on each call that it is asked for."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, context: grpc.AuthMetadataContext,
                 callback: grpc.AuthMetadataPluginCallback) -> None:
        callback((("token", self._token),), None)  # metadata, error
# [plugin]


# [per_call]
def per_call(target: str, authority: bytes, token: str) -> kv_pb2.GetResponse:
    call_credentials = grpc.metadata_call_credentials(TokenPlugin(token))
    with grpc.secure_channel(target, grpc.ssl_channel_credentials(authority)) as channel:
        stub = kv_pb2_grpc.KeyValueServiceStub(channel)
        return stub.Get(kv_pb2.GetRequest(key="city"), timeout=5, credentials=call_credentials)
# [per_call]


# [composite]
def composite(target: str, authority: bytes, token: str) -> grpc.Channel:
    return grpc.secure_channel(target, grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(authority),
        grpc.metadata_call_credentials(TokenPlugin(token))))
# [composite]
