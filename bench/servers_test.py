"""Tests that each server of the benchmark follows the contract in the rpcs that it implements."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/support"))
import programs  # noqa: E402

SERVERS = pathlib.Path(os.environ["BUILD"]) / "bench/servers"
# Questions by stage. The unary ones are asked as for stage 09, which has all rpcs: for an earlier stage, the judge
# expects UNIMPLEMENTED for the later rpcs.
UNARY = {"09": ("ready", "put_get", "get_absent", "delete_twice", "revisions", "any_value", "put_if_absent",
                "put_if_unchanged", "refused_put", "one_winner", "empty_key", "unknown_method", "sigterm")}
LIST = {"04": ("list_order", "list_prefix", "list_limit", "list_refused")}
STREAMS = {"05": ("import", "import_twice", "import_refused", "import_early"),
           "06": ("pipeline", "pipeline_ids", "pipeline_failures", "pipeline_many")}
CERTS = pathlib.Path(os.environ["BUILD"]) / "tests/support"


class Servers(unittest.TestCase):
    """Asks the judge's questions about the rpcs that a server implements."""

    def ask(self, server: str, questions: dict[str, tuple[str, ...]]) -> None:
        """Runs one judge, and so one new server, for each question."""
        for stage, names in questions.items():
            for name in names:
                with self.subTest(name):
                    words = [f"--stage={stage}", "--patience=10s", f"--only={name}", f"--server={SERVERS / server}"]
                    judge = subprocess.run([os.environ["JUDGE"], *words], capture_output=True, text=True, check=False)
                    self.assertEqual(judge.returncode, 0, judge.stdout + judge.stderr)

    def test_usual(self) -> None:
        self.ask("usual", UNARY | LIST | STREAMS)

    def test_usual_without_health(self) -> None:
        self.ask("usual --no_health", UNARY)

    def test_callback(self) -> None:
        self.ask("callback", UNARY | LIST | STREAMS)

    def test_callback_with_an_arena(self) -> None:
        self.ask("callback --arena --no_deadlock_detection", UNARY)

    def test_a_token(self) -> None:
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name, text in ("tokens", "alice right writer\n"), ("right", "right"), ("wrong", "wrong"):
            (folder / name).write_text(text, encoding="utf-8")

        def call(address: str, kind: str, token: str) -> str:
            words = [os.environ["LOAD"], f"--address={address}", f"--ca={CERTS}/ca.crt", f"--call={kind}", "--count=1"]
            done = subprocess.run([*words, *([f"--token_file={folder / token}"] if token else [])], capture_output=True, text=True, check=False)
            return done.stderr.rpartition(" ")[2].strip()

        for api in "--nocallback", "--callback":
            for check in "handler", "interceptor", "processor", "blocking":
                with self.subTest(api=api, check=check), programs.serving(
                        str(SERVERS / "token"), api, f"--check={check}", f"--token_file={folder}/tokens",
                        f"--tls_cert={CERTS}/server.crt", f"--tls_key={CERTS}/server.key") as (_, address):
                    unauthenticated, not_found = "16", "5"
                    for token in "wrong", "":
                        self.assertEqual(call(address, "put", token), unauthenticated)
                    self.assertEqual(call(address, "get", "right"), not_found)  # the server stored nothing
                    self.assertEqual(call(address, "put", "right"), "")
                    self.assertEqual(call(address, "get", "right"), "")
                    self.assertEqual(call(address, "get", "wrong"), unauthenticated)

    def test_completion_queue(self) -> None:
        self.ask("completion_queue", UNARY | LIST)

    def test_two_completion_queues(self) -> None:
        self.ask("completion_queue --queues=2", UNARY | LIST)

    def test_coroutine(self) -> None:
        self.ask("coroutine_queue", UNARY | LIST)

    def test_bytes(self) -> None:
        self.ask("raw_queue", UNARY)


if __name__ == "__main__":
    unittest.main()
