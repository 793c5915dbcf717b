"""Authentication and authorization for the Python server: TLS, tokens, and the interceptor that checks them."""
import dataclasses
import hashlib
import hmac
import pathlib
import ssl
from collections.abc import Callable

import grpc

READS = {f"/kv.v1.KeyValueService/{name}" for name in ("Get", "List", "Watch")}


class FileError(Exception):
    """An error in a file. The message is one line with the file's name but none of its content, which may be secret."""


def read(path: str) -> bytes:
    """Returns the content of a file."""
    try:
        if pathlib.Path(path).is_file():
            return pathlib.Path(path).read_bytes()
    except OSError:
        pass
    raise FileError(f"cannot read {path}")


def server_credentials(cert: str, key: str, client_ca: str) -> grpc.ServerCredentials:
    """Returns TLS credentials. With `client_ca`, every client needs a certificate from that CA."""
    chain, secret, authority = read(cert), read(key), read(client_ca) if client_ca else None
    # gRPC would only say that it could not bind. Python's own TLS reports what is wrong with the files.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key, password="")
    except (OSError, ValueError):
        raise FileError(f"{cert} and {key} are not a certificate and its key") from None
    try:
        if client_ca:
            context.load_verify_locations(client_ca)
    except (OSError, ValueError):
        raise FileError(f"{client_ca} is not a certificate") from None
    return grpc.ssl_server_credentials([(secret, chain)], authority, require_client_auth=bool(client_ca))


@dataclasses.dataclass(frozen=True)
class User:
    """A user who is authorized to call."""

    name: str
    writer: bool


class Tokens:
    """The tokens of a file: the digest of each, with its user."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._rows: dict[bytes, User] = {}
        self.read()

    def read(self) -> int:
        """Reads the file, also again later. Returns the number of tokens. After an error, the old tokens stay valid."""
        rows: dict[bytes, User] = {}
        *lines, rest = [line.split() for line in read(self._path).split(b"\n")]
        if rest:
            raise FileError(f"{self._path}, line {len(lines) + 1}: no newline at the end: the file may be cut short")
        users = [(number, words) for number, words in enumerate(lines, start=1) if words and not words[0].startswith(b"#")]
        if not users:
            raise FileError(f"{self._path}: has no tokens")
        roles = len(users[0][1]) > 2  # a file of stage 08 has no roles; in one of stage 09, every line has one
        for number, words in users:
            where = f"{self._path}, line {number}: "
            if len(words) != 2 + roles:
                raise FileError(where + "expected USER TOKEN" + " ROLE" * roles)
            if words[2:] not in ([], [b"reader"], [b"writer"]):
                raise FileError(where + "the role must be reader or writer")
            digest = hashlib.sha256(words[1]).digest()
            if digest in rows:
                raise FileError(where + "the token is on an earlier line already")
            rows[digest] = User(words[0].decode(errors="replace"), words[2:] != [b"reader"])
        self._rows = rows  # atomic: a call sees either the old or the new tokens
        return len(rows)

    # [compare]
    def user_of(self, token: str) -> User | None:
        """Whose it is. Takes as long for a wrong one as for a right one."""
        digest = hashlib.sha256(token.encode()).digest()
        found = None
        for known, user in self._rows.items():  # to the end
            if hmac.compare_digest(known, digest):
                found = user
        return found
    # [compare]


# [refuse]
def refuse(code: grpc.StatusCode, details: str) -> grpc.RpcMethodHandler:
    """Answers at once, whatever kind of call it is: it waits for no message."""
    def abort(_: object, context: grpc.ServicerContext) -> None:
        context.abort(code, details)  # raises

    return grpc.stream_stream_rpc_method_handler(abort)
# [refuse]


# [interceptor]
class TokenInterceptor(grpc.ServerInterceptor):
    """Lets a call through that carries exactly one token, a right one."""

    def __init__(self, tokens: Tokens, certificates: bool) -> None:
        self._tokens = tokens
        self._certificates = certificates

    def intercept_service(self, continuation: Callable, details: grpc.HandlerCallDetails):
        values = [value for key, value in details.invocation_metadata
                  if key == "token"]
        user = self._tokens.user_of(values[0]) if len(values) == 1 else None
        if user is None:
            return refuse(grpc.StatusCode.UNAUTHENTICATED, "Invalid signature")
        if user.writer or details.method in READS:
            handler = continuation(details)
        else:
            handler = refuse(grpc.StatusCode.PERMISSION_DENIED,
                             f"{user.name} may only read")
        return certified(user.name, handler) if self._certificates else handler
# [interceptor]


# [certified]
def certified(name: str, handler: grpc.RpcMethodHandler | None) -> grpc.RpcMethodHandler:
    """The same handler, for a client whose certificate has this name. The interceptor
    can't ask: it is told of the call, not of the connection."""
    handler = handler or refuse(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
    streaming = handler.request_streaming, handler.response_streaming
    kind = "_".join("stream" if streams else "unary" for streams in streaming)
    behavior = getattr(handler, kind)

    def checked(request: object, context: grpc.ServicerContext) -> object:
        known = context.auth_context()
        names = known.get("peer_dns") or known.get("x509_common_name") or [b""]
        if names[0] != name.encode():
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "Invalid signature")
        return behavior(request, context)

    make = getattr(grpc, f"{kind}_rpc_method_handler")
    return make(checked, handler.request_deserializer, handler.response_serializer)
# [certified]
