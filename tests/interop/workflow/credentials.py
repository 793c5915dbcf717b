"""The call credentials of the page "From Python", which send a token with each call."""
import grpc

from kv.v1 import kv_pb2, kv_pb2_grpc


# [plugin]
class TokenPlugin(grpc.AuthMetadataPlugin):
    """Puts a token on each call."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, context, callback):
        metadata = (("token", self._token),)
        callback(metadata, None)  # no error
# [plugin]


# [per_call]
def per_call(target, authority, token):
    secure = grpc.ssl_channel_credentials(authority)
    who = grpc.metadata_call_credentials(
        TokenPlugin(token))
    with grpc.secure_channel(target, secure) as channel:
        stub = kv_pb2_grpc.KeyValueServiceStub(
            channel)
        get = kv_pb2.GetRequest(key="city")
        return stub.Get(
            get, timeout=5, credentials=who)
# [per_call]


# [composite]
def composite(target, authority, token):
    secure = grpc.ssl_channel_credentials(authority)
    who = grpc.metadata_call_credentials(
        TokenPlugin(token))
    both = grpc.composite_channel_credentials(
        secure, who)
    return grpc.secure_channel(target, both)
# [composite]
