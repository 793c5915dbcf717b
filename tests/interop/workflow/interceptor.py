"""The server interceptor of the page "From Python", which rejects calls without the token."""
from concurrent import futures

import grpc

from kv.v1 import kv_pb2_grpc


# [interceptor]
class SignatureValidationInterceptor(
        grpc.ServerInterceptor):
    """No call without the token."""

    def __init__(self, token: str) -> None:
        def abort(ignored_request, context):
            context.abort(
                grpc.StatusCode.UNAUTHENTICATED,
                "Invalid signature")

        self._expected = ("token", token)
        self._abortion = (
            grpc.unary_unary_rpc_method_handler(
                abort))

    def intercept_service(
            self, continuation, details):
        metadata = details.invocation_metadata
        if self._expected in metadata:
            return continuation(details)
        return self._abortion
# [interceptor]


# [serve]
def serve(servicer, key, certificate, token):
    pool = futures.ThreadPoolExecutor(8)
    check = SignatureValidationInterceptor(token)
    server = grpc.server(
        pool, interceptors=[check])
    kv_pb2_grpc.add_KeyValueServiceServicer_to_server(
        servicer, server)
    secure = grpc.ssl_server_credentials(
        [(key, certificate)])
    port = server.add_secure_port(
        "localhost:0", secure)
    server.start()
    return server, port
# [serve]
