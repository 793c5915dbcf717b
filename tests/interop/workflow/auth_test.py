"""Tests the Python code about tokens: clients of the servers of stages 07 to 09, and the
interceptors.

    CERTS=build/tests/support SERVER=build/stages/08_server_interceptor/server \\
    CLIENT=build/stages/08_server_interceptor/client PYTHONPATH=build/proto \\
    /usr/bin/python3 -m unittest auth_test.Tokens auth_test.PythonInterceptors

SERVER and CLIENT name the programs of a stage, CERTS the folder with certificates.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
from collections.abc import Callable, Iterator

import grpc

import credentials
import interceptor
import server
from kv.v1 import kv_pb2, kv_pb2_grpc
from workflow_test import SECONDS, process, serving

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))  # at the end, because that folder has a server.py, too
import auth  # noqa: E402

CERTS = pathlib.Path(os.environ["CERTS"])
AUTHORITY = (CERTS / "ca.crt").read_bytes()
TLS = [f"--tls_cert={CERTS}/server.crt", f"--tls_key={CERTS}/server.key"]
TOKENS = "alice right-7c1\nbob other-5d8\n"
REFUSED = "UNAUTHENTICATED: Invalid signature"
INSECURE = ("UNAUTHENTICATED: Established channel does not have a sufficient security level "
            "to transfer call credential.")

Stub = kv_pb2_grpc.KeyValueServiceStub


def watch(stub: Stub, **options: object) -> None:
    """Starts a watch and returns when the server has accepted it."""
    call = stub.Watch(kv_pb2.WatchRequest(), **options)
    if "kv-revision" not in dict(call.initial_metadata()):
        next(call)  # raises the error of the call
    call.cancel()


# Every RPC and kind of call: the call in Python, and the command of our client.
CALLS: dict[str, tuple[Callable, list[str]]] = {
    "Put": (lambda stub, **options: stub.Put(kv_pb2.PutRequest(key="city"), **options), ["put", "city", ""]),
    "Get": (lambda stub, **options: stub.Get(kv_pb2.GetRequest(key="city"), **options), ["get", "city"]),
    "List": (lambda stub, **options: list(stub.List(kv_pb2.ListRequest(), **options)), ["list"]),
    "Watch": (watch, ["watch"]),
    "Import": (lambda stub, **options: stub.Import(iter([kv_pb2.ImportRequest(key="a")]), **options), ["import"]),
    "Pipeline": (lambda stub, **options: list(stub.Pipeline(iter([kv_pb2.PipelineRequest(id=1)]), **options)),
                 ["pipeline"]),
}


def outcome(call: Callable, *args: object, **options: object) -> str:
    """Returns OK, or the error as our client prints it."""
    try:
        call(*args, timeout=SECONDS, **options)
    except grpc.RpcError as error:
        return f"{error.code().name}: {error.details()}"
    return "OK"


def outcomes(channel: grpc.Channel, **options: object) -> dict[str, str]:
    """Returns the outcome of every RPC."""
    return {rpc: outcome(call, Stub(channel), **options) for rpc, (call, _) in CALLS.items()}


def each(words: str, rpcs: str = "Put Get List Watch Import Pipeline") -> dict[str, str]:
    """Returns the same expected outcome for every RPC."""
    return dict.fromkeys(rpcs.split(), words)


def token(value: str) -> grpc.CallCredentials:
    """Returns call credentials that send the token."""
    return grpc.metadata_call_credentials(credentials.TokenPlugin(value))


class Secure(unittest.TestCase):
    """The helpers of the test cases below."""

    def plain_tls(self, address: str, *identity: str) -> grpc.Channel:
        """Returns a channel without a token, with an optional client certificate."""
        key, chain = ([(CERTS / f"{name}.{end}").read_bytes() for name in identity] or [None] for end in ("key", "crt"))
        return self.enterContext(grpc.secure_channel(
            address, grpc.ssl_channel_credentials(AUTHORITY, key[0], chain[0])))

    def with_token(self, address: str, value: str) -> grpc.Channel:
        """Returns a channel that sends a token with each call."""
        return self.enterContext(credentials.composite(address, AUTHORITY, value))

    def file(self, text: str) -> str:
        """Writes a new file and returns its name."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        pathlib.Path(folder, "file").write_text(text, encoding="utf-8")
        return f"{folder}/file"

    def client(self, address: str, value: str | None) -> dict[str, str]:
        """Returns what our client prints with this token for each RPC that the server rejects."""
        flags = [f"--token_file={self.file(value)}"] if value else []
        said = {}
        for rpc, (_, words) in CALLS.items():
            ran = subprocess.run([os.environ["CLIENT"], f"--target={address}", f"--ca={CERTS}/ca.crt", *flags, *words],
                                 input="{}", capture_output=True, text=True, timeout=SECONDS, check=False)
            said[rpc] = ran.stderr.strip() or "OK"
            self.assertEqual(ran.returncode, 16 if said[rpc].startswith("UNAUTHENTICATED") else 0)
            self.assertEqual(ran.stdout == "", ran.returncode != 0)
        return said

    def silent(self) -> Iterator[kv_pb2.PipelineRequest]:
        """Returns an iterator that yields nothing and ends only with the test."""
        over = threading.Event()
        self.addCleanup(over.set)

        def requests() -> Iterator[kv_pb2.PipelineRequest]:
            over.wait(SECONDS)
            yield from ()

        return requests()


class Credentials(Secure):
    """Tests a server with TLS that needs no token: stage 07."""

    def setUp(self) -> None:
        self.address = self.enterContext(process(os.environ["SERVER"], "--listen=127.0.0.1:0", *TLS))

    def test_composite(self) -> None:
        self.assertEqual(outcomes(self.with_token(self.address, "right-7c1")), each("OK"))

    def test_per_call(self) -> None:
        self.assertEqual(outcomes(self.plain_tls(self.address), credentials=token("right-7c1")), each("OK"))

    def test_the_plugin_is_asked_once_for_each_call(self) -> None:
        asked = []

        class Counting(grpc.AuthMetadataPlugin):
            def __call__(self, context, callback):
                asked.append(f"{context.service_url} {context.method_name}")
                callback((), None)

        outcomes(self.plain_tls(self.address), credentials=grpc.metadata_call_credentials(Counting()))
        self.assertEqual(asked, [f"https://{self.address}/kv.v1.KeyValueService {rpc}" for rpc in CALLS])

    def test_a_plugin_that_fails(self) -> None:
        class Failing(grpc.AuthMetadataPlugin):
            def __call__(self, context, callback):
                callback((), OSError("the vault is shut"))

        self.assertEqual(outcomes(self.plain_tls(self.address), credentials=grpc.metadata_call_credentials(Failing())),
                         each("UNAVAILABLE: Getting metadata from plugin failed with error: the vault is shut"))

    def test_another_authority(self) -> None:
        other = (CERTS / "other/ca.crt").read_bytes()
        with credentials.composite(self.address, other, "right-7c1") as channel:
            for said in outcomes(channel).values():
                self.assertRegex(said, "^UNAVAILABLE: .*certificate verify failed")

    def test_no_token_over_an_insecure_channel(self) -> None:
        with process(os.environ["SERVER"], "--listen=127.0.0.1:0") as address:
            with grpc.insecure_channel(address) as channel:
                self.assertEqual(outcomes(channel, credentials=token("right-7c1")), each(INSECURE))
                self.assertEqual(outcomes(channel), each("OK"))

    def test_composite_over_insecure_is_something_but_of_no_use(self) -> None:
        mixed = grpc.composite_channel_credentials(grpc.experimental.insecure_channel_credentials(), token("right-7c1"))
        self.assertIsNotNone(mixed)
        with process(os.environ["SERVER"], "--listen=127.0.0.1:0") as address:
            with grpc.secure_channel(address, mixed) as channel:
                self.assertEqual(outcomes(channel), each(INSECURE))


class Tokens(Secure):
    """Tests a server that checks tokens: stage 08, in C++ or Python."""

    TOKENS = TOKENS

    def setUp(self) -> None:
        self.address = self.serve(self.TOKENS)

    def serve(self, tokens: str, *flags: str) -> str:
        """Starts a server and returns its address."""
        return self.enterContext(process(os.environ["SERVER"], "--listen=127.0.0.1:0", *TLS,
                                         f"--token_file={self.file(tokens)}", *flags))

    def test_right(self) -> None:
        for value in "right-7c1", "other-5d8":
            self.assertEqual(outcomes(self.with_token(self.address, value)), each("OK"))
            self.assertEqual(outcomes(self.plain_tls(self.address), credentials=token(value)), each("OK"))

    def test_wrong(self) -> None:
        for value in "right-7c", "right-7c1x", "RIGHT-7C1", "alice", "alice right-7c1", "":
            self.assertEqual(outcomes(self.with_token(self.address, value)), each(REFUSED), value)
            self.assertEqual(outcomes(self.plain_tls(self.address), credentials=token(value)), each(REFUSED), value)

    def test_missing(self) -> None:
        self.assertEqual(outcomes(self.plain_tls(self.address)), each(REFUSED))
        for pair in ("authorization", "right-7c1"), ("token-bin", b"right-7c1"), ("auth-user", "alice"):
            self.assertEqual(outcomes(self.plain_tls(self.address), metadata=(pair,)), each(REFUSED), pair)

    def test_our_client_is_told_the_same(self) -> None:
        for value in "wrong", None:
            self.assertEqual(self.client(self.address, value), each(REFUSED))

    def test_two_tokens(self) -> None:
        for first, second in ("right-7c1", "wrong"), ("wrong", "right-7c1"), ("right-7c1", "right-7c1"):
            pairs = (("token", first), ("token", second))
            self.assertEqual(outcomes(self.plain_tls(self.address), metadata=pairs), each(REFUSED), pairs)

    def test_channel_and_call_give_two_tokens(self) -> None:
        channel = self.with_token(self.address, "right-7c1")
        self.assertEqual(outcomes(channel, credentials=token("right-7c1")), each(REFUSED))

    def test_nothing_is_changed(self) -> None:
        outcomes(self.with_token(self.address, "wrong"))
        self.assertEqual(list(Stub(self.with_token(self.address, "right-7c1")).List(kv_pb2.ListRequest())), [])

    def test_refused_before_a_message_comes(self) -> None:
        stub = Stub(self.with_token(self.address, "wrong"))
        self.assertEqual(outcome(stub.Import, self.silent()), REFUSED)
        self.assertEqual(outcome(lambda **options: list(stub.Pipeline(self.silent(), **options))), REFUSED)

    def test_a_method_that_there_is_not(self) -> None:
        call = self.with_token(self.address, "wrong").unary_unary("/kv.v1.KeyValueService/None")
        self.assertEqual(outcome(call, b""), REFUSED)


class Roles(Tokens):
    """Tests a server that also checks roles: stage 09, in C++ or Python."""

    TOKENS = TOKENS.replace("\n", " writer\n")

    def test_a_reader(self) -> None:
        address = self.serve("alice right-7c1 writer\nbob other-5d8 reader\n")
        self.assertEqual(outcomes(self.with_token(address, "right-7c1")), each("OK"))
        self.assertEqual(outcomes(self.with_token(address, "other-5d8")),
                         each("OK") | each("PERMISSION_DENIED: bob may only read", "Put Import Pipeline"))

    def test_certificates(self) -> None:
        address = self.serve(self.TOKENS, f"--client_ca={CERTS}/ca.crt")
        for name, value in ("alice", "right-7c1"), ("bob", "other-5d8"):
            self.assertEqual(outcomes(self.plain_tls(address, name), credentials=token(value)), each("OK"))
        self.assertEqual(outcomes(self.plain_tls(address, "alice"), credentials=token("other-5d8")), each(REFUSED))
        self.assertEqual(outcomes(self.plain_tls(address, "alice")), each(REFUSED))
        for identity in [], ["other/alice"]:
            for said in outcomes(self.plain_tls(address, *identity), credentials=token("right-7c1")).values():
                self.assertTrue(said.startswith("UNAVAILABLE: "), said)


class Noting(server.KeyValueServicer):
    """Records that a handler was entered, and which token it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = []
        self._entries["city"] = kv_pb2.Entry(key="city", revision=1)

    def Get(self, request, context):
        self.entered.append([value for key, value in context.invocation_metadata() if key == "token"])
        return super().Get(request, context)

    def Watch(self, request, context):
        context.send_initial_metadata((("kv-revision", "0"),))
        yield from ()


class PythonInterceptors(Secure):
    """Tests the page's two interceptors in this process."""

    def setUp(self) -> None:
        self.servicer = Noting()
        key, certificate = ((CERTS / name).read_bytes() for name in ("server.key", "server.crt"))
        running, port = interceptor.serve(self.servicer, key, certificate, "right-7c1")
        self.addCleanup(running.stop, None)
        self.plain = f"localhost:{port}"
        careful = auth.TokenInterceptor(auth.Tokens(self.file(TOKENS)), certificates=False)
        self.careful = self.enterContext(serving(
            self.servicer, grpc.ssl_server_credentials([(key, certificate)]), interceptors=[careful]))

    def test_they_agree(self) -> None:
        for address in self.plain, self.careful:
            self.assertEqual(outcomes(self.with_token(address, "right-7c1")), each("OK"))
            self.assertEqual(outcomes(self.plain_tls(address), credentials=token("right-7c1")), each("OK"))
            self.assertEqual(outcomes(self.with_token(address, "wrong")), each(REFUSED))
            self.assertEqual(outcomes(self.plain_tls(address)), each(REFUSED))

    def test_our_client_is_told_the_same(self) -> None:
        for address in self.plain, self.careful:
            for value in "wrong", None:
                self.assertEqual(self.client(address, value), each(REFUSED))
            self.assertEqual(self.client(address, "right-7c1") | each("OK", "Watch"), each("OK"))

    def test_no_handler_is_entered(self) -> None:
        for address in self.plain, self.careful:
            outcomes(self.with_token(address, "wrong"))
        self.assertEqual(self.servicer.entered, [])
        outcomes(self.with_token(self.plain, "right-7c1"))
        self.assertEqual(self.servicer.entered, [["right-7c1"]])  # not removed, unlike in our C++ server

    def test_unknown_methods_are_refused_too(self) -> None:
        for address in self.plain, self.careful:
            call = self.with_token(address, "wrong").unary_unary("/kv.v1.KeyValueService/None")
            self.assertEqual(outcome(call, b""), REFUSED)

    def test_the_plain_one_takes_a_right_token_beside_a_wrong_one(self) -> None:
        for pair in ("right-7c1", "wrong"), ("wrong", "right-7c1"):
            metadata = tuple(("token", value) for value in pair)
            self.assertEqual(outcomes(self.plain_tls(self.plain), metadata=metadata), each("OK"))
            self.assertEqual(outcomes(self.plain_tls(self.careful), metadata=metadata), each(REFUSED))

    def test_the_plain_one_waits_for_a_message(self) -> None:
        channel = self.with_token(self.plain, "wrong")
        grpc.channel_ready_future(channel).result(SECONDS)
        with self.assertRaises(grpc.RpcError) as raised:
            list(Stub(channel).Pipeline(self.silent(), timeout=2))
        self.assertEqual(raised.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        stub = Stub(self.with_token(self.careful, "wrong"))
        self.assertEqual(outcome(lambda **options: list(stub.Pipeline(self.silent(), **options))), REFUSED)

    def test_the_plain_one_takes_the_end_for_a_missing_message(self) -> None:
        said = []
        for address in self.plain, self.careful:
            stub = Stub(self.with_token(address, "wrong"))
            said.append(outcome(lambda stub=stub, **options: list(stub.Pipeline(iter(()), **options))))
        self.assertRegex(said[0], "^UNIMPLEMENTED: .* requires exactly one request message")
        self.assertEqual(said[1], REFUSED)


if __name__ == "__main__":
    unittest.main()
