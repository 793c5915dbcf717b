"""The server interceptor of the page "From Python": no call without the token."""
from collections.abc import Callable

import grpc


# [interceptor]
class SignatureValidationInterceptor(grpc.ServerInterceptor):
    """Answers UNAUTHENTICATED to a call that does not carry the token."""

    def __init__(self, token: str) -> None:
        def abort(ignored_request: object, context: grpc.ServicerContext) -> None:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "Invalid signature")

        self._expected = ("token", token)
        self._abortion = grpc.unary_unary_rpc_method_handler(abort)

    def intercept_service(self, continuation: Callable, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        if self._expected in details.invocation_metadata:
            return continuation(details)
        return self._abortion
# [interceptor]
