#!/usr/bin/python3
"""A client generated from the same kv.proto, which is all that it shares with the server.

    ./client put city Berlin
    ./client get city

Needs Debian's python3-grpcio, which is installed for /usr/bin/python3.
"""
import argparse
import sys

import grpc

sys.path.insert(0, "@kv_python_path@")  # where protoc writes the two modules
from kv.v1 import kv_pb2, kv_pb2_grpc  # noqa: E402


def printable(text: str) -> str:
    """Escapes characters that could break the line or control the terminal."""
    return "".join(c if c.isprintable() else "\\x%02x" % ord(c) for c in text)


def quoted(text: str) -> str:
    """Returns printable text in double quotes."""
    return '"' + printable(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


# [call]
def call(stub: kv_pb2_grpc.KeyValueServiceStub, args: argparse.Namespace) -> str:
    """Makes one call and returns the line to print. Raises grpc.RpcError if the call fails."""
    options = {"timeout": args.timeout, "wait_for_ready": args.wait_for_ready}
    if args.command == "get":
        entry = stub.Get(kv_pb2.GetRequest(key=args.key), **options).entry
        value = entry.value.decode(errors="backslashreplace")
        return "%s = %s (revision %d)" % (quoted(entry.key), quoted(value), entry.revision)
    if args.command == "put":
        request = kv_pb2.PutRequest(key=args.key, value=args.value.encode(errors="surrogateescape"),
                                    expected_revision=args.expected_revision)  # None: stays unset
        return "revision %d" % stub.Put(request, **options).revision
    answer = stub.Delete(kv_pb2.DeleteRequest(key=args.key), **options)
    return "%s (revision %d)" % ("deleted" if answer.deleted else "absent", answer.revision)
# [call]


def main() -> int:
    """Parses the command line, makes the call and returns its status code as exit status."""
    flags = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    flags.add_argument("--target", default="127.0.0.1:50051", help="HOST:PORT of the server")
    flags.add_argument("--timeout", default=5, type=lambda s: float(s.removesuffix("s")),
                       help="how long a call may take, for example 5s")
    flags.add_argument("--wait_for_ready", action="store_true", help="wait for a server, at most for --timeout")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[flags])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in "get", "put", "delete":
        command = commands.add_parser(name)
        command.add_argument("key")
        if name == "put":
            command.add_argument("value")
            command.add_argument("--expected_revision", type=int)
    args = parser.parse_args()

    # [channel]
    with grpc.insecure_channel(args.target) as channel:
        try:
            print(call(kv_pb2_grpc.KeyValueServiceStub(channel), args))
        except grpc.RpcError as error:
            print("%s: %s" % (error.code().name, printable(error.details())), file=sys.stderr)
            return error.code().value[0]
    # [channel]
    return 0


if __name__ == "__main__":
    sys.exit(main())
