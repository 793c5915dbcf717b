#!/usr/bin/python3
"""The complete client in Python, written only from the contract and the command line.

    ./client put city Berlin
    ./client --ca=ca.crt --token_file=alice.token watch city/

Needs Debian's python3-grpcio, which only /usr/bin/python3 finds.
"""
import argparse
import pathlib
import signal
import sys
import threading
from collections.abc import Iterator

import grpc
from google.protobuf import json_format, message

sys.path.insert(0, "@kv_python_path@")  # where protoc wrote the two modules
from kv.v1 import kv_pb2, kv_pb2_grpc  # noqa: E402


class OneLineParser(argparse.ArgumentParser):
    """Prints an error as one line, without the usage, and exits with 1."""

    def error(self, message: str) -> None:
        self.exit(1, f"client: {message}\n")


class TokenPlugin(grpc.AuthMetadataPlugin):
    """Sends a token with each call. The token file contains TOKEN or USER TOKEN."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.token()  # raises an error if the file cannot be read

    def token(self) -> str:
        return pathlib.Path(self._path).read_text(encoding="utf-8").split()[-1]

    def __call__(self, context: object, callback: grpc.AuthMetadataPluginCallback) -> None:
        callback((("token", self.token()),), None)


def connect(args: argparse.Namespace) -> grpc.Channel:
    """Returns the channel. Raises OSError or ValueError if a file is unusable."""
    if args.token_file and not args.ca:
        raise ValueError("--token_file needs --ca: no token goes over an open line")
    if not args.ca:
        return grpc.insecure_channel(args.target)
    credentials = grpc.ssl_channel_credentials(pathlib.Path(args.ca).read_bytes())
    if args.token_file and not args.per_call:
        token = grpc.metadata_call_credentials(TokenPlugin(args.token_file))
        credentials = grpc.composite_channel_credentials(credentials, token)
    return grpc.secure_channel(args.target, credentials)


def messages(path: str, kind: type[message.Message]) -> list[message.Message]:
    """Reads messages as JSON, one per line. It reads all of them before the call, so that a bad line changes nothing."""
    name = path or "standard input"
    text = pathlib.Path(path).read_text(encoding="utf-8") if path else sys.stdin.read()
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            if line:
                found.append(json_format.Parse(line, kind()))
        except json_format.ParseError:
            raise ValueError(f"{name}, line {number}: not a {kind.DESCRIPTOR.full_name} in JSON") from None
    return found


def shown(entry: kv_pb2.Entry) -> str:
    """Formats an entry as one line."""
    return f"{entry.key!r} = {entry.value!r} (revision {entry.revision})"


def call(stub: kv_pb2_grpc.KeyValueServiceStub, args: argparse.Namespace, lines: list) -> Iterator[str]:
    """Makes one call and yields lines about the result. Raises grpc.RpcError."""
    word, options = args.word or "", {"timeout": args.timeout, "wait_for_ready": args.wait_for_ready}
    if args.per_call:
        options["credentials"] = grpc.metadata_call_credentials(TokenPlugin(args.token_file))
    if args.command == "get":
        yield shown(stub.Get(kv_pb2.GetRequest(key=word), **options).entry)
    elif args.command == "put":
        request = kv_pb2.PutRequest(key=word, value=args.value.encode(errors="surrogateescape"),
                                    expected_revision=args.expected_revision)  # None leaves the field unset
        yield f"revision {stub.Put(request, **options).revision}"
    elif args.command == "delete":
        answer = stub.Delete(kv_pb2.DeleteRequest(key=word), **options)
        yield f"{'deleted' if answer.deleted else 'absent'} (revision {answer.revision})"
    elif args.command == "list":
        for response in stub.List(kv_pb2.ListRequest(prefix=word, limit=args.limit), **options):
            yield from map(shown, response.entries)
    elif args.command == "watch":
        request = kv_pb2.WatchRequest(prefix=word, after_revision=args.after_revision)
        changes = stub.Watch(request, **options)
        for key, value in changes.initial_metadata():  # none if the call was rejected
            if key == "kv-revision":
                yield f"watching after revision {value}"
        for change in changes:
            removed = change.change_type == kv_pb2.WatchResponse.CHANGE_TYPE_DELETE
            yield f"deleted {change.entry.key!r}" if removed else shown(change.entry)
    elif args.command == "import":
        answer = stub.Import(iter(lines), **options)
        yield f"imported {answer.imported_count} (revision {answer.revision})"
    else:
        for answer in stub.Pipeline(iter(lines), **options):
            yield json_format.MessageToJson(answer, indent=None)


def main() -> int:
    """Parses the command line, makes the call and converts its status to an exit status."""
    parser = OneLineParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    for name, default, kind in (("target", "127.0.0.1:50051", str), ("ca", "", str), ("token_file", "", str),
                                ("timeout", 5, lambda s: float(s.removesuffix("s"))), ("limit", 0, int),
                                ("after_revision", None, int), ("expected_revision", None, int)):
        parser.add_argument(f"--{name}", default=default, type=kind)
    for name in "wait_for_ready", "per_call":
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("command", choices=["get", "put", "delete", "list", "watch", "import", "pipeline"])
    parser.add_argument("word", nargs="?", help="a key, a prefix or a file")
    parser.add_argument("value", nargs="?", help="of put")
    args = parser.parse_intermixed_args()
    kinds = {"import": kv_pb2.ImportRequest, "pipeline": kv_pb2.PipelineRequest}
    try:
        lines = messages(args.word, kinds[args.command]) if args.command in kinds else []
        channel = connect(args)
    except OSError as error:
        parser.error(f"cannot read {error.filename}")
    except ValueError as error:
        parser.error(str(error))
    # close() cancels the calls and waits for gRPC's threads. A signal handler must not do that: this thread may hold their lock.
    signal.signal(signal.SIGINT, lambda *_: threading.Thread(target=channel.close).start())
    with channel:
        try:
            for line in call(kv_pb2_grpc.KeyValueServiceStub(channel), args, lines):
                print(line, flush=True)  # the next line may come an hour later
        except grpc.RpcError as error:
            details = "".join(c if c.isprintable() else "?" for c in error.details())
            print(f"{error.code().name}: {details}", file=sys.stderr)
            return error.code().value[0]
    return 0


if __name__ == "__main__":
    sys.exit(main())
