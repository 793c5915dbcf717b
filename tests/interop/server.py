#!/usr/bin/python3
"""The complete service in Python, with the same contract and the same command line.

    ./server --listen=127.0.0.1:50051
    ./server --tls_cert=server.crt --tls_key=server.key --token_file=tokens

Needs Debian's python3-grpcio, which only /usr/bin/python3 finds.
"""
import argparse
import collections
import concurrent.futures
import queue
import signal
import sys
import threading

import grpc

sys.path.insert(0, "@kv_python_path@")  # where protoc wrote the two modules
import auth  # noqa: E402
from kv.v1 import kv_pb2, kv_pb2_grpc  # noqa: E402

MAX_KEY_BYTES = 512  # the limit for prefixes, too
MAX_VALUE_BYTES = 1 << 20
MESSAGE_BYTES = 32 << 10  # the bytes of entries in one ListResponse
MAX_IMPORT_BYTES = 64 << 20
MAX_IMPORT_ENTRIES = 100_000
MAX_ANSWERS_WAITING = 64

PUT = kv_pb2.WatchResponse.CHANGE_TYPE_PUT
DELETE = kv_pb2.WatchResponse.CHANGE_TYPE_DELETE


def check_size(context: grpc.ServicerContext, field: str, text: str | bytes, most: int) -> None:
    """Ends the call with INVALID_ARGUMENT if a field is too long."""
    size = len(text.encode() if isinstance(text, str) else text)
    if size > most:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT,
                      f"{field}: {size} bytes, at most {most} are allowed")


def check_key(context: grpc.ServicerContext, key: str, where: str = "") -> None:
    """Ends the call with INVALID_ARGUMENT unless the key is valid."""
    if not key:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{where}key: must not be empty")
    check_size(context, f"{where}key", key, MAX_KEY_BYTES)


class OperationFailed(Exception):
    """An operation of a Pipeline failed. The call itself stays open."""


class OperationContext:
    """The context of an operation in a Pipeline. abort() ends the operation, not the call."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise OperationFailed(code.value[0], details)


class KeyValueService(kv_pb2_grpc.KeyValueServiceServicer):
    """One method for each rpc, and the store."""

    def __init__(self, history: int) -> None:
        # Calls run on the pool's threads. The condition is the lock, too.
        self._changed = threading.Condition()
        self._entries: dict[str, kv_pb2.Entry] = {}
        self._revision = 0
        self._changes = collections.deque(maxlen=history)  # the last ones
        self._stopping = False

    def Get(self, request, context):
        check_key(context, request.key)
        with self._changed:
            entry = self._entries.get(request.key)
        if entry is None:
            context.abort(
                grpc.StatusCode.NOT_FOUND,
                f'no such key "{request.key}"')  # raises
        return kv_pb2.GetResponse(entry=entry)

    def Put(self, request, context):
        check_key(context, request.key)
        check_size(context, "value", request.value, MAX_VALUE_BYTES)
        with self._changed:
            entry = self._entries.get(request.key)
            current = entry.revision if entry else 0
            if (request.HasField("expected_revision")
                    and request.expected_revision != current):
                context.abort(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    f'key "{request.key}" is {state(current)},'
                    f" not {state(request.expected_revision)}")
            self._write(request.key, request.value)
            return kv_pb2.PutResponse(revision=self._revision)

    def Delete(self, request, context):
        check_key(context, request.key)
        with self._changed:
            deleted = self._entries.pop(request.key, None) is not None
            if deleted:
                self._note(DELETE, kv_pb2.Entry(key=request.key))
            return kv_pb2.DeleteResponse(deleted=deleted, revision=self._revision)

    def List(self, request, context):
        check_size(context, "prefix", request.prefix, MAX_KEY_BYTES)
        if request.limit < 0:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "limit: must not be negative")
        with self._changed:  # one moment; nothing is sent under the lock
            entries = [entry for key, entry in self._entries.items()
                       if key.startswith(request.prefix)]
        entries.sort(key=lambda entry: entry.key)
        response, size = kv_pb2.ListResponse(), 0
        for entry in entries[:request.limit or None]:
            response.entries.append(entry)
            size += len(entry.key) + len(entry.value)
            if size >= MESSAGE_BYTES:
                yield response
                response, size = kv_pb2.ListResponse(), 0
        if response.entries:
            yield response

    # [watch]
    def Watch(self, request, context):
        check_size(context, "prefix", request.prefix, MAX_KEY_BYTES)
        if request.after_revision < 0:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "after_revision: must not be negative")
        with self._changed:
            after = request.after_revision if request.HasField("after_revision") else self._revision
            self._check_kept(context, after)
        context.add_callback(self._wake)  # the call ended, however it did
        context.send_initial_metadata([("kv-revision", str(after))])
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._revision > after or self._stopping
                                       or not context.is_active())
                if not context.is_active():
                    return
                if self._stopping:
                    context.abort(grpc.StatusCode.UNAVAILABLE, "the server stops")
                self._check_kept(context, after)
                change = self._changes[after - self._revision]  # from the end
            after += 1
            if change.entry.key.startswith(request.prefix):
                yield change  # without the lock: it blocks while the client does not read
    # [watch]

    def Import(self, request_iterator, context):
        entries, size, count = {}, 0, 0
        for count, request in enumerate(request_iterator, start=1):
            check_key(context, request.key, f"entry {count}: ")
            check_size(context, f"entry {count}: value", request.value, MAX_VALUE_BYTES)
            size += len(request.key.encode()) + len(request.value)
            if size > MAX_IMPORT_BYTES or count > MAX_IMPORT_ENTRIES:
                context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too much for one import")
            entries[request.key] = request.value  # the later wins
        # A cancelled call may end the loop, too, before Python knows of it. Asked
        # once more, the iterator does, and raises.
        next(request_iterator, None)
        with self._changed:
            for key, value in sorted(entries.items()):
                self._write(key, value)
            return kv_pb2.ImportResponse(imported_count=count, revision=self._revision)

    # [pipeline]
    def Pipeline(self, request_iterator, context):
        room = threading.Semaphore(MAX_ANSWERS_WAITING)
        answers: queue.SimpleQueue = queue.SimpleQueue()

        def work() -> None:  # reads on while answers wait for the client
            try:
                for request in request_iterator:  # raises when the call is cancelled
                    room.acquire()
                    if not context.is_active():
                        return
                    answers.put(self._run(request))
            except grpc.RpcError:
                pass
            finally:
                answers.put(None)

        context.add_callback(room.release)
        threading.Thread(target=work).start()
        for answer in iter(answers.get, None):
            yield answer
            room.release()

    def _run(self, request):
        """One operation, as its rpc would do it."""
        response = kv_pb2.PipelineResponse(id=request.id)
        context = OperationContext()
        try:
            if request.HasField("get_request"):
                response.get_response.CopyFrom(self.Get(request.get_request, context))
            elif request.HasField("put_request"):
                response.put_response.CopyFrom(self.Put(request.put_request, context))
            elif request.HasField("delete_request"):
                response.delete_response.CopyFrom(self.Delete(request.delete_request, context))
            else:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "operation: must be set")
        except OperationFailed as failure:
            response.code, response.message = failure.args
        return response
    # [pipeline]

    def stop(self) -> None:
        """Ends the watches, because the server stops."""
        self._stopping = True
        self._wake()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _write(self, key: str, value: bytes) -> None:
        """Stores an entry and its change. The caller holds the lock."""
        self._entries[key] = entry = kv_pb2.Entry(key=key, value=value)
        self._note(PUT, entry)

    def _note(self, change_type: int, entry: kv_pb2.Entry) -> None:
        """Counts a change, keeps it and wakes the watchers. The caller holds the lock."""
        self._revision += 1
        entry.revision = self._revision
        self._changes.append(kv_pb2.WatchResponse(change_type=change_type, entry=entry))
        self._changed.notify_all()

    def _check_kept(self, context: grpc.ServicerContext, after: int) -> None:
        """Ends the call unless all changes after a revision are still kept. The caller holds the lock."""
        oldest = self._revision - len(self._changes)
        if after > self._revision:
            context.abort(grpc.StatusCode.OUT_OF_RANGE, f"revision {after} is ahead of the store:"
                          f" list again, then watch after revision {self._revision}")
        if after < oldest:
            context.abort(grpc.StatusCode.OUT_OF_RANGE, f"the changes after revision {after} are no longer kept:"
                          f" list again, then watch after revision {oldest}")


def state(revision: int) -> str:
    """Describes a revision in words."""
    return f"at revision {revision}" if revision else "absent"


class CallLog(grpc.ServerInterceptor):
    """Writes a line for each call: the method, and who calls."""

    def __init__(self, tokens: auth.Tokens | None) -> None:
        self._tokens = tokens

    def intercept_service(self, continuation, details):
        values = [value for key, value in details.invocation_metadata if key == "token"]
        user = self._tokens.user_of(values[0]) if self._tokens and len(values) == 1 else None
        print(details.method, user.name if user else "-", file=sys.stderr, flush=True)
        return continuation(details)


class OneLineParser(argparse.ArgumentParser):
    """Prints an error as one line, without the usage, and exits with 1."""

    def error(self, message: str) -> None:
        self.exit(1, f"server: {message}\n")


def main() -> int:
    """Parses the flags, creates the service, and runs the server until a signal stops it."""
    parser = OneLineParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--listen", default="127.0.0.1:50051", help="HOST:PORT to take calls on")
    parser.add_argument("--grace", default=5, type=lambda s: float(s.removesuffix("s")),
                        help="how long running calls may go on after a signal, for example 5s")
    parser.add_argument("--history", default=100_000, type=int,
                        help="how many changes are kept for watches that resume")
    parser.add_argument("--tls_cert", default="", help="PEM file with the server's certificate; without: no TLS")
    parser.add_argument("--tls_key", default="", help="PEM file with the certificate's key")
    parser.add_argument("--client_ca", default="", help="PEM file with the authority of the clients' certificates")
    parser.add_argument("--token_file", default="", help="lines of USER TOKEN, or of USER TOKEN ROLE, read again at SIGHUP")
    parser.add_argument("--max_calls", default=64, type=int, help="concurrent calls; more fail with RESOURCE_EXHAUSTED")
    parser.add_argument("--log_calls", action="store_true", help="write a line for each call to stderr")
    args = parser.parse_args()
    if bool(args.tls_cert) != bool(args.tls_key):
        parser.error("--tls_cert and --tls_key must be given together")
    if args.token_file and not args.tls_cert:
        parser.error("--token_file needs --tls_cert: no token over an open line")
    if args.client_ca and not args.tls_cert:
        parser.error("--client_ca needs --tls_cert")
    tokens = credentials = None
    try:
        if args.token_file:
            tokens = auth.Tokens(args.token_file)
        if args.tls_cert:
            credentials = auth.server_credentials(args.tls_cert, args.tls_key, args.client_ca)
    except auth.FileError as error:
        parser.error(str(error))

    def reread(*_: object) -> None:
        try:
            if tokens:
                print(f"server: {args.token_file} read again: {tokens.read()} tokens", file=sys.stderr)
        except auth.FileError as error:
            print(f"server: {error}; the old tokens stay", file=sys.stderr)

    signal.signal(signal.SIGHUP, reread)

    service = KeyValueService(args.history)
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=128)  # a watch keeps a thread
    interceptors = [CallLog(tokens)] if args.log_calls else []
    interceptors += [auth.TokenInterceptor(tokens, bool(args.client_ca))] if tokens else []
    server = grpc.server(pool, interceptors=interceptors, options=[("grpc.so_reuseport", 0)], maximum_concurrent_rpcs=args.max_calls)
    kv_pb2_grpc.add_KeyValueServiceServicer_to_server(service, server)
    try:
        port = (server.add_secure_port(args.listen, credentials) if credentials
                else server.add_insecure_port(args.listen))
    except RuntimeError:
        port = 0
    if port == 0 or not args.listen.endswith((":0", f":{port}")):  # gRPC takes port 99999, and binds another one
        return parser.exit(1, f"server: cannot listen on {args.listen}\n")

    # A handler runs between two steps of the main thread, so unlike in C++ it
    # may stop the server; stop() does not wait.
    def stop(*_: object) -> None:
        service.stop()
        server.stop(args.grace)

    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, stop)
    server.start()
    print(f"READY {args.listen.rpartition(':')[0]}:{port}", flush=True)
    server.wait_for_termination()
    return 0


if __name__ == "__main__":
    sys.exit(main())
